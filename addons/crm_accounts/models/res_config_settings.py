# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    crm_birthday_days = fields.Integer(
        "Days before a Birthday",
        help="How many days before the birthday of a contact its salesperson gets an activity. "
        "A negative number makes none.",
    )

    @api.model
    def get_values(self):
        days = self.env["res.partner"]._crm_birthday_days()
        return super().get_values() | {"crm_birthday_days": -1 if days is None else days}

    def set_values(self):
        result = super().set_values()
        # As text: core keeps no number 0, which means the day itself.
        self.env["ir.config_parameter"].sudo().set_param(
            "crm_accounts.birthday_days", str(self.crm_birthday_days)
        )
        return result
