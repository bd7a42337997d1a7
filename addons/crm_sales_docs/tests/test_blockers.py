# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from . import common


@tagged("post_install", "-at_install")
class TestBlockers(common.CrmSalesDocsCommon):
    """What stops a conversion is told at once, and nothing has been written by then."""

    def _codes(self, records, target):
        return [blocker["code"] for blocker in records._crm_conversion_blockers(target)]

    def _assert_refused(self, action, *patterns):
        """The action raises one UserError with all the patterns and leaves the database alone."""
        self.env.flush_all()
        tables = ("sale_order", "crm_delivery_note", "crm_delivery_note_line", "account_move")
        queries = [f"SELECT count(*), max(write_date) FROM {table}" for table in tables]
        before = [self._query(query) for query in queries]
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            action()
        for pattern in patterns:
            self.assertRegex(str(caught.exception), pattern)
        self.env.flush_all()
        self.assertEqual([self._query(query) for query in queries], before)
        return str(caught.exception)

    def _query(self, query):
        self.env.cr.execute(query)
        return self.env.cr.fetchall()

    # === CUSTOMER ===#
    def test_person_without_account(self):
        order = self._crm_order(partner_id=self.person.id)
        for action in (order.action_crm_create_delivery_note, order.action_crm_create_invoice):
            self._assert_refused(action, f"{order.name}: Person without account is a person")
        note = self._crm_direct_note(partner_id=self.person.id)
        self._assert_refused(note.action_validate, "Person without account is a person")

    def test_person_of_a_company_is_welcome(self):
        order = self._crm_order(partner_id=self.contact.id)
        self.assertEqual(self._codes(order, "note"), [])

    def test_department_is_welcome(self):
        department = self.env["res.partner"].create(
            {"name": "Purchasing", "type": "department", "parent_id": self.customer.id}
        )
        order = self._crm_order(partner_id=department.id)
        invoice = self._crm_invoice(self._crm_note(order, validate=True))
        self.assertEqual(invoice.commercial_partner_id, self.customer)

    # === LINES ===#
    def test_note_line_without_product(self):
        note = self._crm_direct_note()
        note.line_ids = [Command.create({"name": "Something\nmore", "quantity": 1})]
        self._assert_refused(note.action_validate, "the line “Something” has no product")

    def test_archived_product(self):
        order = self._crm_order()
        note = self._crm_note(self._crm_order())
        self.goods.active = False
        for action in (order.action_crm_create_delivery_note, order.action_crm_create_invoice):
            self._assert_refused(action, f"{order.name}: the product Scanner is archived")
        self._assert_refused(note.action_validate, "the product Scanner is archived")

    def test_product_of_the_order_changed_after_the_note(self):
        note = self._crm_note(self._crm_order())
        note.order_ids.order_line.product_id = self.service
        self._assert_refused(note.action_validate, "Scanner does not fit its order")

    def test_combo_on_a_direct_note(self):
        combo = self.env["product.combo"].create(
            {"name": "Sets", "combo_item_ids": [Command.create({"product_id": self.goods.id})]}
        )
        product = self._crm_product("Set", 10, type="combo", combo_ids=[Command.set(combo.ids)])
        note = self._crm_direct_note((product, 2))
        self._assert_refused(note.action_validate, "Set is a combo")

    def test_archived_product_of_a_delivered_note_is_invoiced(self):
        note = self._crm_delivered()
        self.goods.active = False
        self.assertEqual(self._codes(note, "invoice"), [])

    def test_quote_without_lines(self):
        order = self._crm_order(("line_note", "Empty"))
        self._assert_refused(order.action_crm_create_delivery_note, "has nothing to deliver")
        self._assert_refused(order.action_crm_create_invoice, "has nothing to invoice")

    def test_note_without_quantities(self):
        note = self._crm_note(self._crm_order(), {})
        self._assert_refused(note.action_validate, "has nothing to deliver")

    def test_nothing_to_deliver_any_more(self):
        self.env.company.crm_delivery_control = False
        order = self._crm_order(confirm=True)
        order.order_line.qty_delivered = 10
        self._assert_refused(order.action_crm_create_delivery_note, "has nothing to deliver")

    def test_line_that_notes_do_not_deliver(self):
        order = self._crm_order()
        note = self._crm_note(order)
        order.order_line.is_expense = True
        order.sudo().order_line.qty_delivered_method = "analytic"
        self._assert_refused(note.action_validate, f"Scanner of {order.name} is not delivered by")

    # === STATES ===#
    def test_cancelled_order(self):
        order = self._crm_order()
        order.action_cancel()
        for action in (order.action_crm_create_delivery_note, order.action_crm_create_invoice):
            self._assert_refused(action, f"{order.name} is cancelled")

    def test_quote_that_core_does_not_confirm(self):
        order = self._crm_order()
        self.patch(
            type(order), "_confirmation_error_message", lambda order: "Ask the manager first."
        )
        for action in (order.action_crm_create_delivery_note, order.action_crm_create_invoice):
            self._assert_refused(action, f"{order.name}: Ask the manager first.")

    def test_order_set_back_to_quotation(self):
        order = self._crm_order()
        note = self._crm_note(order)
        order.sudo().state = "draft"
        self._assert_refused(note.action_validate, f"{order.name} is not confirmed")

    def test_cancelled_note(self):
        note = self._crm_delivered()
        note.action_cancel()
        self._assert_refused(note.action_validate, "NE-00000001 is cancelled")
        self._assert_refused(note.action_create_invoice, "NE-00000001 is cancelled")

    def test_draft_note_is_not_invoiced(self):
        note = self._crm_note(self._crm_order())
        self._assert_refused(note.action_create_invoice, "is not validated")

    def test_order_whose_deliveries_have_another_source(self):
        order = self._crm_order(confirm=True)
        order.sudo().order_line.qty_delivered_method = "analytic"
        self._assert_refused(order.action_crm_create_invoice, "deliver what is left")

    def test_note_whose_order_has_nothing_to_invoice(self):
        note = self._crm_delivered()
        note.order_ids.sudo().state = "cancel"
        self.assertEqual(note.invoice_state, "no")
        self._assert_refused(note.action_create_invoice, "has nothing to invoice", note.origin)

    # === ACCOUNTING ===#
    def test_company_without_sales_journal(self):
        note, order = self._crm_delivered(), self._crm_order()
        self.env["account.journal"].search([("type", "=", "sale")]).active = False
        pattern = f"The company {self.env.company.name} has no sales journal"
        self._assert_refused(note.action_create_invoice, pattern)
        self._assert_refused(order.action_crm_create_invoice, pattern)

    def test_company_without_journal_still_delivers(self):
        self.env["account.journal"].search([("type", "=", "sale")]).active = False
        self.assertEqual(self._crm_delivered().state, "done")

    def test_product_without_income_account(self):
        note = self._crm_delivered()
        self._remove_income_accounts()
        self._assert_refused(
            note.action_create_invoice, f"{note.origin}: the product Scanner has no income account"
        )

    def _remove_income_accounts(self):
        self.company_data["default_journal_sale"].default_account_id = False
        self.env.company.income_account_id = False
        self.goods.categ_id.property_account_income_categ_id = False
        self.goods.property_account_income_id = False

    def test_company_without_receivable_account(self):
        note = self._crm_delivered()
        receivable = self.env["account.account"].search(
            [("account_type", "=", "asset_receivable"), ("company_ids", "=", self.env.company.id)]
        )
        receivable.account_type = "asset_current"
        self.env["ir.default"].search(
            [("field_id.name", "=", "property_account_receivable_id")]
        ).sudo().unlink()
        self.env.invalidate_all()
        self.assertIn("no_receivable_account", self._codes(note, "invoice"))

    def test_locked_period(self):
        note = self._crm_delivered()
        self.env.company.sale_lock_date = fields.Date.today()
        self._assert_refused(note.action_create_invoice, "closed for today's date")

    # === ALL AT ONCE ===#
    def test_every_blocker_of_every_order_is_told_in_one_message(self):
        orders = (
            self._crm_order(partner_id=self.person.id)
            | self._crm_order((self.service, 1))
            | self._crm_order(("line_note", "Empty"))
        )
        self.service.active = False
        self.env.company.sale_lock_date = fields.Date.today()
        message = self._assert_refused(
            orders.action_crm_create_invoice,
            "4 things must be settled first",
            "Person without account",
            "Installation is archived",
            "has nothing to invoice",
            "closed for today's date",
        )
        self.assertEqual(message.count("•"), 4)

    def test_every_blocker_of_every_note_is_told_in_one_message(self):
        first = self._crm_direct_note(partner_id=self.person.id)
        second = self._crm_note(self._crm_order(), {self.goods: 99})
        self._assert_refused(
            (first | second).action_validate, "Person without account", "99 of Scanner", "2 things"
        )

    def test_over_delivery_of_the_draft_stops_the_invoice_of_its_order(self):
        order = self._crm_order()
        self._crm_note(order, {self.goods: 11})
        self._assert_refused(order.action_crm_create_invoice, "11 of Scanner would be delivered")
