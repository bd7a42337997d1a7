# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from . import common

READY_MADE = ("accounts_by_kind", "accounts_by_country", "calls_by_outcome", "visits_by_user")


@tagged("post_install", "-at_install")
class TestReadyMade(common.CrmReportsCommon):
    def _ready_made(self):
        reports = [self.env.ref(f"crm_reports.crm_report_{name}") for name in READY_MADE]
        return self.env["crm.report"].union(*reports)

    def test_every_reader_can_run_the_ready_made_reports(self):
        for report in self._ready_made().with_user(self.user_salesman):
            with self.subTest(report=report.name):
                self.assertEqual(report.state, "ok")
                result = report.crm_run()
                self.assertTrue(result["columns"])

    def test_ready_made_reports_open_completely_in_odoos_views(self):
        for report in self._ready_made().with_user(self.user_salesman):
            with self.subTest(report=report.name):
                self.assertEqual(report.action_open()["type"], "ir.actions.act_window")

    def test_accounts_by_kind_counts_accounts(self):
        report = self.env.ref("crm_reports.crm_report_accounts_by_kind")
        before = report.with_user(self.user_salesman).crm_run()["count"]
        self.env["res.partner"].create(
            {
                "name": "Another account",
                "is_company": True,
                "crm_account_kind_ids": self.env["crm.account.kind"].search([]).ids,
            }
        )
        self.assertEqual(report.with_user(self.user_salesman).crm_run()["count"], before + 1)
