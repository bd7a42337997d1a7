# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import fields
from odoo.tests import freeze_time, tagged

from odoo.addons.base.tests.common import BaseCommon
from odoo.addons.crm_accounts.tests.common import CrmHistoryMixin


@tagged("post_install", "-at_install")
class TestLastContactAndNextStep(CrmHistoryMixin, BaseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_account()
        cls.now = fields.Datetime.now()

    def _crm_call(self, days, user=None, **values):
        user = user or self.user_salesman
        return (
            self.env["crm.call"]
            .with_user(user)
            .create(
                {
                    "name": "About the offer",
                    "partner_id": self.contact.id,
                    "date": self.now + timedelta(days=days),
                    "user_id": user.id,
                    **values,
                }
            )
        )

    def _crm_many_calls(self, days, user, count=210, **values):
        self.env["crm.call"].create(
            [
                {
                    "partner_id": self.contact.id,
                    "date": self.now + timedelta(days=days, seconds=number),
                    "user_id": user.id,
                    **values,
                }
                for number in range(count)
            ]
        )

    def test_last_answered_call_is_the_last_contact(self):
        self._crm_call(-40)
        self._crm_call(-9)
        self._crm_call(-2, outcome="no_answer")
        self._crm_call(3, outcome="planned")
        for partner in (self.account, self.department, self.contact):
            self.assertEqual(partner.with_user(self.user_salesman).crm_days_silent, 9)
        self.assertFalse(self.other.with_user(self.user_salesman).crm_last_contact_date)

    def test_message_is_a_contact_and_a_note_is_not(self):
        self.account.with_user(self.user_salesman).message_post(
            body="Offer sent", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertTrue(self.account.with_user(self.user_salesman).crm_last_contact_date)
        self.other.with_user(self.user_salesman).message_post(body="Only for us")
        self.assertFalse(self.other.with_user(self.user_salesman).crm_last_contact_date)

    def test_calls_of_others_are_no_contact_of_mine(self):
        self._crm_call(-3, self.user_salesman_other)
        self.assertFalse(self.account.with_user(self.user_salesman).crm_last_contact_date)
        self.assertEqual(self.account.with_user(self.user_salesman_all).crm_days_silent, 3)

    def test_nearest_planned_step_is_the_next(self):
        self._crm_call(5, outcome="planned", name="Later")
        self._crm_call(2, outcome="planned", name="Sooner")
        account = self.account.with_user(self.user_salesman)
        self.assertEqual(account.crm_next_step, "Sooner")
        self.assertFalse(account.crm_next_step_late)

    def test_missed_step_is_late_and_still_the_next(self):
        call = self._crm_call(-2, outcome="planned")
        account = self.account.with_user(self.user_salesman)
        self.assertTrue(account.crm_next_step_late)
        action = account.action_crm_view_next_step()
        self.assertEqual((action["res_model"], action["res_id"]), ("crm.call", call.id))

    def test_visit_that_nobody_confirmed_is_a_late_step_and_no_contact(self):
        visit = self.env["calendar.event"].create(
            {
                "name": "Deliver samples",
                "start": self.now - timedelta(days=2),
                "stop": self.now - timedelta(days=2, hours=-1),
                "crm_visit": True,
                "crm_visit_partner_id": self.contact.id,
                "user_id": self.user_salesman.id,
            }
        )
        account = self.account.with_user(self.user_salesman)
        self.assertFalse(account.crm_last_contact_date)
        self.assertEqual((account.crm_next_step, account.crm_next_step_late), (visit.name, True))
        visit.action_crm_visit_done()
        self.env.invalidate_all()
        self.assertEqual(account.crm_days_silent, 2)
        self.assertFalse(account.crm_next_step)

    def test_activity_of_a_day_is_late_when_the_day_is_over_for_the_user(self):
        self.account.activity_schedule(
            "mail.mail_activity_data_todo",
            "2026-03-10",
            summary="Send the offer",
            user_id=self.user_salesman.id,
        )
        self.env.flush_all()
        for tz, moment, late in (
            ("America/Mexico_City", "2026-03-10 13:00:00", False),
            ("America/Mexico_City", "2026-03-11 05:00:00", False),
            ("America/Mexico_City", "2026-03-11 07:00:00", True),
            ("Asia/Tokyo", "2026-03-10 14:00:00", False),
            ("Asia/Tokyo", "2026-03-10 16:00:00", True),
        ):
            with self.subTest(tz=tz, moment=moment), freeze_time(moment):
                self.env.invalidate_all()
                account = self.account.with_user(self.user_salesman).with_context(tz=tz)
                self.assertEqual(account.crm_next_step, "Send the offer")
                self.assertEqual(account.crm_next_step_late, late)
                event = account.env["crm.account.event"].search([("title", "=", "Send the offer")])
                self.assertEqual(event.late, late)

    def test_call_is_late_from_its_minute_on_and_never_once_it_was_made(self):
        call = self._crm_call(0, outcome="planned", date="2026-03-10 13:00:00")
        account = self.account.with_user(self.user_salesman)
        event = account.env["crm.account.event"].search([("title", "=", "About the offer")])
        for moment, late in (("2026-03-10 12:59:59", False), ("2026-03-10 13:00:01", True)):
            with self.subTest(moment=moment), freeze_time(moment):
                self.env.invalidate_all()
                self.assertEqual(account.crm_next_step_late, late)
                self.assertEqual((event.late, call.late), (late, late))
        call.outcome = "answered"
        self.env.flush_all()
        self.env["crm.account.event"]._crm_process_queue()
        self.assertEqual((event.late, call.late), (False, False))

    def test_last_contact_is_found_behind_many_that_the_user_may_not_read(self):
        self._crm_call(-2)
        self._crm_many_calls(-1, self.user_salesman_other)
        account = self.account.with_user(self.user_salesman)
        self.assertEqual(account.crm_days_silent, 2)
        self.assertEqual(account.crm_last_contact_date, self.now - timedelta(days=2))
        self.assertTrue(account.action_crm_view_last_contact())

    def test_older_contact_of_another_kind_is_not_taken_for_the_last_one(self):
        self._crm_call(-2)
        self._crm_many_calls(-1, self.user_salesman_other)
        self.account.with_user(self.user_salesman).message_post(
            body="Offer sent",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            date=self.now - timedelta(days=50),
        )
        self.assertEqual(self.account.with_user(self.user_salesman).crm_days_silent, 2)

    def test_next_step_is_found_behind_many_that_the_user_may_not_read(self):
        self._crm_call(3, outcome="planned", name="Mine")
        self._crm_many_calls(2, self.user_salesman_other, outcome="planned")
        self.assertEqual(self.account.with_user(self.user_salesman).crm_next_step, "Mine")

    def test_many_accounts_take_as_many_queries_as_one(self):
        accounts = self.account
        for number in range(4):
            accounts += self.account.create({"name": f"Mill {number}", "is_company": True})
            self._crm_call(-number, partner_id=accounts[-1].id)
        self._crm_call(-2)
        self._crm_many_calls(-1, self.user_salesman_other)
        self.env.flush_all()
        self.env["crm.account.event"]._crm_process_queue()

        def count(partners):
            self.env.invalidate_all()
            partners = partners.with_user(self.user_salesman)
            partners.mapped("name")
            before = self.env.cr.sql_log_count
            partners.mapped("crm_days_silent")
            return self.env.cr.sql_log_count - before

        count(self.account)
        self.assertLessEqual(count(accounts), count(self.account))

    def test_silent_accounts_are_found(self):
        self._crm_call(-40)
        silent = self.env["res.partner"].with_user(self.user_salesman)
        both = self.account | self.other | self.department
        mine = [("id", "in", both.ids)]
        self.assertEqual(silent.search([*mine, ("crm_days_silent", ">=", 30)]), both)
        self.assertEqual(silent.search([*mine, ("crm_days_silent", ">=", 90)]), self.other)

    def test_silence_is_that_of_the_company_the_department_and_the_person_each(self):
        self._crm_call(-40)
        self._crm_call(-3, partner_id=self.account.id)
        self._crm_call(-2, outcome="no_answer")
        self._crm_call(3, outcome="planned")
        self.env["calendar.event"].with_user(self.user_salesman).create(
            {
                "name": "Nobody was there",
                "start": self.now - timedelta(days=1),
                "stop": self.now,
                "crm_visit": True,
                "crm_visit_partner_id": self.contact.id,
                "crm_visit_outcome": "missed",
            }
        )
        partners = self.account | self.department | self.contact | self.other
        found = self.env["res.partner"].with_user(self.user_salesman)
        mine = [("id", "in", partners.ids)]
        self.assertEqual(
            found.search([*mine, ("crm_days_silent", ">=", 30)]), partners - self.account
        )
        self.assertEqual(found.search([*mine, ("crm_days_silent", ">", 2)]), partners)

    def test_activities_of_a_deleted_user_are_no_next_step(self):
        user = self._crm_new_user("short_stay", "sales_team.group_sale_salesman")
        for partner in (self.account, self.other):
            partner.activity_schedule(
                "mail.mail_activity_data_todo", summary="Send the offer", user_id=user.id
            )
        self.env["mail.activity"].search([("user_id", "=", user.id)])[0].action_archive()
        self.other.activity_schedule(
            "mail.mail_activity_data_todo", summary="Ask", user_id=self.user_salesman.id
        )
        self.env.flush_all()
        self.env["crm.account.event"]._crm_process_queue()
        user.unlink()
        partners = (self.account | self.other).with_user(self.user_salesman)
        self.assertEqual(partners.mapped("crm_next_step"), [False, "Ask"])
        page = self.env["crm.account.event"].crm_history(self.account.id)
        self.assertEqual(page["upcoming"], [])

    def test_portal_user_has_no_such_fields(self):
        names = self.env["res.partner"].with_user(self.user_portal).fields_get()
        self.assertFalse({"crm_last_contact_date", "crm_next_step"} & set(names))
