# SPDX-License-Identifier: LGPL-3.0-or-later
from unittest import SkipTest

from odoo.fields import Command
from odoo.tests import tagged

from . import common


@tagged("post_install", "-at_install")
class TestDropship(common.CrmStockCommon):
    """The vendor delivers directly: the goods never enter the warehouse."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "stock_dropshipping" not in cls.env.registry._init_modules:
            raise SkipTest("stock_dropshipping is not installed")
        cls.vendor = cls.env["res.partner"].create({"name": "Vendor", "is_company": True})
        cls.direct = cls._crm_product(
            "Crane",
            900.0,
            route_ids=[Command.set(cls.env.ref("stock_dropshipping.route_drop_shipping").ids)],
            seller_ids=[Command.create({"partner_id": cls.vendor.id, "price": 700})],
        )

    def _crm_dropship(self, quantity):
        order = self._crm_confirmed((self.direct, quantity))
        purchase = order.sudo()._get_purchase_orders()
        purchase.button_confirm()
        picking = purchase.picking_ids
        picking.move_ids.write({"quantity": quantity, "picked": True})
        picking.with_user(self.user_stock).button_validate()
        return order, picking

    def test_transfer_of_the_vendor_issues_the_note_of_the_customer(self):
        order, picking = self._crm_dropship(2)
        note = self._crm_note_of(picking)
        self.assertRecordValues(
            note,
            [
                {
                    "state": "done",
                    "partner_id": self.customer.id,
                    "partner_shipping_id": order.partner_shipping_id.id,
                    "origin": order.name,
                }
            ],
        )
        self.assertEqual(note.line_ids.quantity, 2)
        self.assertEqual(order.order_line.qty_delivered, 2)

    def test_return_to_the_vendor_issues_the_return(self):
        order, picking = self._crm_dropship(2)
        back = self._crm_take_back(picking, {self.direct: 1})
        self.assertEqual(self._crm_note_of(back).line_ids.quantity, 1)
        self.assertEqual(order.order_line.qty_delivered, 1)
