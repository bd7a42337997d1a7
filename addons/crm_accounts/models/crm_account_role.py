# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class CrmAccountRole(models.Model):
    _name = "crm.account.role"
    _description = "Account Role"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    description = fields.Char(
        translate=True, help="What a person with this role does or decides in the account."
    )
