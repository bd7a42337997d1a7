# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from . import common


@tagged("post_install", "-at_install")
class TestSaleOrder(common.CrmSalesDocsCommon):
    """Orders: what is left to deliver, what a second click opens, what notes forbid."""

    def test_second_click_opens_the_open_draft(self):
        order = self._crm_order()
        action = order.action_crm_create_delivery_note()
        self.assertEqual(order.action_crm_create_delivery_note(), action)
        self.assertEqual(len(order.crm_delivery_note_ids), 1)

    def test_note_that_a_colleague_took_over_counts(self):
        order = self._crm_order()
        note = self._crm_note(order, {self.goods: 4}, validate=True)
        note.sudo().user_id = self.user_salesman_other
        self.env.invalidate_all()
        self.assertEqual(self._crm_note(order).line_ids.quantity, 6)
        self.assertEqual(self._crm_invoice(order).amount_untaxed, 400)

    def test_click_after_everything_is_delivered_opens_the_issued_notes(self):
        order = self._crm_order()
        note = self._crm_note(order, validate=True)
        self.assertEqual(order.action_crm_create_delivery_note()["res_id"], note.id)
        self.assertEqual(order.crm_delivery_note_ids, note)

    def test_next_note_holds_what_is_left(self):
        order = self._crm_order((self.goods, 10), (self.service, 2))
        self._crm_note(order, {self.goods: 4, self.service: 2}, validate=True)
        note = self._crm_note(order)
        self.assertEqual(note.line_ids.product_id, self.goods)
        self.assertEqual(note.line_ids.quantity, 6)

    def test_one_click_on_several_orders_makes_a_note_each(self):
        orders = self._crm_order() | self._crm_order() | self._crm_order()
        action = orders.action_crm_create_delivery_note()
        notes = self.env["crm.delivery.note"].search(action["domain"])
        self.assertEqual(len(notes), 3)
        self.assertEqual(orders.action_crm_create_delivery_note(), action)

    def test_note_takes_addresses_reference_and_responsible_of_the_order(self):
        place = self.env["res.partner"].create(
            {"name": "Dock 4", "parent_id": self.customer.id, "type": "delivery"}
        )
        order = self._crm_order(partner_shipping_id=place.id, client_order_ref="PO 7")
        note = self._crm_note(order)
        self.assertEqual(note.partner_shipping_id, place)
        self.assertEqual(note.client_order_ref, "PO 7")
        self.assertEqual(note.currency_id, order.currency_id)

    def test_combo_is_delivered_by_its_items(self):
        combo = self.env["product.combo"].create(
            {"name": "Kit", "combo_item_ids": [Command.create({"product_id": self.goods.id})]}
        )
        product = self._crm_product(
            "Kit", 80, type="combo", combo_ids=[Command.link(combo.id)], invoice_policy="order"
        )
        order = self._crm_order((product, 2))
        order.order_line = [
            Command.create(
                {
                    "product_id": self.goods.id,
                    "product_uom_qty": 2,
                    "combo_item_id": combo.combo_item_ids.id,
                    "linked_line_id": order.order_line.id,
                }
            )
        ]
        note = self._crm_note(order, {self.goods: 1}, validate=True)
        self.assertEqual(note.line_ids.product_id, self.goods)
        first = self._crm_invoice(note)
        second = self._crm_invoice(self._crm_note(order, validate=True))
        for invoice in first | second:
            heading, item = invoice.invoice_line_ids
            self.assertEqual(heading.name, "Kit x 1")
            self.assertEqual(item.quantity, 1)
        self.assertEqual(order.order_line.mapped("qty_invoiced"), [2, 2])

    # === STATES ===#
    def test_delivery_state_follows_the_notes(self):
        order = self._crm_order()
        self.assertEqual(order.crm_delivery_state, "no")
        note = self._crm_note(order, {self.goods: 4})
        self.assertEqual(order.crm_delivery_state, "to")
        note.action_validate()
        self.assertEqual(order.crm_delivery_state, "partial")
        self._crm_note(order, validate=True)
        self.assertEqual(order.crm_delivery_state, "done")

    def test_next_step_is_to_deliver_then_to_invoice(self):
        order = self._crm_order()
        self.assertFalse(order.crm_next_step)
        note = self._crm_note(order, {self.goods: 4})
        self.assertEqual(order.crm_next_step, "deliver")
        note.action_validate()
        self.assertEqual(order.crm_next_step, "invoice")
        self._crm_invoice(note)
        self.assertEqual(order.crm_next_step, "deliver")
        self._crm_invoice(self._crm_note(order, validate=True))
        self.assertFalse(order.crm_next_step)

    def test_next_step_of_goods_invoiced_on_order_is_to_deliver_them(self):
        order = self._crm_order((self.goods_on_order, 1), confirm=True)
        self.assertEqual(order.crm_next_step, "deliver")

    def test_next_step_of_what_is_never_delivered_is_to_invoice_it(self):
        order = self._crm_order((self.goods_on_order, 1), confirm=True)
        order.sudo().order_line.qty_delivered_method = "analytic"
        self.assertEqual(order.crm_delivery_state, "no")
        self.assertEqual(order.crm_next_step, "invoice")

    # === GUARDS ===#
    def test_order_with_an_issued_note_is_not_cancelled(self):
        order = self._crm_order()
        note = self._crm_note(order, validate=True)
        with self.assertRaisesRegex(UserError, note.name):
            order.action_cancel()

    def test_cancelled_order_cancels_its_draft_notes(self):
        order = self._crm_order()
        note = self._crm_note(order)
        order.action_cancel()
        self.assertEqual(note.state, "cancel")

    def test_order_is_cancelled_after_its_notes(self):
        order = self._crm_order()
        self._crm_note(order, validate=True).action_cancel()
        order.action_cancel()
        self.assertEqual(order.state, "cancel")

    def test_line_on_a_note_is_not_deleted(self):
        order = self._crm_order()
        note = self._crm_note(order)
        order.action_cancel()
        order.action_draft()
        with self.assertRaisesRegex(UserError, note.display_name):
            order.order_line.unlink()

    def test_order_on_a_note_is_not_deleted(self):
        order = self._crm_order()
        self._crm_note(order, validate=True).action_cancel()
        order.action_cancel()
        with self.assertRaisesRegex(UserError, "NE-00000001"):
            order.with_user(self.user_manager).unlink()

    def test_duplicated_order_has_no_notes(self):
        order = self._crm_order()
        self._crm_note(order, validate=True)
        copy = order.copy()
        self.assertFalse(copy.crm_delivery_note_ids)
        self.assertEqual(copy.order_line.qty_delivered, 0)

    # === LINKS ===#
    def test_order_customer_and_note_open_each_other(self):
        order = self._crm_order(partner_id=self.contact.id)
        note = self._crm_note(order, validate=True)
        self.assertEqual(order.crm_delivery_note_count, 1)
        self.assertEqual(order.action_crm_view_delivery_notes()["res_id"], note.id)
        self.assertEqual(note.action_view_orders()["res_id"], order.id)
        customer = self.customer.with_user(self.user_salesman)
        self.assertEqual(customer.crm_delivery_note_count, 1)
        self.assertEqual(
            self.env["crm.delivery.note"].search(
                customer.action_crm_view_delivery_notes()["domain"]
            ),
            note.with_env(self.env),
        )
