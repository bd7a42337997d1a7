# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields
from odoo.fields import Domain
from odoo.tools import float_compare, float_round, format_datetime, formatLang

from .rule_index import overriding_modules

# Sums of core and ours are made in the same order: only another addon makes them differ.
_DIGITS = 9
# A product with hundreds of variants may have a rule for each: some of them show the principle.
_OTHER_VARIANTS = 5


class PriceExplanation:
    """How a price list arrives at the price of a product: a chain of steps from the sales price,
    the cost or the price of another list, and the rules that did not count.

    Follows ``_compute_price`` of core step by step and compares the outcome with core's. Whoever
    may not see costs gets no number of a price that is calculated from the cost, but the price.
    """

    def __init__(self, pricelist, product, quantity, date, uom, currency):
        self.env = pricelist.env
        self.pricelist = pricelist
        self.product = product
        self.quantity = quantity
        self.date = fields.Datetime.to_datetime(date)
        self.uom = uom or product.uom_id
        self.currency = currency or pricelist.currency_id or self.env.company.currency_id
        self.price, rule_id = pricelist._get_product_price_rule(
            product, quantity, uom=self.uom, date=self.date, currency=self.currency
        )
        self.rule = self.env["product.pricelist.item"].browse(rule_id)
        self.may_see_costs = self.rule._crm_may_see_costs()
        self.hides_numbers = self.rule._crm_is_cost_hidden() if self.rule else False
        self.own_quantity = quantity
        if self.uom != product.uom_id:
            self.own_quantity = self.uom._compute_quantity(
                quantity, product.uom_id, raise_if_failure=False
            )
        self.steps = []
        self._amount = 0.0

    def to_dict(self):
        """Return the explanation as what a client shows; all texts are in the user's language."""
        self._explain()
        return {
            "product": self.product.display_name,
            "pricelist": self.pricelist.display_name or False,
            "notes": self._notes(),
            "price": self.price,
            "price_text": self._money(self.price),
            "unit_text": self.env._("per %(unit)s", unit=self.uom.display_name),
            "rule_id": self.rule.id,
            "rule": self._describe(self.rule) if self.rule else False,
            "steps": self.steps,
            "lost": self._lost(),
        }

    # --- Steps ------------------------------------------------------------------------------

    def _explain(self):
        rule = self.rule
        if rule.compute_price == "fixed":
            self._add("fixed", self.env._("Fixed price"), rule.fixed_price)
            self._add_unit(rule.fixed_price)
        else:
            self._explain_base()
            if rule.compute_price == "percentage":
                self._explain_percentage()
            elif rule.compute_price == "formula":
                self._explain_formula()
        if float_compare(self._amount, self.price, precision_digits=_DIGITS):
            self._add(
                "other",
                self.env._("Changed by another module"),
                self.price,
                ", ".join(sorted(overriding_modules(self.env))),
            )

    def _explain_base(self):
        rule, product = self.rule, self.product
        if rule.base == "pricelist" and rule.base_pricelist_id:
            base = PriceExplanation(
                rule.base_pricelist_id,
                product,
                self.quantity,
                self.date,
                self.uom,
                rule.base_pricelist_id.currency_id,
            )
            currency, amount = base.currency, base.price
            label = self.env._("Price in %(pricelist)s", pricelist=rule.base_pricelist_id.name)
            self._add("pricelist", label, amount, currency=currency, chain=base.to_dict())
        else:
            if rule.base == "standard_price":
                field, label, currency = (
                    "standard_price",
                    self.env._("Cost"),
                    product.cost_currency_id,
                )
            else:
                field, label, currency = (
                    "list_price",
                    self.env._("Sales price"),
                    product.currency_id,
                )
            amount = product._price_compute(field, date=self.date)[product.id]
            extra = product._get_attributes_extra_price() if field == "list_price" else 0.0
            self._add(field, label, product.list_price if extra else amount, currency=currency)
            if extra:
                self._add(
                    "extra",
                    self.env._("Extra of the variant"),
                    amount,
                    self._signed(extra, currency),
                    currency=currency,
                )
            amount = self._add_unit(amount, currency)
        if currency != self.currency:
            converted = currency._convert(
                amount, self.currency, self.env.company, self.date, round=False
            )
            rate = currency._get_conversion_rate(
                currency, self.currency, self.env.company, self.date
            )
            self._add(
                "currency",
                self.env._("Converted to %(currency)s", currency=self.currency.name),
                converted,
                self.env._(
                    "1 %(currency)s = %(rate)s %(other)s",
                    currency=currency.name,
                    rate=self._number(rate, 6),
                    other=self.currency.name,
                ),
            )

    def _add_unit(self, amount, currency=None):
        """Add the step from the product's unit to that asked for; return the amount after it."""
        own_unit = self.product.uom_id
        if own_unit == self.uom:
            return amount
        amount = own_unit._compute_price(amount, self.uom)
        self._add(
            "uom",
            self.env._("Per %(unit)s", unit=self.uom.display_name),
            amount,
            self.env._(
                "1 %(unit)s = %(number)s %(own_unit)s",
                unit=self.uom.display_name,
                number=self._number(self.uom.factor / own_unit.factor, 6),
                own_unit=own_unit.display_name,
            ),
            currency=currency,
        )
        return amount

    def _explain_percentage(self):
        base = self._amount
        percent = self.rule.percent_price
        self._add_discount(percent, (base - (base * (percent / 100))) or 0.0)

    def _explain_formula(self):
        rule = self.rule
        base = self._amount
        own_unit = self.product.uom_id

        def per_unit(amount):
            return own_unit._compute_price(amount, self.uom) if own_unit != self.uom else amount

        discount = rule.price_discount if rule.base != "standard_price" else -rule.price_markup
        if discount:
            self._add_discount(discount, base - (base * (discount / 100)))
        if rule.price_round:
            self._add(
                "rounding",
                self.env._(
                    "Rounded to a multiple of %(amount)s", amount=self._money(rule.price_round)
                ),
                float_round(self._amount, precision_rounding=rule.price_round),
            )
        if rule.price_surcharge:
            fee = per_unit(rule.price_surcharge)
            label = self.env._("Extra fee") if fee > 0 else self.env._("Rebate")
            self._add("fee", label, self._amount + fee, self._signed(fee))
        if rule.price_min_margin:
            least = per_unit(rule.price_min_margin)
            self._add(
                "min_margin",
                self.env._("At least %(amount)s over the base", amount=self._money(least)),
                max(self._amount, base + least),
            )
        if rule.price_max_margin:
            most = per_unit(rule.price_max_margin)
            self._add(
                "max_margin",
                self.env._("At most %(amount)s over the base", amount=self._money(most)),
                min(self._amount, base + most),
            )

    def _add_discount(self, percent, amount):
        values = {"percent": self._number(abs(percent), 2)}
        if percent >= 0:
            label = self.env._("%(percent)s %% discount", **values)
        else:
            label = self.env._("%(percent)s %% markup", **values)
        self._add("discount", label, amount, self._signed(amount - self._amount))

    def _add(self, kind, label, amount, detail=False, currency=None, chain=False):
        """Add a step after which the price is ``amount``."""
        unchanged = bool(self.steps) and not float_compare(
            amount, self._amount, precision_digits=_DIGITS
        )
        if self.hides_numbers:
            label, detail = self._without_numbers(kind) or label, False
        self.steps.append(
            {
                "kind": kind,
                "label": label,
                "detail": detail,
                "value": None if self.hides_numbers else amount,
                "amount": False if self.hides_numbers else self._money(amount, currency),
                "unchanged": unchanged and not self.hides_numbers and kind != "currency",
                "chain": chain,
                "chain_text": chain
                and self.env._(
                    "How the price in %(pricelist)s comes about", pricelist=chain["pricelist"]
                ),
            }
        )
        self._amount = amount

    def _without_numbers(self, kind):
        return {
            "uom": self.env._("Per %(unit)s", unit=self.uom.display_name),
            "discount": self.env._("Markup"),
            "rounding": self.env._("Rounding"),
            "fee": self.env._("Extra fee or rebate"),
            "min_margin": self.env._("Minimum over the base"),
            "max_margin": self.env._("Maximum over the base"),
        }.get(kind)

    # --- Rules ------------------------------------------------------------------------------

    def _lost(self):
        """Return the other rules of the price list for this product, each with its reason."""
        lost, of_other_variants = [], 0
        for rule in self._rules_of_product() - self.rule:
            code, text = self._reason(rule)
            of_other_variants += code == "variant"
            if code != "variant" or of_other_variants <= _OTHER_VARIANTS:
                described = self._describe(rule)
                # The reason says it already.
                if code in ("expired", "later", "quantity"):
                    described["conditions"] = []
                lost.append(
                    described
                    | {"reason": code, "reason_text": text, "price_text": self._instead(rule)}
                )
        return lost

    def _rules_of_product(self):
        template = self.product._crm_template()
        return self.env["product.pricelist.item"].search(
            Domain("pricelist_id", "=", self.pricelist.id)
            & Domain("pricelist_id", "!=", False)
            & Domain("categ_id", "in", [False, *self._category_ids()])
            & Domain("product_tmpl_id", "in", [False, template.id])
            & Domain("product_id", "in", [False, *template.product_variant_ids.ids])
        )

    def _category_ids(self):
        return [
            int(category) for category in (self.product.categ_id.parent_path or "").split("/")[:-1]
        ]

    def _reason(self, rule):
        """Return why a rule did not count, as a code and as a sentence."""
        winner = self.rule
        if rule.date_end and rule.date_end < self.date:
            return "expired", self.env._("Ended on %(date)s", date=self._date(rule.date_end))
        if rule.date_start and rule.date_start > self.date:
            return "later", self.env._("Starts on %(date)s", date=self._date(rule.date_start))
        if rule.product_id and not self._is_variant(rule.product_id):
            if self.product._name == "product.template":
                return "variant", self.env._("For one variant only")
            return "variant", self.env._("For another variant")
        if rule.min_quantity and self.own_quantity < rule.min_quantity:
            return "quantity", self.env._(
                "The quantity is too small: it counts from %(quantity)s %(unit)s",
                quantity=self._number(rule.min_quantity, 6),
                unit=self.product.uom_id.display_name,
            )
        if not winner or not rule._is_applicable_for(self.product, self.own_quantity):
            return "module", self.env._("Left out by another module")
        if rule.applied_on != winner.applied_on:
            return "specific", {
                "0_product_variant": self.env._("The rule of the variant counts first"),
                "1_product": self.env._("The rule of the product counts first"),
                "2_product_category": self.env._("The rule of the category counts first"),
            }.get(winner.applied_on, self.env._("Another rule counts first"))
        if rule.min_quantity != winner.min_quantity:
            return "smaller", self.env._("The rule with the larger quantity counts first")
        if rule.categ_id != winner.categ_id:
            return "category", self.env._("The rule of the nearer category counts first")
        return "older", self.env._("The newer rule counts first")

    def _is_variant(self, variant):
        """Return whether a rule of a variant is one for the product that is explained."""
        if self.product._name == "product.product":
            return variant == self.product
        return (
            self.product.product_variant_count == 1 and variant == self.product.product_variant_id
        )

    def _instead(self, rule):
        """Return what the price were if this rule counted, unless it tells the cost."""
        if rule._crm_is_cost_hidden():
            return False
        quantity = self.quantity
        if rule.min_quantity > self.own_quantity:
            quantity = self.product.uom_id._compute_quantity(
                rule.min_quantity, self.uom, round=False, raise_if_failure=False
            )
        price = rule._compute_price(
            self.product, quantity, self.uom, date=self.date, currency=self.currency
        )
        return self.env._("would give %(price)s", price=self._money(price))

    def _describe(self, rule):
        conditions = []
        if rule.min_quantity:
            conditions.append(
                self.env._(
                    "from %(quantity)s %(unit)s",
                    quantity=self._number(rule.min_quantity, 6),
                    unit=self.product.uom_id.display_name,
                )
            )
        if rule.date_start:
            conditions.append(self.env._("since %(date)s", date=self._date(rule.date_start)))
        if rule.date_end:
            conditions.append(self.env._("until %(date)s", date=self._date(rule.date_end)))
        return {
            "id": rule.id,
            "name": rule.name,
            "label": rule.price,
            "conditions": conditions,
        }

    def _notes(self):
        notes = []
        if self.pricelist and not self.pricelist.active:
            notes.append(self.env._("This price list is archived: no customer gets it by default."))
        if not self.pricelist:
            notes.append(self.env._("Without a price list, the sales price counts."))
        elif not self.rule:
            notes.append(
                self.env._("No rule of this price list applies, so the sales price counts.")
            )
        if self.hides_numbers:
            notes.append(
                self.env._(
                    "The price is calculated from the cost; the numbers are for those who may see "
                    "costs."
                )
            )
        return notes

    # --- Texts ------------------------------------------------------------------------------

    def _money(self, amount, currency=None):
        """Return an amount as text, with more decimals where the usual ones hide a part of it."""
        currency = currency or self.currency
        digits = max(
            self.env["decimal.precision"].precision_get("Product Price"), currency.decimal_places
        )
        if float_compare(amount, round(amount, digits), precision_digits=_DIGITS):
            digits += 2
        text = formatLang(self.env, amount, digits=digits)
        if currency.position == "after":
            return f"{text}\N{NO-BREAK SPACE}{currency.symbol}"
        return f"{currency.symbol}\N{NO-BREAK SPACE}{text}"

    def _signed(self, amount, currency=None):
        sign = "−" if amount < 0 else "+"
        return f"{sign} {self._money(abs(amount), currency)}"

    def _number(self, number, digits):
        """Return a number as text without superfluous zeros."""
        text = f"{number:.{digits}f}".rstrip("0").rstrip(".")
        decimals = len(text.partition(".")[2])
        return formatLang(self.env, number, digits=decimals)

    def _date(self, moment):
        return format_datetime(self.env, moment, dt_format="short")
