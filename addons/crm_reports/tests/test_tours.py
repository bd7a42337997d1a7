# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import HttpCase, tagged

from odoo.addons.crm_accounts.tests.common import CrmSuiteUsersMixin


@tagged("post_install", "-at_install")
class TestTours(CrmSuiteUsersMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_users()

    def test_salesperson_builds_a_report_from_nothing(self):
        self.start_tour(
            "/odoo/crm-reports/new", "crm_reports_build_tour", login="crm_user_salesman"
        )
        report = self.env["crm.report"].search([("name", "=", "Countries by currency")])
        self.assertEqual(report.user_id, self.user_salesman)
        self.assertEqual(report.kind, "pivot")
        self.assertEqual(report.definition["groups"], [{"path": "currency_id"}])
