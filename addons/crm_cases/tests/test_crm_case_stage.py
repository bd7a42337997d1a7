# SPDX-License-Identifier: LGPL-3.0-or-later
import psycopg2

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CrmCasesCommon


@tagged("post_install", "-at_install")
class TestCrmCaseStage(CrmCasesCommon):
    def test_meaning_of_a_stage_decides_the_state_of_its_cases(self):
        case = self._crm_new_case(stage_id=self.stage_waiting_third.id)
        self.stage_waiting_third.category = "resolved"
        self.assertEqual(case.state, "resolved")
        self.assertTrue(case.is_closed)
        self.assertTrue(case.resolved_at)

    def test_case_starts_in_the_first_new_stage_of_its_team(self):
        own = self.env["crm.case.stage"].create(
            {"name": "Own", "sequence": 1, "category": "new", "team_ids": self.team.ids}
        )
        self.assertEqual(self._crm_new_case().stage_id, own)
        other = self._crm_new_case(team_id=self.team_suppliers.id)
        self.assertEqual(other.stage_id, self.stage_new)

    def test_case_starts_somewhere_when_no_stage_means_new(self):
        self.stage_new.category = "in_progress"
        self.assertEqual(self._crm_new_case().stage_id, self.stage_new)

    def test_case_keeps_its_meaning_in_another_team(self):
        own = self.env["crm.case.stage"].create(
            {"name": "Own", "category": "in_progress", "team_ids": self.team.ids}
        )
        case = self._crm_new_case(stage_id=own.id, requester_kind="supplier")
        case.team_id = self.team_suppliers
        self.assertEqual(case.stage_id, self.stage_in_progress)

    def test_case_keeps_a_stage_that_the_new_team_uses(self):
        case = self._crm_new_case(stage_id=self.stage_waiting_third.id, requester_kind="supplier")
        case.team_id = self.team_suppliers
        self.assertEqual(case.stage_id, self.stage_waiting_third)

    def test_board_shows_empty_columns(self):
        own = self.env["crm.case.stage"].create(
            {"name": "Own", "category": "new", "team_ids": self.team.ids}
        )
        cases = self.env["crm.case"]
        shown = cases._read_group_stage_ids(cases.stage_id, [])
        self.assertIn(self.stage_waiting_third, shown)
        self.assertNotIn(own, shown)
        shown = cases.with_context(default_team_id=self.team.id)._read_group_stage_ids(
            cases.stage_id, []
        )
        self.assertIn(own, shown)

    def test_stage_in_use_cannot_be_deleted(self):
        self._crm_new_case(stage_id=self.stage_waiting_third.id)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.ForeignKeyViolation),
            self.cr.savepoint(),
        ):
            self.stage_waiting_third.unlink()
