# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CrmCasesCommon


@tagged("post_install", "-at_install")
class TestCrmCaseRights(CrmCasesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls._crm_new_case(user_id=cls.agent.id)
        cls.others = cls._crm_new_case(user_id=cls.agent_other.id)
        cls.unassigned = cls._crm_new_case()
        cls.foreign = cls._crm_new_case(team_id=cls.team_suppliers.id, partner_id=cls.supplier.id)
        cls.internal = cls._crm_new_case(partner_id=cls.warehouse.id)
        cls.case_b = cls.env["crm.case"].create(
            {"name": "B", "company_id": cls.company_b.id, "team_id": False, "user_id": False}
        )
        cls.cases = cls.own | cls.others | cls.unassigned | cls.foreign | cls.internal | cls.case_b

    def _found_by(self, user):
        return self.cases.browse(
            self.env["crm.case"].with_user(user).search([("id", "in", self.cases.ids)]).ids
        )

    def _assert_found(self, user, cases):
        self.assertEqual(set(self._found_by(user).ids), set(cases.ids))
        self.assertEqual(self.cases.with_user(user)._filtered_access("read").ids, cases.ids)

    def test_agent_reads_own_and_unassigned_cases_of_own_teams(self):
        self._assert_found(self.agent, self.own | self.unassigned | self.internal)

    def test_agent_of_another_team_reads_only_its_cases(self):
        self._assert_found(self.agent_outside, self.foreign)

    def test_leader_reads_all_cases_of_the_team(self):
        self._assert_found(self.leader, self.own | self.others | self.unassigned | self.internal)

    def test_manager_reads_all_cases_of_the_company(self):
        self._assert_found(self.manager, self.cases - self.case_b)

    def test_manager_of_another_company_reads_only_its_cases(self):
        self._assert_found(self.agent_b, self.case_b)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_access")
    def test_users_without_a_role_read_no_case(self):
        for user in (self.user_employee, self.user_salesman, self.user_manager, self.author):
            with self.assertRaises(AccessError):
                self.env["crm.case"].with_user(user).search([])

    def test_portal_user_reads_the_cases_of_the_own_account(self):
        self._assert_found(self.portal, self.own | self.others | self.unassigned)

    def test_portal_user_of_another_account_reads_none(self):
        self.portal.partner_id.parent_id = self.supplier
        self._assert_found(self.portal, self.foreign)

    def test_portal_user_in_the_own_company_reads_no_internal_case(self):
        self.portal.partner_id.parent_id = self.env.company.partner_id
        self._assert_found(self.portal, self.cases.browse())

    def test_portal_user_changes_nothing(self):
        case = self.own.with_user(self.portal)
        for operation in ("write", "unlink"):
            with self.assertRaises(AccessError):
                case.check_access(operation)
        with self.assertRaises(AccessError):
            self.env["crm.case"].with_user(self.portal).create({"name": "Mine"})

    def test_portal_user_does_not_read_how_the_agents_resolved_the_case(self):
        self.own.resolution = "The customer had unplugged it"
        with self.assertRaises(AccessError):
            self.own.with_user(self.portal).read(["resolution"])

    def test_portal_user_sees_no_solutions(self):
        self._crm_new_solution()
        with self.assertRaises(AccessError):
            self.env["crm.solution"].with_user(self.portal).search([])
        with self.assertRaises(AccessError):
            self.own.with_user(self.portal).read(["solution_link_ids", "suggested_solution_ids"])

    def test_agent_writes_own_cases_only(self):
        self.own.with_user(self.agent).priority = "3"
        self.unassigned.with_user(self.agent).priority = "3"
        for case in self.others | self.foreign | self.case_b:
            with self.assertRaises(AccessError):
                case.with_user(self.agent).priority = "3"

    def test_follower_reads_without_writing(self):
        self.others.message_subscribe(self.agent.partner_id.ids)
        case = self.others.with_user(self.agent)
        self.assertTrue(case.has_access("read"))
        self.assertFalse(case.has_access("write"))

    def test_salesperson_who_follows_reads_nothing(self):
        self.others.message_subscribe(self.user_salesman.partner_id.ids)
        self.assertFalse(self.others.with_user(self.user_salesman).has_access("read"))

    def test_agent_hands_a_case_to_a_colleague_and_still_reads_it(self):
        case = self.own.with_user(self.agent)
        result = case.web_save({"user_id": self.agent_other.id}, {"name": {}, "user_id": {}})
        self.assertEqual(result[0]["user_id"], self.agent_other.id)
        self.assertFalse(case.has_access("write"))

    def test_agent_hands_a_case_to_another_team_and_still_reads_it(self):
        case = self.own.with_user(self.agent)
        result = case.web_save(
            {
                "team_id": self.team_suppliers.id,
                "requester_kind": "supplier",
                "user_id": False,
            },
            {"name": {}},
        )
        self.assertEqual(result[0]["name"], "Question")

    def test_agent_creates_a_case_for_another_team(self):
        result = (
            self.env["crm.case"]
            .with_user(self.agent)
            .web_save(
                {"name": "For them", "team_id": self.team_suppliers.id, "user_id": False},
                {"name": {}},
            )
        )
        self.assertEqual(result[0]["name"], "For them")

    def test_agent_does_not_delete_cases(self):
        with self.assertRaises(AccessError):
            self.own.with_user(self.agent).unlink()
        with self.assertRaises(AccessError):
            self.own.with_user(self.leader).unlink()

    def test_manager_deletes_cases(self):
        self.own.with_user(self.manager).unlink()
        self.assertFalse(self.own.exists())

    def test_leader_assigns_within_the_team(self):
        self.others.with_user(self.leader).user_id = self.agent
        self.assertEqual(self.others.user_id, self.agent)
        self.assertFalse(self.foreign.with_user(self.leader).has_access("write"))

    def test_agent_links_solutions_to_own_cases_only(self):
        solution = self._crm_new_solution()
        links = self.env["crm.case.solution"].with_user(self.agent)
        links.create({"case_id": self.own.id, "solution_id": solution.id})
        with self.assertRaises(AccessError):
            links.create({"case_id": self.others.id, "solution_id": solution.id})

    def test_leader_and_manager_link_solutions(self):
        solution = self._crm_new_solution()
        for user, case in ((self.leader, self.others), (self.manager, self.foreign)):
            link = (
                self.env["crm.case.solution"]
                .with_user(user)
                .create({"case_id": case.id, "solution_id": solution.id})
            )
            self.assertEqual(link.user_id, user)

    def test_links_of_another_company_are_hidden(self):
        link = self.env["crm.case.solution"].create(
            {"case_id": self.case_b.id, "solution_id": self._crm_new_solution().id}
        )
        self.assertFalse(link.with_user(self.manager).has_access("read"))
        self.assertTrue(link.with_user(self.agent_b).has_access("read"))

    def test_set_up_belongs_to_managers(self):
        for model, values in (
            ("crm.case.team", {"name": "X"}),
            ("crm.case.stage", {"name": "X"}),
            ("crm.case.type", {"name": "X"}),
        ):
            with self.subTest(model=model):
                with self.assertRaises(AccessError):
                    self.env[model].with_user(self.leader).create(values)
                record = self.env[model].with_user(self.manager).create(values)
                record.name = "Y"
                record.unlink()

    def test_agent_adds_tags_and_manager_removes_them(self):
        tag = self.env["crm.case.tag"].with_user(self.agent).create({"name": "Tag"})
        with self.assertRaises(AccessError):
            tag.unlink()
        tag.with_user(self.manager).unlink()

    def test_team_of_another_company_is_hidden(self):
        team = self.env["crm.case.team"].create({"name": "B", "company_id": self.company_b.id})
        self.assertFalse(team.with_user(self.manager).has_access("read"))
        self.assertTrue(team.with_user(self.agent_b).has_access("read"))

    def test_manager_finds_the_own_set_up_in_the_menu(self):
        menus = self.env["ir.ui.menu"].with_user(self.manager)._visible_menu_ids()
        self.assertIn(self.env.ref("crm_accounts.crm_accounts_menu_configuration").id, menus)
        self.assertIn(self.env.ref("crm_cases.crm_case_team_menu").id, menus)
        self.assertNotIn(self.env.ref("crm_accounts.crm_account_role_menu").id, menus)

    def test_support_menu_is_hidden_without_a_role(self):
        menus = self.env["ir.ui.menu"].with_user(self.user_salesman)._visible_menu_ids()
        self.assertNotIn(self.env.ref("crm_cases.crm_cases_menu_root").id, menus)
