# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, freeze_time, tagged, users

from odoo.addons.crm_accounts.tests.common import CrmSuiteCommon


@tagged("post_install", "-at_install")
class TestVisits(CrmSuiteCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Partner = cls.env["res.partner"]
        cls.account = Partner.create(
            {"name": "Northwind", "is_company": True, "street": "1 North St", "city": "Oslo"}
        )
        cls.department = Partner.create(
            {"name": "Purchasing", "type": "department", "parent_id": cls.account.id}
        )
        cls.contact = Partner.create(
            {"name": "Ana", "parent_id": cls.department.id, "email": "ana@example.com"}
        )

    def _log_visit(self, partner):
        action = partner.with_env(self.env).action_crm_log_visit()
        Event = self.env["calendar.event"].with_context(
            **action["context"], active_model="res.partner", active_id=partner.id
        )
        with Form(Event, action["views"][0][0]) as form:
            form.start = "2026-06-15 10:00:00"
            form.duration = 1.5
            form.crm_visit_report = "All well"
            form.crm_visit_next_step = "Send the quote"
        return form.record

    @users("crm_user_salesman")
    def test_visit_is_reported_once_something_is_written(self):
        event = self._log_visit(self.account)
        self.assertTrue(event.crm_visit_reported)
        event.crm_visit_report = "<p><br></p>"
        self.assertFalse(event.crm_visit_reported)

    def test_invited_portal_user_reads_the_meeting_but_not_the_report_of_the_visit(self):
        event = self._log_visit(self.account)
        event.partner_ids += self.user_portal.partner_id
        event = event.with_user(self.user_portal)
        self.assertEqual(event.read(["name"])[0]["name"], "Visit to Northwind")
        for field_name in ("crm_visit_report", "crm_visit_next_step"):
            with self.subTest(field_name), self.assertRaises(AccessError):
                event.read([field_name])

    @users("crm_user_salesman")
    def test_log_visit_button_makes_a_visit_in_the_calendar(self):
        event = self._log_visit(self.account)
        self.assertTrue(event.crm_visit)
        self.assertEqual(event.name, "Visit to Northwind")
        self.assertEqual(event.location, "1 North St, Oslo")
        self.assertEqual(event.crm_visit_account_id.id, self.account.id)
        self.assertEqual(event.user_id, self.env.user)
        self.assertEqual(str(event.stop), "2026-06-15 11:30:00")

    @users("crm_user_salesman")
    def test_customer_is_not_invited_by_logging_a_visit(self):
        event = self._log_visit(self.contact)
        self.assertEqual(event.partner_ids, self.env.user.partner_id)
        self.assertFalse(event.res_id)
        self.assertFalse(self.contact.activity_ids)

    @users("crm_user_salesman")
    def test_visits_roll_up_and_open_from_the_account(self):
        self._log_visit(self.contact)
        self._log_visit(self.account)
        self.env.flush_all()
        for partner, count in ((self.account, 2), (self.department, 1), (self.contact, 1)):
            with self.subTest(partner=partner.name):
                record = partner.with_env(self.env)
                self.assertEqual(record.crm_visit_count, count)
                domain = record.action_crm_view_visits()["domain"]
                self.assertEqual(self.env["calendar.event"].search_count(domain), count)

    @users("crm_user_salesman")
    def test_visit_stays_with_the_account_when_the_person_leaves(self):
        event = self._log_visit(self.contact)
        self.contact.with_env(self.env).parent_id = self.account.id
        self.env.flush_all()
        self.assertEqual(event.crm_visit_account_id.id, self.department.id)

    @users("crm_user_salesman")
    def test_visit_without_visited_account_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "Choose the account .*: Somewhere"):
            self.env["calendar.event"].create({"name": "Somewhere", "crm_visit": True})

    @users("crm_user_employee")
    def test_meeting_needs_no_visited_account(self):
        event = self.env["calendar.event"].create({"name": "Stand-up"})
        self.assertFalse(event.crm_visit)

    def test_visited_contact_of_another_company_gives_nothing_away_on_the_form(self):
        self.account.name = "Northwind Trust"
        self.contact.write({"company_id": self.env.company.id, "name": "Ana Trust"})
        self.env.flush_all()
        events = self.env["calendar.event"].with_user(self.user_company_b)
        values = {"crm_visit": True, "crm_visit_partner_id": self.contact.id}
        spec = {"name": {}, "crm_visit_account_id": {"fields": {"display_name": {}}}}
        for changed in ([], ["crm_visit_partner_id"], ["crm_visit"]):
            with self.subTest(changed=changed):
                self.env.invalidate_all()
                try:
                    result = events.onchange(dict(values), changed, spec)
                except AccessError:
                    continue
                self.assertNotIn("Trust", str(result))

    @users("crm_user_salesman")
    def test_meeting_becomes_a_visit_on_its_form(self):
        event = self.env["calendar.event"].create({"name": "Lunch"})
        with Form(event, "calendar.view_calendar_event_form") as form:
            form.crm_visit = True
            form.crm_visit_partner_id = self.contact.with_env(self.env)
        self.assertEqual(event.name, "Lunch")
        self.assertEqual(event.crm_visit_account_id.id, self.department.id)

    @users("crm_user_salesman")
    def test_new_visit_takes_its_title_from_the_visited(self):
        Event = self.env["calendar.event"].with_context(default_crm_visit=True)
        with Form(Event, "crm_accounts.calendar_event_view_form_crm_visit_log") as form:
            form.crm_visit_partner_id = self.contact.with_env(self.env)
            self.assertEqual(form.name, "Visit to Ana")

    @users("crm_user_salesman_other")
    def test_private_visit_of_a_colleague_keeps_its_report(self):
        event = (
            self.env["calendar.event"]
            .with_user(self.user_salesman)
            .create(
                {
                    "name": "Secret",
                    "crm_visit": True,
                    "crm_visit_partner_id": self.account.id,
                    "crm_visit_report": "Secret",
                    "privacy": "private",
                }
            )
        )
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(event.with_env(self.env).crm_visit_report)
        self.assertEqual(self.account.with_env(self.env).crm_visit_count, 0)

    @users("crm_user_salesman")
    def test_copied_visit_has_no_report(self):
        self.assertFalse(self._log_visit(self.account).copy().crm_visit_report)

    @users("crm_user_salesman")
    def test_visit_is_planned_until_its_report_is_written(self):
        event = self._plan_visit()
        self.assertEqual(event.crm_visit_outcome, "planned")
        event.crm_visit_report = "<p><br></p>"
        self.assertEqual(event.crm_visit_outcome, "planned")
        event.crm_visit_report = "All well"
        self.assertEqual(event.crm_visit_outcome, "done")

    @users("crm_user_salesman")
    def test_missed_visit_stays_missed_when_its_report_says_why(self):
        event = self._plan_visit()
        event.action_crm_visit_missed()
        event.crm_visit_report = "Nobody was there"
        self.assertEqual(event.crm_visit_outcome, "missed")

    @users("crm_user_salesman")
    def test_visit_is_marked_once(self):
        event = self._plan_visit()
        event.action_crm_visit_done()
        event.action_crm_visit_missed()
        self.assertEqual(event.crm_visit_outcome, "done")

    @users("crm_user_employee")
    def test_plain_meeting_has_no_visit_status(self):
        event = self.env["calendar.event"].create({"name": "Stand-up"})
        event.action_crm_visit_done()
        self.assertFalse(event.crm_visit_outcome)

    @users("crm_user_salesman")
    def test_next_step_of_a_visit_becomes_one_activity_on_the_visited(self):
        event = self._log_visit(self.contact)
        event.crm_visit_next_step_date = "2026-07-01"
        event.action_crm_schedule_next_step()
        event.action_crm_schedule_next_step()
        activity = self.contact.activity_ids
        self.assertEqual(
            (activity.summary, str(activity.date_deadline), activity.user_id),
            ("Send the quote", "2026-07-01", self.user_salesman),
        )

    def _plan_visit(self):
        return self.env["calendar.event"].create(
            {"name": "Visit", "crm_visit": True, "crm_visit_partner_id": self.account.id}
        )

    def test_planned_visit_is_late_from_its_beginning_on(self):
        event = self._plan_visit()
        event.start = "2026-03-10 13:00:00"
        for moment, late in (("2026-03-10 12:59:59", False), ("2026-03-10 13:00:01", True)):
            with self.subTest(moment), freeze_time(moment):
                self.env.invalidate_all()
                self.assertEqual(event.crm_visit_late, late)
        event.action_crm_visit_done()
        self.assertFalse(event.crm_visit_late)


@tagged("post_install", "-at_install")
class TestPrivateVisits(CrmSuiteCommon):
    """A private visit is shown as busy to others: neither whom nor what about can be found out."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.group_user").implied_ids += cls.env.ref("base.group_allow_export")
        Partner = cls.env["res.partner"]
        cls.account = Partner.create({"name": "Northwind", "is_company": True})
        cls.contact = Partner.create({"name": "Ana", "parent_id": cls.account.id})
        cls.activity = cls.account.activity_schedule(
            "mail.mail_activity_data_todo", summary="Merge", user_id=cls.user_salesman.id
        )
        cls.visit = (
            cls.env["calendar.event"]
            .with_user(cls.user_salesman)
            .create(
                {
                    "name": "Visit to Northwind",
                    "location": "1 North St",
                    "description": "About the merger",
                    "privacy": "private",
                    "start": "2026-03-10 13:00:00",
                    "stop": "2026-03-10 14:00:00",
                    "crm_visit": True,
                    "crm_visit_partner_id": cls.contact.id,
                    "crm_visit_report": "They want to merge",
                    "crm_visit_next_step": "Ask the lawyers",
                    "crm_visit_next_step_date": "2026-03-20",
                }
            )
        )
        cls.visit.sudo().crm_visit_next_activity_id = cls.activity
        cls.env.flush_all()

    def _domains(self):
        return [
            [("crm_visit", "=", True)],
            [("crm_visit", "!=", False)],
            [("crm_visit_partner_id", "=", self.contact.id)],
            [("crm_visit_partner_id", "child_of", self.account.id)],
            [("crm_visit_partner_id.name", "=", "Ana")],
            [("crm_visit_partner_id", "ilike", "Ana")],
            [("crm_visit_partner_id", "any", [("parent_id.name", "=", "Northwind")])],
            [("crm_visit_account_id", "=", self.account.id)],
            [("crm_visit_account_id", "child_of", self.account.id)],
            [("crm_visit_report", "ilike", "merge")],
            [("crm_visit_report", "!=", False)],
            [("crm_visit_next_step", "ilike", "lawyers")],
            [("crm_visit_next_step_date", ">", "2026-03-01")],
            [("crm_visit_outcome", "=", "done")],
            [("crm_visit_next_activity_id.summary", "=", "Merge")],
            [("name", "ilike", "Northwind")],
            [("display_name", "ilike", "Northwind")],
            [("location", "ilike", "North")],
            [("description", "ilike", "merger")],
            # What is not found by one thing is not found by its contrary either.
            [("crm_visit", "=", False)],
            [("crm_visit_partner_id", "!=", self.account.id)],
            ["!", ("crm_visit_report", "ilike", "something else")],
            [("name", "not ilike", "Southwind")],
            # By way of other records.
            [("attendee_ids.event_id.crm_visit_report", "ilike", "merge")],
            ["|", ("id", "=", 0), ("crm_visit_account_id", "=", self.account.id)],
        ]

    @users("crm_user_salesman_other", "crm_user_manager", "crm_user_employee")
    def test_colleagues_find_it_by_nothing(self):
        events = self.env["calendar.event"]
        own = events.browse(self.visit.id)
        for domain in self._domains():
            with self.subTest(domain=domain):
                domain = [("id", "=", self.visit.id), *domain]
                self.assertFalse(events.search(domain))
                self.assertFalse(events.search_count(domain))
                self.assertFalse(events.search_read(domain, ["name"]))
                self.assertFalse(events.web_search_read(domain, {"name": {}})["records"])
                self.assertFalse(events.formatted_read_group(domain, ["user_id"], ["__count"]))
        self.assertFalse(events.search([("id", "=", own.id)], order="crm_visit_account_id"))
        self.assertFalse(events.name_search("Northwind", [("id", "=", own.id)]))
        self.assertEqual(events.search([("id", "=", own.id)]), own)
        self.assertEqual(events.search([("id", "=", own.id)], order="name"), own)
        self.assertFalse(
            self.env["res.partner"].search(
                [
                    ("id", "=", self.user_salesman.partner_id.id),
                    ("meeting_ids.crm_visit_account_id", "=", self.account.id),
                ]
            )
        )

    @users("crm_user_salesman_other", "crm_user_manager", "crm_user_employee")
    def test_colleagues_read_nothing_of_it(self):
        event = self.visit.with_env(self.env)
        names = [
            name for name in event.fields_get() if name.startswith("crm_visit") and name in event
        ]
        self.assertIn("crm_visit_report", names)
        for read in (
            lambda: event.read(names)[0],
            lambda: event.web_read({name: {} for name in names})[0],
            lambda: {name: event[name] for name in names},
            lambda: dict(zip(names, event.export_data(names)["datas"][0], strict=True)),
        ):
            self.env.invalidate_all()
            values = read()
            self.assertFalse({name: values[name] for name in names if values[name]})
        for name in names:
            with self.subTest(name):
                self.env.invalidate_all()
                self.assertFalse(event[name])
        self.assertEqual(event.display_name, "Busy")

    @users("crm_user_salesman_other", "crm_user_manager", "crm_user_employee")
    def test_colleagues_count_and_group_nothing_of_it(self):
        events = self.env["calendar.event"]
        domain = [("id", "=", self.visit.id)]
        for spec in (
            "crm_visit",
            "crm_visit_partner_id",
            "crm_visit_account_id",
            "crm_visit_outcome",
            "crm_visit_next_step",
            "crm_visit_next_step_date:month",
        ):
            with self.subTest(spec):
                self.assertFalse(events.formatted_read_group(domain, [spec], ["__count"]))
        totals = ["crm_visit_partner_id:count_distinct", "crm_visit_next_step_date:max"]
        (group,) = events.formatted_read_group(domain, [], totals)
        self.assertFalse([group[total] for total in totals if group[total]])
        self.assertFalse(
            self.env["calendar.event"].read_progress_bar(
                domain,
                "user_id",
                {"field": "crm_visit_outcome", "colors": {"done": "success"}},
            )
        )

    @users("crm_user_salesman_other")
    def test_list_of_the_visits_of_an_account_agrees_with_its_counter(self):
        account = self.account.with_env(self.env)
        self.assertEqual(account.crm_visit_count, 0)
        domain = account.action_crm_view_visits()["domain"]
        self.assertFalse(self.env["calendar.event"].search(domain))

    @users("crm_user_salesman", "crm_user_portal")
    def test_organizer_and_guests_find_it(self):
        if self.env.user == self.user_portal:
            self.visit.partner_ids += self.user_portal.partner_id
        events = self.env["calendar.event"]
        for domain in (
            [("crm_visit_account_id", "=", self.account.id)],
            [("name", "ilike", "Northwind")],
        ):
            self.assertEqual(events.search(domain).ids, self.visit.ids)

    @users("crm_user_salesman_other")
    def test_visits_that_are_not_private_are_found_by_all(self):
        self.visit.sudo().privacy = "public"
        events = self.env["calendar.event"]
        for domain in self._domains():
            if domain not in (
                [("crm_visit", "=", False)],
                [("display_name", "ilike", "Northwind")],
            ):
                self.assertEqual(
                    events.search([("id", "=", self.visit.id), *domain]).ids, self.visit.ids, domain
                )
