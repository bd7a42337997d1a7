# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..pricing.margins import is_under_margin, margin_percent


class ProductProduct(models.Model):
    _name = "product.product"
    _inherit = ["crm.customer.code.mixin", "product.product", "crm.price.source"]

    # The sales price is the template's: a variant changes it there.
    _crm_price_fields = frozenset({"standard_price"})

    # Not the inherited one, which counts what the user may not see.
    crm_price_change_count = fields.Integer(
        "Price Changes",
        compute="_compute_crm_price_change_count",
        groups="sales_team.group_sale_salesman,product.group_product_manager",
    )

    @api.depends_context("uid", "allowed_company_ids")
    @api.depends("product_tmpl_id")
    def _compute_crm_price_change_count(self):
        for product in self:
            product.crm_price_change_count = product.product_tmpl_id.crm_price_change_count

    @api.model
    def _search_crm_customer_code(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        Row = self.env["crm.customer.product"]
        domain = Row._crm_find_domain(operator, value)
        of_product = Row._search(domain & Domain("product_id", "=", False))
        of_variant = Row._search(domain & Domain("product_id", "!=", False))
        return self._crm_any_of(
            Domain("product_tmpl_id", "in", of_product.subselect("product_tmpl_id")),
            Domain("id", "in", of_variant.subselect("product_id")),
        )

    @api.model
    def _search_display_name(self, operator, value):
        domain = super()._search_display_name(operator, value)
        if operator in Domain.NEGATIVE_OPERATORS or not value or not self._crm_customer():
            return domain
        return self._crm_any_of(domain, Domain("crm_customer_code", operator, value))

    @api.model
    def _crm_any_of(self, *domains):
        """Return the domain of what any of them finds, which is faster than a mere "or"."""
        products = self.with_context(active_test=False)
        return Domain(
            "id",
            "in",
            SQL(
                "(%s)",
                SQL(" UNION ALL ").join(
                    SQL("(%s)", products._search(domain).select()) for domain in domains
                ),
            ),
        )

    def action_crm_price_history(self):
        """Return the price history of these variants' products."""
        return self.product_tmpl_id.action_crm_price_history()

    def _crm_price_subjects(self):
        return {
            product.id: {
                "kind": "cost",
                "product_tmpl_id": product.product_tmpl_id.id,
                "product_id": product.id,
                "currency_id": product.cost_currency_id.id,
                "company_id": self.env.company.id,
            }
            for product in self
        }

    def _crm_price_confidential(self):
        return True

    def _crm_price_whole(self):
        return ("standard_price", self.standard_price, None) if self.standard_price else ()

    # Of the variant: without them, the product's own would show.
    crm_sales_price = fields.Float(related="lst_price", string="Current Sales Price")
    crm_margin_percent = fields.Float(
        "Margin",
        compute="_compute_crm_margin",
        groups="crm_products.crm_products_group_cost",
        help="The part of the sales price that is left over the cost.",
    )
    crm_under_margin = fields.Boolean(
        "Under the Minimum Margin",
        compute="_compute_crm_margin",
        groups="crm_products.crm_products_group_cost",
    )

    @api.depends("lst_price", "standard_price", "categ_id")
    @api.depends_context("company")
    def _compute_crm_margin(self):
        minimum = self.categ_id._crm_min_margins()
        for product in self:
            cost = product._crm_cost(product.currency_id)
            product.crm_margin_percent = margin_percent(product.lst_price, cost)
            product.crm_under_margin = is_under_margin(
                product.lst_price, cost, minimum[product.categ_id]
            )

    def web_read(self, specification):
        # On the page of a variant, rules for several products show what they make of this one.
        page = self.with_context(crm_price_product_id=self.id) if len(self) == 1 else self
        return super(ProductProduct, page).web_read(specification)

    def action_crm_prices(self):
        """Return the action that shows every price of the variant, and those of its product."""
        self.ensure_one()
        action = self.product_tmpl_id.action_crm_prices()
        action["domain"] += [("product_id", "in", [self.id, False])]
        action["context"] |= {"crm_price_product_id": self.id}
        return action

    def action_crm_explain_price(self):
        """Return the action that explains the price of the variant. Defaults in the context
        say for whom: ``default_pricelist_id``, ``default_partner_id``, ``default_quantity``,
        ``default_uom_id``, ``default_date``.
        """
        self.ensure_one()
        action = self.product_tmpl_id.action_crm_explain_price()
        action["context"] |= {"default_product_id": self.id}
        return action

    def _crm_template(self):
        """Return the product of the variant."""
        return self.product_tmpl_id

    def _crm_dearest(self):
        """Return the variant itself, as there is no other to choose from."""
        return self

    def _crm_cost(self, currency):
        """Return the cost of the variant today in a currency, 0 where it is not known."""
        self.ensure_one()
        return self.cost_currency_id._convert(
            self.standard_price,
            currency,
            self.env.company,
            fields.Date.context_today(self),
            round=False,
        )
