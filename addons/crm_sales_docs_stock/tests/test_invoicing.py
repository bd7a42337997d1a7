# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from . import common


@tagged("post_install", "-at_install")
class TestInvoicing(common.CrmStockCommon):
    """Notes of transfers are invoiced as any others."""

    def test_one_click_invoices_what_the_transfer_delivered(self):
        order = self._crm_confirmed()
        note = self._crm_note_of(self._crm_move_out(order, {self.goods: 4}))
        self.assertEqual(note.invoice_state, "to")
        invoice = self._crm_invoice(note)
        self.assertEqual(invoice.amount_untaxed, 400)
        self.assertEqual(invoice.invoice_line_ids.sale_line_ids, order.order_line)
        self.assertEqual(invoice.invoice_line_ids.crm_delivery_note_line_id, note.line_ids)
        self.assertEqual(note.invoice_state, "done")

    def test_second_click_opens_the_same_invoice(self):
        note = self._crm_note_of(self._crm_move_out(self._crm_confirmed()))
        self.assertEqual(self._crm_invoice(note), self._crm_invoice(note))

    def test_goods_invoiced_on_order_leave_nothing_to_the_note(self):
        order = self._crm_confirmed((self.goods_on_order, 5))
        self._crm_invoice(order)
        note = self._crm_note_of(self._crm_move_out(order))
        self.assertEqual(note.invoice_state, "done")
        self.assertFalse(note.line_ids.qty_to_invoice)

    def test_short_delivery_is_invoiced_and_nothing_is_left(self):
        order = self._crm_confirmed()
        note = self._crm_note_of(self._crm_move_out(order, {self.goods: 8}))
        self._crm_open_picking(order).action_cancel()
        self.assertEqual(order.crm_delivery_state, "done")
        invoice = self._crm_invoice(order)
        self.assertEqual(invoice.amount_untaxed, 800)
        self.assertEqual(note.invoice_state, "done")
        self.assertEqual(order.invoice_status, "invoiced")

    def test_returned_goods_that_were_invoiced_are_credited(self):
        for product in (self.goods, self.goods_on_order):
            order = self._crm_confirmed((product, 10))
            picking = self._crm_move_out(order)
            self._crm_invoice(order).action_post()
            returned = self._crm_note_of(self._crm_take_back(picking, {product: 4}))
            self.assertEqual(returned.invoice_state, "to", product.name)
            credit = self._crm_invoice(returned)
            self.assertEqual(credit.move_type, "out_refund")
            self.assertEqual(credit.amount_untaxed, 4 * product.list_price)
            self.assertEqual(returned.invoice_state, "done")

    def test_returned_goods_that_were_not_invoiced_are_not(self):
        order = self._crm_confirmed()
        picking = self._crm_move_out(order)
        returned = self._crm_note_of(self._crm_take_back(picking, {self.goods: 4}))
        self.assertEqual(returned.invoice_state, "no")
        self.assertEqual(self._crm_invoice(self._crm_note_of(picking)).amount_untaxed, 600)

    def test_invoice_does_not_send_goods_out_of_the_warehouse(self):
        self.env.company.crm_delivery_lead = "note"
        order = self._crm_confirmed()
        with self.assertRefused("wait in the warehouse"):
            self._crm_invoice(order)
        self.assertEqual(order.order_line.qty_delivered, 0)

    def test_posted_invoice_books_the_cost_of_the_goods(self):
        category = self.env["product.category"].create(
            {"name": "Real time", "property_valuation": "real_time", "property_cost_method": "fifo"}
        )
        self.goods.categ_id = category
        self.goods.standard_price = 40
        note = self._crm_note_of(self._crm_move_out(self._crm_confirmed((self.goods, 2))))
        invoice = self._crm_invoice(note).sudo()
        invoice.action_post()
        plain = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [(0, 0, self._crm_order_line(self.goods, 2))],
            }
        )
        plain.action_confirm()
        self.env.company.crm_delivery_lead = "off"
        self._crm_move_out(plain)
        expected = plain._create_invoices()
        expected.action_post()

        def costs(move):
            lines = move.line_ids.filtered(lambda line: line.display_type == "cogs")
            return sorted((line.account_id.id, line.balance) for line in lines)

        self.assertEqual(costs(invoice), costs(expected))
