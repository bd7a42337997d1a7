# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class CrmAccountEvent(models.Model):
    _inherit = "crm.account.event"

    kind = fields.Selection(
        selection_add=[
            ("invoice", "Invoice"),
            ("refund", "Credit Note"),
            ("bill", "Vendor Bill"),
            ("vendor_refund", "Vendor Credit Note"),
            ("payment", "Payment"),
        ],
        ondelete={
            "invoice": "cascade",
            "refund": "cascade",
            "bill": "cascade",
            "vendor_refund": "cascade",
            "payment": "cascade",
        },
    )
    amount = fields.Monetary(
        groups="sales_team.group_sale_salesman,account.group_account_invoice,"
        "account.group_account_readonly"
    )
