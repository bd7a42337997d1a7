# SPDX-License-Identifier: LGPL-3.0-or-later
import random

from odoo.tests import tagged

from . import common


@tagged("post_install", "-at_install")
class TestCountedOnce(common.CrmStockCommon):
    """Whatever way the goods go, notes and order say the same."""

    def _crm_noted(self, line):
        return sum(
            -note_line.quantity if note_line.note_type == "return" else note_line.quantity
            for note_line in line.sudo().crm_delivery_note_line_ids
            if note_line.state == "done"
        )

    def test_notes_say_what_the_order_counts_after_any_sequence(self):
        chance = random.Random(19)
        for lead in ("picking", "note"):
            self.env.company.crm_delivery_lead = lead
            for _number in range(4):
                order = self._crm_confirmed((self.goods, 12), (self.service, 3))
                line, work = order.order_line
                for step in chance.choices(("out", "back", "note", "invoice"), k=6):
                    self._crm_take_step(order, step, chance)
                    self.env.flush_all()
                    self.assertEqual(self._crm_noted(line), line.qty_delivered, (lead, step))
                    self.assertEqual(self._crm_noted(work), work.qty_delivered, (lead, step))
                    self.assertLessEqual(line.qty_delivered, 12)
                    for note_line in line.sudo().crm_delivery_note_line_ids:
                        if note_line.note_type == "delivery":
                            self.assertLessEqual(note_line.qty_invoiced, note_line.quantity)

    def _crm_take_step(self, order, step, chance):
        done = order.sudo().picking_ids.filtered(
            lambda p: p.state == "done" and p.crm_delivery_note_ids.filtered("is_returnable")
        )
        if step == "out" and (picking := self._crm_open_picking(order)):
            demand = int(picking.move_ids.product_uom_qty)
            self._crm_move_out(order, {self.goods: chance.randint(1, demand)})
        elif step == "back" and done:
            rest = int(done[0].crm_delivery_note_ids.line_ids.filtered("move_id").qty_returnable)
            if rest:
                self._crm_take_back(done[0], {self.goods: chance.randint(1, rest)})
        elif step == "note" and order._crm_lines_to_deliver():
            order.action_crm_create_delivery_note()
            draft = order.sudo().crm_delivery_note_ids.filtered(lambda n: n.state == "draft")
            draft.with_user(self.user_salesman).action_validate()
        elif step == "invoice" and order.order_line.filtered(lambda ln: ln.qty_to_invoice > 0):
            self._crm_invoice(order)

    def test_lines_of_a_transfer_cost_the_note_no_query_each(self):
        products = [self._crm_product(f"Part {number}", 10) for number in range(20)]

        def queries(count):
            order = self._crm_confirmed(*((product, 1) for product in products[:count]))
            picking = order.sudo().picking_ids
            picking.move_ids.write({"quantity": 1, "picked": True})
            self.env.company.crm_delivery_lead = "off"
            picking.button_validate()
            self.env.company.crm_delivery_lead = "picking"
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            picking._crm_issue_delivery_notes()
            self.env.flush_all()
            self.assertEqual(len(picking.crm_delivery_note_ids.line_ids), count)
            return self.env.cr.sql_log_count - before

        queries(2)
        ten, twenty = queries(10), queries(20)
        # Odoo looks for the bill of materials of each line that may be a kit
        kits = "sale_mrp" in self.env.registry._init_modules
        self.assertEqual(twenty - ten, 10 if kits else 0)
