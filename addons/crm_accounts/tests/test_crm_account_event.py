# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is in the history of an account, and that it stays right."""

import re
from contextlib import suppress

from markupsafe import Markup

from odoo.fields import Command, Datetime
from odoo.tests import tagged

from odoo.addons.crm_accounts.tests.common_history import CrmHistoryCommon


@tagged("post_install", "-at_install")
class TestHistoryContent(CrmHistoryCommon):
    def test_call_is_shown_with_what_is_known_of_it(self):
        call = self._call(self.ana, name="Prices", outcome="voicemail", direction="in")
        (event,) = self._history(self.account)["events"]
        self.assertEqual(
            {name: event[name] for name in event if name not in ("id", "currency_id")},
            {
                "kind": "call",
                "date": "2025-03-01 10:00:00",
                "title": "Prices",
                "state": "Left a Message",
                "direction": "in",
                "planned": False,
                "amount": False,
                "model": "crm.call",
                "res_id": call.id,
                "source_model": "crm.call",
                "source_id": call.id,
                "person": [self.ana.id, "Ana"],
                "account": [self.department.id, "Purchasing"],
                "user": [self.user_salesman.id, self.user_salesman.name],
            },
        )

    def test_meeting_and_visit_are_shown(self):
        self._meeting(self.bob)
        self._meeting(
            name="Tour of the plant", crm_visit=True, crm_visit_partner_id=self.account.id
        )
        page = self._history(self.account)
        # Nobody has said yet that the visit took place.
        self.assertEqual(
            [(event["kind"], event["title"]) for event in page["events"] + page["upcoming"]],
            [("meeting", "A meeting"), ("visit", "Tour of the plant")],
        )

    def test_meeting_about_a_document_is_shown_although_only_colleagues_meet(self):
        call = self._call(self.ana)
        model_id = self.env["ir.model"]._get_id("crm.call")
        meeting = self._meeting(res_model_id=model_id, res_id=call.id)
        self.assertEqual(self._rows(meeting).partner_id, self.ana)

    def test_mail_and_note_are_told_apart(self):
        self.bob.message_post(
            body=Markup("<p>Hello <b>Bob</b></p>"),
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=self.user_salesman.partner_id.id,
        )
        self._post(self.bob, "Keep it short")
        self.bob.message_post(
            body="Hi back",
            subject="Re: Hello",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=self.bob.id,
        )
        found = {
            (event["kind"], event["title"], event["direction"])
            for event in self._history(self.account)["events"]
        }
        self.assertEqual(
            found,
            {
                ("email", "Hello Bob", "out"),
                ("note", "Keep it short", False),
                ("email", "Re: Hello", "in"),
            },
        )

    def test_message_about_a_document_of_any_model_is_shown_with_its_customer(self):
        # Stands for a document that knows nothing of the history, but has a customer.
        team = self.env["crm.team"].create({"name": "A team"})
        self.patch(
            type(team),
            "_mail_get_partners",
            lambda self, introspect_fields=False: dict.fromkeys(self.ids, partner),
        )
        partner = self.account
        self._post(team)
        (event,) = self._history(self.account, self.user_manager)["events"]
        self.assertEqual((event["model"], event["res_id"]), ("crm.team", team.id))

    def test_mail_that_odoo_sends_to_the_customer_is_shown(self):
        call = self._call(self.ana)
        message = call.message_post(
            body="Your appointment is confirmed",
            message_type="notification",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.ana.ids,
        )
        event = self._rows(message)
        self.assertEqual((event.kind, event.direction), ("email", "out"))

    def test_notice_of_odoo_to_colleagues_only_is_no_history(self):
        message = self._call(self.ana).message_post(
            body="Somebody called",
            message_type="notification",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.user_manager.partner_id.ids,
        )
        self.assertFalse(self._rows(message))

    def test_sms_is_shown(self):
        message = self._post(self.ana, "On my way", subtype_xmlid="mail.mt_comment")
        self.env.flush_all()
        # The type comes with Odoo's SMS app.
        self.env.cr.execute(
            "UPDATE mail_message SET message_type = 'sms' WHERE id = %s", message.ids
        )
        self.env.invalidate_all()
        self.events.sudo()._crm_sync("mail.message", message.ids)
        self.assertEqual(self._rows(message).kind, "sms")

    def test_colleague_who_left_is_no_customer(self):
        leaver = self._crm_new_user("leaver", "sales_team.group_sale_salesman")
        message = self._post(self.bob, "Hi", subtype_xmlid="mail.mt_comment")
        message.author_id = leaver.partner_id
        meeting = self._meeting(leaver.partner_id)
        self.assertFalse(self._rows(meeting))
        leaver.active = False
        self.assertTrue(leaver.partner_id.partner_share)
        self.events.sudo()._crm_sync("calendar.event", meeting.ids)
        self.events.sudo()._crm_sync("mail.message", message.ids)
        self.assertFalse(self._rows(meeting))
        self.assertEqual(self._rows(message).direction, "out")

    def test_changes_that_odoo_logs_are_no_history(self):
        call = self._call(self.ana)
        call._message_log(body="Outcome: busy")
        call.message_notify(body="For you", partner_ids=self.user_manager.partner_id.ids)
        messages = self.env["mail.message"].search(
            [("model", "=", "crm.call"), ("res_id", "=", call.id)]
        )
        self.assertEqual(
            set(messages.mapped("message_type")), {"notification", "user_notification"}
        )
        self.assertEqual(
            self._whole_history(self.account, self.user_manager), [("crm.call", call.id)]
        )

    def test_done_activity_takes_the_place_of_the_planned_one(self):
        activity = self.bob.activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline="2025-05-01",
            summary="Send samples",
            user_id=self.user_salesman.id,
        )
        (planned,) = self._history(self.account)["upcoming"]
        self.assertEqual((planned["kind"], planned["title"]), ("activity", "Send samples"))
        self.assertEqual(planned["date"], "2025-05-01 12:00:00")
        activity.action_feedback(feedback="They liked them")
        page = self._history(self.account)
        self.assertEqual(page["upcoming"], [])
        (done,) = page["events"]
        self.assertEqual(done["kind"], "done")
        self.assertIn("They liked them", done["title"])

    def test_activity_without_a_summary_is_called_by_its_type_in_the_users_language(self):
        self.env["res.lang"]._activate_lang("es_419")
        activity_type = self.env.ref("mail.mail_activity_data_todo")
        activity_type.with_context(lang="es_419").name = "Pendiente"
        activity_type.summary = False
        self.user_salesman.lang = "es_419"
        self.bob.activity_schedule("mail.mail_activity_data_todo", user_id=self.user_salesman.id)
        events = self.events.with_context(lang="es_419")
        self.env.flush_all()
        events._crm_process_queue()
        page = events.with_user(self.user_salesman).crm_history(self.account.id)
        self.assertEqual([event["title"] for event in page["upcoming"]], ["Pendiente"])

    def test_what_is_planned_or_in_the_future_is_upcoming_the_soonest_first(self):
        self._call(self.bob, name="Overdue", date="2025-01-01 10:00:00", outcome="planned")
        self._call(self.bob, name="Later", date="2099-01-02 10:00:00", outcome="planned")
        self._meeting(
            self.bob, name="Sooner", start="2099-01-01 10:00:00", stop="2099-01-01 11:00:00"
        )
        self._call(self.bob, name="Past")
        page = self._history(self.account)
        self.assertEqual(
            [event["title"] for event in page["upcoming"]], ["Overdue", "Sooner", "Later"]
        )
        self.assertEqual([event["title"] for event in page["events"]], ["Past"])

    def test_move_of_a_person_rewrites_nothing(self):
        old = self._call(self.bob, name="At the old company")
        mail = self._post(self.bob, "Old mail")
        meeting = self._meeting(self.bob, name="Old meeting")
        self._rows(old + self.env["crm.call"])
        self.bob.parent_id = self.other_account
        new = self._call(self.bob, name="At the new company")
        self.assertIn(("crm.call", old.id), self._whole_history(self.account))
        self.assertEqual(self._whole_history(self.other_account), [("crm.call", new.id)])
        old.name = "Edited later"
        meeting.start = "2025-03-02 12:00:00"
        mail.body = "Edited"
        self.assertEqual(
            set(self._whole_history(self.account)),
            {
                ("crm.call", old.id),
                ("mail.message", mail.id),
                ("calendar.event", meeting.id),
            },
        )
        self.assertEqual(len(self._whole_history(self.bob)), 4)

    def test_other_customer_takes_the_document_and_its_correspondence_along(self):
        call = self._call(self.ana)
        message = self._post(call, "About it")
        activity = call.activity_schedule("mail.mail_activity_data_todo", summary="Call again")
        expected = {
            ("crm.call", call.id),
            ("mail.message", message.id),
            ("mail.activity", activity.id),
        }
        self.assertEqual(set(self._whole_history(self.account)), expected)
        call.partner_id = self.other_account
        self.assertEqual(self._whole_history(self.account), [])
        self.assertEqual(set(self._whole_history(self.other_account)), expected)

    def test_first_customer_brings_what_was_written_about_the_document_before(self):
        meeting = self._meeting(user=self.user_salesman)
        message = self._post(meeting, "Who comes?")
        self.assertFalse(self._rows(message))
        meeting.with_context(no_mail_to_attendees=True).partner_ids += self.bob
        self.assertEqual(self._rows(message).root_partner_id, self.account)

    def test_deleted_document_leaves_with_its_correspondence(self):
        call = self._call(self.ana)
        self._post(call, "About it")
        call.activity_schedule("mail.mail_activity_data_todo")
        self.assertEqual(len(self._whole_history(self.account)), 3)
        call.unlink()
        self.assertEqual(self._whole_history(self.account), [])
        self.assertFalse(self.events.sudo().search([("anchor_id", "=", call.id)]))

    def test_message_deleted_in_the_chatter_leaves(self):
        message = self._post(self.bob, "A slip", subtype_xmlid="mail.mt_comment")
        self.assertTrue(self._rows(message))
        self.bob._message_update_content(message, body="", attachment_ids=[])
        self.assertFalse(self._rows(message))

    def test_archived_meeting_leaves_and_comes_back(self):
        meeting = self._meeting(self.bob)
        self.assertTrue(self._rows(meeting))
        meeting.action_archive()
        self.assertFalse(self._rows(meeting))
        meeting.action_unarchive()
        self.assertTrue(self._rows(meeting))

    def test_archived_account_keeps_its_history(self):
        call = self._call(self.bob)
        self.account.action_archive()
        self.assertEqual(self._whole_history(self.account), [("crm.call", call.id)])

    def test_guest_who_no_longer_comes_takes_the_meeting_off_his_history(self):
        meeting = self._meeting(self.bob, self.eva)
        self.assertTrue(self._whole_history(self.subsidiary))
        meeting.with_context(no_mail_to_attendees=True).partner_ids -= self.eva
        self.assertEqual(self._whole_history(self.subsidiary), [])
        self.assertEqual(self._whole_history(self.account), [("calendar.event", meeting.id)])

    def test_document_goes_to_another_of_our_companies_with_its_event(self):
        call = self._call(self.bob, self.user_company_b)
        self.user_company_b.company_ids += self.env.company
        call.company_id = self.company_b
        self.assertEqual(self._rows(call).company_id, self.company_b)
        self.assertEqual(self._whole_history(self.account, self.user_manager), [])
        self.assertEqual(
            self._whole_history(self.account, self.user_company_b), [("crm.call", call.id)]
        )

    def test_meeting_with_two_people_counts_once_for_the_company_and_for_each_person(self):
        meeting = self._meeting(self.ana, self.bob)
        for partner in (self.account, self.department, self.ana, self.bob):
            with self.subTest(partner.name):
                self.assertEqual(self._whole_history(partner), [("calendar.event", meeting.id)])
        self.assertEqual(self._rows(meeting).mapped("rank"), [0, 1])

    def test_departments_and_subsidiaries_have_histories_of_their_own(self):
        at_account = self._call(self.bob)
        at_department = self._call(self.ana)
        at_subsidiary = self._call(self.eva)
        for partner, whole_group, calls in (
            (self.account, False, at_account + at_department),
            (self.account, True, at_account + at_department + at_subsidiary),
            (self.department, False, at_department),
            (self.subsidiary, False, at_subsidiary),
            (self.bob, False, at_account),
        ):
            with self.subTest(partner.name, whole_group=whole_group):
                found = self._whole_history(partner, whole_group=whole_group)
                self.assertEqual({res_id for _model, res_id in found}, set(calls.ids))
                self.assertEqual(len(found), len(calls))

    def test_meeting_with_two_companies_of_a_group_is_shown_once_in_the_group(self):
        meeting = self._meeting(self.eva, self.bob)
        self.assertEqual(
            self._whole_history(self.account, whole_group=True), [("calendar.event", meeting.id)]
        )
        for partner in (self.account, self.subsidiary):
            self.assertEqual(self._whole_history(partner), [("calendar.event", meeting.id)])
        for person in (self.bob, self.eva):
            with self.subTest(person.name):
                self.assertEqual(
                    self._whole_history(
                        self.account, whole_group=True, filters={"person_id": person.id}
                    ),
                    [("calendar.event", meeting.id)],
                )

    def test_note_on_a_document_of_the_old_account_stays_there(self):
        call = self._call(self.bob)
        self._rows(call)
        self.bob.parent_id = self.other_account
        message = self._post(call, "About the old call")
        activity = call.activity_schedule("mail.mail_activity_data_todo", summary="Ask again")
        for row in self._rows(message) + self._rows(activity):
            self.assertEqual(
                (row.root_partner_id, row.crm_account_id, row.partner_id),
                (self.account, self.account, self.bob),
            )

    def test_meeting_about_a_document_follows_it_to_another_customer(self):
        call = self._call(self.bob)
        meeting = self._meeting(
            res_model_id=self.env["ir.model"]._get_id("crm.call"), res_id=call.id
        )
        message = self._post(meeting)
        self.assertEqual(self._rows(meeting + meeting).root_partner_id, self.account)
        self.assertEqual(self._rows(message).root_partner_id, self.account)
        call.partner_id = self.other_account
        self._rows(call)
        self.assertEqual(self._rows(meeting).root_partner_id, self.other_account)
        self.assertEqual(self._rows(message).root_partner_id, self.other_account)

    def test_note_follows_its_document_to_another_of_our_companies(self):
        call = self._call(self.bob)
        message = self._post(call)
        self.assertEqual(self._rows(message).company_id, self.env.company)
        call.company_id = self.company_b
        self.assertEqual(self._rows(message).company_id, self.company_b)

    def test_document_that_names_another_account_moves_there(self):
        call = self._call(self.ana)
        self.assertEqual(self._rows(call).crm_account_id, self.department)
        call.crm_account_id = self.account
        self.assertEqual(self._rows(call).crm_account_id, self.account)

    def test_private_meeting_that_others_have_read_keeps_its_events(self):
        meeting = self._meeting(self.bob, privacy="private")
        self._rows(meeting)
        self.env.invalidate_all()
        self.assertEqual(meeting.with_user(self.user_employee).partner_ids.ids, [])
        self.events.sudo()._crm_sync("calendar.event", meeting.ids)
        self.assertEqual(self._rows(meeting).partner_id, self.bob)

    def test_nested_departments_are_in_the_whole_group_of_a_department(self):
        nested = self.env["res.partner"].create(
            {"name": "Tenders", "type": "department", "parent_id": self.department.id}
        )
        zoe = self.env["res.partner"].create({"name": "Zoe", "parent_id": nested.id})
        call = self._call(zoe)
        meeting = self._meeting(self.ana, zoe)
        self.assertEqual(self._whole_history(self.department), [("calendar.event", meeting.id)])
        self.assertEqual(
            sorted(self._whole_history(self.department, whole_group=True)),
            [("calendar.event", meeting.id), ("crm.call", call.id)],
        )

    def test_rollback_to_a_savepoint_leaves_the_event_as_the_document(self):
        call = self._call(self.bob)
        self.assertEqual(self._rows(call).title, "A call")
        with suppress(ValueError), self.env.cr.savepoint():
            call.name = "Never"
            self.assertEqual(self._rows(call).title, "Never")
            self._call(self.bob, name="Never either")
            raise ValueError
        self.env.cr.flush()
        self.assertEqual(
            self.events.sudo().search([("root_partner_id", "=", self.account.id)]).mapped("title"),
            ["A call"],
        )

    def test_same_document_twice_changes_nothing(self):
        call = self._call(self.bob)
        before = self._rows(call).read()
        for _turn in range(2):
            self.events.sudo()._crm_sync("crm.call", call.ids)
        self.assertEqual(self._rows(call).read(), before)

    def test_dates_are_whole_seconds_so_that_no_page_skips_an_event(self):
        message = self._post(self.bob, "Precise")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_message SET date = '2025-01-01 10:00:00.7' WHERE id = %s", [message.id]
        )
        self.env.invalidate_all()
        self.events.sudo()._crm_sync("mail.message", message.ids)
        self.env.cr.execute("SELECT date FROM crm_account_event WHERE res_id = %s", [message.id])
        self.assertEqual(self.env.cr.fetchone()[0], Datetime.to_datetime("2025-01-01 10:00:00"))

    def test_message_without_a_date_is_shown_at_its_creation(self):
        message = self._post(self.bob, "Undated")
        self.env.flush_all()
        self.env.cr.execute("UPDATE mail_message SET date = NULL WHERE id = %s", [message.id])
        self.env.invalidate_all()
        self.events.sudo()._crm_sync("mail.message", message.ids)
        self.assertEqual(self._rows(message).date, message.create_date.replace(microsecond=0))

    def test_messages_of_models_that_are_gone_or_have_no_records_are_left_out(self):
        message = self._post(self.bob, "Lost")
        for model_name in ("no.such.model", "mail.thread", "res.users"):
            with self.subTest(model_name):
                self.env.flush_all()
                self.env.cr.execute(
                    "UPDATE mail_message SET model = %s WHERE id = %s", [model_name, message.id]
                )
                self.env.invalidate_all()
                self.events.sudo()._crm_sync("mail.message", message.ids)
                self.assertFalse(self._rows(message))

    def test_title_is_short_plain_text(self):
        message = self._post(self.bob, "x")
        message.body = "<p>First   line</p>\n<p>&lt;b&gt;" + "long " * 200 + "</p>"
        title = self._rows(message).title
        self.assertLessEqual(len(title), 200)
        self.assertTrue(title.startswith("First line <b>long"))
        self.assertFalse(re.search(r"\s\s", title))

    def test_title_leaves_out_what_odoo_cleans_out_of_the_text(self):
        for body in (
            "<p>Kept</p><style>p { color: red }</style><script>gone()</script>",
            "<p>Kept</p><!-- gone -->",
            '<p onclick="gone()">Kept</p><title>gone</title>',
        ):
            with self.subTest(body):
                self.assertEqual(self._rows(self._post(self.bob, Markup(body))).title, "Kept")

    def test_title_follows_the_text_that_is_edited(self):
        message = self._post(self.bob, Markup("<p>Before</p>"))
        message.body = Markup("<p>After</p>")
        self.assertEqual(self._rows(message).title, "After")
        message.body = Markup("<p>At last</p>")
        self.assertEqual(self._rows(message).title, "At last")

    def test_note_costs_one_query_more_than_in_odoo(self):
        bob = self.bob.with_user(self.user_salesman)
        self._post(bob)
        self.env.cr.flush()
        message = self._post(bob, "Called back")
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.env.cr.flush()
        self.assertEqual(self._rows(message).title, "Called back")

    def test_merge_of_two_contacts_keeps_their_events_and_counts_a_meeting_once(self):
        twin = self.env["res.partner"].create({"name": "Nortwind", "is_company": True})
        call = self._call(twin)
        message = self._post(twin, "To the twin")
        meeting = self._meeting(twin, self.account)
        own = self._call(self.account)
        self._rows(call)
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (twin + self.account).ids, self.account
        )
        self.assertEqual(
            sorted(self._whole_history(self.account, self.user_manager)),
            sorted(
                [
                    ("calendar.event", meeting.id),
                    ("crm.call", call.id),
                    ("crm.call", own.id),
                    ("mail.message", message.id),
                ]
            ),
        )
        anchors = self._rows(message)
        self.assertEqual(
            (anchors.anchor_model, anchors.anchor_id), ("res.partner", self.account.id)
        )

    def test_events_open_their_documents(self):
        call = self._call(self.bob)
        message = self._post(call, "About it")
        for event in self._rows(call) + self._rows(message):
            action = event.with_user(self.user_salesman).action_open_document()
            self.assertEqual((action["res_model"], action["res_id"]), ("crm.call", call.id))

    def test_people_of_a_meeting_in_another_order_are_the_same_events(self):
        meeting = self._meeting(self.ana, self.bob)
        before = self._rows(meeting).mapped("partner_id")
        meeting.with_context(no_mail_to_attendees=True).partner_ids = [
            Command.set((self.bob + self.ana + self.user_salesman.partner_id).ids)
        ]
        self.assertEqual(self._rows(meeting).mapped("partner_id"), before)
