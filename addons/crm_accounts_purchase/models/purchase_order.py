# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class PurchaseOrder(models.Model):
    _name = "purchase.order"
    _inherit = ["purchase.order", "crm.timeline.source"]

    _crm_timeline_kinds = ("rfq", "purchase")
    _crm_timeline_state_field = "state"
    _crm_timeline_amount_field = "amount_total"

    def _crm_timeline_fields(self):
        return super()._crm_timeline_fields() | {
            "amount_total",
            "company_id",
            "create_date",
            "currency_id",
            "date_approve",
            "name",
            "partner_id",
            "partner_ref",
            "state",
            "user_id",
        }

    def _crm_timeline_values(self):
        values = super()._crm_timeline_values()
        for order in self:
            ordered = order.state == "purchase"
            values[order.id] = {
                "kind": "purchase" if ordered else "rfq",
                # The order date of a request is its deadline, which may never come.
                "date": (ordered and order.date_approve) or order.create_date,
                "partners": order.partner_id,
                "title": " · ".join(filter(None, (order.name, order.partner_ref))),
                "state": order.state,
                "user_id": order.user_id.id,
                "company_id": order.company_id.id,
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
            }
        return values
