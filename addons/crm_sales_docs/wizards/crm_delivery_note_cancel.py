# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class CrmDeliveryNoteCancel(models.TransientModel):
    """Why a manager cancels notes that the customer has signed."""

    _name = "crm.delivery.note.cancel"
    _description = "Cancel Signed Delivery Notes"

    note_ids = fields.Many2many("crm.delivery.note", string="Delivery Notes", readonly=True)
    reason = fields.Text(required=True)

    def action_cancel(self):
        """Cancel the notes for the reason."""
        self.ensure_one()
        self.note_ids.action_cancel(reason=self.reason)
        return {"type": "ir.actions.act_window_close"}
