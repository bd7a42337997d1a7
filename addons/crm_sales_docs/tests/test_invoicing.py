# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError
from odoo.tests import tagged

from . import common


@tagged("post_install", "-at_install")
class TestInvoicing(common.CrmSalesDocsCommon):
    """Nothing is invoiced twice, and order and note agree whichever way is taken."""

    def _assert_invariants(self, order):
        """Order and notes count what the invoices say; no note is invoiced beyond its quantity."""
        for line in order.sudo().order_line.filtered(lambda line: not line.display_type):
            moved = sum(
                move_line.quantity * (1 if move_line.move_id.move_type == "out_invoice" else -1)
                for move_line in line.invoice_lines
                if move_line.move_id.state != "cancel"
            )
            self.assertEqual(line.qty_invoiced, moved)
            note_lines = line.crm_delivery_note_line_ids
            for note_line in note_lines:
                self.assertLessEqual(0, note_line.qty_invoiced)
                self.assertLessEqual(note_line.qty_invoiced, note_line.quantity)
                self.assertLessEqual(0, note_line.qty_to_invoice)
            if line.product_id.invoice_policy == "delivery":
                self.assertLessEqual(line.qty_invoiced, line.qty_delivered)

    # === NOTE TO INVOICE ===#
    def test_each_note_line_becomes_one_invoice_line(self):
        note = self._crm_delivered((self.goods, 2), (self.service, 1))
        invoice = self._crm_invoice(note)
        self.assertRecordValues(
            invoice.invoice_line_ids,
            [
                {"crm_delivery_note_line_id": line.id, "quantity": line.quantity}
                for line in note.line_ids
            ],
        )

    def test_salesperson_gets_a_draft(self):
        invoice = self._crm_invoice(self._crm_delivered())
        self.assertEqual(invoice.state, "draft")
        self.assertEqual(invoice.invoice_user_id, self.user_salesman)

    def test_second_click_opens_the_same_invoice(self):
        note = self._crm_delivered()
        action = note.action_create_invoice()
        self.assertEqual(note.action_create_invoice(), action)
        self.assertEqual(len(note.invoice_ids), 1)

    def test_several_notes_get_an_invoice_each_in_one_call(self):
        notes = self._crm_delivered() | self._crm_delivered((self.service, 1))
        invoices = self._crm_invoice(notes)
        self.assertEqual(invoices.mapped("invoice_origin"), notes.mapped("name"))
        self.assertEqual(invoices.mapped("amount_untaxed"), [1000, 50])

    def test_two_notes_of_one_order_get_an_invoice_each(self):
        order = self._crm_order()
        first = self._crm_note(order, {self.goods: 4}, validate=True)
        second = self._crm_note(order, validate=True)
        invoices = self._crm_invoice(first | second)
        self.assertEqual(invoices.mapped("amount_untaxed"), [400, 600])
        self.assertEqual(invoices.mapped("invoice_origin"), [first.name, second.name])
        self._assert_invariants(order)

    def test_invoiced_and_open_notes_together(self):
        first, second = self._crm_delivered(), self._crm_delivered()
        invoice = self._crm_invoice(first)
        invoices = self._crm_invoice(first | second)
        self.assertIn(invoice, invoices)
        self.assertEqual(len(invoices), 2)

    def test_note_of_part_of_an_order_invoices_that_part(self):
        order = self._crm_order((self.goods_on_order, 10))
        note = self._crm_note(order, {self.goods_on_order: 4}, validate=True)
        self.assertEqual(self._crm_invoice(note).amount_untaxed, 800)
        self.assertEqual(order.order_line.qty_to_invoice, 6)
        self._assert_invariants(order)

    def test_note_never_invoices_what_the_order_has_invoiced(self):
        order = self._crm_order((self.goods_on_order, 10))
        self._crm_invoice(order)
        note = self._crm_note(order, validate=True)
        self.assertEqual(note.invoice_state, "done")
        self.assertEqual(note.line_ids.qty_to_invoice, 0)
        self.assertEqual(self._crm_invoice(note), order.invoice_ids.with_env(self.env))
        self.assertEqual(order.order_line.qty_invoiced, 10)

    def test_note_is_capped_by_what_the_order_has_left(self):
        order = self._crm_order((self.goods_on_order, 10))
        invoice = self._crm_invoice(order)
        invoice.invoice_line_ids.quantity = 7
        first = self._crm_note(order, {self.goods_on_order: 6}, validate=True)
        second = self._crm_note(order, validate=True)
        self.assertEqual((first | second).line_ids.mapped("qty_to_invoice"), [3, 0])
        self.assertEqual(first.invoice_state, "partial")
        self.assertEqual(second.invoice_state, "done")
        self._crm_invoice(first)
        self.assertEqual(order.order_line.qty_invoiced, 10)

    def test_share_moves_to_the_other_note_when_one_is_cancelled(self):
        order = self._crm_order((self.goods_on_order, 10))
        self._crm_invoice(order).invoice_line_ids.quantity = 7
        first = self._crm_note(order, {self.goods_on_order: 6}, validate=True)
        second = self._crm_note(order, validate=True)
        first.action_cancel()
        self.assertEqual(second.line_ids.qty_to_invoice, 3)

    def test_draft_invoice_cut_by_the_accountant_leaves_the_rest(self):
        note = self._crm_delivered()
        self._crm_invoice(note).invoice_line_ids.quantity = 6
        self.assertEqual(note.invoice_state, "partial")
        self.assertEqual(note.line_ids.qty_to_invoice, 4)
        self.assertEqual(self._crm_invoice(note).amount_untaxed, 400)
        self.assertEqual(note.invoice_state, "done")
        self._assert_invariants(note.order_ids)

    def test_draft_invoice_raised_by_the_accountant_leaves_nothing(self):
        note = self._crm_delivered()
        self._crm_invoice(note).invoice_line_ids.quantity = 12
        self.assertEqual(note.line_ids.qty_to_invoice, 0)
        self.assertEqual(note.invoice_state, "done")

    def test_sections_stay_with_their_lines(self):
        order = self._crm_order(
            ("line_section", "Equipment"),
            (self.goods, 10),
            ("line_note", "Handle with care"),
            ("line_section", "Work"),
            ("line_subsection", "On site"),
            (self.service, 1),
            ("line_note", "Two people"),
        )
        first = self._crm_note(order, {self.goods: 10}, validate=True)
        second = self._crm_note(order, validate=True)
        invoices = self._crm_invoice(first | second)
        names = [
            [line.name if line.display_type != "product" else "*" for line in move.invoice_line_ids]
            for move in invoices
        ]
        self.assertEqual(
            names,
            [
                ["Equipment", "*", "Handle with care"],
                ["Work", "On site", "*", "Two people"],
            ],
        )

    def test_one_section_with_lines_of_two_notes_is_on_both_invoices(self):
        order = self._crm_order(
            ("line_section", "Equipment"),
            ("line_note", "New"),
            (self.goods, 1),
            (self.goods_on_order, 1),
        )
        first = self._crm_note(order, {self.goods: 1}, validate=True)
        second = self._crm_note(order, validate=True)
        for invoice in self._crm_invoice(first | second):
            self.assertEqual(
                invoice.invoice_line_ids.mapped("display_type"),
                ["line_section", "line_note", "product"],
            )

    def test_global_discount_goes_with_the_last_note(self):
        order = self._crm_order((self.goods, 10), confirm=True)
        self.env["sale.order.discount"].create(
            {"sale_order_id": order.id, "discount_type": "so_discount", "discount_percentage": 0.1}
        ).action_apply_discount()
        first = self._crm_note(order, {self.goods: 4}, validate=True)
        self.assertEqual(first.line_ids.product_id, self.goods)
        self.assertEqual(self._crm_invoice(first).amount_untaxed, 400)
        second = self._crm_note(order, validate=True)
        self.assertEqual(self._crm_invoice(second).amount_untaxed, 500)
        self.assertEqual(order.invoice_status, "invoiced")

    def test_note_in_the_currency_of_its_order(self):
        currency = self.setup_other_currency("EUR")
        pricelist = self.env["product.pricelist"].create(
            {"name": "Euros", "currency_id": currency.id}
        )
        order = self._crm_order((self.goods, 2, {"price_unit": 30}), pricelist_id=pricelist.id)
        note = self._crm_note(order, validate=True)
        self.assertEqual(note.currency_id, currency)
        invoice = self._crm_invoice(note | self._crm_delivered())[0]
        self.assertRecordValues(invoice, [{"currency_id": currency.id, "amount_untaxed": 60}])

    def test_taxes_and_fiscal_position_are_the_ones_of_the_order(self):
        self.goods.taxes_id = self.tax_sale_a
        order = self._crm_order(fiscal_position_id=self.fiscal_pos_a.id)
        note = self._crm_note(order, validate=True)
        invoice = self._crm_invoice(note)
        self.assertEqual(invoice.fiscal_position_id, self.fiscal_pos_a)
        self.assertEqual(invoice.amount_total, order.amount_total)
        self.assertEqual(note.amount_total, order.amount_total)
        self.assertEqual(note.tax_totals["total_amount_currency"], order.amount_total)

    # === ORDER TO INVOICE ===#
    def test_order_fills_the_links_of_its_notes(self):
        order = self._crm_order((self.goods, 10), (self.goods_on_order, 4))
        first = self._crm_note(order, {self.goods: 4}, validate=True)
        second = self._crm_note(order, {self.goods: 6, self.goods_on_order: 1}, validate=True)
        invoice = self._crm_invoice(order)
        lines = invoice.invoice_line_ids
        self.assertEqual(lines.mapped("quantity"), [4, 6, 1, 3])
        self.assertEqual(
            lines.crm_delivery_note_line_id, (first | second).line_ids.with_env(self.env)
        )
        self.assertFalse(lines[3].crm_delivery_note_line_id)
        self.assertEqual((first | second).mapped("invoice_state"), ["done", "done"])
        self._assert_invariants(order)

    def test_wizard_of_odoo_fills_the_links_too(self):
        note = self._crm_delivered()
        order = note.order_ids
        self.env["sale.advance.payment.inv"].with_context(
            active_model="sale.order", active_ids=order.ids
        ).create({"advance_payment_method": "delivered"}).create_invoices()
        self.assertEqual(note.invoice_state, "done")
        self.assertEqual(note.invoice_ids, order.invoice_ids)

    def test_every_way_of_invoicing_gives_the_same_total(self):
        def order():
            order = self._crm_order((self.goods, 10), (self.goods_on_order, 4), (self.service, 2))
            return order, self._crm_note(order, {self.goods: 3, self.service: 2}, validate=True)

        by_order, _note = order()
        self._crm_invoice(by_order)
        self._crm_note(by_order, validate=True)
        self._crm_invoice(by_order)

        by_note, note = order()
        self._crm_invoice(note)
        self._crm_invoice(self._crm_note(by_note, validate=True))

        note_then_order, note = order()
        self._crm_invoice(note)
        self._crm_note(note_then_order, validate=True)
        self._crm_invoice(note_then_order)

        order_then_note, _note = order()
        self._crm_invoice(order_then_note)
        self._crm_invoice(self._crm_note(order_then_note, validate=True))

        for done in (by_order, by_note, note_then_order, order_then_note):
            self._assert_invariants(done)
            self.assertEqual(sum(done.invoice_ids.mapped("amount_untaxed")), 1900)
            self.assertEqual(done.invoice_status, "invoiced")
            self.assertEqual(set(done.crm_delivery_note_ids.mapped("invoice_state")), {"done"})

    def test_second_click_on_the_order_opens_the_same_invoice(self):
        order = self._crm_order()
        action = order.action_crm_create_invoice()
        self.assertEqual(order.action_crm_create_invoice(), action)
        self.assertEqual(order.crm_delivery_note_ids.action_create_invoice(), action)
        self.assertEqual(len(order.invoice_ids), 1)
        self.assertEqual(len(order.crm_delivery_note_ids), 1)

    def test_second_click_never_delivers_the_rest(self):
        order = self._crm_order()
        self._crm_note(order, {self.goods: 4}, validate=True)
        action = order.action_crm_create_invoice()
        self.assertEqual(order.action_crm_create_invoice(), action)
        self.assertEqual(order.order_line.qty_delivered, 4)

    def test_order_issues_its_open_draft_as_it_stands(self):
        order = self._crm_order()
        note = self._crm_note(order, {self.goods: 4})
        self.assertEqual(self._crm_invoice(order).amount_untaxed, 400)
        self.assertEqual(note.state, "done")
        self.assertEqual(order.crm_delivery_note_ids, note)

    def test_goods_invoiced_on_order_need_no_note(self):
        order = self._crm_order((self.goods_on_order, 3))
        self.assertEqual(self._crm_invoice(order).amount_untaxed, 600)
        self.assertFalse(order.crm_delivery_note_ids)

    def test_goods_taken_back_are_on_the_invoice_of_the_order(self):
        order = self._crm_order((self.goods_on_order, 5), (self.goods_on_order, -2))
        self.assertEqual(self._crm_invoice(order).amount_untaxed, 600)
        self.assertEqual(order.invoice_status, "invoiced")

    def test_one_click_on_several_orders_makes_an_invoice_each(self):
        orders = self._crm_order() | self._crm_order((self.service, 1))
        invoices = self._crm_invoice(orders)
        self.assertEqual(sorted(invoices.mapped("amount_untaxed")), [50, 1000])

    # === INVOICE TO NOTE ===#
    def test_note_follows_each_step_of_its_invoice(self):
        note = self._crm_delivered()
        invoice = self._crm_invoice(note)
        self.assertEqual(note.invoice_state, "done")
        invoice.action_post()
        self.assertEqual(note.invoice_state, "done")
        invoice.button_draft()
        self.assertEqual(note.invoice_state, "done")
        invoice.button_cancel()
        self.assertEqual(note.invoice_state, "to")
        self.assertEqual(note.line_ids.qty_to_invoice, 10)
        again = self._crm_invoice(note)
        self.assertNotEqual(again, invoice)
        again.unlink()
        self.assertEqual(note.invoice_state, "to")

    def _reverse(self, invoice, modify=False):
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id})
        )
        return self.env["account.move"].browse(wizard.reverse_moves(is_modify=modify)["res_id"])

    def test_credit_note_brings_the_note_back(self):
        note = self._crm_delivered()
        invoice = self._crm_invoice(note)
        invoice.action_post()
        credit = self._reverse(invoice)
        self.assertEqual(credit.crm_delivery_note_ids, note.with_env(self.env))
        credit.action_post()
        self.assertEqual(note.invoice_state, "to")
        self.assertEqual(note.line_ids.qty_invoiced, 0)
        self.assertEqual(self._crm_invoice(note).amount_untaxed, 1000)
        self._assert_invariants(note.order_ids)

    def test_partial_credit_note_brings_a_part_back(self):
        note = self._crm_delivered()
        invoice = self._crm_invoice(note)
        invoice.action_post()
        self._reverse(invoice).invoice_line_ids.quantity = 3
        self.assertEqual(note.invoice_state, "partial")
        self.assertEqual(note.line_ids.qty_to_invoice, 3)

    def test_replaced_invoice_stays_with_the_note(self):
        note = self._crm_delivered()
        invoice = self._crm_invoice(note)
        invoice.action_post()
        replacement = self._reverse(invoice, modify=True)
        self.assertEqual(replacement.move_type, "out_invoice")
        self.assertEqual(note.invoice_state, "done")
        self.assertEqual(note.line_ids.qty_invoiced, 10)
        self.assertEqual(len(note.invoice_ids), 3)

    def test_duplicated_invoice_does_not_invoice_the_note_again(self):
        note = self._crm_delivered()
        copy = self._crm_invoice(note).copy()
        self.assertFalse(copy.crm_delivery_note_ids)
        self.assertEqual(note.line_ids.qty_invoiced, 10)

    def test_invoice_opens_its_notes_and_is_found_by_them(self):
        note = self._crm_delivered()
        invoice = self._crm_invoice(note)
        self.assertEqual(invoice.crm_delivery_note_count, 1)
        self.assertEqual(invoice.action_crm_view_delivery_notes()["res_id"], note.id)
        self.assertEqual(note.action_view_invoices()["res_id"], invoice.id)
        found = self.env["account.move"].search([("crm_delivery_note_ids", "in", note.ids)])
        self.assertEqual(found, invoice)

    def test_no_invoices_open_nothing(self):
        note = self._crm_delivered()
        self.assertEqual(note.action_view_invoices()["type"], "ir.actions.act_window_close")

    def test_goods_on_the_invoice_of_a_colleague_are_not_invoiced_again(self):
        note = self._crm_delivered()
        order = note.order_ids
        self._crm_invoice(note).invoice_user_id = self.user_salesman_other
        self.env.flush_all()
        self.env.invalidate_all()
        # what the salesperson sees: no invoice
        self.assertFalse(order.invoice_ids)
        order.order_line.product_uom_qty = 12
        self._crm_note(order, validate=True)
        self.env.add_to_compute(order.order_line._fields["qty_invoiced"], order.order_line)
        self.assertEqual(order.order_line.qty_invoiced, 10)
        self.assertEqual(self._crm_invoice(order).amount_untaxed, 200)

    # === RIGHTS ===#
    def test_whoever_may_not_invoice_is_told_so(self):
        note = self._crm_delivered()
        with self.assertRaises(AccessError):
            note.with_user(self.user_delivery).action_create_invoice()
        self.assertFalse(note.invoice_ids)

    def test_billing_invoices_a_note(self):
        note = self._crm_delivered().with_user(self.user_invoice)
        self.assertEqual(self._crm_invoice(note).amount_untaxed, 1000)
