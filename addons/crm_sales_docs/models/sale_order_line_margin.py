# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

from odoo.addons.crm_products.pricing.margins import is_under_margin, margin_percent

COSTS = "crm_products.crm_products_group_cost"


class SaleOrderLine(models.Model):
    """What a line leaves over its cost, and why it has its price."""

    _inherit = "sale.order.line"

    crm_unit_cost = fields.Float(
        "Unit Cost",
        digits="Product Price",
        compute="_compute_crm_unit_cost",
        store=True,
        copy=False,
        aggregator=None,
        groups=COSTS,
        help="The cost of the product when it was chosen, in the currency and unit of the line.",
        prefetch="crm_sales",
    )
    crm_margin = fields.Monetary(
        "Margin",
        compute="_compute_crm_margin",
        store=True,
        copy=False,
        groups=COSTS,
        help="What is left of the amount without taxes over the cost. Nothing where the cost is "
        "not known.",
        prefetch="crm_sales",
    )
    crm_margin_percent = fields.Float(
        "Margin (%)",
        compute="_compute_crm_margin",
        store=True,
        copy=False,
        aggregator=None,
        groups=COSTS,
        prefetch="crm_sales",
    )
    crm_under_margin = fields.Boolean(
        "Under the Minimum Margin", compute="_compute_crm_under_margin", groups=COSTS
    )

    # === COMPUTES ===#
    @api.depends("product_id", "product_uom_id", "company_id", "currency_id")
    def _compute_crm_unit_cost(self):
        for line in self:
            product = line.product_id.with_company(line.company_id)
            if not product or line.display_type:
                line.crm_unit_cost = 0.0
                continue
            cost = product.uom_id._compute_price(product.standard_price, line.product_uom_id)
            line.crm_unit_cost = product.cost_currency_id._convert(
                cost,
                line.currency_id or line.company_id.currency_id,
                line.company_id,
                line.order_id.date_order or fields.Date.context_today(line),
                round=False,
            )

    @api.depends("crm_unit_cost", "product_uom_qty", "price_subtotal")
    def _compute_crm_margin(self):
        for line in self:
            if not line._crm_has_margin():
                line.crm_margin = 0.0
                line.crm_margin_percent = 0.0
                continue
            cost = line.crm_unit_cost * line.product_uom_qty
            line.crm_margin = line.price_subtotal - cost
            line.crm_margin_percent = margin_percent(line.price_subtotal, cost)

    @api.depends("crm_unit_cost", "product_uom_qty", "price_subtotal", "product_id")
    def _compute_crm_under_margin(self):
        for company, lines in self.grouped("company_id").items():
            categories = lines.product_id.categ_id.with_company(company)
            minimum = categories._crm_min_margins()
            for line in lines:
                line.crm_under_margin = is_under_margin(
                    line.price_subtotal,
                    line.crm_unit_cost * line.product_uom_qty,
                    minimum[line.product_id.categ_id],
                )

    def _crm_has_margin(self):
        """Tell whether the line counts: its cost is known, or it takes something off the rest."""
        self.ensure_one()
        return not self.display_type and (bool(self.crm_unit_cost) or self.price_subtotal < 0)

    # === ACTIONS ===#
    def action_crm_explain_price(self):
        """Return the dialog that explains the price list's price of this line."""
        self.ensure_one()
        self.check_access("read")
        order = self.order_id
        return self.product_id.with_context(
            default_partner_id=order.partner_id.id,
            default_pricelist_id=order.pricelist_id.id,
            default_quantity=self.product_uom_qty or 1.0,
            default_uom_id=self.product_uom_id.id,
            default_date=order.date_order,
        ).action_crm_explain_price()
