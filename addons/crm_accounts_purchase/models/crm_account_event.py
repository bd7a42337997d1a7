# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class CrmAccountEvent(models.Model):
    _inherit = "crm.account.event"

    kind = fields.Selection(
        selection_add=[("rfq", "Request for Quotation"), ("purchase", "Purchase Order")],
        ondelete={"rfq": "cascade", "purchase": "cascade"},
    )
    amount = fields.Monetary(
        groups="sales_team.group_sale_salesman,account.group_account_invoice,"
        "account.group_account_readonly,purchase.group_purchase_user"
    )
