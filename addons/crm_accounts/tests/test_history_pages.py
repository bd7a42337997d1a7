# SPDX-License-Identifier: LGPL-3.0-or-later
"""How the history is read: page by page, filtered, with few queries."""

import json
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import MissingError, ValidationError
from odoo.fields import Datetime
from odoo.tests import tagged

from odoo.addons.crm_accounts.models import crm_account_event
from odoo.addons.crm_accounts.tests.common_history import CrmHistoryCommon


@tagged("post_install", "-at_install")
class TestHistoryPages(CrmHistoryCommon):
    def _calls(self, count, partner=None, user=None, step=60):
        start = Datetime.to_datetime("2025-01-01 00:00:00")
        return self.env["crm.call"].create(
            [
                {
                    "name": f"Call {number}",
                    "partner_id": (partner or self.account).id,
                    "user_id": (user or self.user_salesman).id,
                    "date": start + timedelta(seconds=step * number),
                }
                for number in range(count)
            ]
        )

    def _filtered(self, **filters):
        return sorted(self._titles(self.account, filters=filters))

    # --- Pages ---------------------------------------------------------------------------------

    def test_pages_follow_each_other_without_gaps_the_newest_first(self):
        calls = self._calls(25)
        found = self._whole_history(self.account, limit=4)
        self.assertEqual(found, [("crm.call", call.id) for call in reversed(calls)])

    def test_events_of_the_same_second_are_on_one_page_each(self):
        calls = self._calls(11, step=0)
        found = self._whole_history(self.account, limit=3)
        self.assertEqual(len(found), 11)
        self.assertEqual({res_id for _model, res_id in found}, set(calls.ids))

    def test_page_that_ends_with_the_account_says_so(self):
        self._calls(4)
        self.assertTrue(self._history(self.account, limit=3)["next"])
        self.assertFalse(self._history(self.account, limit=5)["next"])
        page = self._history(self.account, limit=4)
        if page["next"]:
            page = self._history(self.account, limit=4, cursor=page["next"])
            self.assertEqual((page["events"], page["next"]), ([], False))

    def test_only_the_first_page_has_what_is_upcoming(self):
        self._calls(3)
        self._call(self.account, outcome="planned")
        first = self._history(self.account, limit=2)
        self.assertEqual(len(first["upcoming"]), 1)
        following = self._history(self.account, limit=2, cursor=first["next"])
        self.assertEqual(following["upcoming"], [])

    def test_new_event_between_two_pages_moves_nothing(self):
        calls = self._calls(6)
        first = self._history(self.account, limit=3)
        self._call(self.account, date="2025-06-01 10:00:00")
        following = self._history(self.account, limit=3, cursor=first["next"])
        self.assertEqual(
            [event["res_id"] for event in following["events"]],
            [call.id for call in reversed(calls[:3])],
        )

    def test_page_is_never_longer_than_200(self):
        self._calls(210)
        self.assertEqual(len(self._history(self.account, limit=10**6)["events"]), 200)
        self.assertEqual(len(self._history(self.account, limit=-5)["events"]), 1)

    def test_salesperson_reaches_the_few_own_events_among_many(self):
        own = self.env["crm.call"]
        for _turn in range(4):
            self._calls(9, user=self.user_salesman_other)
            own += self._calls(1)
        for window in (1, 2, 3, 7, 40):
            with self.subTest(window=window), patch.object(crm_account_event, "_WINDOW", window):
                found = self._whole_history(self.account, limit=2)
                self.assertEqual(len(found), 4)
                self.assertEqual({res_id for _model, res_id in found}, set(own.ids))

    def test_bounded_search_of_a_group_shows_each_event_once_and_in_order(self):
        own = self.env["crm.call"]
        for turn in range(5):
            for partner in (self.account, self.subsidiary):
                self._calls(3 + turn, partner, user=self.user_salesman_other, step=97)
                own += self._calls(2, partner, step=61)
        for window in (1, 2, 5, 11):
            with self.subTest(window=window), patch.object(crm_account_event, "_WINDOW", window):
                page = self._history(self.account, whole_group=True, limit=3)
                events = page["events"]
                while page["next"]:
                    page = self._history(
                        self.account, whole_group=True, limit=3, cursor=page["next"]
                    )
                    events += page["events"]
                keys = [(event["date"], event["id"]) for event in events]
                self.assertEqual(keys, sorted(keys, reverse=True))
                self.assertEqual(sorted(event["res_id"] for event in events), sorted(own.ids))

    def test_nothing_of_others_is_upcoming_however_much_is_planned(self):
        own = self._call(self.account, outcome="planned", date="2025-01-05 10:00:00")
        for number in range(8):
            self._call(
                self.account,
                self.user_salesman_other,
                name="Secret",
                outcome="planned",
                date=f"2025-01-0{number + 1} 10:00:00",
            )
        for window in (1, 2, 5, 20):
            with self.subTest(window=window), patch.object(crm_account_event, "_WINDOW", window):
                page = self._history(self.account)
                self.assertNotIn("Secret", [event["title"] for event in page["upcoming"]])
                if window > 8:
                    self.assertEqual([event["res_id"] for event in page["upcoming"]], own.ids)

    # --- Filters -------------------------------------------------------------------------------

    def test_filters_by_kind_person_department_user_period_and_text(self):
        self._call(self.bob, name="Call of Bob")
        self._call(self.ana, name="Call of Ana", date="2025-04-01 10:00:00")
        self._call(self.ana, user=self.user_manager, name="Of the manager")
        self._post(self.ana, "Note for Ana", date="2025-05-01 10:00:00")
        self.user_salesman.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        for filters, titles in (
            ({"kinds": ["note"]}, ["Note for Ana"]),
            ({"kinds": ["note", "visit"]}, ["Note for Ana"]),
            ({"person_id": self.bob.id}, ["Call of Bob"]),
            (
                {"department_id": self.department.id},
                ["Call of Ana", "Note for Ana", "Of the manager"],
            ),
            ({"user_id": self.user_manager.id}, ["Of the manager"]),
            ({"date_from": "2025-04-01 10:00:00"}, ["Call of Ana", "Note for Ana"]),
            ({"date_to": "2025-04-01 10:00:00"}, ["Call of Bob", "Of the manager"]),
            ({"text": " call OF "}, ["Call of Ana", "Call of Bob"]),
            ({"kinds": ["call"], "text": "ana"}, ["Call of Ana", "Of the manager"]),
            ({"kinds": [], "person_id": False, "text": ""}, 4),
        ):
            with self.subTest(filters):
                found = self._filtered(**filters)
                self.assertEqual(len(found) if titles == 4 else found, titles)

    def test_second_person_of_a_meeting_and_the_department_are_found_by_their_filters(self):
        self._meeting(self.bob, self.ana)
        eli = self.env["res.partner"].create({"name": "Eli", "parent_id": self.department.id})
        self._meeting(self.ana, eli, name="Inside the department")
        self.assertEqual(
            self._filtered(person_id=self.ana.id), ["A meeting", "Inside the department"]
        )
        self.assertEqual(self._filtered(person_id=eli.id), ["Inside the department"])
        self.assertEqual(
            self._filtered(department_id=self.department.id),
            ["A meeting", "Inside the department"],
        )

    def test_titles_of_meetings_are_found_by_text(self):
        self._meeting(self.bob, name="Price negotiation")
        self._meeting(self.bob, name="Lunch")
        self.assertEqual(self._filtered(text="negotia"), ["Price negotiation"])

    def test_text_is_never_part_of_the_statement(self):
        self._call(self.bob, name="100% sure")
        for text, titles in (
            ("'; DROP TABLE crm_account_event; --", []),
            ("100%", ["100% sure"]),
            ("%(ids)s %s \\", []),
            ('")', []),
        ):
            with self.subTest(text):
                self.assertEqual(self._filtered(text=text), titles)

    def test_choices_are_the_people_departments_and_kinds_of_the_account(self):
        choices = self.events.with_user(self.user_salesman).crm_history_choices(self.account.id)
        self.assertEqual(
            choices["people"], [[self.ana.id, "Ana"], [self.bob.id, "Bob"], [self.eva.id, "Eva"]]
        )
        self.assertEqual(choices["departments"], [[self.department.id, "Purchasing"]])
        self.assertLessEqual(
            {"call", "visit", "meeting", "email", "note", "activity", "done"},
            {kind for kind, _label in choices["kinds"]},
        )
        self.assertIn(self.user_salesman.id, [user_id for user_id, _name in choices["users"]])
        self.assertEqual(choices["progress"], 100)

    def test_of_more_people_than_a_menu_has_room_for_the_client_gets_the_domain(self):
        events = self.events.with_user(self.user_salesman)
        self.assertEqual(events.crm_history_choices(self.account.id)["more"], {})
        with patch.object(crm_account_event, "_CHOICES", 2):
            choices = events.crm_history_choices(self.account.id)
            other = events.crm_history_choices(self.other_account.id)
        self.assertEqual(choices["people"], [[self.ana.id, "Ana"], [self.bob.id, "Bob"]])
        self.assertEqual(set(choices["more"]), {"people", "users"})
        partners = self.env["res.partner"].with_user(self.user_salesman)
        found = partners.name_search("", json.loads(json.dumps(choices["more"]["people"])))
        self.assertEqual(
            {res_id for res_id, _name in found}, {*(self.ana + self.bob + self.eva).ids}
        )
        self.assertEqual((other["people"], set(other["more"])), ([], {"users"}))

    # --- Bad input -----------------------------------------------------------------------------

    def test_wrong_parameters_get_one_clear_sentence(self):
        events = self.events.with_user(self.user_salesman)
        good = {"partner_id": self.account.id}
        for name, wrong in (
            ("partner_id", {"partner_id": "1 OR 1=1"}),
            ("partner_id", {"partner_id": [self.account.id]}),
            ("partner_id", {"partner_id": 2**40}),
            ("partner_id", {"partner_id": False}),
            ("partner_id", {"partner_id": True}),
            ("filters", {"filters": ["call"]}),
            ("filters", {"filters": "kinds"}),
            ("kinds", {"filters": {"kinds": "call"}}),
            ("kinds", {"filters": {"kinds": ["nonsense"]}}),
            ("kinds", {"filters": {"kinds": [["call"]]}}),
            ("kinds", {"filters": {"kinds": 5}}),
            ("person_id", {"filters": {"person_id": "Bob"}}),
            ("person_id", {"filters": {"person_id": {"a": 1}}}),
            ("department_id", {"filters": {"department_id": -1}}),
            ("user_id", {"filters": {"user_id": [1]}}),
            ("date_from", {"filters": {"date_from": "yesterday"}}),
            ("date_to", {"filters": {"date_to": 20250101}}),
            ("text", {"filters": {"text": ["a"]}}),
            ("text", {"filters": {"text": "a\0b"}}),
            ("cursor", {"cursor": "2025-01-01"}),
            ("cursor", {"cursor": ["2025-01-01 00:00:00"]}),
            ("cursor", {"cursor": ["2025-01-01 00:00:00", "1; DROP"]}),
            ("cursor", {"cursor": ["no date", 1]}),
            ("limit", {"limit": "many"}),
            ("limit", {"limit": None}),
        ):
            with self.subTest(**wrong):
                with self.assertRaises(ValidationError) as raised:
                    events.crm_history(**(good | wrong))
                self.assertIn(f": {name}.", str(raised.exception))

    def test_all_wrong_parameters_are_named_at_once(self):
        with self.assertRaises(ValidationError) as raised:
            self.events.crm_history(
                self.account.id, {"kinds": "call", "date_from": "x"}, cursor=5, limit="x"
            )
        self.assertIn("kinds, cursor, limit, date_from", str(raised.exception))

    def test_account_that_is_gone_is_said_to_be_gone(self):
        gone = self.env["res.partner"].create({"name": "Gone"})
        gone.unlink()
        for method in ("crm_history", "crm_history_choices"):
            with self.subTest(method), self.assertRaises(MissingError):
                getattr(self.events.with_user(self.user_salesman), method)(gone.id)

    # --- Queries -------------------------------------------------------------------------------

    def test_page_takes_at_most_eight_queries_however_much_is_on_it(self):
        self._calls(60)
        for number in range(5):
            self._meeting(self.bob, self.ana, name=f"Meeting {number}")
            self._post(self.ana)
            self._post(self._call(self.eva))
        self._call(self.ana, outcome="planned")
        first = self._history(self.account, whole_group=True)
        events = self.events.with_user(self.user_salesman)
        for cursor in (None, first["next"]):
            for filters in ({}, {"kinds": ["call"]}):
                with self.subTest(cursor=cursor, filters=filters):
                    self.env.invalidate_all()
                    before = self.env.cr.sql_log_count
                    page = events.crm_history(self.account.id, filters, cursor=cursor)
                    self.assertTrue(page["events"])
                    self.assertLessEqual(self.env.cr.sql_log_count - before, 8)

    def test_queries_are_not_compiled_by_the_database(self):
        self.env.cr.cache.clear()
        self.env.cr.execute("SET LOCAL jit TO on")
        self.events.with_user(self.user_salesman).crm_history(self.account.id)
        self.env.cr.execute("SHOW jit")
        self.assertEqual(self.env.cr.fetchone(), ("off",))
        before = self.env.cr.sql_log_count
        self.events._crm_spare_compilation()
        self.assertEqual(self.env.cr.sql_log_count, before)

    def test_many_calls_are_taken_into_the_history_with_few_queries(self):
        def count(number):
            self._calls(number)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.events._crm_process_queue()
            return self.env.cr.sql_log_count - before

        count(1)
        few = count(50)
        self.assertLessEqual(count(200), few)
