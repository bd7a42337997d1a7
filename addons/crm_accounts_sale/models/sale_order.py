# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "crm.timeline.source"]

    _crm_timeline_kinds = ("quote", "order")
    _crm_timeline_state_field = "state"
    _crm_timeline_amount_field = "amount_total"

    def _crm_timeline_fields(self):
        return super()._crm_timeline_fields() | {
            "amount_total",
            "client_order_ref",
            "company_id",
            "currency_id",
            "date_order",
            "name",
            "partner_id",
            "state",
            "user_id",
        }

    def _crm_timeline_values(self):
        values = super()._crm_timeline_values()
        for order in self:
            values[order.id] = {
                "kind": "order" if order.state == "sale" else "quote",
                "date": order.date_order,
                "partners": order.partner_id,
                "title": " · ".join(filter(None, (order.name, order.client_order_ref))),
                "state": order.state,
                "user_id": order.user_id.id,
                "company_id": order.company_id.id,
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
            }
        return values
