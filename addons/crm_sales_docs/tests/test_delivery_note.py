# SPDX-License-Identifier: LGPL-3.0-or-later
from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from . import common


@tagged("post_install", "-at_install")
class TestDeliveryNote(common.CrmSalesDocsCommon):
    """Numbers, frozen content and cancellation, as a salesperson."""

    # === NUMBERS ===#
    def test_draft_has_no_number_and_validation_gives_the_first(self):
        note = self._crm_note(self._crm_order())
        self.assertFalse(note.name)
        note.action_validate()
        self.assertEqual(note.name, "NE-00000001")

    def test_numbers_follow_without_gap_in_one_call_and_the_next(self):
        orders = self._crm_order() + self._crm_order() + self._crm_order()
        orders.action_crm_create_delivery_note()
        notes = orders.crm_delivery_note_ids.sorted("id")
        notes[:2].action_validate()
        notes[2].action_validate()
        self.assertEqual(notes.mapped("name"), [f"NE-0000000{n}" for n in (1, 2, 3)])
        self.assertEqual(notes.mapped("sequence_number"), [1, 2, 3])

    def test_numbers_do_not_start_again_with_the_year(self):
        note = self._crm_note(self._crm_order())
        note.date = "2031-12-31"
        note.action_validate()
        later = self._crm_note(self._crm_order())
        later.date = "2032-01-01"
        later.action_validate()
        self.assertEqual(later.name, "NE-00000002")

    def test_each_company_has_its_own_series(self):
        self._crm_delivered()
        note = (
            self.env["crm.delivery.note"]
            .with_user(self.user_company_b)
            .create(
                {
                    "partner_id": self.customer.id,
                    "line_ids": [Command.create({"product_id": self.goods.id})],
                }
            )
        )
        note.action_validate()
        self.assertEqual(note.company_id, self.company_b)
        self.assertEqual(note.name, "NE-00000001")

    def test_failed_validation_takes_no_number(self):
        self._crm_delivered()
        note = self._crm_note(self._crm_order())
        note.line_ids.quantity = 99
        with self.assertRaises(UserError), self.env.cr.savepoint():
            note.action_validate()
        self.assertFalse(note.name)
        self.assertEqual(self._crm_delivered().name, "NE-00000002")

    def test_second_validation_changes_nothing(self):
        note = self._crm_delivered()
        self.assertIs(note.action_validate(), True)
        self.assertEqual(note.name, "NE-00000001")
        self.assertEqual(note.order_ids.order_line.qty_delivered, 10)

    def test_number_and_status_cannot_be_written(self):
        note = self._crm_note(self._crm_order())
        for values in ({"name": "NE-77"}, {"state": "done"}, {"conversion_seq": 5}):
            with self.assertRaisesRegex(UserError, "use its buttons"):
                note.write(values)

    def test_number_and_status_cannot_be_given_on_creation(self):
        for values in ({"name": "NE-77"}, {"state": "done"}):
            with self.assertRaisesRegex(UserError, "use its buttons"):
                self._crm_direct_note(**values)

    # === DELETE AND COPY ===#
    def test_numbered_note_is_not_deleted_even_when_cancelled(self):
        note = self._crm_delivered()
        with self.assertRaisesRegex(UserError, "never deleted"):
            note.unlink()
        note.action_cancel()
        with self.assertRaisesRegex(UserError, "never deleted"):
            note.unlink()

    def test_draft_is_deleted_with_its_lines(self):
        note = self._crm_note(self._crm_order())
        lines = note.line_ids
        note.unlink()
        self.assertFalse(lines.exists())

    def test_duplicate_is_a_draft_without_number_of_the_same_order(self):
        note = self._crm_delivered()
        copy = note.copy()
        self.assertRecordValues(copy, [{"name": False, "state": "draft", "invoice_state": "no"}])
        self.assertEqual(copy.line_ids.sale_line_id, note.line_ids.sale_line_id)

    def test_duplicate_of_a_direct_note_is_a_direct_note(self):
        note = self._crm_direct_note()
        note.action_validate()
        copy = note.copy()
        self.assertFalse(copy.line_ids.sale_line_id)
        copy.action_validate()
        self.assertNotEqual(copy.order_ids, note.order_ids)

    # === CANCEL ===#
    def test_cancelled_note_keeps_its_number_and_undoes_the_delivery(self):
        note = self._crm_delivered()
        note.action_cancel()
        self.assertEqual(note.name, "NE-00000001")
        self.assertEqual(note.order_ids.order_line.qty_delivered, 0)
        self.assertEqual(note.order_ids.crm_delivery_state, "to")
        self.assertEqual(self._crm_delivered().name, "NE-00000002")

    def test_second_cancellation_changes_nothing(self):
        note = self._crm_delivered()
        note.action_cancel()
        self.assertIs(note.action_cancel(), True)

    def test_invoiced_note_is_not_cancelled(self):
        note = self._crm_delivered()
        self._crm_invoice(note)
        with self.assertRaisesRegex(UserError, "NE-00000001 is invoiced"):
            note.action_cancel()

    def test_note_is_cancelled_after_its_invoice(self):
        note = self._crm_delivered()
        self._crm_invoice(note).button_cancel()
        note.action_cancel()
        self.assertEqual(note.state, "cancel")

    def test_order_of_a_direct_note_is_cancelled_with_it(self):
        note = self._crm_direct_note()
        note.action_validate()
        note.action_cancel()
        self.assertEqual(note.order_ids.state, "cancel")

    def test_order_of_a_quote_stays_when_its_note_is_cancelled(self):
        note = self._crm_delivered()
        note.action_cancel()
        self.assertEqual(note.order_ids.state, "sale")

    # === FROZEN ===#
    def test_content_of_a_validated_note_cannot_be_changed(self):
        note = self._crm_delivered()
        for values in (
            {"date": "2020-01-01"},
            {"partner_id": self.contact.id},
            {"line_ids": [Command.clear()]},
            {"driver": "Pedro"},
        ):
            with self.assertRaisesRegex(UserError, "NE-00000001 cannot be changed"):
                note.write(values)

    def test_lines_of_a_validated_note_cannot_be_changed(self):
        note = self._crm_delivered()
        other = self._crm_note(self._crm_order())
        for values in ({"quantity": 1}, {"price_unit": 1}, {"product_id": self.service.id}):
            with self.assertRaisesRegex(UserError, "NE-00000001 cannot be changed"):
                note.line_ids.write(values)
        with self.assertRaisesRegex(UserError, "NE-00000001 cannot be changed"):
            note.line_ids.unlink()
        with self.assertRaisesRegex(UserError, "NE-00000001 cannot be changed"):
            note.line_ids.create({"note_id": note.id, "product_id": self.goods.id})
        with self.assertRaisesRegex(UserError, "NE-00000001 cannot be changed"):
            other.line_ids.write({"note_id": note.id})

    def test_superuser_cannot_change_the_content_either(self):
        note = self._crm_delivered().sudo()
        with self.assertRaises(UserError):
            note.line_ids.quantity = 3

    def test_responsible_of_a_validated_note_may_change(self):
        note = self._crm_delivered()
        note.user_id = self.user_salesman_other
        self.assertEqual(note.sudo().user_id, self.user_salesman_other)

    def test_draft_follows_the_price_of_the_order_and_a_validated_note_does_not(self):
        order = self._crm_order()
        note = self._crm_note(order)
        order.order_line.price_unit = 90
        self.assertEqual(note.amount_untaxed, 900)
        note.action_validate()
        order.order_line.price_unit = 70
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(note.line_ids.price_unit, 90)
        self.assertEqual(note.amount_untaxed, 900)

    def test_invoice_has_the_price_of_the_order(self):
        note = self._crm_delivered()
        note.order_ids.order_line.price_unit = 70
        self.assertEqual(self._crm_invoice(note).amount_untaxed, 700)

    # === LINES ===#
    def test_line_with_zero_is_not_delivered_and_leaves_the_note(self):
        order = self._crm_order((self.goods, 10), (self.service, 1))
        note = self._crm_note(order, {self.goods: 4}, validate=True)
        self.assertEqual(note.line_ids.product_id, self.goods)
        self.assertEqual(order.order_line.mapped("qty_delivered"), [4, 0])

    def test_section_without_delivered_lines_leaves_the_note(self):
        order = self._crm_order(
            ("line_section", "Equipment"),
            (self.goods, 10),
            ("line_section", "Work"),
            ("line_subsection", "On site"),
            (self.service, 1),
        )
        note = self._crm_note(order)
        self.assertEqual(
            note.line_ids.mapped("display_type"),
            ["line_section", False, "line_section", "line_subsection", False],
        )
        note.line_ids[4].quantity = 0
        note.action_validate()
        self.assertEqual(note.line_ids.mapped("name")[0], "Equipment")
        self.assertEqual(len(note.line_ids), 2)

    def test_section_with_a_delivered_subsection_stays(self):
        order = self._crm_order(
            ("line_section", "Work"),
            ("line_subsection", "Remote"),
            (self.goods, 1),
            ("line_subsection", "On site"),
            (self.service, 1),
        )
        note = self._crm_note(order, {self.service: 1}, validate=True)
        self.assertEqual(note.line_ids.mapped("name")[:2], ["Work", "On site"])

    def test_negative_quantity_is_refused(self):
        note = self._crm_note(self._crm_order())
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            note.line_ids.quantity = -1
            self.env.flush_all()

    def test_line_must_fit_its_order(self):
        note = self._crm_note(self._crm_order())
        with self.assertRaisesRegex(ValidationError, "does not fit its order"):
            note.line_ids.product_id = self.service

    def test_note_keeps_the_customer_and_company_of_its_order(self):
        note = self._crm_note(self._crm_order())
        self.user_salesman.sudo().company_ids |= self.company_b
        note = note.with_context(allowed_company_ids=(self.env.company | self.company_b).ids)
        stranger = self.env["res.partner"].create({"name": "Stranger", "is_company": True})
        for values in (
            {"partner_id": stranger.id},
            {"company_id": self.company_b.id, "pricelist_id": False, "fiscal_position_id": False},
        ):
            with self.assertRaisesRegex(UserError, "does not fit its order|company"):
                note.write(values)

    def test_unit_must_convert_to_the_one_of_the_product(self):
        note = self._crm_direct_note()
        for unit in (self.env.ref("uom.product_uom_kgm"), self.env["uom.uom"]):
            with self.assertRaisesRegex(ValidationError, "measured in"):
                note.line_ids.product_uom_id = unit

    def test_still_to_deliver_counts_the_draft_itself(self):
        note = self._crm_note(self._crm_order(), {self.goods: 4})
        self.assertRecordValues(note.line_ids, [{"qty_ordered": 10, "qty_pending": 6}])
        note.action_validate()
        self.assertEqual(note.line_ids.qty_pending, 6)

    # === DIRECT NOTES ===#
    def test_direct_note_takes_price_and_taxes_of_the_customer(self):
        tax = self.tax_sale_a
        self.goods.taxes_id = tax
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Half price",
                "item_ids": [Command.create({"compute_price": "percentage", "percent_price": 50})],
            }
        )
        self.customer.property_product_pricelist = pricelist
        note = self._crm_direct_note()
        self.assertEqual(note.pricelist_id, pricelist)
        self.assertRecordValues(
            note.line_ids, [{"price_unit": 50, "tax_ids": tax.ids, "price_subtotal": 150}]
        )
        self.assertEqual(note.amount_total, 150 * (1 + tax.amount / 100))

    def test_direct_note_keeps_a_typed_price_when_the_quantity_changes(self):
        note = self._crm_direct_note((self.goods, 3, {"price_unit": 77}))
        note.line_ids.quantity = 5
        self.assertEqual(note.line_ids.price_unit, 77)
        note.action_validate()
        self.assertEqual(note.order_ids.order_line.price_unit, 77)
        note.order_ids.order_line.product_uom_qty = 6
        self.assertEqual(note.order_ids.order_line.price_unit, 77)

    def test_direct_note_may_give_goods_away(self):
        note = self._crm_direct_note((self.goods, 3, {"price_unit": 0.0}), (self.service, 1))
        note.line_ids[0].price_unit = 0
        note.action_validate()
        self.assertEqual(note.order_ids.order_line[0].price_unit, 0)

    def test_direct_note_makes_one_confirmed_order_that_no_list_of_quotes_shows(self):
        note = self._crm_direct_note((self.goods, 3), (self.service, 1), client_order_ref="PO 7")
        note.action_validate()
        self.assertRecordValues(
            note.order_ids,
            [
                {
                    "state": "sale",
                    "client_order_ref": "PO 7",
                    "user_id": self.user_salesman.id,
                    "crm_delivery_note_origin_id": note.id,
                    "crm_delivery_state": "done",
                }
            ],
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_sales_docs.sale_order_action_crm_quotes"
        )
        self.assertIn("crm_delivery_note_origin_id", action["domain"])

    def test_line_added_to_the_note_of_an_order_gets_an_order_of_its_own(self):
        order = self._crm_order()
        note = self._crm_note(order)
        note.line_ids = [Command.create({"product_id": self.service.id, "quantity": 2})]
        note.action_validate()
        self.assertEqual(len(note.order_ids), 2)
        self.assertIn(order, note.order_ids)
        invoice = self._crm_invoice(note)
        self.assertEqual(len(invoice), 1)
        self.assertEqual(invoice.amount_untaxed, 1100)

    # === DISPLAY ===#
    def test_name_of_a_draft_tells_its_order(self):
        order = self._crm_order()
        note = self._crm_note(order)
        self.assertEqual(note.display_name, f"Draft note of {order.name}")
        note.action_validate()
        self.assertEqual(note.display_name, note.name)

    def test_name_of_a_direct_draft_tells_its_id(self):
        note = self._crm_direct_note()
        self.assertEqual(note.display_name, f"Draft note {note.id}")
        self.assertEqual(self.env["crm.delivery.note"].new().display_name, "New")

    def test_note_is_found_by_its_order_and_customer(self):
        note = self._crm_delivered()
        notes = self.env["crm.delivery.note"]
        for text in (note.name, note.origin, "Distribuidora Norte"):
            self.assertIn(note.id, [found[0] for found in notes.name_search(text)])

    def test_notes_are_searched_by_order(self):
        note = self._crm_delivered()
        found = self.env["crm.delivery.note"].search([("order_ids", "in", note.order_ids.ids)])
        self.assertEqual(found, note.with_env(self.env))
        orders = self.env["sale.order"].search([("crm_delivery_note_ids", "in", note.ids)])
        self.assertEqual(orders, note.order_ids.with_env(self.env))

    def test_notes_are_searched_by_what_they_are_not(self):
        note = self._crm_delivered(("line_section", "Goods"), (self.goods, 10))
        direct = self._crm_direct_note()
        other = self._crm_order()
        invoice = self._crm_invoice(note)
        plain = self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": self.customer.id}
        )

        def found(records, field, operator, value):
            return records.search([("id", "in", records.ids), (field, operator, value)])

        notes = (note | direct).with_env(self.env)
        orders = (note.order_ids | other).with_env(self.env)
        invoices = invoice | plain
        for records, field, linked, value in (
            (notes, "order_ids", notes[0], note.order_ids.ids),
            (orders, "crm_delivery_note_ids", orders[0], note.ids),
            (invoices, "crm_delivery_note_ids", invoices[0], note.ids),
        ):
            self.assertEqual(found(records, field, "!=", False), linked)
            self.assertEqual(found(records, field, "=", False), records - linked)
            self.assertEqual(found(records, field, "in", value), linked)
            self.assertEqual(found(records, field, "not in", value), records - linked)
