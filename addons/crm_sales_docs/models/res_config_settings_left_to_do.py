# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    crm_tax_period = fields.Selection(related="company_id.crm_tax_period", readonly=False)
    crm_tax_period_days = fields.Integer(related="company_id.crm_tax_period_days", readonly=False)
    crm_late_delivery_days = fields.Integer(
        related="company_id.crm_late_delivery_days", readonly=False
    )
