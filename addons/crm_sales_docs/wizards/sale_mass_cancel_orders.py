# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models


class SaleMassCancelOrders(models.TransientModel):
    _inherit = "sale.mass.cancel.orders"

    crm_quote_count = fields.Integer("Number of Quotes", compute="_compute_crm_quote_count")
    crm_lost_reason_id = fields.Many2one("crm.quote.lost.reason", "Lost Reason")
    crm_lost_note = fields.Text("Note")

    @api.depends("sale_order_ids")
    def _compute_crm_quote_count(self):
        for wizard in self:
            wizard.crm_quote_count = len(wizard._crm_quotes())

    def _crm_quotes(self):
        return self.sale_order_ids.filtered(lambda order: order.state in ("draft", "sent"))

    def action_mass_cancel(self):
        quotes = self._crm_quotes()
        result = super().action_mass_cancel()
        quotes._crm_set_lost_reason(self.crm_lost_reason_id, self.crm_lost_note)
        return result
