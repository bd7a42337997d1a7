# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from . import common


@tagged("post_install", "-at_install")
class TestReturns(common.CrmSalesDocsCommon):
    """What comes back lowers what is delivered, and is credited as far as it was invoiced."""

    def _return(self, note, quantity=None, validate=True, **values):
        """Return a new return of a note: of everything, or of ``quantity`` of each line."""
        action = note.action_return()
        returned = note.browse(action["res_id"])
        if quantity is not None:
            returned.line_ids.filtered("product_id").quantity = quantity
        returned.write(values)
        if validate:
            returned.action_validate()
        return returned

    # === DRAFT ===#
    def test_draft_return_lists_what_may_come_back(self):
        note = self._crm_delivered(
            ("line_section", "Equipment"), (self.goods, 10), (self.service, 1)
        )
        returned = self._return(note, validate=False)
        self.assertRecordValues(
            returned,
            [{"note_type": "return", "origin_note_id": note.id, "state": "draft", "name": False}],
        )
        self.assertEqual(returned.line_ids.mapped("display_type"), ["line_section", False, False])
        self.assertEqual(returned.line_ids[1:].mapped("quantity"), [10, 1])
        self.assertEqual(returned.line_ids[1:].origin_line_id, note.line_ids[1:])
        self.assertEqual(returned.display_name, f"Draft return of {note.name}")
        self.assertEqual(note.order_ids.order_line[1].qty_delivered, 10)

    def test_second_click_opens_the_open_draft(self):
        note = self._crm_delivered()
        returned = self._return(note, validate=False)
        self.assertEqual(note.action_return()["res_id"], returned.id)
        self.assertEqual(note.return_count, 1)

    def test_next_return_lists_the_rest_and_the_last_click_opens_what_came_back(self):
        note = self._crm_delivered()
        first = self._return(note, 4)
        self.assertTrue(note.is_returnable)
        second = self._return(note, validate=False)
        self.assertEqual(second.line_ids.quantity, 6)
        second.action_validate()
        self.assertFalse(note.is_returnable)
        action = note.action_return()
        self.assertEqual(note.search(action["domain"]), first | second)

    def test_sections_whose_lines_came_back_are_not_listed_again(self):
        note = self._crm_delivered(
            ("line_section", "Equipment"),
            (self.goods, 1),
            ("line_section", "Work"),
            (self.service, 1),
        )
        first = self._return(note, validate=False)
        first.line_ids[3].quantity = 0
        first.action_validate()
        self.assertEqual(len(first.line_ids), 2)
        second = self._return(note, validate=False)
        self.assertEqual(second.line_ids.mapped("name")[0], "Work")
        self.assertEqual(len(second.line_ids), 2)

    # === QUANTITIES ===#
    def test_return_lowers_what_is_delivered_and_ordered(self):
        note = self._crm_delivered()
        returned = self._return(note, 4)
        line = note.order_ids.order_line
        self.assertEqual(returned.name, "DEV-00000001")
        self.assertRecordValues(line, [{"qty_delivered": 6, "product_uom_qty": 6}])
        self.assertEqual(note.line_ids.qty_returned, 4)
        self.assertEqual(note.order_ids.crm_delivery_state, "done")

    def test_goods_to_be_delivered_again_stay_on_the_order(self):
        note = self._crm_delivered()
        self._return(note, 4, deliver_again=True)
        order = note.order_ids
        self.assertRecordValues(order.order_line, [{"qty_delivered": 6, "product_uom_qty": 10}])
        self.assertEqual(order.crm_delivery_state, "partial")
        again = self._crm_note(order, validate=True)
        self.assertEqual(again.line_ids.quantity, 4)
        self.assertEqual(order.order_line.qty_delivered, 10)

    def test_open_draft_return_is_not_taken_for_the_next_delivery(self):
        order = self._crm_order()
        note = self._crm_note(order, {self.goods: 4}, validate=True)
        returned = self._return(note, validate=False)
        following = self._crm_note(order)
        self.assertNotEqual(following, returned)
        self.assertEqual(following.line_ids.quantity, 6)

    def test_quantity_returned_by_the_piece_of_goods_delivered_by_the_dozen(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._crm_order((self.goods, 2, {"product_uom_id": dozen.id}))
        note = self._crm_note(order, validate=True)
        for _number in range(6):
            returned = self._return(note, validate=False)
            returned.line_ids.write({"product_uom_id": self.goods.uom_id.id, "quantity": 2})
            returned.deliver_again = True
            returned.action_validate()
        self.assertEqual(note.line_ids.qty_returned, 1)
        self.assertEqual(order.order_line.qty_delivered, 1)
        self.assertEqual(note.line_ids.qty_to_invoice, 1)

    def test_never_more_comes_back_than_was_delivered(self):
        note = self._crm_delivered()
        self._return(note, 7)
        returned = self._return(note, 4, validate=False)
        with self.assertRaisesRegex(UserError, "11 of Scanner would come back.*10 and 7 came back"):
            returned.action_validate()
        self.assertFalse(returned.name)
        self.assertEqual(note.order_ids.order_line.qty_delivered, 3)

    def test_return_before_the_delivery_is_refused(self):
        note = self._crm_delivered()
        returned = self._return(note, validate=False, date="2020-01-01")
        with self.assertRaisesRegex(UserError, "before they were delivered"):
            returned.action_validate()

    def test_price_is_not_asked_again_for_the_smaller_quantity(self):
        self.customer.property_product_pricelist = self.env["product.pricelist"].create(
            {
                "name": "Cheaper from ten",
                "item_ids": [
                    Command.create(
                        {"compute_price": "fixed", "fixed_price": 80, "min_quantity": 10}
                    )
                ],
            }
        )
        note = self._crm_delivered()
        self.assertEqual(note.line_ids.price_unit, 80)
        self._return(note, 4)
        self.assertRecordValues(
            note.order_ids.order_line, [{"product_uom_qty": 6, "price_unit": 80}]
        )

    def test_locked_order_stays_locked(self):
        note = self._crm_delivered()
        note.order_ids.action_lock()
        self._return(note, 4)
        self.assertTrue(note.order_ids.locked)
        self.assertEqual(note.order_ids.order_line.product_uom_qty, 6)

    def test_return_of_a_direct_note(self):
        note = self._crm_direct_note()
        note.action_validate()
        self._return(note, 1)
        self.assertRecordValues(
            note.order_ids.order_line, [{"qty_delivered": 2, "product_uom_qty": 2}]
        )
        self.assertEqual(self._crm_invoice(note).amount_untaxed, 200)

    # === WHAT IS REFUSED ===#
    def test_draft_cancelled_and_returned_notes_do_not_come_back(self):
        draft = self._crm_note(self._crm_order())
        with self.assertRaisesRegex(UserError, "nothing was delivered that could come back"):
            draft.action_return()
        cancelled = self._crm_delivered()
        cancelled.action_cancel()
        with self.assertRaisesRegex(UserError, "is cancelled"):
            cancelled.action_return()
        returned = self._return(self._crm_delivered())
        with self.assertRaisesRegex(UserError, "DEV-00000001 is a return itself"):
            returned.action_return()

    def test_return_takes_back_nothing_else(self):
        note = self._crm_delivered()
        returned = self._return(note, validate=False)
        with self.assertRaisesRegex(ValidationError, "takes back only"):
            returned.line_ids = [Command.create({"product_id": self.service.id})]
        with self.assertRaisesRegex(ValidationError, "takes back only|does not fit"):
            returned.line_ids.product_id = self.service
        other = self._crm_delivered()
        with self.assertRaisesRegex(UserError, "nobody writes"):
            returned.line_ids.origin_line_id = other.line_ids
        with self.assertRaisesRegex(ValidationError, "takes back only|does not fit"):
            returned.line_ids.note_id = self._return(other, validate=False)

    def test_type_and_origin_are_not_written(self):
        note = self._crm_delivered()
        for values in ({"note_type": "return"}, {"origin_note_id": note.id}):
            with self.assertRaisesRegex(UserError, "nobody writes"):
                self._crm_direct_note(**values)
        with self.assertRaisesRegex(UserError, "nobody writes"):
            self._crm_direct_note().note_type = "return"
        with self.assertRaisesRegex(UserError, "nobody writes"):
            self._crm_direct_note().line_ids.qty_returned = 3

    def test_return_is_not_duplicated(self):
        returned = self._return(self._crm_delivered())
        with self.assertRaisesRegex(UserError, "not duplicated"):
            returned.copy()

    def test_duplicate_of_a_returned_note_is_a_delivery(self):
        note = self._crm_delivered()
        self._return(note, deliver_again=True)
        copy = note.copy()
        self.assertRecordValues(copy, [{"note_type": "delivery", "return_count": 0}])
        self.assertEqual(copy.line_ids.qty_returned, 0)
        copy.action_validate()
        self.assertEqual(note.order_ids.order_line.qty_delivered, 10)

    # === INVOICING ===#
    def test_return_before_the_invoice_lowers_it(self):
        note = self._crm_delivered()
        returned = self._return(note, 4)
        self.assertEqual(note.line_ids.qty_to_invoice, 6)
        self.assertEqual((note | returned).mapped("invoice_state"), ["to", "no"])
        with self.assertRaisesRegex(UserError, "DEV-00000001 has nothing to credit"):
            returned.action_create_invoice()
        self.assertEqual(self._crm_invoice(note).amount_untaxed, 600)
        self.assertEqual(note.invoice_state, "done")

    def test_return_of_everything_before_the_invoice_leaves_nothing(self):
        note = self._crm_delivered()
        returned = self._return(note)
        self.assertEqual((note | returned).mapped("invoice_state"), ["no", "no"])

    def test_return_after_the_invoice_is_credited_by_one_click(self):
        note = self._crm_delivered()
        invoice = self._crm_invoice(note)
        invoice.action_post()
        returned = self._return(note, 4)
        self.assertEqual((note | returned).mapped("invoice_state"), ["done", "to"])
        self.assertEqual(returned.line_ids.qty_to_invoice, -4)
        action = returned.action_create_invoice()
        credit = self._crm_invoices(action)
        self.assertRecordValues(
            credit,
            [{"move_type": "out_refund", "amount_untaxed": 400, "invoice_origin": returned.name}],
        )
        self.assertRecordValues(
            credit.invoice_line_ids,
            [{"quantity": 4, "crm_delivery_note_line_id": returned.line_ids.id}],
        )
        self.assertEqual((note | returned).mapped("invoice_state"), ["done", "done"])
        self.assertEqual(returned.action_create_invoice(), action)
        line = note.order_ids.order_line
        self.assertRecordValues(line, [{"qty_invoiced": 6, "qty_to_invoice": 0}])

    def test_return_of_goods_invoiced_on_order_is_credited_too(self):
        order = self._crm_order((self.goods_on_order, 10))
        self._crm_invoice(order).action_post()
        returned = self._return(self._crm_note(order, validate=True), 4)
        self.assertEqual(returned.line_ids.qty_to_invoice, -4)
        self.assertRecordValues(
            self._crm_invoice(returned), [{"move_type": "out_refund", "amount_untaxed": 800}]
        )
        self.assertEqual(order.invoice_status, "invoiced")

    def test_goods_invoiced_on_order_and_delivered_again_are_not_credited(self):
        order = self._crm_order((self.goods_on_order, 10))
        self._crm_invoice(order).action_post()
        returned = self._return(self._crm_note(order, validate=True), 4, deliver_again=True)
        self.assertEqual(returned.invoice_state, "no")
        again = self._crm_note(order, validate=True)
        self.assertEqual(again.line_ids.qty_to_invoice, 0)

    def test_return_of_a_partly_invoiced_note(self):
        note = self._crm_delivered()
        self._crm_invoice(note).invoice_line_ids.quantity = 7
        first = self._return(note, 2)
        self.assertEqual(note.line_ids.qty_to_invoice, 1)
        self.assertEqual(first.invoice_state, "no")
        second = self._return(note, 5)
        self.assertEqual(note.line_ids.qty_to_invoice, 0)
        # seven are invoiced, three are kept; both returns are open for what is too much
        returned = first | second
        self.assertEqual(sum(returned.line_ids.mapped("qty_to_invoice")), -4)
        credits = self._crm_invoice(
            returned.filtered(lambda note: note.invoice_state in ("to", "partial"))
        )
        self.assertEqual(sum(credits.mapped("amount_untaxed")), 400)
        self.assertEqual(set(credits.mapped("move_type")), {"out_refund"})
        self.assertEqual(note.order_ids.order_line.qty_invoiced, 3)

    def test_the_return_of_the_invoiced_note_is_credited_not_the_other(self):
        order = self._crm_order()
        invoiced = self._crm_note(order, {self.goods: 4}, validate=True)
        self._crm_invoice(invoiced)
        open_note = self._crm_note(order, validate=True)
        from_open = self._return(open_note)
        self.assertEqual(from_open.invoice_state, "no")
        from_invoiced = self._return(invoiced, 3)
        self.assertEqual(from_open.line_ids.qty_to_invoice, 0)
        self.assertEqual(from_invoiced.line_ids.qty_to_invoice, -3)

    def test_order_gives_the_credit_note_as_well(self):
        note = self._crm_delivered()
        self._crm_invoice(note)
        returned = self._return(note, 4)
        action = note.order_ids.action_crm_create_invoice()
        self.assertRecordValues(
            self._crm_invoices(action), [{"move_type": "out_refund", "amount_untaxed": 400}]
        )
        self.assertEqual(returned.invoice_state, "done")
        self.assertEqual(note.order_ids.order_line.qty_to_invoice, 0)

    def test_delivery_and_return_in_one_call_get_a_document_each(self):
        order = self._crm_order((self.goods, 10), (self.service, 1))
        note = self._crm_note(order, {self.goods: 10}, validate=True)
        self._crm_invoice(note)
        returned = self._return(note, 4)
        second = self._crm_note(order, validate=True)
        moves = self._crm_invoice(second | returned)
        self.assertEqual(
            sorted(zip(moves.mapped("move_type"), moves.mapped("amount_untaxed"), strict=True)),
            [("out_invoice", 50), ("out_refund", 400)],
        )

    def test_return_follows_each_step_of_its_credit_note(self):
        note = self._crm_delivered()
        self._crm_invoice(note).action_post()
        returned = self._return(note, 4)
        credit = self._crm_invoice(returned)
        credit.action_post()
        self.assertEqual(returned.invoice_state, "done")
        credit.button_draft()
        credit.button_cancel()
        self.assertEqual(returned.invoice_state, "to")
        again = self._crm_invoice(returned)
        again.unlink()
        self.assertEqual(returned.line_ids.qty_to_invoice, -4)

    def test_credit_cut_by_the_accountant_leaves_the_rest(self):
        note = self._crm_delivered()
        self._crm_invoice(note)
        returned = self._return(note, 4)
        self._crm_invoice(returned).invoice_line_ids.quantity = 1
        self.assertEqual(returned.invoice_state, "partial")
        self.assertEqual(returned.line_ids.qty_to_invoice, -3)
        self.assertEqual(self._crm_invoice(returned).amount_untaxed, 300)

    def test_invoice_reversed_by_hand_leaves_nothing_to_credit(self):
        note = self._crm_delivered()
        invoice = self._crm_invoice(note)
        invoice.action_post()
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id})
        )
        wizard.reverse_moves()
        returned = self._return(note)
        self.assertEqual((note | returned).mapped("invoice_state"), ["no", "no"])
        self.assertEqual(note.order_ids.order_line.qty_to_invoice, 0)

    # === CANCEL ===#
    def test_note_with_a_return_is_not_cancelled(self):
        note = self._crm_delivered()
        returned = self._return(note, 4)
        with self.assertRaisesRegex(UserError, "came back by DEV-00000001"):
            note.action_cancel()
        returned.action_cancel()
        self.assertEqual(returned.name, "DEV-00000001")
        self.assertRecordValues(
            note.order_ids.order_line, [{"qty_delivered": 10, "product_uom_qty": 10}]
        )
        self.assertEqual(note.line_ids.qty_returned, 0)
        note.action_cancel()
        self.assertEqual(note.order_ids.order_line.qty_delivered, 0)

    def test_note_and_its_return_are_cancelled_together(self):
        note = self._crm_direct_note()
        note.action_validate()
        returned = self._return(note, 1)
        (note | returned).action_cancel()
        self.assertEqual(note.order_ids.state, "cancel")
        self.assertEqual(note.order_ids.order_line.qty_delivered, 0)

    def test_draft_return_is_cancelled_with_its_note(self):
        note = self._crm_delivered()
        returned = self._return(note, validate=False)
        note.action_cancel()
        self.assertEqual(returned.state, "cancel")

    def test_credited_return_is_not_cancelled(self):
        note = self._crm_delivered()
        self._crm_invoice(note)
        returned = self._return(note, 4)
        self._crm_invoice(returned)
        with self.assertRaisesRegex(UserError, "DEV-00000001 is invoiced"):
            returned.action_cancel()

    def test_return_whose_goods_went_out_again_is_not_cancelled(self):
        note = self._crm_delivered()
        returned = self._return(note, 4, deliver_again=True)
        self._crm_note(note.order_ids, validate=True)
        with self.assertRaisesRegex(UserError, "was delivered again"):
            returned.action_cancel()

    def test_order_with_a_returned_note_is_not_cancelled(self):
        note = self._crm_delivered()
        self._return(note)
        with self.assertRaisesRegex(UserError, "DEV-00000001"):
            note.order_ids._action_cancel()

    # === AMOUNTS, HISTORY, PAPER ===#
    def test_return_counts_less_than_nothing(self):
        note = self._crm_delivered()
        returned = self._return(note, 4)
        self.assertEqual((note | returned).mapped("amount_untaxed"), [1000, 400])
        self.assertEqual((note | returned).mapped("amount_untaxed_signed"), [1000, -400])

    def test_history_shows_the_return(self):
        returned = self._return(self._crm_delivered(), 4)
        event = self.env["crm.account.event"].search(
            [("res_model", "=", "crm.delivery.note"), ("res_id", "=", returned.id)]
        )
        self.assertEqual(event.kind, "return")

    def test_printed_return_names_the_note(self):
        note = self._crm_delivered()
        returned = self._return(note, 4)
        content, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.user_salesman)
            ._render_qweb_html("crm_sales_docs.report_crm_delivery_note", returned.ids)
        )
        for text in (b"Return DEV-00000001", note.name.encode()):
            self.assertIn(text, content)
        self.assertEqual(returned._crm_report_name(), "Return DEV-00000001")

    # === RIGHTS ===#
    def test_delivery_role_takes_goods_back(self):
        note = self._crm_delivered().with_user(self.user_delivery)
        returned = self._return(note, 4)
        self.assertEqual(returned.state, "done")
        self.assertEqual(note.sudo().order_ids.order_line.qty_delivered, 6)
        self.assertEqual(returned.sudo().user_id, self.user_salesman)

    def test_nobody_else_takes_goods_back(self):
        note = self._crm_delivered()
        for user in (
            self.user_salesman_other,
            self.user_invoice,
            self.user_employee,
            self.user_company_b,
        ):
            with self.assertRaises(AccessError):
                note.with_user(user).action_return()

    def test_billing_credits_a_return(self):
        note = self._crm_delivered()
        self._crm_invoice(note)
        returned = self._return(note, 4).with_user(self.user_invoice)
        self.assertEqual(self._crm_invoice(returned).amount_untaxed, 400)
