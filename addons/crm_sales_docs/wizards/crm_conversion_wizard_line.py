# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models

from ..models.crm_delivery_note_line import PRICE_GROUPS


class CrmConversionWizardLine(models.TransientModel):
    _name = "crm.conversion.wizard.line"
    _description = "Document That Will Come Out"

    wizard_id = fields.Many2one("crm.conversion.wizard", required=True, ondelete="cascade")
    kind = fields.Selection(
        [
            ("invoice", "Customer Invoice"),
            ("refund", "Credit Note"),
            ("note", "Delivery Note"),
        ]
    )
    partner_id = fields.Many2one("res.partner", "Customer")
    company_id = fields.Many2one("res.company")
    documents = fields.Char("From")
    document_count = fields.Integer("Number of Documents")
    line_count = fields.Integer("Lines")
    currency_id = fields.Many2one("res.currency")
    amount_untaxed = fields.Monetary("Untaxed Amount", groups=PRICE_GROUPS)
    amount_total = fields.Monetary("Total", groups=PRICE_GROUPS)
    apart = fields.Char("Why Separate")
    note_ids = fields.Many2many("crm.delivery.note", string="Delivery Notes")
    order_ids = fields.Many2many("sale.order", string="Orders")
