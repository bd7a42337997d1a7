# SPDX-License-Identifier: LGPL-3.0-or-later
from freezegun import freeze_time

from odoo.tests import tagged

from .test_account_move import CrmAccountsAccountCommon


@tagged("post_install", "-at_install")
class TestSalesFigures(CrmAccountsAccountCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for date, amount in (
            ("2026-03-01", 100.0),
            ("2025-03-16", 20.0),
            ("2025-03-15", 400.0),
            ("2024-03-16", 50.0),
            ("2024-03-15", 9000.0),
        ):
            cls._crm_move(amount=amount, invoice_date=date, invoice_date_due=date)
        cls._crm_move("out_refund", amount=30.0, invoice_date="2026-03-02")
        cls._crm_move(amount=70.0, invoice_date="2026-03-03", post=False)
        cls._crm_move("in_invoice", amount=80.0, invoice_date="2026-03-04")
        cls.enterClassContext(freeze_time("2026-03-15 10:00:00"))

    def test_sales_are_posted_invoices_less_credit_notes_of_12_months(self):
        for partner in (self.account, self.department, self.contact):
            partner = partner.with_user(self.user_invoice)
            self.assertEqual(partner.crm_sales, 90.0)
            self.assertEqual(partner.crm_sales_before, 450.0)
            self.assertEqual(partner.crm_sales_change, -0.8)

    def test_account_without_sales_before_has_no_change(self):
        self._crm_move(partner_id=self.other.id, invoice_date="2026-03-01")
        other = self.other.with_user(self.user_invoice)
        self.assertEqual((other.crm_sales, other.crm_sales_change), (100.0, 0.0))

    def test_sales_stay_with_the_company_when_the_person_leaves(self):
        self.contact.parent_id = self.other
        self.assertEqual(self.account.with_user(self.user_invoice).crm_sales, 90.0)
        self.assertEqual(self.other.with_user(self.user_invoice).crm_sales, 0.0)

    def test_paid_and_not_yet_due_invoices_are_not_overdue(self):
        partner = self.account.with_user(self.user_invoice)
        self.assertEqual(partner.crm_overdue, 9570.0)
        action = partner.action_crm_view_overdue()
        late = self.env["account.move"].search(action["domain"])
        self.assertEqual(sum(late.mapped("amount_residual")), 9570.0)
        self._crm_pay(late.filtered(lambda move: move.amount_total == 9000.0))
        self._crm_move(amount=5.0, invoice_date="2026-03-10", invoice_date_due="2026-04-10")
        partner.invalidate_recordset()
        self.assertEqual(partner.crm_overdue, 570.0)

    def test_click_opens_what_was_summed(self):
        partner = self.account.with_user(self.user_invoice)
        moves = self.env["account.move"].search(partner.action_crm_view_sales()["domain"])
        self.assertEqual(sum(moves.mapped("amount_untaxed_signed")), partner.crm_sales)

    def test_employee_has_no_such_figures(self):
        names = self.account.with_user(self.user_employee).fields_get()
        self.assertFalse({"crm_sales", "crm_overdue"} & set(names))

    def test_salesperson_who_reads_no_invoices_gets_nothing(self):
        self.env["ir.model.access"].sudo().search(
            [
                ("model_id.model", "=", "account.move"),
                ("group_id", "=", self.env.ref("sales_team.group_sale_salesman").id),
            ]
        ).unlink()
        self.assertEqual(self.account.with_user(self.user_salesman).crm_sales, 0.0)

    def test_a_page_takes_as_many_queries_as_one_account(self):
        accounts = self.env["res.partner"].create(
            [{"name": f"Account {number}", "is_company": True} for number in range(80)]
        )
        for account in accounts[:20]:
            self._crm_move(partner_id=account.id, invoice_date="2026-03-01")
        counts = []
        for some in (accounts[:1], accounts[:1], accounts):
            self.env.flush_all()
            self.env.invalidate_all()
            some = some.with_user(self.user_invoice)
            some.mapped("is_company")
            some.mapped("type")
            before = self.env.cr.sql_log_count
            some.read(["crm_sales", "crm_overdue"])
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[2], counts[1])
