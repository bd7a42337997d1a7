# SPDX-License-Identifier: LGPL-3.0-or-later
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged, users
from odoo.tools import mute_logger

from odoo.addons.crm_accounts.tests.common import CrmSuiteCommon


@tagged("post_install", "-at_install")
class TestCrmCall(CrmSuiteCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Partner = cls.env["res.partner"]
        cls.account = Partner.create({"name": "Northwind", "is_company": True})
        cls.department = Partner.create(
            {"name": "Purchasing", "type": "department", "parent_id": cls.account.id}
        )
        cls.contact = Partner.create({"name": "Ana", "parent_id": cls.department.id})
        cls.call = cls._create_call(cls.user_salesman)

    @classmethod
    def _create_call(cls, user, **values):
        return cls.env["crm.call"].create(
            {"partner_id": cls.contact.id, "user_id": user.id, "name": "Prices"} | values
        )

    @users("crm_user_salesman")
    def test_log_call_button_opens_a_filled_dialog(self):
        action = self.contact.with_env(self.env).action_crm_log_call()
        self.assertEqual(action["target"], "new")
        with Form(
            self.env["crm.call"].with_context(**action["context"]), action["views"][0][0]
        ) as form:
            self.assertEqual(form.partner_id.id, self.contact.id)
            self.assertEqual(form.user_id, self.env.user)
            self.assertEqual(form.outcome, "answered")
            form.duration = 7
            form.notes = "Wants ten more"
        call = form.record
        self.assertEqual(call.crm_account_id.id, self.department.id)
        self.assertEqual(call.company_id, self.env.company)

    @freeze_time("2026-06-15 10:00:00")
    def test_call_is_logged_now_by_default(self):
        self.assertEqual(self._create_call(self.user_salesman).date, fields.Datetime.now())

    def test_call_belongs_to_the_department_of_the_person(self):
        self.assertEqual(self.call.crm_account_id, self.department)

    def test_call_stays_with_the_account_when_the_person_leaves(self):
        self.contact.parent_id = self.account
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.call.crm_account_id, self.department)

    def test_call_follows_a_corrected_partner(self):
        self.call.partner_id = self.account
        self.assertEqual(self.call.crm_account_id, self.account)

    def test_contact_of_another_company_gives_nothing_away_on_the_form(self):
        self.account.write({"name": "Northwind Trust", "phone": "+1 555 0100"})
        self.contact.write(
            {"company_id": self.env.company.id, "phone": "+1 555 0199", "crm_mobile": "+1 555 0198"}
        )
        self.env.flush_all()
        self.env.invalidate_all()
        calls = self.env["crm.call"].with_user(self.user_company_b)
        spec = {
            "partner_phone": {},
            "partner_mobile": {},
            "crm_account_id": {"fields": {"display_name": {}}},
        }
        for names in ([*spec], ["partner_phone"], ["partner_mobile"], ["crm_account_id"]):
            for changed in ([], ["partner_id"], ["direction"]):
                with self.subTest(names=names, changed=changed):
                    self.env.invalidate_all()
                    try:
                        result = calls.onchange(
                            {"partner_id": self.contact.id, "direction": "in"},
                            changed,
                            {name: spec[name] for name in names},
                        )
                    except AccessError:
                        continue
                    self.assertNotRegex(str(result), "555|Trust")

    def test_call_whose_contact_went_to_another_company_still_opens(self):
        self.contact.phone = "+1 555 0199"
        call = self.call.with_user(self.user_salesman)
        self.assertEqual(call.partner_phone, "+1 555 0199")
        self.contact.company_id = self.company_b
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(
            call.read(["name", "partner_phone", "partner_mobile"]),
            [
                {
                    "id": call.id,
                    "name": "Prices",
                    "partner_phone": False,
                    "partner_mobile": False,
                }
            ],
        )

    @users("crm_user_salesman")
    def test_all_calls_of_negative_length_are_named_at_once(self):
        values = {"partner_id": self.contact.id, "duration": -1}
        with self.assertRaisesRegex(ValidationError, "between 0 minutes and a day.* One, Two"):
            self.env["crm.call"].create([values | {"name": "One"}, values | {"name": "Two"}])

    @users("crm_user_salesman")
    def test_negative_length_is_refused_on_the_form(self):
        form = Form(self.call.with_env(self.env))
        form.duration = -5
        with self.assertRaisesRegex(ValidationError, "correct it for Prices"):
            form.save()

    @users("crm_user_salesman")
    def test_length_beyond_a_day_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "between 0 minutes and a day"):
            self.call.with_env(self.env).duration = 2_000_000_000

    def test_call_ends_after_its_minutes(self):
        self.call.write({"date": "2026-06-15 10:00:00", "duration": 25})
        self.assertEqual(str(self.call.date_end), "2026-06-15 10:25:00")

    def test_call_is_planned_done_or_missed_by_its_outcome(self):
        states = {}
        for outcome, _label in self.call._fields["outcome"].selection:
            self.call.outcome = outcome
            states[outcome] = self.call.state
        self.assertEqual(
            states,
            {
                "planned": "planned",
                "answered": "done",
                "no_answer": "missed",
                "voicemail": "missed",
                "busy": "missed",
                "wrong_number": "missed",
            },
        )

    @users("crm_user_salesman")
    def test_next_step_becomes_one_activity_on_the_contact(self):
        call = self.call.with_env(self.env)
        call.write({"next_step": "Send the quote", "next_step_date": "2026-07-01"})
        call.action_schedule_next_step()
        result = call.action_schedule_next_step()
        activity = self.contact.activity_ids
        self.assertEqual(len(activity), 1)
        self.assertEqual(
            (activity.summary, str(activity.date_deadline), activity.user_id),
            ("Send the quote", "2026-07-01", self.user_salesman),
        )
        self.assertIn("07/01/2026", result["params"]["message"])

    @users("crm_user_salesman")
    def test_next_step_without_a_date_is_due_tomorrow(self):
        call = self.call.with_env(self.env)
        call.next_step = "Call again"
        with freeze_time("2026-06-15 10:00:00"):
            call.action_schedule_next_step()
        self.assertEqual(str(call.next_activity_id.date_deadline), "2026-06-16")

    @users("crm_user_salesman")
    def test_scheduling_without_a_next_step_says_what_to_do(self):
        with self.assertRaisesRegex(UserError, "Write the next step first"):
            self.call.with_env(self.env).action_schedule_next_step()

    def test_call_without_subject_is_named_after_the_person(self):
        self.call.name = False
        self.assertEqual(self.call.display_name, "Call with Ana")

    def test_call_without_subject_and_person_has_no_name_yet(self):
        self.assertFalse(self.env["crm.call"].new({}).display_name)

    def test_call_is_named_after_its_subject(self):
        self.assertEqual(self.call.display_name, "Prices")

    def test_call_is_found_by_the_name_of_the_person(self):
        found = self.env["crm.call"].name_search("Ana", [("id", "=", self.call.id)])
        self.assertEqual([row[0] for row in found], self.call.ids)

    @users("crm_user_salesman")
    def test_answering_a_call_planned_for_later_dates_it_now(self):
        call = self.call.with_env(self.env)
        call.write({"outcome": "planned", "date": "2026-06-20 10:00:00"})
        with freeze_time("2026-06-15 10:00:00"):
            call.action_answered()
            self.assertEqual((call.outcome, call.date), ("answered", fields.Datetime.now()))

    @users("crm_user_salesman")
    def test_answering_an_overdue_call_keeps_its_date(self):
        call = self.call.with_env(self.env)
        call.write({"outcome": "planned", "date": "2026-06-10 10:00:00"})
        with freeze_time("2026-06-15 10:00:00"):
            call.action_no_answer()
        self.assertEqual(call.outcome, "no_answer")
        self.assertEqual(call.date, fields.Datetime.to_datetime("2026-06-10 10:00:00"))

    @users("crm_user_salesman")
    def test_second_click_changes_nothing(self):
        call = self.call.with_env(self.env)
        call.outcome = "planned"
        call.action_answered()
        call.action_no_answer()
        self.assertEqual(call.outcome, "answered")

    def test_partner_with_calls_cannot_be_deleted(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.contact.unlink()

    @users("crm_user_salesman_other")
    def test_call_of_a_colleague_is_hidden(self):
        self.assertFalse(self.env["crm.call"].search([("id", "=", self.call.id)]))
        with self.assertRaises(AccessError):
            self.call.with_env(self.env).next_step = "Mine now"

    @users("crm_user_salesman")
    def test_unassigned_call_is_visible(self):
        self.call.user_id = False
        self.assertTrue(self.env["crm.call"].search([("id", "=", self.call.id)]))

    @users("crm_user_salesman")
    def test_salesperson_cannot_delete_call(self):
        with self.assertRaises(AccessError):
            self.call.with_env(self.env).unlink()

    @users("crm_user_salesman_all")
    def test_user_of_all_documents_edits_call_of_a_colleague(self):
        self.call.with_env(self.env).next_step = "Call back"
        self.assertEqual(self.call.next_step, "Call back")

    @users("crm_user_manager")
    def test_manager_deletes_call(self):
        self.call.with_env(self.env).unlink()
        self.assertFalse(self.call.exists())

    @users("crm_user_employee")
    def test_employee_reads_no_calls(self):
        with self.assertRaises(AccessError):
            self.env["crm.call"].search([])

    @users("crm_user_company_b")
    def test_other_company_does_not_see_the_call(self):
        self.assertFalse(self.env["crm.call"].search([("id", "=", self.call.id)]))

    @users("crm_user_company_b")
    def test_own_company_sees_its_call(self):
        call = self._create_call(self.user_company_b, company_id=self.company_b.id)
        self.assertTrue(self.env["crm.call"].search([("id", "=", call.id)]))

    def test_partner_of_another_company_is_refused(self):
        self.contact.company_id = self.company_b
        with self.assertRaises(UserError):
            self._create_call(self.user_salesman, partner_id=self.contact.id)

    @users("crm_user_salesman")
    def test_logging_many_calls_takes_few_queries(self):
        values = [
            {"partner_id": self.contact.id, "duration": minutes, "outcome": "answered"}
            for minutes in range(50)
        ]
        Call = self.env["crm.call"].with_context(tracking_disable=True)
        Call.create(values[:1])
        self.env.flush_all()
        with self.assertQueryCount(12):
            Call.create(values)
            self.env.flush_all()
