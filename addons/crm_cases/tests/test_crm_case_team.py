# SPDX-License-Identifier: LGPL-3.0-or-later
import psycopg2

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CrmCasesCommon


@tagged("post_install", "-at_install")
class TestCrmCaseTeam(CrmCasesCommon):
    def test_team_takes_some_kind(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.CheckViolation),
            self.cr.savepoint(),
        ):
            self.team_suppliers.accept_supplier = False
            self.env.flush_all()

    def test_manager_sets_up_a_team_with_its_address(self):
        team = (
            self.env["crm.case.team"]
            .with_user(self.manager)
            .create({"name": "New Team", "alias_name": "new-team"})
        )
        alias = team.alias_id.sudo()
        self.assertEqual(alias.alias_model_id.model, "crm.case")
        self.assertEqual(alias.alias_defaults, str({"team_id": team.id}))

    def test_agent_starts_in_the_own_team(self):
        case = self.env["crm.case"].with_user(self.agent_outside).create({"name": "Question"})
        self.assertEqual(case.team_id, self.team_suppliers)

    def test_team_counts_the_open_cases_that_the_user_reads(self):
        for user, stage in (
            (self.agent, self.stage_new),
            (self.agent, self.stage_closed),
            (self.agent_other, self.stage_new),
        ):
            self._crm_new_case(user_id=user.id, stage_id=stage.id, team_id=self.team.id)
        self.assertEqual(self.team.with_user(self.agent).open_case_count, 1)
        self.assertEqual(self.team.with_user(self.manager).open_case_count, 2)

    def test_team_opens_its_open_cases(self):
        action = self.team.with_user(self.agent).action_view_cases()
        self.assertEqual(
            action["context"], {"search_default_team_id": self.team.id, "search_default_open": 1}
        )
