# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models

_KINDS = {
    "out_invoice": "invoice",
    "out_receipt": "invoice",
    "out_refund": "refund",
    "in_invoice": "bill",
    "in_receipt": "bill",
    "in_refund": "vendor_refund",
}


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "crm.timeline.source"]

    _crm_timeline_kinds = ("invoice", "refund", "bill", "vendor_refund")
    _crm_timeline_state_field = "status_in_payment"
    _crm_timeline_amount_field = "amount_total"

    # Core has none on the commercial partner: the figures of an account would read all invoices.
    _crm_commercial_partner_idx = models.Index(
        "(commercial_partner_id, invoice_date) WHERE commercial_partner_id IS NOT NULL"
    )

    def _crm_timeline_fields(self):
        return super()._crm_timeline_fields() | {
            "amount_total",
            "company_id",
            "create_date",
            "currency_id",
            "date",
            "invoice_date",
            "invoice_user_id",
            "is_move_sent",
            "move_type",
            "name",
            "partner_id",
            "payment_state",
            "ref",
            "state",
        }

    def _crm_timeline_relevant(self):
        return self.filtered(lambda move: move.move_type in _KINDS)

    def _crm_timeline_values(self):
        values = super()._crm_timeline_values()
        for move in self._crm_timeline_relevant():
            number = move.name != "/" and move.name
            values[move.id] = {
                "kind": _KINDS[move.move_type],
                "date": self._crm_timeline_moment(move.invoice_date or move.date, move.create_date),
                "partners": move.partner_id,
                "title": " · ".join(filter(None, (number, move.ref))),
                "state": move.status_in_payment,
                "user_id": move.invoice_user_id.id,
                "company_id": move.company_id.id,
                "amount": move.amount_total,
                "currency_id": move.currency_id.id,
            }
        return values
