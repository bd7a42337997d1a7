# SPDX-License-Identifier: LGPL-3.0-or-later
from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.crm_accounts.tests.common import CrmHistoryMixin


class CrmAccountsAccountCommon(CrmHistoryMixin, AccountTestInvoicingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_account()
        cls.user_invoice = cls._crm_new_user("user_invoice", "account.group_account_invoice")

    @classmethod
    def _crm_move(cls, move_type="out_invoice", amount=100.0, post=True, **values):
        move = cls.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": cls.contact.id,
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [
                    Command.create({"name": "Goods", "price_unit": amount, "tax_ids": False})
                ],
                **values,
            }
        )
        if post:
            move.action_post()
        return move

    @classmethod
    def _crm_pay(cls, move):
        return (
            cls.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({})
            ._create_payments()
        )


@tagged("post_install", "-at_install")
class TestInvoiceHistory(CrmAccountsAccountCommon):
    def test_invoice_is_in_the_history_of_company_department_and_person(self):
        move = self._crm_move()
        for partner in (self.account, self.department, self.contact):
            self.assertEqual(self._crm_seen(partner, self.user_invoice), [("invoice", move.id)])

    def test_each_document_has_its_kind(self):
        for move_type, kind in (
            ("out_invoice", "invoice"),
            ("out_refund", "refund"),
            ("in_invoice", "bill"),
            ("in_refund", "vendor_refund"),
        ):
            self.assertEqual(self._crm_events(self._crm_move(move_type)).kind, kind)

    def test_journal_entry_is_in_no_history(self):
        move = self.env["account.move"].create(
            {"move_type": "entry", "partner_id": self.account.id}
        )
        self.assertFalse(self._crm_events(move))

    def test_invoice_is_a_draft_then_posted_then_paid(self):
        move = self._crm_move(post=False)
        self.assertEqual(self._crm_events(move).state_name, "Draft")
        move.action_post()
        self.assertEqual(self._crm_events(move).state_name, "Posted")
        self.assertIn(move.name, self._crm_events(move).title)
        payment = self._crm_pay(move)
        paid = dict(move._fields["status_in_payment"]._description_selection(self.env))
        self.assertIn(move.status_in_payment, ("paid", "in_payment"))
        self.assertEqual(self._crm_events(move).state_name, paid[move.status_in_payment])
        event = self._crm_events(payment, self.user_invoice)
        self.assertEqual((event.kind, event.direction, event.amount), ("payment", "in", 100.0))

    def test_cancelled_invoice_stays_in_the_history(self):
        move = self._crm_move(post=False)
        move.button_cancel()
        self.assertEqual(self._crm_events(move).state_name, "Cancelled")

    def test_amount_follows_the_lines(self):
        move = self._crm_move(post=False)
        self.assertEqual(self._crm_events(move, self.user_invoice).amount, 100.0)
        move.invoice_line_ids.price_unit = 250.0
        self.assertEqual(self._crm_events(move, self.user_invoice).amount, 250.0)

    def test_draft_moves_with_its_customer_and_leaves_when_deleted(self):
        move = self._crm_move(post=False)
        move.partner_id = self.other
        self.assertEqual(self._crm_events(move).root_partner_id, self.other)
        move.unlink()
        self.assertFalse(self._crm_events(move))

    def test_invoice_of_today_does_not_lie_ahead(self):
        with freeze_time("2026-03-02 07:30:00"):
            move = self._crm_move()
            self.env.cr.execute(
                "UPDATE account_move SET create_date = '2026-03-02 07:30:00' WHERE id = %s",
                [move.id],
            )
            move.invalidate_recordset()
            move._crm_timeline_queue()
            self.assertEqual(str(self._crm_events(move).date), "2026-03-02 07:30:00")
            self.assertEqual(
                self._crm_seen(self.account, self.user_invoice), [("invoice", move.id)]
            )

    def test_invoice_of_another_day_stands_at_noon(self):
        move = self._crm_move(invoice_date="2026-01-15")
        self.assertEqual(str(self._crm_events(move).date), "2026-01-15 12:00:00")

    def test_employee_and_salesperson_without_invoices_see_none(self):
        moves = self._crm_move()
        self.assertEqual(self._crm_seen(self.account, self.user_employee), [])
        self.assertFalse(self._crm_events(moves, self.user_employee))
        if not self.env["account.move"].with_user(self.user_salesman).has_access("read"):
            self.assertFalse(self._crm_events(moves, self.user_salesman))

    def test_employee_reads_no_amount(self):
        events = self.env["crm.account.event"]
        self.assertNotIn("amount", events.with_user(self.user_employee).fields_get())
        self.assertIn("amount", events.with_user(self.user_invoice).fields_get())

    def test_other_company_sees_none(self):
        user = self._crm_new_user(
            "invoice_b",
            "account.group_account_invoice",
            company_id=self.company_b.id,
            company_ids=[Command.set(self.company_b.ids)],
        )
        move = self._crm_move()
        self.assertFalse(self._crm_events(move, user))
        self.assertTrue(self._crm_events(move, self.user_invoice))

    def test_documents_from_before_are_taken_over(self):
        self._crm_pay(self._crm_move())
        self._crm_move("out_refund")
        self._crm_move("in_invoice", post=False)
        moves = self.env["account.move"]
        expected = {
            kind: moves.search_count([("move_type", "in", types), ("partner_id", "!=", False)])
            for kind, types in (
                ("invoice", ["out_invoice", "out_receipt"]),
                ("refund", ["out_refund"]),
                ("bill", ["in_invoice", "in_receipt"]),
                ("vendor_refund", ["in_refund"]),
            )
        }
        taken = self._crm_take_over("account.move")
        self.assertEqual(taken, {kind: count for kind, count in expected.items() if count})
        self.assertEqual(
            self._crm_take_over("account.payment"),
            {"payment": self.env["account.payment"].search_count([("partner_id", "!=", False)])},
        )
