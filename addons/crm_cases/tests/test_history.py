# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from odoo.addons.base.tests.common import BaseCommon
from odoo.addons.crm_accounts.tests.common import CrmHistoryMixin


@tagged("post_install", "-at_install")
class TestCaseHistory(CrmHistoryMixin, BaseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_account()
        cls.agent = cls._crm_new_user("history_agent", "crm_cases.crm_cases_group_agent")

    def _crm_case(self, **values):
        return (
            self.env["crm.case"]
            .with_user(self.agent)
            .create({"name": "Printer is broken", "partner_id": self.contact.id, **values})
        )

    def test_case_is_in_the_history_of_company_department_and_person(self):
        case = self._crm_case()
        for partner in (self.account, self.department, self.contact):
            self.assertEqual(self._crm_seen(partner, self.agent), [("case", case.id)])

    def test_employee_and_other_company_see_none(self):
        case = self._crm_case()
        self.assertFalse(self._crm_events(case, self.user_employee))
        self.assertFalse(self._crm_events(case, self.user_company_b))

    def test_open_cases_are_counted_and_opened(self):
        case = self._crm_case()
        for partner in (self.account, self.department, self.contact):
            partner = partner.with_user(self.agent)
            self.assertEqual(partner.crm_open_case_count, 1)
            action = partner.action_crm_view_open_cases()
            self.assertEqual(self.env["crm.case"].search(action["domain"]), case)
        names = self.account.with_user(self.user_salesman).fields_get()
        self.assertNotIn("crm_open_case_count", names)

    def test_cases_from_before_are_taken_over(self):
        self._crm_case()
        self.assertEqual(
            self._crm_take_over("crm.case"),
            {
                "case": self.env["crm.case"].search_count(
                    ["|", ("partner_id", "!=", False), ("crm_account_id", "!=", False)]
                )
            },
        )
