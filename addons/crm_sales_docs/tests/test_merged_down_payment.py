# SPDX-License-Identifier: LGPL-3.0-or-later
import os
import random

from odoo.fields import Command
from odoo.tests import tagged

from . import common_money


@tagged("post_install", "-at_install")
class TestMergedDownPayment(common_money.CrmMoneyCommon):
    """Notes of several orders on one invoice: each order deducts what was paid for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax_sale_a.amount = 16
        cls.tax_sale_b.amount = 8.5
        cls.tax_included = cls.tax_sale_a.copy(
            {"name": "16 % included", "price_include_override": "tax_included"}
        )
        cls.taxes = [
            cls.env["account.tax"],
            cls.tax_sale_a,
            cls.tax_sale_b,
            cls.tax_included,
        ]
        cls.yen = cls.env["product.pricelist"].create(
            {
                "name": "Yen",
                "currency_id": cls.setup_other_currency(
                    "JPY", rounding=1, rates=[("2020-01-01", 151)]
                ).id,
            }
        )

    def _merged(self, notes):
        """Return the invoices of notes, as few as possible."""
        return self._crm_invoice(notes.with_context(crm_invoice_grouping="customer"))

    def _all_charged(self, orders):
        for order in orders:
            self._forget_what_was_seen(order)
        moves = orders.sudo().invoice_ids.filtered(lambda move: move.state != "cancel")
        return orders.currency_id.round(
            sum(
                move.amount_total * (1 if move.move_type == "out_invoice" else -1) for move in moves
            )
        )

    def _deducted(self, invoice, order):
        lines = invoice.invoice_line_ids.filtered(
            lambda line: line.is_downpayment and line.sale_line_ids.order_id.id == order.id
        )
        return -sum(lines.mapped("price_total"))

    def test_each_order_deducts_its_own_share(self):
        first, second, unpaid = (self._crm_order(confirm=True) for _number in range(3))
        self._down_payment(first, 50)
        self._down_payment(second, 20)
        orders = first | second | unpaid
        notes = first.crm_delivery_note_ids
        for order in orders:
            notes |= self._crm_note(order, {self.goods: 4}, validate=True)
        invoice = self._merged(notes)
        self.assertRecordValues(invoice, [{"move_type": "out_invoice", "amount_total": 920}])
        self.assertEqual([self._deducted(invoice, order) for order in orders], [200, 80, 0])
        notes = first.crm_delivery_note_ids.browse()
        for order in orders:
            notes |= self._crm_note(order, validate=True)
        self.assertEqual(self._merged(notes).amount_total, 1380)
        self.assertEqual(self._all_charged(orders), 3000)

    def test_order_that_is_paid_in_full_does_not_turn_the_invoice_into_a_credit_note(self):
        paid, unpaid = self._crm_order(confirm=True), self._crm_order(confirm=True)
        self._down_payment(paid, 100)
        notes = self._crm_note(paid, {self.goods: 9}, validate=True)
        notes |= self._crm_note(unpaid, {self.goods: 1}, validate=True)
        invoice = self._merged(notes)
        self.assertRecordValues(invoice, [{"move_type": "out_invoice", "amount_total": 100}])
        self.assertEqual(self._deducted(invoice, paid), 900)

    def test_two_notes_of_one_order_on_the_invoice_deduct_once(self):
        order, other = self._crm_order(confirm=True), self._crm_order(confirm=True)
        self._down_payment(order, 50)
        notes = self._crm_note(order, {self.goods: 3}, validate=True)
        notes |= self._crm_note(order, {self.goods: 3}, validate=True)
        notes |= self._crm_note(other, validate=True)
        invoice = self._merged(notes)
        self.assertEqual(self._deducted(invoice, order), 300)
        self.assertEqual(invoice.amount_total, 1300)

    def test_merged_invoices_come_to_the_total_of_their_orders(self):
        seed = os.environ.get("CRM_MONEY_SEED")
        for number in [int(seed)] if seed else range(20):
            with self.subTest(CRM_MONEY_SEED=number):
                try:
                    self._run(random.Random(number))
                except AssertionError as error:
                    error.add_note("".join(self._told(order) for order in self.orders))
                    raise

    def _run(self, draw):
        self.env.company.tax_calculation_rounding_method = draw.choice(
            ["round_per_line", "round_globally"]
        )
        self.env.company.crm_down_payment_policy = draw.choice(
            ["proportional", "proportional", "last"]
        )
        values = {"pricelist_id": self.yen.id} if draw.random() < 0.25 else {}
        orders = self.env["sale.order"].with_user(self.user_salesman)
        for _number in range(draw.randint(2, 4)):
            order = self._crm_order(
                *[
                    (
                        draw.choice([self.goods, self.service, self.goods_on_order]),
                        draw.choice([1, 3, 7]),
                        {
                            "price_unit": draw.choice([100, 33.35, 9.99, 0.07, 33.335]),
                            "discount": draw.choice([0, 0, 33.3]),
                            "tax_ids": [Command.set(draw.choice(self.taxes).ids)],
                        },
                    )
                    for _line in range(draw.randint(1, 3))
                ],
                confirm=True,
                **values,
            )
            if draw.random() < 0.8 and order.amount_total:
                self._down_payment(order, draw.choice([10, 33.33, 50, 100]))
            orders |= order
        totals = sum(orders.mapped("amount_total"))
        self.orders = orders
        for step in range(6):
            last = step == 5
            notes = self.env["crm.delivery.note"].with_user(self.user_salesman)
            for order in orders:
                if not order._crm_lines_to_deliver() or (not last and draw.random() < 0.4):
                    continue
                order.action_crm_create_delivery_note()
                note = order._crm_notes("draft")
                if not last:
                    for line in note.line_ids:
                        line.quantity = draw.randint(0, int(line.quantity))
                if any(note.line_ids.mapped("quantity")):
                    note.action_validate()
                    notes |= note
                else:
                    note.action_cancel()
            if notes:
                moves = self._merged(notes)
                self.assertEqual(set(moves.mapped("move_type")), {"out_invoice"})
                self.assertEqual(len(moves), 1)
                self.assertGreaterEqual(moves.amount_total, 0)
        self.assertFalse(orders.order_line.filtered(lambda line: line.qty_to_invoice > 0))
        for order in orders:
            rests = order.order_line.filtered(lambda line: line.is_downpayment)
            if any(rests.mapped("qty_to_invoice")):
                # paid in advance, and more than the last invoice came to
                credit = order._create_invoices(final=True)
                self.assertEqual(credit.move_type, "out_refund")
                if self.env.company.crm_down_payment_policy == "proportional":
                    # only what is rounded: an invoice never deducts more than it is worth
                    self.assertLess(credit.amount_total, 20 * order.currency_id.rounding)
        self.assertEqual(self._all_charged(orders), orders.currency_id.round(totals))


@tagged("post_install", "-at_install")
class TestYen(common_money.CrmMoneyCommon):
    """A currency without cents: a deduction that is cut to what the invoice holds."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax_sale_a.amount = 8.5
        cls.currency = cls.setup_other_currency("JPY", rounding=1, rates=[("2020-01-01", 151)])
        cls.yen = cls.env["product.pricelist"].create(
            {"name": "Yen", "currency_id": cls.currency.id}
        )

    def _yen_order(self, quantity, price):
        values = {"price_unit": price, "tax_ids": self.tax_sale_a.ids}
        # as typed by a person: the price stays when the quantity changes
        values["technical_price_unit"] = 0.0
        return self._crm_order(
            (self.goods, quantity, values), pricelist_id=self.yen.id, confirm=True
        )

    def _assert_whole_yen(self, moves):
        for move in moves:
            for amount in move.invoice_line_ids.mapped("price_total") + [move.amount_total]:
                self.assertEqual(amount, round(amount))
            self.assertEqual(move.move_type, "out_invoice")

    def test_shortened_deduction_leaves_nothing_to_pay_and_nothing_lost(self):
        for method in ("round_per_line", "round_globally"):
            for price in (7, 33, 101, 999):
                with self.subTest(method=method, price=price):
                    self.env.company.tax_calculation_rounding_method = method
                    order = self._yen_order(9, price)
                    self._down_payment(order, 80)
                    order.order_line[0].product_uom_qty = 4
                    for _number in range(4):
                        note = self._crm_note(order, {self.goods: 1}, validate=True)
                        move = self._crm_invoice(note)
                        self._assert_whole_yen(move)
                    self.assertEqual(move.amount_total, 0)
                    order._create_invoices(final=True)
                    self.assertEqual(self._charged(order), order.amount_total)

    def test_deduction_of_everything_paid_in_advance_in_parts(self):
        for method in ("round_per_line", "round_globally"):
            for price in (7, 33, 101, 999):
                with self.subTest(method=method, price=price):
                    self.env.company.tax_calculation_rounding_method = method
                    order = self._yen_order(7, price)
                    self._down_payment(order, 100)
                    moves = self.env["account.move"]
                    for quantity in (1, 2, 1, 3):
                        note = self._crm_note(order, {self.goods: quantity}, validate=True)
                        moves |= self._crm_invoice(note)
                    self._assert_whole_yen(moves)
                    self.assertEqual(self._charged(order), order.amount_total)
