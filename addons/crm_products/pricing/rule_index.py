# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict

# Of a price list and of its rules: whoever changes one of these may let a rule count where the
# index does not look for it.
_RULE_METHODS = {
    "product.pricelist": (
        "_compute_price_rule",
        "_get_applicable_rules",
        "_get_applicable_rules_domain",
        "_get_product_price",
        "_get_products_price",
    ),
    "product.pricelist.item": ("_compute_base_price", "_compute_price", "_is_applicable_for"),
}
_OWN = {"product", "crm_products"}


def overriding_modules(env):
    """Return the names of the other addons that change how a price comes about."""
    return {
        owner._module
        for model_name, methods in _RULE_METHODS.items()
        for owner in type(env[model_name]).__mro__
        for method in methods
        if method in vars(owner) and getattr(owner, "_module", None) not in (None, *_OWN)
    }


class RuleIndex:
    """The rules of price lists at a moment, by what they apply on: of thousands of rules a product
    has a few candidates. Core compares each product with each rule.

    Serves any number of price lists, so that chained ones are read once as well.
    """

    def __init__(self, products, date):
        self._products = products
        self._date = date
        self._lists = {}
        self._branches = {}

    def candidates(self, pricelist, product):
        """Return the rules of the price list that may apply to the product, in core's order."""
        if pricelist not in self._lists:
            self._lists[pricelist] = self._read(pricelist)
        rules, by_target = self._lists[pricelist]
        positions = [*self._shared(pricelist, by_target, product.categ_id)]
        if product._name == "product.template":
            positions += by_target["template", product.id] + by_target["variants of", product.id]
        else:
            positions += by_target["template", product.product_tmpl_id.id]
            positions += by_target["variant", product.id]
        positions.sort()
        return rules.browse(rules._ids[at] for at in positions).with_prefetch(rules._prefetch_ids)

    def _read(self, pricelist):
        rules = pricelist._get_applicable_rules(self._products, self._date)
        by_target = defaultdict(list)
        for position, rule in enumerate(rules):
            if rule.applied_on == "3_global":
                by_target["all"].append(position)
            elif rule.applied_on == "2_product_category":
                by_target["category", rule.categ_id.id].append(position)
            elif rule.applied_on == "1_product":
                by_target["template", rule.product_tmpl_id.id].append(position)
            else:
                by_target["variant", rule.product_id.id].append(position)
                by_target["variants of", rule.product_id.product_tmpl_id.id].append(position)
        return rules, by_target

    def _shared(self, pricelist, by_target, category):
        """Return the positions of the rules of everything and of the category or one above it."""
        key = (pricelist, category)
        if key not in self._branches:
            above = (category.parent_path or "").split("/")[:-1]
            self._branches[key] = sum(
                (by_target["category", int(category_id)] for category_id in above),
                [*by_target["all"]],
            )
        return self._branches[key]
