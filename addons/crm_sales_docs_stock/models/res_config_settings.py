# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    crm_delivery_lead = fields.Selection(related="company_id.crm_delivery_lead", readonly=False)
    crm_delivery_with_services = fields.Boolean(
        related="company_id.crm_delivery_with_services", readonly=False
    )
