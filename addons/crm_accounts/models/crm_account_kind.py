# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class CrmAccountKind(models.Model):
    """What an account is to us. The codes are fixed, because searches and reports rely on them;
    the names, their order and colours may be changed.
    """

    _name = "crm.account.kind"
    _description = "Account Kind"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Selection(
        [
            ("customer", "Customer"),
            ("supplier", "Supplier"),
            ("partner", "Partner"),
            ("internal", "Internal"),
        ],
        required=True,
    )
    sequence = fields.Integer(default=10)
    color = fields.Integer()

    _code_uniq = models.Constraint("UNIQUE (code)", "There is already a kind with this code.")
