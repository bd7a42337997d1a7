# SPDX-License-Identifier: LGPL-3.0-or-later
from unittest.mock import patch

from odoo import fields
from odoo.tests import freeze_time, tagged, users

from odoo.addons.crm_accounts.tests.common import CrmSuiteCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 10:00:00")
class TestBirthdays(CrmSuiteCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.activity_type = cls.env.ref("crm_accounts.mail_activity_type_birthday")
        cls.account = cls.env["res.partner"].create(
            {"name": "Northwind", "is_company": True, "user_id": cls.user_salesman.id}
        )
        cls.person = cls._create_person("Ana", "1986-06-20")
        # Demo data and other addons know people too.
        cls.others = cls.env["res.partner"].search([("crm_birthdate", "!=", False)]) - cls.person
        cls.others.crm_birthdate = False

    @classmethod
    def _create_person(cls, name, born, **values):
        values = {"name": name, "parent_id": cls.account.id, "crm_birthdate": born} | values
        return cls.env["res.partner"].create(values)

    def _remind(self, today="2026-06-15", **kwargs):
        with (
            freeze_time(f"{today} 10:00:00"),
            patch.object(self.env.registry["ir.cron"], "_commit_progress", return_value=1.0),
        ):
            self.env["res.partner"]._cron_remind_of_birthdays(**kwargs)
            self.env.flush_all()
            self.env.invalidate_all()
        return self._reminders()

    def _reminders(self):
        return self.env["mail.activity"].search(
            [("activity_type_id", "=", self.activity_type.id)], order="id"
        )

    def test_reminder_is_due_on_the_birthday_and_made_a_week_before(self):
        self.assertFalse(self._remind("2026-06-12"))
        reminder = self._remind("2026-06-13")
        self.assertEqual(
            (reminder.res_id, reminder.summary, str(reminder.date_deadline)),
            (self.person.id, "Birthday of Ana", "2026-06-20"),
        )

    def test_owner_of_the_account_is_reminded_unless_the_person_has_one(self):
        other = self._create_person("Bo", "1990-06-21", user_id=self.user_manager.id)
        users = {reminder.res_id: reminder.user_id for reminder in self._remind()}
        self.assertEqual(users, {self.person.id: self.user_salesman, other.id: self.user_manager})

    def test_owner_of_the_company_is_reminded_of_people_in_departments(self):
        department = self.env["res.partner"].create(
            {"name": "Purchasing", "type": "department", "parent_id": self.account.id}
        )
        self.person.parent_id = department
        self.assertEqual(self._remind().user_id, self.user_salesman)

    def test_nobody_is_reminded_without_an_active_owner(self):
        self.user_salesman.active = False
        self.assertFalse(self._remind())
        self.account.user_id = self.user_manager
        self.assertEqual(self._remind().user_id, self.user_manager)

    def test_second_run_makes_no_second_reminder(self):
        self._remind("2026-06-15")
        self.assertEqual(len(self._remind("2026-06-16")), 1)

    def test_reminder_done_is_not_made_again_before_the_next_year(self):
        self._remind().unlink()
        self.assertFalse(self._remind("2026-06-20"))
        self.assertFalse(self._remind("2026-06-21"))
        self.assertEqual(str(self._remind("2027-06-14").date_deadline), "2027-06-20")

    def test_archived_people_and_accounts_are_left_out(self):
        self.person.active = False
        self.account.crm_birthdate = "1990-06-20"
        self.assertFalse(self._remind())

    def test_setting_says_how_many_days_before(self):
        params = self.env["ir.config_parameter"]
        params.set_param("crm_accounts.birthday_days", "0")
        self.assertFalse(self._remind("2026-06-19"))
        params.set_param("crm_accounts.birthday_days", "-1")
        self.assertFalse(self._remind("2026-06-20"))
        params.set_param("crm_accounts.birthday_days", "30")
        self.assertTrue(self._remind("2026-05-25"))

    def test_setting_of_the_day_itself_is_kept(self):
        self.env["res.config.settings"].create({"crm_birthday_days": 0}).execute()
        self.assertEqual(self.env["res.partner"]._crm_birthday_days(), 0)

    def test_leap_day_is_celebrated_on_the_28th_in_other_years(self):
        self.person.crm_birthdate = "2000-02-29"
        self.assertFalse(self._remind("2027-02-20"))
        self.assertEqual(str(self._remind("2027-02-21").date_deadline), "2027-02-28")
        self.assertEqual(len(self._remind("2027-03-01")), 1)
        self.assertEqual(str(self._remind("2028-02-22")[-1].date_deadline), "2028-02-29")

    def test_birthday_after_new_year_is_reached_from_the_old_one(self):
        self.person.crm_birthdate = "1990-01-03"
        self.assertEqual(str(self._remind("2026-12-29").date_deadline), "2027-01-03")

    def test_every_batch_is_committed_and_a_stopped_run_goes_on_later(self):
        for number in range(4):
            self._create_person(f"Person {number}", "1990-06-20")
        with patch.object(self.env.registry["ir.cron"], "_commit_progress", side_effect=[1.0, 0.0]):
            self.env["res.partner"]._cron_remind_of_birthdays(batch_size=2)
        self.assertEqual(len(self._reminders()), 2)
        self.assertEqual(len(self._remind(batch_size=2)), 5)
        self.assertEqual(len(self._reminders().mapped("res_id")), 5)

    def test_many_reminders_take_few_queries(self):
        for number in range(30):
            self._create_person(f"Person {number}", "1990-06-20")
        people = self.env["res.partner"].search([("crm_birthday", "=", 620)])
        people[0]._crm_remind_of_birthday()
        self.env.cr.flush()
        self.env.invalidate_all()
        with self.assertQueryCount(40):
            people[1:]._crm_remind_of_birthday()

    @users("crm_user_salesman")
    def test_next_birthday_is_found_up_to_any_day_of_the_year(self):
        days = ("06-14", "06-15", "06-30", "07-01", "12-31", "01-01", "02-28", "02-29", "03-01")
        people = {day: self._create_person(day, f"2000-{day}") for day in days}
        for until, found in (
            ("2026-06-14", ()),
            ("2026-06-15", ("06-15",)),
            ("2026-07-01", ("06-15", "06-30", "07-01")),
            ("2027-01-01", ("06-15", "06-30", "07-01", "12-31", "01-01")),
            ("2027-02-28", ("06-15", "06-30", "07-01", "12-31", "01-01", "02-28", "02-29")),
            ("2027-06-14", days),
            ("2030-01-01", days),
        ):
            with self.subTest(until=until):
                records = self.env["res.partner"].search(
                    [
                        ("crm_next_birthday", "<=", until),
                        ("id", "in", [person.id for person in people.values()]),
                    ]
                )
                self.assertEqual(set(records.mapped("name")), set(found))
                limit = fields.Date.to_date(until)
                self.assertTrue(all(one.crm_next_birthday <= limit for one in records))
