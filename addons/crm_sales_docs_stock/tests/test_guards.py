# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import UserError
from odoo.tests import tagged

from . import common


@tagged("post_install", "-at_install")
class TestGuards(common.CrmStockCommon):
    """What left the warehouse is not undone on paper, nor the paper in the warehouse."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._crm_confirmed((cls.goods, 10), (cls.service, 1))
        cls.picking = cls._crm_move_out(cls.order)
        cls.note = cls._crm_note_of(cls.picking)

    def test_note_of_a_done_transfer_is_not_cancelled(self):
        with self.assertRefused(f"left with {self.picking.name}. Return them"):
            self.note.action_cancel()

    def test_return_note_of_a_done_transfer_is_not_cancelled(self):
        returned = self._crm_note_of(self._crm_take_back(self.picking, {self.goods: 1}))
        with self.assertRefused("came back with"):
            returned.action_cancel()

    def test_note_of_services_is_cancelled(self):
        note = self._crm_note(self.order, validate=True)
        note.action_cancel()
        self.assertEqual(note.state, "cancel")

    def test_quantity_of_a_done_transfer_with_note_is_not_changed(self):
        move = self.picking.move_ids
        self.picking.sudo().is_locked = False
        for name, change in {
            "quantity": lambda: move.write({"quantity": 9}),
            "detailed quantity": lambda: move.move_line_ids.write({"quantity": 9}),
            "another line": lambda: move.move_line_ids[:1].copy({"quantity": 1}),
            "refund": lambda: move.write({"to_refund": False}),
            "order": lambda: move.write({"sale_line_id": False}),
        }.items():
            with self.subTest(name), self.assertRefused("The delivery note NE-00000001 says"):
                change()
        self.assertEqual(self.order.order_line[0].qty_delivered, 10)

    def test_quantity_of_a_done_transfer_without_note_may_be_corrected(self):
        self.env.company.crm_delivery_lead = "off"
        order = self._crm_confirmed()
        picking = self._crm_move_out(order)
        picking.move_ids.quantity = 9
        self.assertEqual(order.order_line.qty_delivered, 9)

    def test_move_of_a_note_line_is_nobodys_to_write(self):
        note = self._crm_note(self.order)
        with self.assertRaises(UserError):
            note.line_ids.write({"move_id": self.picking.move_ids.id})
        with self.assertRaises(UserError):
            note.line_ids.create({"note_id": note.id, "move_id": self.picking.move_ids.id})

    def test_delivered_order_is_not_cancelled(self):
        with self.assertRefused("delivery notes NE-00000001 were issued"):
            self.order._action_cancel()
        self.assertEqual(self.order.state, "sale")
