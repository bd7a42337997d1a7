# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict

from odoo import api, fields, models

from ..pricing.margins import is_under_margin, margin_percent
from ..pricing.rule_index import RuleIndex, overriding_modules

# A rule for several products has a price for the product that the screen is about.
_OF_PRODUCT = ("crm_price_product_id", "crm_price_tmpl_id")
# The field that holds the price of a rule, where it is a number.
_NUMBER = {"fixed": "fixed_price", "percentage": "percent_price"}


class ProductPricelistItem(models.Model):
    _name = "product.pricelist.item"
    _inherit = ["product.pricelist.item", "crm.price.source"]

    _crm_price_fields = frozenset(
        {
            "applied_on",
            "base",
            "base_pricelist_id",
            "categ_id",
            "compute_price",
            "date_end",
            "date_start",
            "fixed_price",
            "min_quantity",
            "percent_price",
            "price_discount",
            "price_max_margin",
            "price_min_margin",
            "price_round",
            "price_surcharge",
            "product_id",
            "product_tmpl_id",
        }
    )

    crm_unit_price = fields.Float(
        "Unit Price",
        compute="_compute_crm_unit_price",
        min_display_digits="Product Price",
        help="What the rule makes of the prices, costs and exchange rates of today, at its minimum "
        "quantity; of variants that cost differently, the price of the dearest.",
    )
    crm_state = fields.Selection(
        [
            ("current", "In Use"),
            ("beaten", "Not Used"),
            ("later", "Starts Later"),
            ("expired", "Ended"),
        ],
        "State",
        compute="_compute_crm_state",
        help="Not used: another rule of the price list counts for this product and quantity.",
    )
    crm_margin_percent = fields.Float(
        "Margin",
        compute="_compute_crm_margin",
        groups="crm_products.crm_products_group_cost",
        help="The part of the price that is left over the cost of today.",
    )
    crm_under_margin = fields.Boolean(
        "Under the Minimum Margin",
        compute="_compute_crm_margin",
        groups="crm_products.crm_products_group_cost",
    )

    @api.depends_context("uid")
    def _compute_price_label(self):
        result = super()._compute_price_label()
        for item in self:
            if item._crm_is_cost_hidden():
                item.price = self.env._("Calculated from the cost")
        return result

    @api.depends(
        "compute_price",
        "fixed_price",
        "percent_price",
        "price_discount",
        "price_markup",
        "price_round",
        "price_surcharge",
        "price_min_margin",
        "price_max_margin",
        "base",
        "base_pricelist_id",
        "pricelist_id",
        "min_quantity",
        "product_id",
        "product_tmpl_id",
    )
    @api.depends_context("company", *_OF_PRODUCT)
    def _compute_crm_unit_price(self):
        products = self._crm_priced_products()
        parameters = self._crm_price_parameters(products)
        for item in self:
            product = products.get(item)
            item.crm_unit_price = product and item._compute_price(
                product,
                item.min_quantity or 1.0,
                product.uom_id,
                currency=item.currency_id,
                **parameters[product._name],
            )

    @api.depends(
        "pricelist_id", "min_quantity", "date_start", "date_end", "product_id", "product_tmpl_id"
    )
    @api.depends_context("company", *_OF_PRODUCT)
    def _compute_crm_state(self):
        now = fields.Datetime.now()
        products = self._crm_priced_products()
        parameters = self._crm_price_parameters(products)
        for item in self:
            product = products.get(item)
            if item.date_start and item.date_start > now:
                item.crm_state = "later"
            elif item.date_end and item.date_end < now:
                item.crm_state = "expired"
            elif product and item._origin.pricelist_id:
                winner = item.pricelist_id._get_product_rule(
                    product, item.min_quantity or 1.0, **parameters[product._name]
                )
                item.crm_state = "current" if winner == item._origin.id else "beaten"
            else:
                item.crm_state = "current"

    @api.depends("crm_unit_price")
    @api.depends_context("company", *_OF_PRODUCT)
    def _compute_crm_margin(self):
        products = self._crm_priced_products()
        categories = self.env["product.category"].union(*(p.categ_id for p in products.values()))
        minimum = categories._crm_min_margins()
        costs = {}
        for item in self:
            product = products.get(item)
            price = item.crm_unit_price
            key = (product, item.currency_id)
            if key not in costs:
                costs[key] = product._crm_cost(item.currency_id) if product else 0.0
            cost = costs[key]
            item.crm_margin_percent = margin_percent(price, cost)
            item.crm_under_margin = bool(product) and is_under_margin(
                price, cost, minimum[product.categ_id]
            )

    def _crm_priced_products(self):
        """Return ``{rule: product or variant}``, what a price of the rule is shown for: its own
        product, or that in the context, and of variants that cost differently the dearest. Rules
        for several products have none else.
        """
        shown = self._crm_product_in_context()
        products, dearest = {}, {}
        for item in self:
            product = item.product_id or item.product_tmpl_id
            if not product:
                if not shown or not item._is_applicable_for(shown, item.min_quantity):
                    continue
                product = shown
            elif product._origin == shown._crm_template():
                product = shown
            product = product._origin or product
            # Many rules are about one product.
            if product not in dearest:
                dearest[product] = product._crm_dearest()
            products[item] = dearest[product]
        return products

    def _crm_price_parameters(self, products):
        """Return what to call core's price methods with for products and for variants: the rules
        of chained lists are read once, as in ``_crm_price_table``.
        """
        now = fields.Datetime.now()
        parameters = {"product.template": {"date": now}, "product.product": {"date": now}}
        if not overriding_modules(self.env):
            ids = defaultdict(list)
            for product in products.values():
                ids[product._name].append(product.id)
            for model_name, some in ids.items():
                index = RuleIndex(self.env[model_name].browse(some), now)
                parameters[model_name]["crm_rule_index"] = index
        return parameters

    @api.model
    def _crm_product_in_context(self):
        """Return the product or variant that the screen is about, if the user may read it."""
        for key, model_name in zip(
            _OF_PRODUCT, ("product.product", "product.template"), strict=True
        ):
            value = self.env.context.get(key)
            # A search box passes the list of all that were chosen in it.
            if isinstance(value, (list, tuple)) and len(value) == 1:
                value = value[0]
            if type(value) is int:
                return self.env[model_name].browse(value).exists()._filtered_access("read")
        return self.env["product.template"]

    def _crm_is_cost_hidden(self):
        """Return whether the numbers of the rule would tell the user a cost he may not see."""
        self.ensure_one()
        shows_cost = self.compute_price != "fixed" and self.base == "standard_price"
        return shows_cost and not self._crm_may_see_costs()

    @api.model
    def _crm_may_see_costs(self):
        return self.env.user.has_group("crm_products.crm_products_group_cost")

    def _crm_price_subjects(self):
        return {
            rule.id: {
                "kind": "rule",
                "target": None if rule.product_tmpl_id else rule.name,
                "source": rule.pricelist_id.display_name,
                "product_tmpl_id": rule.product_tmpl_id.id or None,
                "product_id": rule.product_id.id or None,
                "pricelist_id": rule.pricelist_id.id or None,
                "min_quantity": rule.min_quantity,
                "date_from": fields.Datetime.to_string(rule.date_start) or None,
                "currency_id": rule.currency_id.id or None,
                "company_id": rule.company_id.id or None,
            }
            for rule in self
        }

    def _crm_price_confidential(self):
        return self.compute_price != "fixed" and self.base == "standard_price"

    def _crm_price_whole(self):
        name = _NUMBER.get(self.compute_price)
        if name == "fixed_price":
            return name, self[name], None
        return name or "price_discount", name and self[name], self.price
