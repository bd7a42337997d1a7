# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    crm_min_margin = fields.Float(related="company_id.crm_min_margin", readonly=False)
    crm_price_approval = fields.Boolean(related="company_id.crm_price_approval", readonly=False)
    crm_price_approval_limit = fields.Float(
        related="company_id.crm_price_approval_limit", readonly=False
    )
