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

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env["crm.delivery.series"]._crm_create_missing(companies)
        return companies
