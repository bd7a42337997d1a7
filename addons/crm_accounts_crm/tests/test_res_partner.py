# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from .test_crm_lead import CrmAccountsCrmCommon


@tagged("post_install", "-at_install")
class TestPipeline(CrmAccountsCrmCommon):
    def _crm_pipeline(self, partner, user=None):
        partner = partner.with_user(user or self.user_salesman)
        partner.invalidate_recordset()
        return partner.crm_pipeline_count, partner.crm_pipeline_amount

    def test_company_counts_its_departments_and_people(self):
        self._crm_lead()
        self._crm_lead(partner_id=self.account.id, expected_revenue=50.0)
        self.assertEqual(self._crm_pipeline(self.account), (2, 550.0))
        self.assertEqual(self._crm_pipeline(self.department), (1, 500.0))
        self.assertEqual(self._crm_pipeline(self.contact), (1, 500.0))
        self.assertEqual(self._crm_pipeline(self.other), (0, 0.0))

    def test_branch_counts_each_opportunity_once(self):
        self._crm_lead()
        self._crm_lead(partner_id=self.account.id, expected_revenue=50.0)
        totals = self.account.with_user(self.user_salesman)._crm_branch_totals()
        self.assertEqual(totals[self.account.id]["pipeline"], 550.0)
        self.assertEqual(totals[self.department.id]["pipeline"], 500.0)

    def test_won_lost_and_unqualified_leads_are_not_open(self):
        self._crm_lead().action_set_won()
        self._crm_lead().action_set_lost()
        self._crm_lead(type="lead")
        self.assertEqual(self._crm_pipeline(self.account), (0, 0.0))

    def test_salesperson_counts_only_what_they_may_see(self):
        self._crm_lead()
        self._crm_lead(self.user_salesman_other, expected_revenue=50.0)
        self.assertEqual(self._crm_pipeline(self.account), (1, 500.0))
        self.assertEqual(self._crm_pipeline(self.account, self.user_salesman_all), (2, 550.0))

    def test_employee_has_no_such_figure(self):
        names = self.env["res.partner"].with_user(self.user_employee).fields_get()
        self.assertNotIn("crm_pipeline_amount", names)
        self.assertIn(
            "crm_pipeline_amount", self.account.with_user(self.user_salesman).fields_get()
        )

    def test_amounts_of_other_currencies_are_converted(self):
        currency = self.env["res.currency"].create(
            {"name": "XCR", "symbol": "x", "rate_ids": [(0, 0, {"rate": 2.0})]}
        )
        self.company_b.currency_id = currency
        user = self.user_salesman_all
        user.company_ids = self.env.company | self.company_b
        self._crm_lead(user, company_id=self.company_b.id, expected_revenue=100.0, team_id=False)
        partner = self.account.with_user(user).with_context(
            allowed_company_ids=(self.env.company | self.company_b).ids
        )
        self.assertEqual(partner.crm_pipeline_amount, 50.0)

    def test_click_opens_what_was_counted(self):
        lead = self._crm_lead()
        self._crm_lead().action_set_lost()
        for partner in (self.account, self.department, self.contact):
            action = partner.with_user(self.user_salesman).action_crm_view_pipeline()
            found = self.env[action["res_model"]].with_user(self.user_salesman)
            self.assertEqual(found.search(action["domain"]), lead)

    def test_a_page_takes_as_many_queries_as_one_account(self):
        accounts = self.env["res.partner"].create(
            [{"name": f"Account {number}", "is_company": True} for number in range(80)]
        )
        for account in accounts:
            self._crm_lead(partner_id=account.id)
        fields = ["crm_pipeline_amount", "crm_days_silent", "crm_next_step"]
        counts = []
        for some in (accounts[:1], accounts[:1], accounts):
            self.env.flush_all()
            self.env.invalidate_all()
            some = some.with_user(self.user_salesman)
            some.mapped("is_company")
            some.mapped("type")
            before = self.env.cr.sql_log_count
            some.read(fields)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[2], counts[1])
