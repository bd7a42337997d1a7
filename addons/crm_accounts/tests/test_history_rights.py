# SPDX-License-Identifier: LGPL-3.0-or-later
"""Who sees which events: exactly those whose document the user may read."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.crm_accounts.tests.common_history import CrmHistoryCommon


def _readings(events, account):
    """Return, by name, functions that give what a user gets by each way there is to read."""
    domain = [("root_partner_id", "=", account.id)]
    return {
        "search": lambda: events.search(domain).ids,
        "search_count": lambda: events.search_count(domain),
        "search_read": lambda: events.search_read(domain, ["title"]),
        "web_search_read": lambda: events.web_search_read(
            domain, {"title": {}, "document_name": {}, "display_name": {}}
        )["records"],
        "read_group": lambda: [
            group for group in events._read_group(domain, ["title", "user_id"], ["__count"])
        ],
        "formatted_read_group": lambda: events.formatted_read_group(
            domain, ["kind", "date:month"], ["__count", "date:max"]
        ),
        "web_read_group": lambda: events.web_read_group(domain, ["title"], ["__count"])["groups"],
        "name_search": lambda: [
            pair for text in ("", "A call", "Secret") for pair in events.name_search(text, domain)
        ],
        "export": lambda: (
            events.search(domain)
            .export_data(["title", "document_name", "partner_id/name"])
            .get("datas")
        ),
        "history": lambda: [
            event
            for filters in ({}, {"text": "Secret"}, {"text": "call"})
            for page in [events.crm_history(account.id, filters)]
            for event in page["events"] + page["upcoming"]
        ],
    }


@tagged("post_install", "-at_install")
class TestHistoryRights(CrmHistoryCommon):
    def test_salesperson_sees_own_documents_only(self):
        own = self._call(self.bob)
        others = self._call(self.bob, self.user_salesman_other)
        unassigned = self._call(self.bob)
        unassigned.user_id = False
        for user, calls in (
            (self.user_salesman, own + unassigned),
            (self.user_salesman_other, others + unassigned),
            (self.user_salesman_all, own + others + unassigned),
            (self.user_manager, own + others + unassigned),
            (self.user_employee, self.env["crm.call"]),
            (self.user_company_b, self.env["crm.call"]),
        ):
            with self.subTest(user.login):
                found = self._whole_history(self.account, user)
                self.assertEqual(sorted(res_id for _model, res_id in found), sorted(calls.ids))
                events = self.events.with_user(user).search(
                    [("root_partner_id", "=", self.account.id)]
                )
                self.assertEqual(sorted(events.mapped("res_id")), sorted(calls.ids))

    def test_who_may_read_the_document_of_a_message_sees_the_message(self):
        call = self._call(self.bob)
        message = self._post(call)
        on_partner = self._post(self.bob)
        for user, expected in (
            (self.user_salesman, {call, message, on_partner}),
            (self.user_salesman_other, {on_partner}),
            (self.user_employee, {on_partner}),
        ):
            with self.subTest(user.login):
                self.assertEqual(
                    set(self._whole_history(self.account, user)),
                    {(record._name, record.id) for record in expected},
                )

    def test_who_may_not_read_the_document_finds_nothing_by_any_way(self):
        self._call(self.bob, self.user_salesman_other, name="Secret call")
        self._post(self._call(self.bob, self.user_salesman_other), "Secret note")
        self._history(self.account)
        for user in (self.user_salesman, self.user_employee, self.user_company_b):
            events = self.events.with_user(user)
            for name, read in _readings(events, self.account).items():
                with self.subTest(user=user.login, way=name):
                    self.assertFalse(read())
        owner = self.events.with_user(self.user_salesman_other)
        for name, read in _readings(owner, self.account).items():
            with self.subTest(user="owner", way=name):
                self.assertTrue(read())

    def test_event_of_others_is_refused_by_its_id(self):
        event = self._rows(self._call(self.bob, self.user_salesman_other))
        foreign = event.with_user(self.user_salesman)
        self.env.invalidate_all()
        for name, read in {
            "read": lambda: foreign.read(["title"]),
            "field": lambda: foreign.title,
            "display_name": lambda: foreign.display_name,
            "document_name": lambda: foreign.document_name,
            "web_read": lambda: foreign.web_read({"title": {}}),
            "export_data": lambda: foreign.export_data(["title"]),
            "check_access": lambda: foreign.check_access("read"),
            "action": lambda: foreign.action_open_document(),
            "copy": lambda: foreign.copy(),
        }.items():
            with self.subTest(name), self.assertRaises(AccessError):
                self.env.invalidate_all()
                read()
        self.assertFalse(foreign.has_access("read"))
        self.assertTrue(event.with_user(self.user_salesman_other).has_access("read"))

    def test_order_by_a_document_of_others_gives_nothing_away(self):
        self._call(self.bob, name="B")
        self._call(self.bob, self.user_salesman_other, name="A")
        events = self.events.with_user(self.user_salesman)
        for order in ("title", "title DESC", "user_id", "anchor_id DESC", "date, id"):
            with self.subTest(order):
                self.assertEqual(
                    events.search([], order=order)
                    .filtered(lambda event: event.root_partner_id == self.account)
                    .mapped("title"),
                    ["B"],
                )

    def test_portal_and_public_users_get_nothing_of_their_own_account_either(self):
        self.user_portal.partner_id.parent_id = self.account
        self._post(self.user_portal.partner_id, "Internal note")
        self._post(self.user_portal.partner_id, "Mail", subtype_xmlid="mail.mt_comment")
        self._meeting(self.user_portal.partner_id)
        self._history(self.account)
        partner = self.user_portal.partner_id
        for user in (self.user_portal, self.env.ref("base.public_user")):
            events = self.events.with_user(user)
            for account in (partner, self.account):
                for name, read in _readings(events, account).items():
                    with self.subTest(user=user.login, way=name), self.assertRaises(AccessError):
                        read()
            with self.assertRaises(AccessError):
                events.crm_history_choices(partner.id)
        self.assertEqual(len(self._whole_history(partner)), 3)

    def test_account_that_the_user_may_not_read_has_no_history(self):
        self.account.company_id = self.company_b
        for method in ("crm_history", "crm_history_choices"):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(self.events.with_user(self.user_salesman), method)(self.account.id)

    def test_company_that_is_not_chosen_hides_its_documents(self):
        self.user_manager.company_ids += self.company_b
        self._call(self.account, self.user_company_b, company_id=self.company_b.id)
        own = self._call(self.account)
        self.env.flush_all()
        events = self.events.with_user(self.user_manager)
        for companies, count in (
            (self.env.company, 1),
            (self.company_b, 1),
            (self.env.company + self.company_b, 2),
        ):
            with self.subTest(companies=companies.mapped("name")):
                page = events.with_context(allowed_company_ids=companies.ids).crm_history(
                    self.account.id
                )
                self.assertEqual(len(page["events"]), count)
                if companies == self.env.company:
                    self.assertEqual(page["events"][0]["res_id"], own.id)

    def test_new_record_rule_counts_at_once(self):
        self._call(self.bob, name="Hidden by a rule")
        self._call(self.bob, name="Open")
        self.assertEqual(len(self._titles(self.account)), 2)
        self.env["ir.rule"].create(
            {
                "name": "No hidden calls",
                "model_id": self.env["ir.model"]._get_id("crm.call"),
                "domain_force": "[('name', 'not ilike', 'hidden')]",
            }
        )
        self.assertEqual(self._titles(self.account), ["Open"])

    def test_nobody_writes_events(self):
        event = self._rows(self._call(self.bob))
        values = {"title": "Mine", "root_partner_id": self.other_account.id}
        for user in (
            self.user_salesman,
            self.user_manager,
            self.user_portal,
            self.env.ref("base.user_admin"),
        ):
            events = self.events.with_user(user)
            for name, change in {
                "create": lambda events=events: events.create(values),
                "name_create": lambda events=events: events.name_create("Mine"),
                "load": lambda events=events: events.create([values]),
                "write": lambda events=events: events.browse(event.id).write(values),
                "web_save": lambda events=events: events.browse(event.id).web_save(values, {}),
                "unlink": lambda events=events: events.browse(event.id).unlink(),
            }.items():
                with self.subTest(user=user.login, way=name), self.assertRaises(AccessError):
                    change()
        self.assertTrue(event.exists())

    def test_progress_of_the_backfill_is_for_managers_to_read_only(self):
        jobs = self.env["crm.timeline.backfill"]
        self.assertTrue(jobs.with_user(self.user_manager).search([]))
        with self.assertRaises(AccessError):
            jobs.with_user(self.user_salesman).search([])
        with self.assertRaises(AccessError):
            jobs.with_user(self.user_manager).search([], limit=1).write({"next_id": 5})

    def test_amounts_are_for_salespeople(self):
        self._post(self.bob)
        self.env.flush_all()
        events = self.events.with_user(self.user_employee)
        self.assertNotIn("amount", events.fields_get())
        with self.assertRaises(AccessError):
            events.search([("amount", ">", 0)])


@tagged("post_install", "-at_install")
class TestHistoryPrivate(CrmHistoryCommon):
    SECRET = "Secret merger"

    def _private_meeting(self, **values):
        meeting = self._meeting(self.bob, name=self.SECRET, privacy="private", **values)
        self._post(meeting, f"About the {self.SECRET}", subject=self.SECRET)
        self.env["mail.activity"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("calendar.event"),
                "res_id": meeting.id,
                "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
                "summary": self.SECRET,
                "note": self.SECRET,
                "user_id": self.user_salesman.id,
            }
        )
        return meeting

    def _assert_hidden(self, meeting, *users):
        self._history(self.account)
        for user in users or (
            self.user_salesman_other,
            self.user_salesman_all,
            self.user_manager,
            self.user_employee,
            self.user_company_b,
            self.env.ref("base.user_admin"),
        ):
            events = self.events.with_user(user)
            for name, read in _readings(events, self.account).items():
                with self.subTest(user=user.login, way=name):
                    self.env.invalidate_all()
                    self.assertFalse(read())
            for filters in (
                {"text": self.SECRET},
                {"kinds": ["meeting"]},
                {"person_id": self.bob.id},
                {"user_id": self.user_salesman.id},
            ):
                with self.subTest(user=user.login, filters=filters):
                    page = events.crm_history(self.account.id, filters)
                    self.assertEqual((page["events"], page["upcoming"]), ([], []))
            for domain in (
                [("title", "ilike", "merger")],
                [("display_name", "ilike", "merger")],
                [("partner_id", "=", self.bob.id)],
                [("res_model", "=", "calendar.event"), ("res_id", "=", meeting.id)],
                [("anchor_model", "=", "calendar.event"), ("anchor_id", "=", meeting.id)],
                [("user_id", "=", self.user_salesman.id), ("kind", "=", "meeting")],
            ):
                with self.subTest(user=user.login, domain=domain):
                    self.assertFalse(events.search_count(domain))
                    self.assertFalse(events.search(domain, order="title, user_id"))

    def _assert_nothing_stored(self):
        self.env.cr.execute(
            "SELECT row_to_json(event)::text FROM crm_account_event event"
            " WHERE row_to_json(event)::text ILIKE '%merger%'"
        )
        self.assertEqual(self.env.cr.fetchall(), [])

    def test_private_meeting_is_hidden_from_others_with_all_that_is_about_it(self):
        meeting = self._private_meeting()
        self._assert_hidden(meeting)
        self._assert_nothing_stored()

    def test_organizer_and_guests_see_the_private_meeting_with_its_title(self):
        meeting = self._private_meeting()
        meeting.with_context(no_mail_to_attendees=True).partner_ids += self.user_employee.partner_id
        for user in (self.user_salesman, self.user_employee):
            with self.subTest(user.login):
                found = self._whole_history(self.account, user)
                self.assertEqual(
                    sorted(model for model, _res_id in found),
                    ["calendar.event", "mail.activity", "mail.message"],
                )
                self.assertIn(self.SECRET, self._titles(self.account, user))
                self.assertEqual(
                    self._titles(self.account, user, filters={"text": "merger"}), [self.SECRET]
                )
                event = self._rows(meeting).with_user(user)
                self.assertEqual(event.document_name, self.SECRET)
                self.assertEqual(event.display_name, self.SECRET)

    def test_privacy_of_the_organizers_calendar_counts(self):
        self.user_salesman.with_user(self.user_salesman).calendar_default_privacy = "private"
        meeting = self._meeting(self.bob, name=self.SECRET)
        self.assertFalse(meeting.privacy)
        self._post(meeting, f"About the {self.SECRET}")
        self._assert_hidden(meeting)
        self._assert_nothing_stored()
        self.assertIn(self.SECRET, self._titles(self.account))

    def test_meeting_that_becomes_private_is_hidden_from_then_on(self):
        meeting = self._meeting(self.bob, name=self.SECRET)
        self._post(meeting, f"About the {self.SECRET}")
        self.assertIn(self.SECRET, self._titles(self.account, self.user_employee))
        meeting.privacy = "private"
        self._assert_hidden(meeting)
        self._assert_nothing_stored()

    def test_calendar_that_becomes_private_hides_its_meetings(self):
        meeting = self._meeting(self.bob, name=self.SECRET)
        self.assertIn(self.SECRET, self._titles(self.account, self.user_employee))
        self.user_salesman.with_user(self.user_salesman).calendar_default_privacy = "private"
        self._assert_hidden(meeting)

    def test_meeting_of_a_user_who_never_opened_the_settings_is_public(self):
        self.user_salesman.res_users_settings_ids.unlink()
        self._meeting(self.bob)
        self.assertEqual(self._titles(self.account, self.user_employee), ["A meeting"])

    def test_default_of_the_calendars_counts_for_a_user_without_settings(self):
        self.user_salesman.res_users_settings_ids.unlink()
        meeting = self._meeting(self.bob, name=self.SECRET)
        self.env["ir.config_parameter"].set_param("calendar.default_privacy", "private")
        self.assertEqual(meeting.with_user(self.user_employee).display_name, "Busy")
        self._assert_hidden(meeting)
        self.assertIn(self.SECRET, self._titles(self.account))

    def test_meeting_planned_as_an_activity_of_a_document_gives_nothing_away(self):
        activity_type = self.env.ref("mail.mail_activity_data_meeting")
        meeting = self._meeting(
            name=self.SECRET,
            privacy="private",
            res_model_id=self.env["ir.model"]._get_id("res.partner"),
            res_id=self.bob.id,
            activity_ids=[
                Command.create(
                    {
                        "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                        "res_id": self.bob.id,
                        "activity_type_id": activity_type.id,
                        "summary": self.SECRET,
                        "user_id": self.user_salesman.id,
                    }
                )
            ],
        )
        self.assertEqual(meeting.activity_ids.summary, self.SECRET)
        self._assert_hidden(meeting)
        self._assert_nothing_stored()
        meeting.activity_ids.action_feedback(feedback=f"{self.SECRET} agreed")
        (done,) = self._history(self.account, self.user_employee)["events"]
        # Odoo itself says in the chatter of the document that something was done.
        self.assertEqual((done["kind"], done["title"]), ("done", activity_type.name))
        self._assert_nothing_stored()

    def test_portal_guest_sees_nothing(self):
        meeting = self._private_meeting()
        meeting.with_context(no_mail_to_attendees=True).partner_ids += self.user_portal.partner_id
        self._history(self.account)
        with self.assertRaises(AccessError):
            self.events.with_user(self.user_portal).crm_history(self.user_portal.partner_id.id)
