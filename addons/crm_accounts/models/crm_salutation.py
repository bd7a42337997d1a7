# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class CrmSalutation(models.Model):
    _name = "crm.salutation"
    _description = "Salutation"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
