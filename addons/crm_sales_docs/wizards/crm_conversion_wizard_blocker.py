# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class CrmConversionWizardBlocker(models.TransientModel):
    _name = "crm.conversion.wizard.blocker"
    _description = "Document That Is Not Ready"

    wizard_id = fields.Many2one("crm.conversion.wizard", required=True, ondelete="cascade")
    note_id = fields.Many2one("crm.delivery.note", "Delivery Note", ondelete="cascade")
    order_id = fields.Many2one("sale.order", ondelete="cascade")
    message = fields.Text("Reason")
