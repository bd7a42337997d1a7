# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class CrmAccountEvent(models.Model):
    _inherit = "crm.account.event"

    kind = fields.Selection(
        selection_add=[("delivery", "Delivery Note"), ("return", "Return of Goods")],
        ondelete={"delivery": "cascade", "return": "cascade"},
    )
