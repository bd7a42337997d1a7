# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

from .customer_codes import customer_codes
from .path_search import path_search


class AccountMove(models.Model):
    _inherit = "account.move"

    crm_delivery_note_ids = fields.Many2many(
        "crm.delivery.note",
        string="Delivery Notes",
        compute="_compute_crm_delivery_note_ids",
        search="_search_crm_delivery_note_ids",
        compute_sudo=True,
    )
    crm_delivery_note_count = fields.Integer(
        "Number of Delivery Notes", compute="_compute_crm_delivery_note_ids", compute_sudo=True
    )

    @api.depends("line_ids.crm_delivery_note_line_id.note_id")
    def _compute_crm_delivery_note_ids(self):
        for move in self:
            move.crm_delivery_note_ids = move.line_ids.crm_delivery_note_line_id.note_id
            move.crm_delivery_note_count = len(move.crm_delivery_note_ids)

    def _search_crm_delivery_note_ids(self, operator, value):
        return path_search("line_ids.crm_delivery_note_line_id.note_id", operator, value)

    def action_crm_view_delivery_notes(self):
        """Return the action that opens the delivery notes billed on these invoices."""
        return self.crm_delivery_note_ids._crm_open()

    def _crm_customer_products(self):
        """Return ``{line id: row}``: what the customer of this invoice calls the products of its
        lines. What was ordered goes by the codes of who ordered it.
        """
        self.ensure_one()
        if not self.is_sale_document(include_receipts=True):
            return {}
        lines = self.invoice_line_ids.filtered("product_id")
        return customer_codes(
            lines.grouped(
                lambda line: line.sudo().sale_line_ids.order_id.partner_id[:1] or self.partner_id
            ),
            self.company_id,
            self.invoice_date,
        )

    def _crm_latest(self, move_type="out_invoice"):
        """Return the newest of these that is not cancelled: of the invoices, or credit notes."""
        return self.filtered(
            lambda move: move.state != "cancel" and move.move_type == move_type
        ).sorted("id")[-1:]

    def _crm_open(self):
        """Return the action that opens these invoices."""
        if not self:
            return {"type": "ir.actions.act_window_close"}
        action = self._get_records_action(
            name=self.env._("Invoices"), context={"default_move_type": "out_invoice"}
        )
        if len(self) > 1:
            list_view = self.env.ref("account.view_out_invoice_tree")
            action["views"] = [(list_view.id, "list"), (False, "form")]
        return action
