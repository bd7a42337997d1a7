# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    crm_delivery_control = fields.Boolean(
        "Deliver by Delivery Note",
        default=True,
        help="New order lines count as delivered by validated delivery notes only. "
        "Lines that were delivered by hand keep their quantity.",
    )
    crm_delivery_title = fields.Selection(
        [
            ("note", "Delivery Note"),
            ("order", "Delivery Order"),
            ("dispatch", "Dispatch Guide"),
            ("albaran", "Albarán"),
            ("remito", "Remito"),
        ],
        "Title of Delivery Notes",
        required=True,
        default="note",
        help="What the printed delivery note is called in the country of the company.",
    )
    crm_delivery_legal_text = fields.Text(
        "Legal Text of Delivery Notes",
        translate=True,
        help="Printed at the end of each delivery note and return.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env["crm.delivery.series"]._crm_create_missing(companies)
        return companies
