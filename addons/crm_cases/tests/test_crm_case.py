# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import datetime

import psycopg2

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import CrmCasesCommon


@tagged("post_install", "-at_install")
class TestCrmCase(CrmCasesCommon):
    def test_agent_creates_a_case_from_the_form(self):
        with Form(self.env["crm.case"].with_user(self.agent)) as form:
            form.name = "The terminal is dead"
            form.partner_id = self.contact
        case = form.record
        self.assertEqual(case.team_id, self.team)
        self.assertEqual(case.user_id, self.agent)
        self.assertEqual(case.stage_id, self.stage_new)
        self.assertEqual(case.state, "new")
        self.assertFalse(case.is_closed)
        self.assertEqual(case.company_id, self.env.company)
        self.assertEqual(case.display_name, f"{case.number} The terminal is dead")

    def test_superuser_is_nobodys_agent(self):
        case = self.env["crm.case"].create({"name": "Imported"})
        self.assertFalse(case.user_id)

    def test_numbers_count_per_company(self):
        values = {"name": "B", "company_id": self.company_b.id, "team_id": False}
        first, first_b = self._crm_new_case(), self.env["crm.case"].create(values)
        second, second_b = self._crm_new_case(), self.env["crm.case"].create(values)
        self.assertEqual(int(second.number[1:]), int(first.number[1:]) + 1)
        self.assertEqual(int(second_b.number[1:]), int(first_b.number[1:]) + 1)

    def test_company_comes_from_the_team(self):
        team = self.env["crm.case.team"].create({"name": "B", "company_id": self.company_b.id})
        case = self.env["crm.case"].create({"name": "B", "team_id": team.id})
        self.assertEqual(case.company_id, self.company_b)

    def test_company_follows_the_team_in_an_unsaved_form(self):
        team = self.env["crm.case.team"].create({"name": "B", "company_id": self.company_b.id})
        case = self.env["crm.case"].new({"name": "B"})
        case.team_id = team
        self.assertEqual(case.company_id, self.company_b)

    def test_number_of_a_deleted_case_is_not_used_again(self):
        case = self._crm_new_case()
        number = case.number
        case.unlink()
        self.assertNotEqual(self._crm_new_case().number, number)

    def test_number_is_unique_in_the_company(self):
        case = self._crm_new_case()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.cr.savepoint(),
        ):
            self._crm_new_case(number=case.number)

    def test_missing_sequence_is_said(self):
        self.env["ir.sequence"].search([("code", "=", "crm.case")]).unlink()
        with self.assertRaisesRegex(UserError, "has no sequence for the numbers of cases"):
            self._crm_new_case()

    def test_new_company_gets_its_sequence_once(self):
        company = self.env["res.company"].create({"name": "Third"})
        self.env["res.company"]._crm_create_missing_case_sequences()
        sequences = self.env["ir.sequence"].search(
            [("code", "=", "crm.case"), ("company_id", "=", company.id)]
        )
        self.assertEqual(len(sequences), 1)

    def test_company_of_a_case_is_fixed(self):
        case = self._crm_new_case()
        with self.assertRaisesRegex(UserError, "cannot move to another company"):
            case.company_id = self.company_b
        case.company_id = self.env.company

    def test_copy_starts_anew(self):
        case = self._crm_new_case(stage_id=self.stage_closed.id, resolution="<p>Done</p>")
        copy = case.copy()
        self.assertNotEqual(copy.number, case.number)
        self.assertEqual(copy.stage_id, self.stage_new)
        self.assertFalse(copy.closed_at)
        self.assertFalse(copy.resolution)

    def test_account_is_the_nearest_one(self):
        case = self._crm_new_case()
        self.assertEqual(case.crm_account_id, self.department)
        self.assertEqual(case.commercial_partner_id, self.account)

    def test_account_stays_when_the_requester_changes_job(self):
        case = self._crm_new_case()
        self.contact.parent_id = self.supplier
        self.assertEqual(case.crm_account_id, self.department)
        self.assertEqual(case.commercial_partner_id, self.account)

    def test_account_changes_with_the_requester(self):
        case = self._crm_new_case()
        case.partner_id = self.supplier
        self.assertEqual(case.crm_account_id, self.supplier)
        self.assertEqual(case.partner_email, "supplier@example.com")

    def test_requester_kind_customer(self):
        self.assertEqual(self._crm_new_case().requester_kind, "customer")

    def test_requester_kind_supplier(self):
        case = self._crm_new_case(partner_id=self.supplier.id)
        self.assertEqual(case.requester_kind, "supplier")

    def test_requester_kind_internal_department(self):
        case = self._crm_new_case(partner_id=self.warehouse.id)
        self.assertEqual(case.requester_kind, "internal")
        self.assertEqual(case.requesting_department_id, self.warehouse)
        self.assertEqual(case.crm_account_id, self.warehouse)

    def test_requester_kind_employee(self):
        case = self._crm_new_case(partner_id=self.user_employee.partner_id.id)
        self.assertEqual(case.requester_kind, "internal")
        case.requesting_department_id = self.warehouse
        self.assertEqual(case.crm_account_id, self.warehouse)

    def test_requester_kind_is_one_the_team_takes(self):
        case = self._crm_new_case(team_id=self.team_suppliers.id)
        self.assertEqual(case.requester_kind, "supplier")

    def test_requester_kind_can_be_chosen(self):
        case = self._crm_new_case(requester_kind="supplier")
        self.assertEqual(case.requester_kind, "supplier")

    def test_department_leaves_with_the_internal_kind(self):
        case = self._crm_new_case(partner_id=self.warehouse.id)
        case.requester_kind = "customer"
        self.assertFalse(case.requesting_department_id)

    def test_team_refuses_other_kinds(self):
        case = self._crm_new_case()
        with self.assertRaisesRegex(ValidationError, "Supplier Team does not take cases"):
            case.team_id = self.team_suppliers

    def test_resolve_moves_and_stamps(self):
        case = self._crm_new_case(user_id=self.agent.id)
        with freeze_time("2026-03-02 10:00:00"):
            case.with_user(self.agent).action_resolve()
            self.env.flush_all()
        self.assertEqual(case.stage_id, self.stage_resolved)
        self.assertTrue(case.is_closed)
        self.assertEqual(case.resolved_at, datetime(2026, 3, 2, 10))
        self.assertFalse(case.closed_at)

    def test_close_keeps_the_time_of_the_resolution(self):
        case = self._crm_new_case()
        with freeze_time("2026-03-02 10:00:00"):
            case.action_resolve()
            self.env.flush_all()
        with freeze_time("2026-03-09 10:00:00"):
            case.stage_id = self.stage_closed
            self.env.flush_all()
        self.assertEqual(case.resolved_at, datetime(2026, 3, 2, 10))
        self.assertEqual(case.closed_at, datetime(2026, 3, 9, 10))

    def test_resolve_twice_changes_nothing(self):
        case = self._crm_new_case(stage_id=self.stage_closed.id)
        case.action_resolve()
        self.assertEqual(case.stage_id, self.stage_closed)

    def test_resolve_many_at_once(self):
        cases = self._crm_new_case() | self._crm_new_case(team_id=self.team_suppliers.id)
        cases.action_resolve()
        self.assertEqual(cases.mapped("state"), ["resolved", "resolved"])

    def test_resolve_without_a_stage_names_the_cases(self):
        self.stage_resolved.team_ids = self.team_suppliers
        cases = self._crm_new_case() | self._crm_new_case()
        with self.assertRaises(UserError) as raised:
            cases.action_resolve()
        for case in cases:
            self.assertIn(case.display_name, str(raised.exception))

    def test_reopen_counts_and_clears_the_dates(self):
        case = self._crm_new_case(user_id=self.agent.id, stage_id=self.stage_closed.id)
        case.with_user(self.agent).action_reopen()
        self.assertEqual(case.state, "in_progress")
        self.assertFalse(case.resolved_at)
        self.assertFalse(case.closed_at)
        self.assertEqual(case.reopen_count, 1)

    def test_reopen_leaves_open_cases_alone(self):
        case = self._crm_new_case(stage_id=self.stage_waiting_third.id)
        case.action_reopen()
        self.assertEqual(case.stage_id, self.stage_waiting_third)
        self.assertEqual(case.reopen_count, 0)

    def test_take_an_unassigned_case(self):
        case = self._crm_new_case()
        case.with_user(self.agent).action_take()
        self.assertEqual(case.user_id, self.agent)

    def test_take_fails_when_somebody_was_faster(self):
        case = self._crm_new_case(user_id=self.agent.id)
        with self.assertRaisesRegex(UserError, "has already taken the case"):
            case.with_user(self.leader).action_take()
        self.assertEqual(case.user_id, self.agent)

    def test_other_cases_count_the_account(self):
        cases = self._crm_new_case() | self._crm_new_case() | self._crm_new_case()
        self.assertEqual(cases[0].other_case_count, 2)
        found = self.env["crm.case"].search(cases[0].action_view_other_cases()["domain"])
        self.assertEqual(found, cases[1:])

    def test_other_cases_of_a_person_without_account(self):
        person = self.env["res.partner"].create({"name": "Person"})
        cases = self._crm_new_case(partner_id=person.id) | self._crm_new_case(partner_id=person.id)
        self.assertEqual(cases[0].other_case_count, 1)
        found = self.env["crm.case"].search(cases[0].action_view_other_cases()["domain"])
        self.assertEqual(found, cases[1])

    def test_other_cases_of_nobody(self):
        case = self._crm_new_case(partner_id=False)
        self.assertEqual(case.other_case_count, 0)

    def test_other_cases_in_an_unsaved_form(self):
        self._crm_new_case()
        with Form(self.env["crm.case"]) as form:
            form.name = "Another"
            form.partner_id = self.contact
            self.assertEqual(form.other_case_count, 1)

    def test_found_by_number(self):
        case = self._crm_new_case()
        found = self.env["crm.case"].name_search(case.number)
        self.assertEqual([case_id for case_id, _name in found], case.ids)

    def test_new_requester_ends_the_access_of_the_former_one(self):
        case = self._crm_new_case()
        token = case._portal_ensure_token()
        case.partner_id = self.supplier
        self.assertNotEqual(case.access_token, token)
        self.assertIn(self.supplier, case.message_partner_ids)
        self.assertNotIn(self.contact, case.message_partner_ids)

    def test_same_requester_keeps_the_access(self):
        case = self._crm_new_case()
        token = case._portal_ensure_token()
        case.partner_id = self.contact
        self.assertEqual(case.access_token, token)
        self.assertIn(self.contact, case.message_partner_ids)
