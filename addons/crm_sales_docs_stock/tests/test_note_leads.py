# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from . import common


@tagged("post_install", "-at_install")
class TestNoteLeads(common.CrmStockCommon):
    """A validated note validates the transfer of its goods."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.crm_delivery_lead = "note"

    def test_note_validates_the_transfer(self):
        order = self._crm_confirmed((self.goods, 10), (self.service, 2))
        picking = order.sudo().picking_ids
        note = self._crm_note(order, validate=True)
        self.assertEqual(picking.state, "done")
        self.assertEqual(note.sudo().picking_ids, picking)
        self.assertEqual(order.order_line.mapped("qty_delivered"), [10, 2])
        self.assertEqual(order.sudo().crm_delivery_note_ids, note.sudo())

    def test_part_leaves_a_backorder(self):
        order = self._crm_confirmed()
        note = self._crm_note(order, {self.goods: 4}, validate=True)
        self.assertEqual(order.order_line.qty_delivered, 4)
        self.assertEqual(self._crm_open_picking(order).move_ids.product_uom_qty, 6)
        second = self._crm_note(order, validate=True)
        self.assertEqual(second.line_ids.quantity, 6)
        self.assertEqual(order.order_line.qty_delivered, 10)
        self.assertNotEqual(note.sudo().picking_ids, second.sudo().picking_ids)

    def test_goods_that_are_not_on_the_note_stay(self):
        order = self._crm_confirmed((self.goods, 10), (self.goods_on_order, 5))
        self._crm_note(order, {self.goods: 10}, validate=True)
        self.assertEqual(order.order_line.mapped("qty_delivered"), [10, 0])
        self.assertEqual(self._crm_open_picking(order).move_ids.product_id, self.goods_on_order)

    def test_lines_of_one_order_line_leave_together(self):
        order = self._crm_confirmed()
        note = self._crm_note(order, {self.goods: 4})
        note.line_ids.copy({"note_id": note.id, "quantity": 3})
        note.action_validate()
        self.assertEqual(note.line_ids.quantity, 7)
        self.assertEqual(order.order_line.qty_delivered, 7)

    def test_reserved_lots_are_written_on_the_note(self):
        product = self._crm_product("Battery", 10, tracking="lot")
        self._crm_put_in_stock(product, 5, "L1")
        note = self._crm_note(self._crm_confirmed((product, 5)), validate=True)
        self.assertEqual(note.line_ids.lot_text, "L1")

    def test_missing_lots_are_asked_for_and_nothing_happens(self):
        product = self._crm_product("Battery", 10, tracking="lot", is_storable=True)
        order = self._crm_confirmed((product, 5))
        note = self._crm_note(order)
        with self.assertRefused("choose the lots or serial numbers of Battery"):
            note.action_validate()
        self.assertEqual((note.state, note.name), ("draft", False))
        self.assertEqual(order.order_line.qty_delivered, 0)
        self.assertNotEqual(order.sudo().picking_ids.state, "done")

    def test_earlier_steps_come_first(self):
        self.warehouse.delivery_steps = "pick_ship"
        order = self._crm_confirmed()
        note = self._crm_note(order)
        with self.assertRefused("Scanner is not ready to leave. Validate .*PICK"):
            note.action_validate()
        self._crm_move_out(order)
        note.action_validate()
        self.assertEqual(order.order_line.qty_delivered, 10)

    def test_transfer_validated_in_the_warehouse_has_its_note_too(self):
        order = self._crm_confirmed()
        draft = self._crm_note(order)
        picking = self._crm_move_out(order)
        self.assertEqual(self._crm_note_of(picking).name, "NE-00000001")
        with self.assertRefused("10 are delivered already"):
            draft.action_validate()

    def test_more_than_ordered_is_refused(self):
        note = self._crm_note(self._crm_confirmed(), {self.goods: 12})
        with self.assertRefused("12 of Scanner would be delivered"):
            note.action_validate()

    def test_note_of_goods_is_not_validated_where_the_transfer_leads(self):
        note = self._crm_note(self._crm_confirmed())
        self.env.company.crm_delivery_lead = "picking"
        with self.assertRefused("is not delivered by delivery notes"):
            note.action_validate()

    def test_several_notes_in_one_call(self):
        notes = self.env["crm.delivery.note"].with_user(self.user_salesman)
        for _number in range(2):
            notes |= self._crm_note(self._crm_confirmed())
        notes.action_validate()
        self.assertEqual(sorted(notes.mapped("name")), ["NE-00000001", "NE-00000002"])
        self.assertEqual(set(notes.sudo().picking_ids.mapped("state")), {"done"})
