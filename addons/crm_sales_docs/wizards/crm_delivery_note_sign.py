# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models


class CrmDeliveryNoteSign(models.TransientModel):
    """The customer signs on the screen of the person who delivers."""

    _name = "crm.delivery.note.sign"
    _description = "Sign a Delivery Note"

    note_id = fields.Many2one("crm.delivery.note", required=True, readonly=True, ondelete="cascade")
    note_name = fields.Char(related="note_id.name", related_sudo=False, string="Delivery Note")
    partner_id = fields.Many2one(related="note_id.partner_id", related_sudo=False)
    line_summary = fields.Text("Received", compute="_compute_line_summary")
    signed_by = fields.Char("Name of Who Receives", required=True)
    signed_identification = fields.Char("Identification")
    signature = fields.Image(required=True, max_width=1024, max_height=1024)

    @api.depends("note_id")
    def _compute_line_summary(self):
        for wizard in self:
            wizard.line_summary = wizard.note_id._crm_line_summary()

    def action_sign(self):
        """Sign the note with the drawn signature.

        :raise UserError: if the note is not validated, or signed already
        """
        self.ensure_one()
        note = self.note_id
        note.check_access("write")
        # whoever delivers writes no field of the system
        note.sudo()._crm_sign(self.signed_by, self.signature, self.signed_identification)
        return {"type": "ir.actions.act_window_close"}
