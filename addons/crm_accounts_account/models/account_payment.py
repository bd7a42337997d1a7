# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class AccountPayment(models.Model):
    _name = "account.payment"
    _inherit = ["account.payment", "crm.timeline.source"]

    _crm_timeline_kinds = ("payment",)
    _crm_timeline_state_field = "state"
    _crm_timeline_amount_field = "amount"

    def _crm_timeline_fields(self):
        return super()._crm_timeline_fields() | {
            "amount",
            "company_id",
            "create_date",
            "currency_id",
            "date",
            "memo",
            "name",
            "partner_id",
            "payment_type",
            "state",
        }

    def _crm_timeline_values(self):
        values = super()._crm_timeline_values()
        for payment in self:
            values[payment.id] = {
                "kind": "payment",
                "date": self._crm_timeline_moment(payment.date, payment.create_date),
                "partners": payment.partner_id,
                "title": " · ".join(filter(None, (payment.name, payment.memo))),
                "state": payment.state,
                "company_id": payment.company_id.id,
                "direction": "in" if payment.payment_type == "inbound" else "out",
                "amount": payment.amount,
                "currency_id": payment.currency_id.id,
            }
        return values
