# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class CrmQuoteRefusal(models.TransientModel):
    """Asks why the discounts of a quote are refused."""

    _name = "crm.quote.refusal"
    _description = "Refuse the Discount"

    order_ids = fields.Many2many("sale.order", string="Quotes", required=True)
    reason = fields.Text(required=True)

    def action_refuse(self):
        """Refuse the discounts and tell the salesperson why."""
        self.ensure_one()
        self.order_ids._crm_check_decides_discounts()
        self.order_ids._crm_refuse_discounts(self.reason)
        return {"type": "ir.actions.act_window_close"}
