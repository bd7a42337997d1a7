# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.fields import Command
from odoo.tests import tagged

from . import common


@tagged("post_install", "-at_install")
class TestWithoutOrder(common.CrmStockCommon):
    """Notes without an order, transfers without an order, orders from before the warehouse."""

    def _crm_direct_picking(self, partner):
        out = self.warehouse.out_type_id
        picking = (
            self.env["stock.picking"]
            .with_user(self.user_stock)
            .create(
                {
                    "partner_id": partner.id,
                    "picking_type_id": out.id,
                    "move_ids": [
                        Command.create(
                            {
                                "product_id": self.goods.id,
                                "product_uom_qty": 3,
                                "location_id": self.warehouse.lot_stock_id.id,
                                "location_dest_id": self.customer.property_stock_customer.id,
                            }
                        )
                    ],
                }
            )
        )
        picking.action_confirm()
        picking.move_ids.write({"quantity": 3, "picked": True})
        picking.button_validate()
        return picking

    def test_direct_note_sends_its_goods_out_of_the_warehouse(self):
        for lead in ("picking", "note", "off"):
            self.env.company.crm_delivery_lead = lead
            before = self.goods.qty_available
            note = self._crm_direct_note((self.goods, 3), (self.service, 1))
            note.action_validate()
            self.assertEqual(note.sudo().picking_ids.state, "done")
            self.assertEqual(note.order_ids.order_line.mapped("qty_delivered"), [3, 1])
            self.assertEqual(self.goods.qty_available, before - 3)
            self.assertEqual(note.order_ids.sudo().crm_delivery_note_ids, note.sudo())

    def test_transfer_without_order_has_a_note_only_where_asked(self):
        picking = self._crm_direct_picking(self.customer)
        self.assertFalse(self._crm_note_of(picking))
        self.assertTrue(picking.crm_needs_note)
        action = picking.with_user(self.user_salesman).action_crm_create_delivery_note()
        note = self.env["crm.delivery.note"].with_user(self.user_salesman).browse(action["res_id"])
        before = self.goods.qty_available
        note.action_validate()
        self.assertEqual(self.goods.qty_available, before)
        self.assertRecordValues(
            note.order_ids.order_line,
            [{"qty_delivered": 3, "qty_to_invoice": 3, "product_uom_qty": 3}],
        )
        self.assertEqual(note.order_ids.sudo().picking_ids, picking.sudo())
        self.assertEqual(self._crm_invoice(note).amount_untaxed, 300)

    def test_transfer_to_nobody_has_no_note(self):
        picking = self._crm_direct_picking(self.env["res.partner"])
        with self.assertRefused("handed nothing over"):
            picking.with_user(self.user_salesman).action_crm_create_delivery_note()

    # === BEFORE THE WAREHOUSE ===#
    def _crm_order_from_before(self, **values):
        """Return an order as it was before sale_stock was installed, of ten of goods."""
        order = self._crm_order(**values)
        order.order_line.sudo().qty_delivered_method = "delivery_note"
        order.sudo().write({"state": "sale"})
        return order

    def test_order_from_before_is_delivered_by_notes(self):
        order = self._crm_order_from_before()
        note = self._crm_note(order, {self.goods: 4}, validate=True)
        self.assertEqual(order.order_line.qty_delivered, 4)
        self.assertFalse(order.sudo().picking_ids)
        self.assertFalse(note.sudo().picking_ids)

    def test_order_from_before_keeps_what_it_delivered_when_written(self):
        order = self._crm_order_from_before()
        self._crm_note(order, {self.goods: 4}, validate=True)
        line = order.order_line
        line.write({"is_expense": False, "product_id": line.product_id.id})
        line.product_uom_qty = 12
        self.env.flush_all()
        self.assertRecordValues(
            line, [{"qty_delivered": 4, "qty_delivered_method": "delivery_note"}]
        )
        self.assertFalse(order.sudo().picking_ids)

    def test_quote_from_before_goes_to_the_warehouse_when_confirmed(self):
        order = self._crm_order()
        order.order_line.sudo().qty_delivered_method = "delivery_note"
        order.action_confirm()
        self.assertEqual(order.order_line.qty_delivered_method, "stock_move")
        self.assertTrue(order.sudo().picking_ids)
