# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    crm_delivery_control = fields.Boolean(related="company_id.crm_delivery_control", readonly=False)
    crm_discount_limit = fields.Float(related="company_id.crm_discount_limit", readonly=False)
    crm_quote_reminder_days = fields.Integer(
        related="company_id.crm_quote_reminder_days", readonly=False
    )
    crm_quote_cancel_days = fields.Integer(
        related="company_id.crm_quote_cancel_days", readonly=False
    )
    crm_down_payment_policy = fields.Selection(
        related="company_id.crm_down_payment_policy", readonly=False
    )
    crm_delivery_title = fields.Selection(related="company_id.crm_delivery_title", readonly=False)
    crm_delivery_legal_text = fields.Text(
        related="company_id.crm_delivery_legal_text", readonly=False
    )
