# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from odoo.addons.crm_sales_docs.tests.common_money import CrmMoneyCommon

from . import common


@tagged("post_install", "-at_install")
class TestDownPayment(common.CrmStockCommon, CrmMoneyCommon):
    """What was paid in advance for goods of which the warehouse sends less than ordered."""

    def _delivered_short(self, order, quantity, product=None):
        """Let the warehouse send ``quantity`` and cancel the rest; return the note."""
        note = self._crm_note_of(self._crm_move_out(order, {product or self.goods: quantity}))
        self._crm_open_picking(order).action_cancel()
        return note

    def test_short_delivery_deducts_all_of_it(self):
        order = self._crm_confirmed()
        self._down_payment(order, 50)
        note = self._delivered_short(order, 6)
        self.assertRecordValues(
            self._crm_invoice(note), [{"move_type": "out_invoice", "amount_total": 100}]
        )
        self.assertEqual(self._charged(order), 600)
        self.assertEqual(order.invoice_status, "invoiced")

    def test_note_that_will_be_followed_by_another_deducts_its_share(self):
        order = self._crm_confirmed()
        self._down_payment(order, 50)
        note = self._crm_note_of(self._crm_move_out(order, {self.goods: 6}))
        self.assertEqual(self._crm_invoice(note).amount_total, 300)
        self._crm_move_out(order)
        last = order.crm_delivery_note_ids - note
        self.assertEqual(self._crm_invoice(last).amount_total, 200)
        self.assertEqual(self._charged(order), 1000)

    def test_backorder_cancelled_after_the_invoice_leaves_a_rest_that_is_given_back(self):
        order = self._crm_confirmed()
        self._down_payment(order, 50)
        note = self._delivered_short(order, 4)
        order_line = order.order_line[:1]
        self.assertEqual(order_line._crm_qty_in_the_end(), 4)
        invoice = self._crm_invoice(note)
        self.assertRecordValues(invoice, [{"move_type": "out_invoice", "amount_total": 0}])
        credit = order._create_invoices(final=True)
        self.assertRecordValues(credit, [{"move_type": "out_refund", "amount_total": 100}])
        self.assertEqual(self._charged(order), 400)

    def test_rest_after_the_share_was_deducted_is_given_back(self):
        order = self._crm_confirmed()
        self._down_payment(order, 50)
        note = self._crm_note_of(self._crm_move_out(order, {self.goods: 6}))
        self.assertEqual(self._crm_invoice(note).amount_total, 300)
        self._crm_open_picking(order).action_cancel()
        # nothing is left to deduct the other 200 from
        credit = order._create_invoices(final=True)
        self.assertRecordValues(credit, [{"move_type": "out_refund", "amount_total": 200}])
        self.assertEqual(self._charged(order), 600)

    def test_short_delivery_takes_the_cents_of_what_was_delivered(self):
        self.tax_sale_a.amount = 16
        self.goods.taxes_id = self.tax_sale_a
        for method in ("round_per_line", "round_globally"):
            self.env.company.tax_calculation_rounding_method = method
            order = self._crm_confirmed((self.goods, 5, {"price_unit": 33.35}))
            self._down_payment(order, 33.33)
            note = self._crm_note_of(self._crm_move_out(order, {self.goods: 1}))
            self._crm_invoice(note)
            picking = self._crm_move_out(order, {self.goods: 2})
            self._crm_open_picking(order).action_cancel()
            self._crm_invoice(self._crm_note_of(picking))
            # three of 33.35 with 16 %
            self.assertEqual(self._charged(order), 116.06)

    def test_goods_invoiced_on_order_are_due_in_full(self):
        order = self._crm_confirmed((self.goods_on_order, 10))
        self._down_payment(order, 50)
        note = self._delivered_short(order, 6, self.goods_on_order)
        self._crm_invoice(note)
        self._crm_invoice(order)
        self.assertEqual(self._charged(order), 2000)

    def test_policy_on_the_last_invoice_deducts_on_the_one_that_closes_short(self):
        self.env.company.crm_down_payment_policy = "last"
        order = self._crm_confirmed()
        self._down_payment(order, 30)
        first = self._crm_note_of(self._crm_move_out(order, {self.goods: 2}))
        self.assertEqual(self._crm_invoice(first).amount_total, 200)
        second = self._delivered_short(order, 4)
        self.assertEqual(self._crm_invoice(second).amount_total, 100)
        self.assertEqual(self._charged(order), 600)
