# SPDX-License-Identifier: LGPL-3.0-or-later
from hypothesis import strategies as st

from odoo.tests import tagged

from odoo.addons.crm_accounts.tests import common_history_property as common

_AGENTS = ("agent", "agent_other", "leader", "manager", "manager_b")


@tagged("post_install", "-at_install")
class TestCaseHistoryProperty(common.CrmHistoryPropertyCommon):
    documents = common.planned(
        "case",
        _AGENTS,
        team=common.named("team", "team_b", "no_team"),
        follower=common.named(*_AGENTS, "user_salesman", "nobody"),
        stage=st.sampled_from(["new", "waiting_requester", "resolved", "closed"]),
    )
    rules = {
        "crm.case": (
            "[('name', '!=', 'Odd')]",
            "[('partner_id.name', '!=', 'Bob')]",
            "[('team_id.leader_id', '=', user.id)]",
            "[('state', 'in', ('new', 'closed'))]",
        )
    }
    users = (*_AGENTS, "user_salesman_all", "user_employee")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for login in ("agent", "agent_other", "leader", "manager"):
            role = login.removesuffix("_other")
            setattr(cls, login, cls._crm_new_user(login, f"crm_cases.crm_cases_group_{role}"))
        cls.manager.company_ids += cls.company_b
        cls.manager_b = cls._new_user_of_b("manager_b", "crm_cases.crm_cases_group_manager")
        cls.no_team = cls.env["crm.case.team"]
        cls.team, cls.team_b = cls.no_team.create(
            [
                {
                    "name": "Team",
                    "company_id": False,
                    "leader_id": cls.leader.id,
                    "member_ids": cls.agent.ids,
                },
                {"name": "Team B", "company_id": cls.company_b.id},
            ]
        )

    def test_events_found_are_those_whose_document_the_user_may_read(self):
        self._check_examples()

    def _make_case(self, plan):
        team = plan["team"]
        case = self.env["crm.case"].create(
            {
                "name": plan["name"],
                "partner_id": plan["on"].id,
                "company_id": plan["company"].id,
                "user_id": self._owner(plan).id,
                "team_id": team.company_id <= plan["company"] and team.id,
                "stage_id": self.env.ref(f"crm_cases.crm_case_stage_{plan['stage']}").id,
            }
        )
        case.message_subscribe(plan["follower"].partner_id.ids)
        return case
