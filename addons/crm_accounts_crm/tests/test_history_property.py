# SPDX-License-Identifier: LGPL-3.0-or-later
from hypothesis import strategies as st

from odoo.tests import tagged

from odoo.addons.crm_accounts.tests import common_history_property as common


@tagged("post_install", "-at_install")
class TestLeadHistoryProperty(common.CrmHistoryPropertyCommon):
    documents = common.planned(
        "lead",
        common.SALES,
        company=common.named("company", "company_b", "no_company"),
        team=common.named("team", "team_b", "no_team"),
        type=st.sampled_from(["lead", "opportunity"]),
        outcome=st.sampled_from(["pending", "won", "lost"]),
    )
    rules = {
        "crm.lead": (
            "[('name', '!=', 'Odd')]",
            "[('partner_id.name', '!=', 'Bob')]",
            "[('team_id.user_id', '=', user.id)]",
            "[('won_status', '!=', 'lost')]",
            "[('type', '=', 'opportunity'), ('company_id', '!=', False)]",
        )
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.no_company = cls.env["res.company"]
        cls.no_team = cls.env["crm.team"]
        cls.team, cls.team_b = cls.no_team.create(
            [
                {"name": "Team", "company_id": False, "user_id": cls.user_salesman_other.id},
                {"name": "Team B", "company_id": cls.company_b.id},
            ]
        )

    def test_events_found_are_those_whose_document_the_user_may_read(self):
        self._check_examples()

    def _make_lead(self, plan):
        team = plan["team"]
        lead = self.env["crm.lead"].create(
            {
                "type": plan["type"],
                "name": plan["name"],
                "partner_id": plan["on"].id,
                "company_id": plan["company"].id,
                "user_id": self._owner(plan).id,
                "team_id": team.company_id <= plan["company"] and team.id,
            }
        )
        if plan["outcome"] != "pending":
            getattr(lead, f"action_set_{plan['outcome']}")()
        return lead
