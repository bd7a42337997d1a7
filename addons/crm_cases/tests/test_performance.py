# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged, warmup
from odoo.tools import SQL

from .common import CrmCasesCommon

CARD = {
    "name": {},
    "number": {},
    "priority": {},
    "is_closed": {},
    "partner_id": {"fields": {"display_name": {}}},
    "crm_account_id": {"fields": {"display_name": {}}},
    "stage_id": {"fields": {"display_name": {}}},
    "user_id": {"fields": {"display_name": {}}},
    "tag_ids": {"fields": {"display_name": {}, "color": {}}},
    "activity_ids": {},
    "activity_state": {},
    "create_date": {},
}
MY_OPEN = [("is_closed", "=", False)]


@tagged("post_install", "-at_install")
class TestPerformance(CrmCasesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tag = cls.env["crm.case.tag"].create({"name": "Tag"})
        cls._crm_new_cases(10)

    @classmethod
    def _crm_new_cases(cls, number):
        return cls.env["crm.case"].create(
            [
                {
                    "name": f"Case {index}",
                    "partner_id": cls.contact.id,
                    "team_id": cls.team.id,
                    "user_id": cls.agent.id if index % 2 else False,
                    "tag_ids": cls.tag.ids,
                }
                for index in range(number)
            ]
        )

    def _count_queries(self, function):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        function()
        return self.cr.sql_log_count - before

    def _assert_constant(self, function):
        """Assert that ``function`` takes no more queries when there are more cases."""
        function()
        few = self._count_queries(function)
        self._crm_new_cases(40)
        many = self._count_queries(function)
        self.assertLessEqual(many, few)

    def test_list_takes_constant_queries(self):
        cases = self.env["crm.case"].with_user(self.agent)
        self._assert_constant(lambda: cases.web_search_read(MY_OPEN, CARD, limit=80))

    def test_board_takes_constant_queries(self):
        cases = self.env["crm.case"].with_user(self.agent)
        self._assert_constant(
            lambda: cases.web_read_group(
                MY_OPEN, ["stage_id"], ["__count"], auto_unfold=True, unfold_read_specification=CARD
            )
        )

    def test_counts_on_accounts_take_constant_queries(self):
        partners = (self.account | self.department | self.contact).with_user(self.manager)
        self._assert_constant(lambda: partners.mapped("crm_case_count"))

    @warmup
    def test_list_of_my_open_cases(self):
        self.env.invalidate_all()
        with self.assertQueryCount(15):
            self.env["crm.case"].with_user(self.agent).web_search_read(MY_OPEN, CARD, limit=80)

    def test_hundred_cases_are_created_in_few_queries_each(self):
        self.env.flush_all()
        before = self.cr.sql_log_count
        self._crm_new_cases(100)
        self.env.flush_all()
        self.assertLess(self.cr.sql_log_count - before, 100 * 12)

    def _plan(self, domain):
        query = self.env["crm.case"]._search(domain, order="priority DESC, id", limit=80)
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute("SET LOCAL enable_bitmapscan = off")
        self.env.cr.execute("SET LOCAL enable_sort = off")
        rows = self.env.execute_query_dict(SQL("EXPLAIN %s", query.select()))
        return "\n".join(row["QUERY PLAN"] for row in rows)

    def test_default_order_comes_from_the_partial_index(self):
        plan = self._plan([("is_closed", "=", False)])
        self.assertIn("crm_case_open_idx", plan)
        self.assertNotIn("Sort", plan)

    def test_own_cases_come_from_the_partial_index(self):
        plan = self._plan([("is_closed", "=", False), ("user_id", "=", self.agent.id)])
        self.assertRegex(plan, "crm_case_open_(user_)?idx")

    def test_cases_of_a_team_come_from_the_partial_index(self):
        plan = self._plan([("is_closed", "=", False), ("team_id", "=", self.team.id)])
        self.assertRegex(plan, "crm_case_open_(team_)?idx")
