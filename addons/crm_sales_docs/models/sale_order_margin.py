# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

from .sale_order_line_margin import COSTS


class SaleOrder(models.Model):
    """What a quote leaves over its cost, for those who may see costs."""

    _inherit = "sale.order"

    crm_margin = fields.Monetary(
        "Margin",
        compute="_compute_crm_margin",
        store=True,
        copy=False,
        groups=COSTS,
        prefetch="crm_sales",
    )
    crm_margin_percent = fields.Float(
        "Margin (%)",
        compute="_compute_crm_margin",
        store=True,
        copy=False,
        aggregator=None,
        groups=COSTS,
        help="The part of the amount without taxes that is left over the cost, of what has a cost.",
        prefetch="crm_sales",
    )
    crm_under_margin = fields.Boolean(
        "Under the Minimum Margin", compute="_compute_crm_under_margin", groups=COSTS
    )

    @api.depends("order_line.crm_margin", "order_line.price_subtotal", "order_line.crm_unit_cost")
    def _compute_crm_margin(self):
        for order in self:
            lines = [line for line in order.order_line if line._crm_has_margin()]
            amount = sum(line.price_subtotal for line in lines)
            margin = sum(line.crm_margin for line in lines)
            order.crm_margin = margin
            if amount > 0:
                order.crm_margin_percent = margin / amount
            else:
                order.crm_margin_percent = -1.0 if margin < 0 else 0.0

    @api.depends("order_line.crm_under_margin")
    def _compute_crm_under_margin(self):
        for order in self:
            order.crm_under_margin = any(line.crm_under_margin for line in order.order_line)
