# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import HttpCase, tagged

from odoo.addons.crm_accounts.tests.common import CrmSuiteUsersMixin


@tagged("post_install", "-at_install")
class TestTours(CrmSuiteUsersMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_users()

    def test_salesperson_creates_account_and_logs_call_in_the_browser(self):
        self.start_tour(
            "/odoo/crm-accounts", "crm_accounts_log_call_tour", login="crm_user_salesman"
        )
        call = self.env["crm.call"].search([("name", "=", "First call")])
        self.assertEqual(call.partner_id.name, "Tour Foods")
        self.assertEqual(call.user_id, self.user_salesman)
