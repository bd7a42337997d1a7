# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from .common import CrmCasesCommon


@tagged("post_install", "-at_install")
class TestResPartner(CrmCasesCommon):
    def test_account_counts_its_whole_tree(self):
        self._crm_new_case()
        self._crm_new_case(partner_id=self.account.id, stage_id=self.stage_closed.id)
        tree = (self.account | self.department | self.contact).with_user(self.manager)
        self.assertEqual(tree.mapped("crm_case_count"), [2, 1, 1])

    def test_account_opens_the_cases_it_counts(self):
        cases = self._crm_new_case() | self._crm_new_case(partner_id=self.account.id)
        self._crm_new_case(partner_id=self.supplier.id)
        action = self.account.with_user(self.manager).action_crm_view_cases()
        self.assertEqual(
            self.env["crm.case"].with_user(self.manager).search(action["domain"]), cases
        )

    def test_account_opens_its_cases_as_a_list(self):
        action = self.account.with_user(self.manager).action_crm_view_cases()
        self.assertEqual(action["views"][0][1], "list")

    def test_count_shows_only_what_the_user_reads(self):
        self._crm_new_case(user_id=self.agent_other.id)
        self._crm_new_case(user_id=self.agent.id)
        self.assertEqual(self.account.with_user(self.agent).crm_case_count, 1)

    def test_statistics_show_open_cases(self):
        self._crm_new_case()
        self._crm_new_case(stage_id=self.stage_closed.id)
        badges = self.account.with_user(self.manager).application_statistics
        self.assertEqual(
            [badge["value"] for badge in badges if badge["label"] == "Open Cases"], [1]
        )

    def test_statistics_of_a_user_without_a_role(self):
        self._crm_new_case()
        badges = self.account.with_user(self.user_employee).application_statistics or []
        self.assertFalse([badge for badge in badges if badge["label"] == "Open Cases"])
