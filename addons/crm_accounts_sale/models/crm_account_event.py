# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class CrmAccountEvent(models.Model):
    _inherit = "crm.account.event"

    kind = fields.Selection(
        selection_add=[("quote", "Quote"), ("order", "Order")],
        ondelete={"quote": "cascade", "order": "cascade"},
    )
