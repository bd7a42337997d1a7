# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from . import common


@tagged("post_install", "-at_install")
class TestPickingLeads(common.CrmStockCommon):
    """A validated transfer issues its delivery note."""

    def test_transfer_issues_the_note_of_what_it_moved(self):
        order = self._crm_confirmed((self.goods, 10))
        picking = self._crm_move_out(order)
        note = self._crm_note_of(picking)
        self.assertRecordValues(
            note,
            [
                {
                    "name": "NE-00000001",
                    "state": "done",
                    "partner_id": self.customer.id,
                    "user_id": self.user_salesman.id,
                    "origin": order.name,
                    "delivery_datetime": picking.date_done,
                    "amount_untaxed": 1000,
                }
            ],
        )
        self.assertRecordValues(
            note.line_ids,
            [{"sale_line_id": order.order_line.id, "quantity": 10, "state": "done"}],
        )
        self.assertEqual(note.line_ids.move_id, picking.move_ids)

    def test_person_of_the_warehouse_needs_no_right_on_notes_and_sees_the_number(self):
        picking = self._crm_move_out(self._crm_confirmed())
        self.assertEqual(picking.crm_delivery_note_numbers, "NE-00000001")
        with self.assertRaises(AccessError):
            picking.crm_delivery_note_ids.read(["name"])

    def test_goods_are_counted_once(self):
        order = self._crm_confirmed((self.goods, 10), (self.service, 2))
        self._crm_move_out(order)
        self.assertEqual(order.order_line.mapped("qty_delivered"), [10, 0])
        self.assertEqual(
            order.order_line.mapped("qty_delivered_method"), ["stock_move", "delivery_note"]
        )

    def test_backorder_issues_a_second_note(self):
        order = self._crm_confirmed()
        first = self._crm_move_out(order, {self.goods: 4})
        self.assertEqual(order.crm_delivery_state, "partial")
        second = self._crm_move_out(order)
        notes = self._crm_note_of(first) | self._crm_note_of(second)
        self.assertEqual(notes.mapped("name"), ["NE-00000001", "NE-00000002"])
        self.assertEqual(notes.line_ids.mapped("quantity"), [4, 6])
        self.assertEqual(order.order_line.qty_delivered, 10)
        self.assertEqual(order.crm_delivery_state, "done")

    def test_only_the_last_step_to_the_customer_has_a_note(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        order = self._crm_confirmed()
        for step in (0, 0, 1):
            picking = self._crm_move_out(order)
            self.assertEqual(len(self._crm_note_of(picking)), step)
        self.assertEqual(order.order_line.qty_delivered, 10)

    def test_receipt_and_internal_transfer_have_none(self):
        for usage, kind in (
            ("supplier", self.warehouse.in_type_id),
            (None, self.warehouse.int_type_id),
        ):
            source = (
                self.env["stock.location"].search([("usage", "=", usage)], limit=1)
                if usage
                else self.warehouse.lot_stock_id
            )
            picking = self.env["stock.picking"].create(
                {
                    "partner_id": self.customer.id,
                    "picking_type_id": kind.id,
                    "location_id": source.id,
                    "location_dest_id": self.warehouse.lot_stock_id.id,
                    "move_ids": [
                        Command.create(
                            {
                                "product_id": self.goods.id,
                                "product_uom_qty": 1,
                                "location_id": source.id,
                                "location_dest_id": self.warehouse.lot_stock_id.id,
                            }
                        )
                    ],
                }
            )
            picking.action_confirm()
            picking.move_ids.write({"quantity": 1, "picked": True})
            picking.button_validate()
            self.assertEqual(picking.state, "done")
            self.assertFalse(picking.crm_delivery_note_ids)
            self.assertFalse(picking.crm_needs_note)

    def test_no_note_where_the_company_wants_none(self):
        self.env.company.crm_delivery_lead = "off"
        picking = self._crm_move_out(self._crm_confirmed())
        self.assertEqual(picking.state, "done")
        self.assertFalse(self._crm_note_of(picking))

    def test_goods_are_not_on_a_note_made_from_the_order(self):
        order = self._crm_confirmed((self.goods, 10), (self.service, 2))
        note = self._crm_note(order, validate=True)
        self.assertEqual(note.line_ids.product_id, self.service)
        self.assertEqual(order.order_line.mapped("qty_delivered"), [0, 2])

    def test_order_without_services_says_which_transfer_waits(self):
        order = self._crm_confirmed()
        with self.assertRefused(f"{order.name}: Scanner wait.*{order.picking_ids.name}"):
            order.action_crm_create_delivery_note()
        with self.assertRefused(f"Validate the transfer {order.picking_ids.name}"):
            order.action_crm_create_invoice()

    def test_services_go_with_the_last_transfer_where_asked(self):
        self.env.company.crm_delivery_with_services = True
        order = self._crm_confirmed((self.goods, 10), (self.service, 2))
        first = self._crm_move_out(order, {self.goods: 4})
        self.assertEqual(self._crm_note_of(first).line_ids.product_id, self.goods)
        last = self._crm_move_out(order)
        self.assertEqual(self._crm_note_of(last).line_ids.mapped("quantity"), [6, 2])
        self.assertEqual(order.order_line.mapped("qty_delivered"), [10, 2])

    def test_sections_come_along(self):
        order = self._crm_confirmed(
            ("line_section", "Machines"),
            (self.goods, 1),
            ("line_section", "Work"),
            (self.service, 1),
        )
        note = self._crm_note_of(self._crm_move_out(order))
        self.assertEqual(note.line_ids.sorted().mapped("name")[0], "Machines")
        self.assertEqual(len(note.line_ids), 2)

    def test_lots_are_on_the_note(self):
        product = self._crm_product("Battery", 10, tracking="lot")
        for name, quantity in (("L1", 3), ("L2", 5)):
            self._crm_put_in_stock(product, quantity, name)
        picking = self._crm_move_out(self._crm_confirmed((product, 8)))
        self.assertEqual(self._crm_note_of(picking).line_ids.lot_text, "L1 (3), L2 (5)")

    def test_serial_numbers_are_on_the_note(self):
        product = self._crm_product("Terminal", 10, tracking="serial")
        for name in ("S1", "S2"):
            self._crm_put_in_stock(product, 1, name)
        picking = self._crm_move_out(self._crm_confirmed((product, 2)))
        note = self._crm_note_of(picking)
        self.assertEqual(note.line_ids.lot_text, "S1, S2")
        self.assertIn(
            "S1, S2",
            self.env["ir.qweb"]._render(
                "crm_sales_docs.report_crm_delivery_note",
                {"docs": note.sudo(), "doc_ids": note.ids},
            ),
        )

    def test_note_speaks_in_the_unit_of_the_order(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._crm_confirmed((self.goods, 2, {"product_uom_id": dozen.id}))
        picking = self._crm_open_picking(order)
        moved = {self.goods: 12 if picking.move_ids.product_uom != dozen else 1}
        note = self._crm_note_of(self._crm_move_out(order, moved))
        self.assertRecordValues(note.line_ids, [{"quantity": 1, "product_uom_id": dozen.id}])

    def test_more_than_ordered_is_on_the_note_as_it_left(self):
        order = self._crm_confirmed()
        note = self._crm_note_of(self._crm_move_out(order, {self.goods: 12}))
        self.assertEqual(note.line_ids.quantity, 12)
        self.assertEqual(order.order_line.qty_delivered, 12)

    def test_goods_added_on_the_transfer_are_on_the_note(self):
        order = self._crm_confirmed()
        picking = order.sudo().picking_ids
        picking.move_ids = [
            Command.create(
                {
                    "product_id": self.goods_on_order.id,
                    "product_uom_qty": 1,
                    "quantity": 1,
                    "picked": True,
                    "location_id": picking.location_id.id,
                    "location_dest_id": picking.location_dest_id.id,
                }
            )
        ]
        picking.move_ids.write({"picked": True})
        picking.button_validate()
        note = self._crm_note_of(picking)
        self.assertEqual(note.line_ids.product_id, self.goods | self.goods_on_order)
        self.assertEqual(note.line_ids.order_id, order)

    def test_customer_without_account_gets_the_goods_and_a_note_later(self):
        order = self._crm_confirmed(partner_id=self.person.id)
        picking = self._crm_move_out(order)
        self.assertEqual(picking.state, "done")
        self.assertFalse(self._crm_note_of(picking))
        self.assertIn("a person without an account", picking.sudo().message_ids[0].body)
        self.person.is_company = True
        picking.with_user(self.user_salesman).action_crm_create_delivery_note()
        note = self._crm_note_of(picking)
        self.assertEqual(note.state, "draft")
        note.action_validate()
        self.assertEqual(order.order_line.qty_delivered, 10)
        self.assertEqual(note.line_ids.quantity, 10)

    def test_second_click_opens_the_same_note(self):
        self.env.company.crm_delivery_lead = "off"
        picking = self._crm_move_out(self._crm_confirmed()).with_user(self.user_salesman)
        actions = [picking.action_crm_create_delivery_note() for _click in range(2)]
        self.assertEqual(actions[0]["res_id"], actions[1]["res_id"])

    def test_draft_of_a_transfer_keeps_its_quantity(self):
        self.env.company.crm_delivery_lead = "off"
        picking = self._crm_move_out(self._crm_confirmed()).with_user(self.user_salesman)
        picking.action_crm_create_delivery_note()
        note = self._crm_note_of(picking)
        with self.assertRefused("Scanner left with"):
            note.line_ids.quantity = 4

    def test_given_up_draft_leaves_the_goods_to_another_note(self):
        self.env.company.crm_delivery_lead = "off"
        picking = self._crm_move_out(self._crm_confirmed()).with_user(self.user_salesman)
        picking.action_crm_create_delivery_note()
        self._crm_note_of(picking).action_cancel()
        picking.action_crm_create_delivery_note()
        self.assertEqual(self._crm_note_of(picking).state, "draft")

    def test_several_transfers_at_once_are_numbered_without_a_gap(self):
        orders = [self._crm_confirmed() for _number in range(3)]
        pickings = self.env["stock.picking"].union(*(o.sudo().picking_ids for o in orders))
        pickings.move_ids.picked = True
        pickings.with_user(self.user_stock).button_validate()
        self.assertEqual(
            sorted(pickings.crm_delivery_note_ids.mapped("name")),
            ["NE-00000001", "NE-00000002", "NE-00000003"],
        )

    def test_each_company_has_its_own_way_and_numbers(self):
        self.env.company.crm_delivery_lead = "off"
        company = self.company_b
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", company.id)])
        order = self._crm_order(
            (self.goods, 1), user=self.user_company_b, warehouse_id=warehouse.id, confirm=True
        )
        picking = order.sudo().picking_ids
        picking.move_ids.write({"quantity": 1, "picked": True})
        stock_user = self._crm_new_user(
            "user_stock_b",
            "stock.group_stock_user",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        picking.with_user(stock_user).button_validate()
        self.assertRecordValues(
            picking.crm_delivery_note_ids, [{"name": "NE-00000001", "company_id": company.id}]
        )
        self.assertFalse(self._crm_note_of(self._crm_move_out(self._crm_confirmed())))
        notes = self.env["crm.delivery.note"]
        self.assertTrue(notes.with_user(self.user_company_b).search_count([]))
        self.assertFalse(notes.with_user(self.user_salesman_all).search_count([]))
