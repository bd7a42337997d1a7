# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class SaleOrder(models.Model):
    """Why a quote was lost."""

    _inherit = "sale.order"

    crm_lost_reason_id = fields.Many2one(
        "crm.quote.lost.reason",
        "Lost Reason",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        prefetch="crm_sales",
    )
    crm_lost_note = fields.Text("Lost because", copy=False, prefetch="crm_sales")

    # === ACTIONS ===#
    def action_draft(self):
        result = super().action_draft()
        self._crm_forget_lost_reason()
        return result

    def action_crm_cancel_quote(self):
        """Return the dialog that asks why the quotes are cancelled, and cancels them."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cancel the Quote"),
            "res_model": "sale.mass.cancel.orders",
            "view_mode": "form",
            "target": "new",
            "context": {**self.env.context, "active_ids": self.ids, "active_model": self._name},
        }

    # === BUSINESS ===#
    def _action_cancel(self):
        quotes = self.filtered(lambda order: order.state in ("draft", "sent"))
        result = super()._action_cancel()
        if self.env.user.share or self.env.user._is_public():
            # the customer refused it in the portal; the words are in the chatter
            quotes._crm_set_lost_reason(
                self.env.ref("crm_sales_docs.crm_quote_lost_reason_declined", False)
            )
        return result

    def _crm_set_lost_reason(self, reason, note=False):
        if self and reason:
            self.write({"crm_lost_reason_id": reason.id, "crm_lost_note": note})

    def _crm_forget_lost_reason(self):
        lost = self.filtered(lambda order: order.crm_lost_reason_id or order.crm_lost_note)
        if lost:
            lost.write({"crm_lost_reason_id": False, "crm_lost_note": False})
