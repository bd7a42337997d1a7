# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

from ..pricing.margins import is_under_margin, margin_percent


class ProductProduct(models.Model):
    _inherit = "product.product"

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
