# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    crm_delivery_note_line_id = fields.Many2one(
        "crm.delivery.note.line",
        "Delivery Note Line",
        index="btree_not_null",
        copy=False,
    )

    def _copy_data_extend_business_fields(self, values):
        # a credit note must give the quantity back to the delivery note, as it does to the order
        values["crm_delivery_note_line_id"] = self.crm_delivery_note_line_id.id
        return super()._copy_data_extend_business_fields(values)
