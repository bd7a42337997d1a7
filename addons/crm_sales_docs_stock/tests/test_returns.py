# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from . import common


@tagged("post_install", "-at_install")
class TestReturns(common.CrmStockCommon):
    """What comes back to the warehouse has a return note."""

    def test_returned_transfer_issues_the_return_of_its_note(self):
        order = self._crm_confirmed()
        picking = self._crm_move_out(order)
        back = self._crm_take_back(picking, {self.goods: 3})
        note = self._crm_note_of(back)
        self.assertRecordValues(
            note,
            [
                {
                    "name": "DEV-00000001",
                    "note_type": "return",
                    "origin_note_id": self._crm_note_of(picking).id,
                    "state": "done",
                }
            ],
        )
        self.assertEqual(note.line_ids.quantity, 3)
        self.assertEqual(note.line_ids.origin_line_id, self._crm_note_of(picking).line_ids)
        self.assertEqual(order.order_line.qty_delivered, 7)
        self.assertEqual(order.order_line.product_uom_qty, 7)

    def test_returned_goods_are_not_sent_again(self):
        order = self._crm_confirmed()
        self._crm_take_back(self._crm_move_out(order), {self.goods: 3})
        self.assertFalse(self._crm_open_picking(order))

    def test_return_that_leaves_the_order_alone_has_no_note(self):
        order = self._crm_confirmed()
        back = self._crm_take_back(self._crm_move_out(order), {self.goods: 3}, to_refund=False)
        self.assertEqual(back.state, "done")
        self.assertFalse(self._crm_note_of(back))
        self.assertEqual(order.order_line.qty_delivered, 10)

    def test_goods_without_a_note_come_back_without_one(self):
        self.env.company.crm_delivery_lead = "off"
        order = self._crm_confirmed()
        picking = self._crm_move_out(order)
        self.env.company.crm_delivery_lead = "picking"
        back = self._crm_take_back(picking, {self.goods: 3})
        self.assertEqual(back.state, "done")
        self.assertFalse(self._crm_note_of(back))
        self.assertEqual(order.order_line.product_uom_qty, 10)

    def test_exchange_keeps_the_ordered_quantity(self):
        order = self._crm_confirmed()
        picking = self._crm_move_out(order)
        wizard = (
            self.env["stock.return.picking"]
            .with_user(self.user_stock)
            .create({"picking_id": picking.id})
        )
        wizard.product_return_moves.write({"quantity": 3, "to_refund": True})
        back = self.env["stock.picking"].browse(wizard.action_create_exchanges()["res_id"])
        back.move_ids.write({"quantity": 3, "picked": True})
        back.with_user(self.user_stock).button_validate()
        self.assertEqual(order.order_line.product_uom_qty, 10)
        again = self._crm_move_out(order)
        self.assertEqual(self._crm_note_of(again).line_ids.quantity, 3)
        self.assertEqual(order.order_line.qty_delivered, 10)

    def test_return_on_the_note_brings_the_goods_back(self):
        order = self._crm_confirmed()
        note = self._crm_note_of(self._crm_move_out(order))
        before = self.goods.qty_available
        note.action_return()
        returned = note.return_ids
        returned.line_ids.quantity = 2
        returned.action_validate()
        self.assertEqual(returned.sudo().picking_ids.state, "done")
        self.assertEqual(order.order_line.qty_delivered, 8)
        self.assertEqual(self.goods.qty_available, before + 2)
        self.assertEqual(len(order.sudo().crm_delivery_note_ids), 2)

    def test_two_returns_of_one_note(self):
        order = self._crm_confirmed()
        picking = self._crm_move_out(order)
        for quantity in (3, 7):
            back = self._crm_take_back(picking, {self.goods: quantity})
            self.assertEqual(self._crm_note_of(back).line_ids.quantity, quantity)
        self.assertEqual(order.order_line.qty_delivered, 0)
        self.assertFalse(self._crm_note_of(picking).is_returnable)
