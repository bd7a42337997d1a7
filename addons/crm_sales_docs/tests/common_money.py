# SPDX-License-Identifier: LGPL-3.0-or-later
from . import common


class CrmMoneyCommon(common.CrmSalesDocsCommon):
    """What is deducted, given back and left over."""

    def _down_payment(self, order, amount, method="percentage", post=True):
        """Return the invoice of a down payment: of a percentage, or of a fixed amount."""
        before = order.invoice_ids
        self.env["sale.advance.payment.inv"].with_context(
            active_model="sale.order", active_ids=order.ids
        ).create(
            {
                "advance_payment_method": method,
                "amount" if method == "percentage" else "fixed_amount": amount,
            }
        ).create_invoices()
        invoice = (order.invoice_ids - before).sudo()
        if post:
            invoice.action_post()
        return invoice

    def _return(self, note, quantity=None, **values):
        """Return a validated return of a note: of everything, or of ``quantity`` of each line."""
        returned = note.browse(note.action_return()["res_id"])
        if quantity is not None:
            returned.line_ids.filtered("product_id").quantity = quantity
        returned.write(values)
        returned.action_validate()
        return returned

    def _reverse(self, invoice, modify=False):
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id})
        )
        return self.env["account.move"].browse(wizard.reverse_moves(is_modify=modify)["res_id"])

    def _forget_what_was_seen(self, order):
        """Let superuser read invoices that the salesperson did not see, and the cache not hold."""
        order.order_line.invalidate_recordset(["invoice_lines"])
        order.invalidate_recordset(["invoice_ids"])

    def _charged(self, order):
        """Return the sum of the invoices of an order less its credit notes, to the cent."""
        self._forget_what_was_seen(order)
        moves = order.sudo().invoice_ids.filtered(lambda move: move.state != "cancel")
        return order.currency_id.round(
            sum(
                move.amount_total * (1 if move.move_type == "out_invoice" else -1) for move in moves
            )
        )

    def _told(self, order):
        """Return the invoices of an order in words, for whoever looks into a failure."""
        self._forget_what_was_seen(order)
        return "".join(
            f"\n{move.id} {move.move_type} {move.state} {move.amount_total}: "
            + "; ".join(
                f"{line.quantity:g} x {line.price_unit:g} {line.product_id.name or line.name}"
                f" = {line.price_total:g}"
                for line in move.invoice_line_ids
                if line.display_type == "product"
            )
            for move in order.sudo().invoice_ids.sorted("id")
        )

    def _assert_documents_agree(self, order):
        """Assert what holds after each step, whatever the order of the steps."""
        self._forget_what_was_seen(order)
        order = order.sudo()
        for line in order.order_line.filtered(lambda line: not line.display_type):
            moves = line.invoice_lines.filtered(
                lambda move_line: move_line.parent_state != "cancel"
            )
            moved = sum(
                move_line.product_uom_id._compute_quantity(
                    move_line.quantity, line.product_uom_id, round=False
                )
                * (1 if move_line.move_type == "out_invoice" else -1)
                for move_line in moves
            )
            self.assertAlmostEqual(line.qty_invoiced, moved, 2, "what is invoiced")
            if line.is_downpayment or line.product_type == "combo":
                continue
            note_lines = line.crm_delivery_note_line_ids
            done = note_lines.filtered(lambda note_line: note_line.state == "done")
            if line.qty_delivered_method == "delivery_note":
                self.assertAlmostEqual(
                    line.qty_delivered,
                    line.crm_note_opening_qty
                    + (done._crm_total_quantity(line.product_uom_id) if done else 0.0),
                    2,
                    "what is delivered",
                )
            for note_line in done:
                if note_line.note_type == "delivery":
                    self.assertGreaterEqual(note_line.qty_to_invoice, 0)
                else:
                    self.assertLessEqual(note_line.qty_to_invoice, 0)
                self.assertEqual(
                    note_line.price_unit,
                    line.product_uom_id._compute_price(line.price_unit, note_line.product_uom_id),
                )
        for move in order.invoice_ids:
            self.assertGreaterEqual(move.amount_total, 0)
            headings = 0
            for line in move.invoice_line_ids.sorted():
                if line.sale_line_ids.product_type == "combo":
                    continue
                if line.display_type in ("line_section", "line_subsection"):
                    headings += line.display_type == "line_section"
                elif line.display_type == "product":
                    headings = 0
                self.assertLess(headings, 2, "a section without a line")
            self.assertFalse(headings, "a section without a line")
