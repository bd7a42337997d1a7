# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

from .crm_delivery_note_line import PRICE_GROUPS


class CrmDeliveryNote(models.Model):
    """What notes wait for: the amount to invoice, and the lists by it."""

    _inherit = "crm.delivery.note"

    amount_to_invoice = fields.Monetary(
        "Amount to Invoice",
        compute="_compute_amount_to_invoice",
        store=True,
        copy=False,
        groups=PRICE_GROUPS,
        help="Without taxes, of what is delivered and not invoiced. Less than nothing where "
        "something is to be credited.",
    )

    # the list of what is to invoice, the oldest first: of a company, and of a salesperson, who
    # reads the own and unassigned notes
    _to_invoice_idx = models.Index(
        "(company_id, date, id) WHERE state = 'done' AND invoice_state IN ('to', 'partial')"
    )
    _to_invoice_user_idx = models.Index(
        "(user_id, company_id, date, id) "
        "WHERE state = 'done' AND invoice_state IN ('to', 'partial')"
    )

    @api.depends("line_ids.qty_to_invoice", "line_ids.price_subtotal")
    def _compute_amount_to_invoice(self):
        for note in self:
            amount = 0.0
            for line in note.line_ids:
                quantity = line.qty_to_invoice and line._crm_quantity_in_order_unit()
                if quantity:
                    amount += line.price_subtotal * line.qty_to_invoice / quantity
            note.amount_to_invoice = amount

    def _crm_validate(self):
        result = super()._crm_validate()
        late = self.order_ids.filtered(
            lambda order: order.crm_late_reminded and order.crm_delivery_state == "done"
        )
        if late:
            late._crm_close_late_reminders()
        return result

    def _crm_owner(self):
        """Return who answers for the note: the salesperson, or who answers for its orders, or the
        salesperson of the customer, or else a sales manager of the company.
        """
        self.ensure_one()
        note = self.sudo()
        if note.user_id.active:
            return note.user_id
        for order in note.order_ids:
            if owner := order._crm_owner():
                return owner
        if note.partner_id.user_id.active:
            return note.partner_id.user_id
        managers = self.env.ref("sales_team.group_sale_manager").sudo().all_user_ids
        return managers.filtered(
            lambda user: user.active and not user.share and note.company_id in user.company_ids
        ).sorted("id")[:1]
