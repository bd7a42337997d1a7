# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..hooks import post_init_hook
from . import common


@tagged("post_install", "-at_install")
class TestDeliveredQuantity(common.CrmSalesDocsCommon):
    """What an order line counts as delivered, and since when."""

    def test_delivered_is_the_sum_of_validated_notes(self):
        order = self._crm_order()
        first = self._crm_note(order, {self.goods: 4}, validate=True)
        self._crm_note(order, {self.goods: 5}, validate=True)
        self.assertEqual(order.order_line.qty_delivered, 9)
        first.action_cancel()
        self.assertEqual(order.order_line.qty_delivered, 5)

    def test_draft_note_delivers_nothing(self):
        order = self._crm_order()
        self._crm_note(order)
        self.assertEqual(order.order_line.qty_delivered, 0)

    def test_twelve_notes_of_one_unit_deliver_one_dozen(self):
        order = self._crm_order(
            (self.goods, 1, {"product_uom_id": self.uom_dozen.id, "price_unit": 120})
        )
        line = order.order_line
        invoices = self.env["account.move"]
        for _number in range(12):
            note = self._crm_note(order)
            note.line_ids.write({"product_uom_id": self.uom_unit.id, "quantity": 1})
            note.action_validate()
            invoices |= self._crm_invoice(note)
        self.assertEqual(line.qty_delivered, 1)
        self.assertEqual(line.qty_invoiced, 1)
        self.assertAlmostEqual(sum(invoices.mapped("amount_untaxed")), 120)
        self.assertEqual(set(order.crm_delivery_note_ids.mapped("invoice_state")), {"done"})
        order.invoice_ids.sudo().button_cancel()
        order.crm_delivery_note_ids.action_cancel()
        self.assertEqual(line.qty_delivered, 0)

    def test_twelve_notes_of_one_unit_are_one_dozen_when_invoiced_together(self):
        order = self._crm_order(
            (self.goods, 1, {"product_uom_id": self.uom_dozen.id, "price_unit": 120})
        )
        for _number in range(12):
            note = self._crm_note(order)
            note.line_ids.write({"product_uom_id": self.uom_unit.id, "quantity": 1})
            note.action_validate()
        invoices = self._crm_invoice(order.crm_delivery_note_ids)
        self.assertEqual(len(invoices), 12)
        self.assertAlmostEqual(sum(invoices.mapped("amount_untaxed")), 120)
        self.assertEqual(order.order_line.qty_invoiced, 1)

    def test_mixed_units_are_added_in_the_unit_of_the_product(self):
        order = self._crm_order((self.goods, 2, {"product_uom_id": self.uom_dozen.id}))
        self._crm_note(order, {self.goods: 1}, validate=True)
        note = self._crm_note(order)
        note.line_ids.write({"product_uom_id": self.uom_unit.id, "quantity": 12})
        note.action_validate()
        self.assertEqual(order.order_line.qty_delivered, 2)
        self.assertEqual(order.crm_delivery_state, "done")

    def test_price_of_a_note_in_another_unit_is_the_price_of_that_unit(self):
        order = self._crm_order(
            (self.goods, 1, {"product_uom_id": self.uom_dozen.id, "price_unit": 120})
        )
        note = self._crm_note(order)
        note.line_ids.write({"product_uom_id": self.uom_unit.id, "quantity": 6})
        self.assertEqual(note.line_ids.price_unit, 10)
        self.assertEqual(note.amount_untaxed, 60)

    def test_accrual_counts_the_notes_until_its_date(self):
        order = self._crm_order()
        for day, quantity in (("2021-01-10", 4), ("2021-02-10", 6)):
            note = self._crm_note(order, {self.goods: quantity})
            note.date = day
            note.action_validate()
        line = order.order_line.with_context(accrual_entry_date="2021-01-31")
        self.assertEqual(line.qty_delivered_at_date, 4)

    # === METHOD ===#
    def test_new_lines_are_delivered_by_note(self):
        order = self._crm_order((self.goods, 1), (self.service, 1), ("line_note", "Remark"))
        self.assertEqual(
            order.order_line.mapped("qty_delivered_method"),
            ["delivery_note", "delivery_note", "manual"],
        )

    def test_expenses_and_down_payments_are_not_delivered_by_note(self):
        order = self._crm_order(
            (self.goods, 1, {"is_expense": True}), (self.goods, 0, {"is_downpayment": True})
        )
        self.assertEqual(order.order_line.mapped("qty_delivered_method"), ["analytic", "manual"])
        self.assertFalse(order._crm_lines_to_deliver())

    def test_line_stays_on_notes_when_core_computes_the_method_again(self):
        order = self._crm_order()
        note = self._crm_note(order, {self.goods: 4}, validate=True)
        self.env.company.crm_delivery_control = False
        order.order_line.is_expense = False
        order.sudo().order_line._compute_qty_delivered_method()
        self.assertEqual(order.order_line.qty_delivered_method, "delivery_note")
        self.assertEqual(order.order_line.qty_delivered, sum(note.line_ids.mapped("quantity")))

    def test_without_control_lines_are_delivered_by_hand(self):
        self.env.company.crm_delivery_control = False
        order = self._crm_order(confirm=True)
        self.assertEqual(order.order_line.qty_delivered_method, "manual")
        order.order_line.qty_delivered = 3
        self.assertEqual(order.crm_delivery_state, "partial")

    def test_line_delivered_by_hand_keeps_its_quantity_through_later_writes(self):
        self.env.company.crm_delivery_control = False
        order = self._crm_order(confirm=True)
        line = order.order_line
        line.qty_delivered = 7
        self.env.flush_all()
        self.env.company.crm_delivery_control = True
        line.is_expense = False
        line.write({"name": "Other words", "product_id": line.product_id.id})
        self.env.add_to_compute(line._fields["qty_delivered_method"], line)
        self.env.flush_all()
        self.assertEqual(line.qty_delivered_method, "manual")
        self.assertEqual(line.qty_delivered, 7)

    def test_first_note_of_a_line_delivered_by_hand_adds_to_it(self):
        self.env.company.crm_delivery_control = False
        order = self._crm_order(confirm=True)
        line = order.order_line
        line.qty_delivered = 7
        note = self._crm_note(order)
        self.assertEqual(note.line_ids.quantity, 3)
        note.action_validate()
        self.assertRecordValues(
            line,
            [
                {
                    "qty_delivered_method": "delivery_note",
                    "crm_note_opening_qty": 7,
                    "qty_delivered": 10,
                }
            ],
        )
        note.action_cancel()
        self.assertEqual(line.qty_delivered, 7)

    def test_quantity_delivered_before_an_import_stays(self):
        order = self._crm_order((self.goods, 10, {"qty_delivered": 4}))
        note = self._crm_note(order, validate=True)
        self.assertEqual(note.line_ids.quantity, 6)
        self.assertEqual(order.order_line.qty_delivered, 10)

    # === SWITCH ===#
    def _switch(self, control):
        self.env.company.sudo().crm_delivery_control = control
        self.env.flush_all()
        self.env.invalidate_all()

    def test_switching_on_takes_the_lines_of_which_nothing_is_delivered(self):
        self._switch(False)
        confirmed = self._crm_order((self.goods, 10), (self.service, 2), confirm=True)
        quote = self._crm_order()
        confirmed.order_line[1].qty_delivered = 1
        self._switch(True)
        self.assertRecordValues(
            (confirmed | quote).order_line,
            [
                {"qty_delivered_method": "delivery_note", "qty_delivered": 0},
                {"qty_delivered_method": "manual", "qty_delivered": 1},
                {"qty_delivered_method": "delivery_note", "qty_delivered": 0},
            ],
        )
        self.assertEqual(confirmed.order_line[0].crm_note_opening_qty, 0)

    def test_switching_on_leaves_what_notes_never_deliver(self):
        self._switch(False)
        order = self._crm_order(
            (self.goods, 1, {"is_expense": True}),
            (self.goods, 0, {"is_downpayment": True}),
            ("line_note", "Remark"),
        )
        methods = order.order_line.mapped("qty_delivered_method")
        self._switch(True)
        self.assertEqual(order.order_line.mapped("qty_delivered_method"), methods)

    def test_switching_off_gives_back_what_no_note_has_delivered(self):
        order = self._crm_order(
            (self.goods, 10), (self.service, 2), (self.goods_on_order, 4), confirm=True
        )
        self._crm_note(order, {self.goods: 4}, validate=True)
        returned = self._crm_note(order, {self.service: 2}, validate=True)
        returned.action_return()
        returned.return_ids.deliver_again = True
        returned.return_ids.action_validate()
        self._switch(False)
        self.assertRecordValues(
            order.order_line,
            [
                {"qty_delivered_method": "delivery_note", "qty_delivered": 4},
                {"qty_delivered_method": "delivery_note", "qty_delivered": 0},
                {"qty_delivered_method": "manual", "qty_delivered": 0},
            ],
        )
        order.order_line[2].qty_delivered = 3
        self._switch(True)
        self.assertEqual(
            order.order_line.mapped("qty_delivered_method"),
            ["delivery_note", "delivery_note", "manual"],
        )
        self.assertEqual(order.order_line.mapped("qty_delivered"), [4, 0, 3])

    def test_switch_of_one_company_leaves_the_other_alone(self):
        order = self._crm_order()
        self.company_b.sudo().crm_delivery_control = False
        self.env.flush_all()
        self.assertEqual(order.order_line.qty_delivered_method, "delivery_note")

    def test_new_companies_deliver_by_note(self):
        self.assertTrue(self.company_b.crm_delivery_control)

    def test_setting_is_the_one_of_the_company(self):
        settings = self.env["res.config.settings"].create({})
        settings.crm_delivery_control = False
        settings.execute()
        self.assertFalse(self.env.company.crm_delivery_control)

    def test_installation_leaves_companies_that_deliver_by_hand_alone(self):
        self.env.company.crm_delivery_control = False
        self._crm_order(confirm=True).order_line.qty_delivered = 7
        (self.env.company | self.company_b).sudo().crm_delivery_control = True
        post_init_hook(self.env(su=True))
        self.assertFalse(self.env.company.crm_delivery_control)
        self.assertTrue(self.company_b.crm_delivery_control)

    # === LIMITS ===#
    def test_over_delivery_is_refused(self):
        order = self._crm_order()
        self._crm_note(order, {self.goods: 6}, validate=True)
        note = self._crm_note(order, {self.goods: 5})
        with self.assertRaisesRegex(UserError, "11 of Scanner would be delivered"):
            note.action_validate()

    def test_rounding_of_several_notes_is_no_over_delivery(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._crm_order((self.goods, 0.58, {"product_uom_id": dozen.id}))
        for quantity in (5, 2):
            note = self._crm_note(order)
            note.line_ids.product_uom_id = self.goods.uom_id
            note.line_ids.quantity = quantity
            note.action_validate()
        self.assertEqual(order.order_line.qty_delivered, 0.58)

    def test_two_notes_together_cannot_deliver_too_much(self):
        order = self._crm_order()
        note = self._crm_note(order, {self.goods: 6})
        with self.assertRaisesRegex(UserError, "12 of Scanner would be delivered"):
            (note | note.copy()).action_validate()

    def test_ordered_quantity_is_not_lowered_below_the_delivered(self):
        order = self._crm_order()
        self._crm_note(order, {self.goods: 6}, validate=True)
        order.order_line.product_uom_qty = 6
        with self.assertRaisesRegex(UserError, "cannot be less"):
            order.order_line.product_uom_qty = 5

    def test_locked_order_is_delivered(self):
        order = self._crm_order(confirm=True)
        order.action_lock()
        self._crm_note(order, validate=True)
        self.assertEqual(order.order_line.qty_delivered, 10)
