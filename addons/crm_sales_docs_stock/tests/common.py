# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.addons.crm_sales_docs.tests.common import CrmSalesDocsCommon


class CrmStockCommon(CrmSalesDocsCommon):
    """Goods in a warehouse, and ``user_stock``, who validates transfers and has no right on
    delivery notes.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_stock = cls._crm_new_user("user_stock", "stock.group_stock_user")
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.env.company.id)], limit=1
        )
        for product in (cls.goods, cls.goods_on_order):
            cls._crm_put_in_stock(product, 100)

    @classmethod
    def _crm_put_in_stock(cls, product, quantity, lot=None):
        product.is_storable = True
        lot = lot and cls.env["stock.lot"].create({"name": lot, "product_id": product.id})
        cls.env["stock.quant"]._update_available_quantity(
            product, cls.warehouse.lot_stock_id, quantity, lot_id=lot or None
        )
        return lot

    @classmethod
    def _crm_confirmed(cls, *lines, **values):
        return cls._crm_order(*lines, confirm=True, **values)

    @classmethod
    def _crm_open_picking(cls, order):
        """Return the transfer of the order that waits, as the person of the warehouse has it."""
        waiting = order.sudo().picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        return waiting.with_user(cls.user_stock)

    @classmethod
    def _crm_move_out(cls, order, quantities=None):
        """Validate the waiting transfer as the person of the warehouse does; return it.

        :param quantities: by product, to move a part; the rest is a backorder
        """
        picking = cls._crm_open_picking(order)
        for move in picking.move_ids:
            if quantities is None:
                move.quantity = move.product_uom_qty
            else:
                move.quantity = quantities.get(move.product_id, 0.0)
            move.picked = bool(move.quantity)
        picking.with_context(skip_backorder=True).button_validate()
        return picking

    @classmethod
    def _crm_take_back(cls, picking, quantities, to_refund=True):
        """Return goods of a done transfer by the wizard of Inventory; return the new transfer."""
        wizard = (
            cls.env["stock.return.picking"]
            .with_user(cls.user_stock)
            .create({"picking_id": picking.id})
        )
        for line in wizard.product_return_moves:
            line.write({"quantity": quantities.get(line.product_id, 0.0), "to_refund": to_refund})
        returned = cls.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        returned = returned.with_user(cls.user_stock)
        for move in returned.move_ids:
            move.write({"quantity": move.product_uom_qty, "picked": True})
        returned.button_validate()
        return returned

    @classmethod
    def _crm_note_of(cls, picking):
        """Return the notes of a transfer, as the salesperson has them."""
        return picking.sudo().crm_delivery_note_ids.with_user(cls.user_salesman)
