# SPDX-License-Identifier: LGPL-3.0-or-later
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from odoo.addons.crm_accounts.models import crm_account_event
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

    def test_person_beyond_the_choices_is_found_by_name_in_the_browser(self):
        account = self.env["res.partner"].create({"name": "Tour Mills", "is_company": True})
        for name in ("Ana", "Bob", "Eva"):
            person = self.env["res.partner"].create({"name": name, "parent_id": account.id})
            self.env["crm.call"].create(
                {
                    "name": f"Call of {name}",
                    "partner_id": person.id,
                    "user_id": self.user_salesman.id,
                }
            )
        with patch.object(crm_account_event, "_CHOICES", 2):
            self.start_tour(
                f"/odoo/crm-accounts/{account.id}",
                "crm_accounts_history_choices_tour",
                login="crm_user_salesman",
            )
