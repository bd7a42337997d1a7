# SPDX-License-Identifier: LGPL-3.0-or-later
from unittest import SkipTest

from odoo.fields import Command
from odoo.tests import tagged

from . import common


@tagged("post_install", "-at_install")
class TestKit(common.CrmStockCommon):
    """A kit of Manufacturing leaves as components and stands on the note as what was sold."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "mrp.bom" not in cls.env or "sale_mrp" not in cls.env.registry._init_modules:
            raise SkipTest("sale_mrp is not installed")
        cls.kit = cls._crm_product("Office", 500.0)
        cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": cls.kit.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [
                    Command.create({"product_id": cls.goods.id, "product_qty": 1}),
                    Command.create({"product_id": cls.goods_on_order.id, "product_qty": 2}),
                ],
            }
        )

    def test_note_shows_the_kit_and_its_components(self):
        order = self._crm_confirmed((self.kit, 2))
        note = self._crm_note_of(self._crm_move_out(order))
        lines = note.line_ids.sorted()
        self.assertEqual(lines.mapped("product_id"), self.kit)
        self.assertEqual(lines[0].quantity, 2)
        self.assertIn("4 Units  Printer", lines[1].name)
        self.assertEqual(order.order_line.qty_delivered, 2)
        self.assertEqual(self._crm_invoice(note).amount_untaxed, 1000)

    def test_kit_is_on_the_note_of_the_transfer_that_completes_it(self):
        order = self._crm_confirmed((self.kit, 2))
        first = self._crm_move_out(order, {self.goods: 2, self.goods_on_order: 2})
        self.assertEqual(self._crm_note_of(first).line_ids.filtered("product_id").quantity, 1)
        second = self._crm_move_out(order)
        self.assertEqual(self._crm_note_of(second).line_ids.filtered("product_id").quantity, 1)
        self.assertEqual(order.order_line.qty_delivered, 2)

    def test_incomplete_kit_has_no_note_yet(self):
        order = self._crm_confirmed((self.kit, 1))
        picking = self._crm_move_out(order, {self.goods: 1})
        self.assertFalse(self._crm_note_of(picking))
        self.assertEqual(len(self._crm_note_of(self._crm_move_out(order))), 1)

    def test_kit_comes_back(self):
        order = self._crm_confirmed((self.kit, 2))
        picking = self._crm_move_out(order)
        back = self._crm_take_back(picking, {self.goods: 1, self.goods_on_order: 2})
        self.assertEqual(self._crm_note_of(back).line_ids.quantity, 1)
        self.assertEqual(order.order_line.qty_delivered, 1)

    def test_note_leads_kits_too(self):
        self.env.company.crm_delivery_lead = "note"
        order = self._crm_confirmed((self.kit, 2))
        note = self._crm_note(order, {self.kit: 1}, validate=True)
        self.assertEqual(order.order_line.qty_delivered, 1)
        self.assertEqual(note.sudo().picking_ids.state, "done")
        self.assertEqual(sum(self._crm_open_picking(order).move_ids.mapped("product_uom_qty")), 3)
