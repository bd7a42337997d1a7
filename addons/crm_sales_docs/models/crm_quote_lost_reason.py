# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class CrmQuoteLostReason(models.Model):
    """Why quotes come to nothing."""

    _name = "crm.quote.lost.reason"
    _description = "Reason of a Lost Quote"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=50)
    active = fields.Boolean(default=True)
