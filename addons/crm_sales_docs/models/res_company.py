# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    crm_delivery_control = fields.Boolean(
        "Deliver by Delivery Note",
        default=True,
        help="New order lines count as delivered by validated delivery notes only. "
        "Lines that were delivered by hand keep their quantity.",
    )
