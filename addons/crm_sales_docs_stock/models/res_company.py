# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    crm_delivery_lead = fields.Selection(
        [
            ("picking", "The transfer leads"),
            ("note", "The delivery note leads"),
            ("off", "Transfers have no delivery note"),
        ],
        "Delivery Notes and Transfers",
        required=True,
        default="picking",
        help="The transfer leads: a validated transfer to the customer issues its delivery note. "
        "The delivery note leads: a validated note also validates the transfer of its goods.",
    )
    crm_delivery_with_services = fields.Boolean(
        "Services on the Last Note",
        help="The delivery note of the last transfer of an order also delivers the services that "
        "are still open.",
    )
