# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from odoo import models
from odoo.fields import Domain
from odoo.tools import float_is_zero

from .formula import apply_operation, round_price

# Prices are compared as what people see of them; the rest is the dust of floating points.
_DIGITS = 8


def same_price(one, other):
    """Return whether two prices are the same number."""
    return float_is_zero(one - other, precision_digits=_DIGITS)


@dataclass
class Candidate:
    """A price that an update may change. ``product`` is a product or a variant, or none."""

    name: str
    product: models.BaseModel
    old: float
    currency: models.BaseModel
    unit: models.BaseModel
    reference: str
    min_quantity: float = 0.0
    discount: float = 0.0
    # The values of the line's links to what has the price.
    links: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self):
        """What tells the price from others, see ``crm.price.update.line``."""
        links = self.links
        if links.get("method") == "create":
            return True, links["product_tmpl_id"]
        return False, links.get("item_id") or links.get("supplierinfo_id") or links[
            "product_tmpl_id"
        ]


class Simulation:
    """What a price update would change: finds its prices and calculates the new ones, with a
    number of queries that does not grow with the number of prices.
    """

    def __init__(self, update, product_domain):
        self._update = update
        self._company = update.company_id
        self._moment = update._crm_moment()
        self._day = update._crm_day()
        self._scope = self._template_domain(product_domain)
        self._rates = {}
        self._min_margins = {}
        self._vendor_prices = None
        env = update.env
        self._multiple = update.rounding or 10.0 ** -env["decimal.precision"].precision_get(
            "Product Price"
        )

    def lines(self, only=None):
        """Return the values of the lines, and how many prices would stay as they are.

        :param only: the keys of the prices to look at, all by default
        """
        candidates = getattr(self, f"_find_{self._update.target}")()
        if only is not None:
            candidates = [candidate for candidate in candidates if candidate.key in only]
        self._read_products(candidates)
        lines = [self._line(candidate) for candidate in candidates]
        changed = [line for line in lines if line]
        return changed, len(lines) - len(changed)

    # --- Which prices -------------------------------------------------------------------------

    def _template_domain(self, product_domain):
        update = self._update
        domain = Domain(product_domain) & self._category_domain()
        if update.product_tmpl_ids:
            domain &= Domain("id", "in", update.product_tmpl_ids.ids)
        if update.product_tag_ids:
            domain &= Domain("product_tag_ids", "in", update.product_tag_ids.ids)
        if update.partner_id and update.target != "vendor":
            domain &= Domain("seller_ids.partner_id", "child_of", update.partner_id.ids)
        return domain

    def _category_domain(self):
        categories = self._update.categ_ids
        return Domain("categ_id", "child_of", categories.ids) if categories else Domain.TRUE

    def _templates(self):
        products = self._update.env["product.template"]
        domain = self._scope & Domain(products._check_company_domain(self._company))
        return products.search(domain & Domain("sale_ok", "=", True))

    def _find_list_price(self):
        return [
            Candidate(
                template.display_name,
                template,
                template.list_price,
                template.currency_id,
                template.uom_id,
                "cost",
                links={"product_tmpl_id": template.id},
            )
            for template in self._templates()
        ]

    def _find_pricelist(self):
        pricelist = self._update.pricelist_id
        rules = self._rules(
            Domain("compute_price", "=", "fixed")
            & Domain("applied_on", "in", ("0_product_variant", "1_product"))
        )
        candidates = [
            self._rule_candidate(rule, rule.product_id or rule.product_tmpl_id, rule.fixed_price)
            for rule in rules
        ]
        if self._update.create_missing:
            known = rules.filtered(
                lambda rule: rule.applied_on == "1_product" and rule.min_quantity <= 1
            ).product_tmpl_id
            templates = self._templates() - known
            prices = pricelist._crm_price_table(templates, [1.0], self._moment)
            candidates += [
                Candidate(
                    template.display_name,
                    template,
                    prices[template.id][0][0],
                    pricelist.currency_id,
                    template.uom_id,
                    "cost",
                    links={"product_tmpl_id": template.id, "method": "create"},
                )
                for template in templates
            ]
        return candidates

    def _find_discount(self):
        nothing = self._update.env["product.template"]
        return [
            self._rule_candidate(
                rule, rule.product_id or rule.product_tmpl_id or nothing, rule.percent_price
            )
            for rule in self._rules(Domain("compute_price", "=", "percentage"))
        ]

    def _rules(self, kind):
        update = self._update
        domain = Domain("pricelist_id", "=", update.pricelist_id.id) & kind
        domain &= self._in_force(self._moment)
        # Rules of archived products are out of use.
        of_products = Domain("product_tmpl_id", "any", self._scope & Domain("active", "=", True))
        of_products &= Domain("product_id", "=", False) | Domain("product_id.active", "=", True)
        if self._scope.is_true():
            of_products |= Domain("product_tmpl_id", "=", False)
        elif self._scope == self._category_domain():
            of_products |= Domain("categ_id", "child_of", update.categ_ids.ids)
        return update.env["product.pricelist.item"].search(
            domain & of_products, order="product_tmpl_id, product_id, min_quantity, id"
        )

    def _rule_candidate(self, rule, product, price):
        return Candidate(
            rule.name if not product else product.display_name,
            product,
            price,
            rule.currency_id,
            product.uom_id,
            "cost",
            min_quantity=rule.min_quantity,
            links={
                "item_id": rule.id,
                "product_tmpl_id": rule.product_tmpl_id.id,
                "product_id": rule.product_id.id,
            },
        )

    def _find_vendor(self):
        update = self._update
        prices = update.env["product.supplierinfo"]
        domain = Domain("product_tmpl_id", "any", self._scope & Domain("active", "=", True))
        domain &= Domain(prices._check_company_domain(self._company)) & self._in_force(self._day)
        if update.partner_id:
            domain &= Domain("partner_id", "child_of", update.partner_id.ids)
        return [
            Candidate(
                (price.product_id or price.product_tmpl_id).display_name,
                price.product_id or price.product_tmpl_id,
                price.price,
                price.currency_id,
                price.product_uom_id,
                "sale",
                min_quantity=price.min_qty,
                discount=price.discount,
                links={
                    "supplierinfo_id": price.id,
                    "product_tmpl_id": price.product_tmpl_id.id,
                    "product_id": price.product_id.id,
                },
            )
            for price in prices.search(domain, order="product_tmpl_id, partner_id, min_qty, id")
        ]

    def _in_force(self, moment):
        return (Domain("date_start", "=", False) | Domain("date_start", "<=", moment)) & (
            Domain("date_end", "=", False) | Domain("date_end", ">=", moment)
        )

    # --- What they are calculated from --------------------------------------------------------

    def _read_products(self, candidates):
        """Read once what the formula needs of the products. The costs are read as the system:
        the lines show them to those who may see costs only.
        """
        templates = self._update.env["product.template"].browse(
            dict.fromkeys(
                candidate.product.product_tmpl_id.id
                if candidate.product._name == "product.product"
                else candidate.product.id
                for candidate in candidates
                if candidate.product
            )
        )
        self._variants = (
            templates.sudo()
            .with_company(self._company)
            .product_variant_ids.grouped("product_tmpl_id")
        )
        if self._update.base == "vendor":
            self._vendor_prices = self._read_vendor_prices(templates)

    def _read_vendor_prices(self, templates):
        """Return ``{template: [(variant or none, price)]}``: what each vendor asks for the
        smallest quantity, in the unit of the product and the currency of the company.
        """
        prices = self._update.env["product.supplierinfo"].sudo().with_company(self._company)
        found = prices.search(
            Domain("product_tmpl_id", "in", templates.ids)
            & Domain("partner_id.active", "=", True)
            & Domain("price", ">", 0)
            & Domain(prices._check_company_domain(self._company))
            & self._in_force(self._day),
            order="min_qty, id",
        )
        smallest, result = {}, defaultdict(list)
        for price in found:
            key = (price.product_tmpl_id, price.product_id, price.partner_id)
            if smallest.setdefault(key, price.min_qty) == price.min_qty:
                amount = self._convert(
                    price.price_discounted, price.currency_id, self._company.currency_id
                )
                result[price.product_tmpl_id.id].append((price.product_id.id, amount))
        return result

    def _base(self, candidate, base):
        """Return a base of the formula, in the currency and unit of the price; 0 if unknown."""
        product = candidate.product
        if base == "list_price":
            name = "lst_price" if product._name == "product.product" else "list_price"
            amount, currency = product[name], product.currency_id
        elif base == "vendor":
            amount, currency = self._best_vendor_price(product), self._company.currency_id
        else:
            amount, currency = self._cost(product), self._cost_currency(product)
        amount = self._convert(amount, currency, candidate.currency)
        return product.uom_id._compute_price(amount, candidate.unit)

    def _best_vendor_price(self, product):
        variant_id = product.id if product._name == "product.product" else None
        template_id = product.product_tmpl_id.id if variant_id else product.id
        return min(
            (
                price
                for of_variant, price in self._vendor_prices[template_id]
                if not variant_id or not of_variant or of_variant == variant_id
            ),
            default=0.0,
        )

    def _cost(self, product):
        """Return the cost of a variant, or the highest of a product's variants."""
        if product._name == "product.product":
            return product.sudo().with_company(self._company).standard_price
        variants = self._variants.get(product.sudo(), ())
        return max((variant.standard_price for variant in variants), default=0.0)

    def _cost_currency(self, product):
        return product.with_company(self._company).cost_currency_id

    def _convert(self, amount, source, target):
        if source == target or not amount:
            return amount
        if (source, target) not in self._rates:
            self._rates[source, target] = source._get_conversion_rate(
                source, target, self._company, self._day
            )
        return amount * self._rates[source, target]

    # --- New prices ---------------------------------------------------------------------------

    def _line(self, candidate):
        """Return the values of a line, None if the price would stay as it is."""
        base, new, reference = self._calculate(candidate)
        missing = not base and self._update.base in ("cost", "vendor")
        if not missing and same_price(new, candidate.old):
            return None
        return {
            "update_id": self._update.id,
            "name": candidate.name,
            "currency_id": candidate.currency.id,
            "uom_id": candidate.unit.id,
            "min_quantity": candidate.min_quantity,
            "base_price": base,
            "base_missing": missing,
            "old_price": candidate.old,
            "new_price": candidate.old if missing else new,
            "reference_price": reference,
            "min_margin": self._min_margin(candidate.product),
            **candidate.links,
        }

    def _calculate(self, candidate):
        update = self._update
        if update.target == "discount":
            new = apply_operation(candidate.old, update.operation, update.value)
            return candidate.old, round_price(new, 0.01), 0.0
        base = candidate.old if update.base == "current" else self._base(candidate, update.base)
        value = update.value
        if update.operation == "amount":
            value = self._convert(value, update.currency_id, candidate.currency)
        new = apply_operation(base, update.operation, value)
        if candidate.reference == "sale":
            # The discount of the vendor comes on top: it is the list price that must not be met.
            reference = self._base(candidate, "list_price")
            if candidate.discount < 100:
                reference *= 100 / (100 - candidate.discount)
            return base, self._round(new), reference
        reference = self._base(candidate, "vendor" if update.base == "vendor" else "cost")
        minimum = reference if update.keep_above_cost and reference else None
        return base, self._round(new, minimum), reference

    def _round(self, price, minimum=None):
        update = self._update
        ending = update.ending if update.rounding else 0.0
        return round_price(price, self._multiple, ending, update.rounding_method, minimum)

    def _min_margin(self, product):
        category = product.categ_id.sudo().with_company(self._company)
        if category not in self._min_margins:
            self._min_margins[category] = category._crm_get_min_margin()
        return self._min_margins[category]
