# SPDX-License-Identifier: LGPL-3.0-or-later
import random

from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.crm_accounts.tests.common import CrmSuiteUsersMixin
from odoo.addons.mail.tests.common import MailCommon

from .common import CrmCasesMixin

MAIL = """Return-Path: <{sender}>
To: {to}
Cc: {cc}
From: {sender}
Subject: {subject}
Date: Mon, 02 Mar 2026 10:00:00 +0000
Message-ID: <{msg_id}>
{extra}MIME-Version: 1.0
Content-Type: text/html; charset="UTF-8"

{body}
"""


@tagged("post_install", "-at_install")
class TestCrmCaseMail(CrmCasesMixin, CrmSuiteUsersMixin, MailCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_users()
        cls._crm_create_case_records()
        cls.address = cls.team.alias_id.alias_full_name

    @mute_logger("odoo.addons.mail.models.mail_thread")
    def _receive(self, sender, to=None, subject="Help", body="<p>It broke.</p>", **values):
        """Process a mail and return the case it made, if any."""
        before = self.env["crm.case"].search([], order="id desc", limit=1).id
        values = {"cc": "", "extra": "", "msg_id": f"{subject}-{sender}-{before}"} | values
        mail = MAIL.format(
            sender=sender, to=to or self.address, subject=subject, body=body, **values
        )
        self.env["mail.thread"].message_process(None, mail)
        return self.env["crm.case"].search([("id", ">", before or 0)])

    def _receive_reply(self, message, sender, body="<p>It works.</p>"):
        return self._receive(
            sender,
            subject="Re",
            body=body,
            extra=f"In-Reply-To: {message.message_id}\n",
            msg_id=f"reply-to-{message.id}",
        )

    def test_mail_becomes_a_case_of_its_team(self):
        with self.mock_mail_gateway():
            case = self._receive("contact@example.com", subject="No light")
        self.assertEqual(len(case), 1)
        self.assertEqual(case.name, "No light")
        self.assertEqual(case.team_id, self.team)
        self.assertEqual(case.partner_id, self.contact)
        self.assertEqual(case.crm_account_id, self.department)
        self.assertEqual(case.requester_kind, "customer")
        self.assertEqual(case.state, "new")
        self.assertFalse(case.user_id)
        self.assertIn("It broke.", case.description)
        self.assertIn("It broke.", case.message_ids[0].body)
        self.assertIn(self.contact, case.message_partner_ids)
        self.assertTrue(case.number)

    def test_mail_from_a_stranger_becomes_a_case(self):
        with self.mock_mail_gateway():
            case = self._receive('"New One" <New.One@example.com>')
        self.assertFalse(case.partner_id)
        self.assertEqual(case.email_normalized, "new.one@example.com")
        self.assertEqual(case.requester_kind, "customer")

    def test_mail_without_subject_becomes_a_case(self):
        with self.mock_mail_gateway():
            case = self._receive("contact@example.com", subject="")
        self.assertEqual(case.name, "No Subject")

    def test_mail_of_any_size_becomes_a_case(self):
        with self.mock_mail_gateway():
            case = self._receive("contact@example.com", body="<p>%s</p>" % ("x " * 150_000))
        self.assertFalse(case.description)
        self.assertIn("x x", case.message_ids[0].body)

    def test_mail_to_a_team_for_suppliers_is_a_case_of_a_supplier(self):
        self.team_suppliers.alias_name = "case-suppliers"
        with self.mock_mail_gateway():
            case = self._receive(
                "stranger@example.com", to=self.team_suppliers.alias_id.alias_full_name
            )
        self.assertEqual(case.requester_kind, "supplier")
        self.assertEqual(case.team_id, self.team_suppliers)

    def test_mail_to_a_team_of_another_company_gets_its_number(self):
        team = self.env["crm.case.team"].create(
            {"name": "B", "company_id": self.company_b.id, "alias_name": "case-b"}
        )
        team.alias_id.alias_domain_id = self.team.alias_id.alias_domain_id
        with self.mock_mail_gateway():
            case = self._receive("contact@example.com", to=team.alias_id.alias_full_name)
        self.assertEqual(case.company_id, self.company_b)
        self.assertTrue(case.number)

    def test_mail_from_an_impossibly_long_address_becomes_a_case(self):
        # Random text, because PostgreSQL would compress a repeated letter into its index.
        address = random.Random(1).randbytes(3000).hex() + "@example.com"
        with self.mock_mail_gateway():
            case = self._receive(address, msg_id="long-address")
        self.assertFalse(case.email_normalized)
        self.assertIn("It broke.", case.description)

    def test_copies_are_kept(self):
        with self.mock_mail_gateway():
            case = self._receive("contact@example.com", cc="boss@example.com")
        self.assertIn("boss@example.com", case.email_cc)

    def test_subject_is_data(self):
        subject = "{{ object.env.user }} <t t-out='1'/>"
        with self.mock_mail_gateway():
            case = self._receive("contact@example.com", subject=subject)
        self.assertEqual(case.name, subject)

    def test_description_is_sanitized(self):
        with self.mock_mail_gateway():
            case = self._receive(
                "contact@example.com", body="<p onclick='x()'>Hi</p><script>x()</script>"
            )
        self.assertNotIn("script", case.description)
        self.assertNotIn("onclick", case.description)

    def test_follower_of_the_team_hears_of_new_cases(self):
        self.team.message_subscribe(self.agent.partner_id.ids)
        with self.mock_mail_gateway():
            case = self._receive("contact@example.com")
        self.assertIn(self.agent.partner_id, case.message_ids[0].notified_partner_ids)

    def test_answer_reaches_the_requester_and_asks_for_replies_at_the_team(self):
        case = self._crm_new_case(user_id=self.agent.id)
        with self.mock_mail_gateway():
            case.with_user(self.agent).message_post(
                body="Try again", message_type="comment", subtype_xmlid="mail.mt_comment"
            )
        mail = self._new_mails.filtered(lambda mail: self.contact in mail.recipient_ids)
        self.assertEqual(len(mail), 1)
        self.assertIn(self.address, mail.reply_to)
        self.assertNotIn("/mail/view", mail.body_html)

    def test_answer_of_a_case_without_team_asks_for_replies_at_the_catchall(self):
        case = self._crm_new_case(team_id=False)
        self.assertIn(
            self.alias_catchall, case._notify_get_reply_to(default="a@example.com")[case.id]
        )

    def test_note_stays_inside(self):
        case = self._crm_new_case(user_id=self.agent.id)
        with self.mock_mail_gateway():
            case.with_user(self.agent).message_post(body="Careful", subtype_xmlid="mail.mt_note")
        self.assertFalse(self._new_mails.filtered(lambda mail: self.contact in mail.recipient_ids))

    def test_reply_returns_to_the_chatter(self):
        case = self._crm_new_case(user_id=self.agent.id)
        with self.mock_mail_gateway():
            question = case.message_post(body="Which one?", subtype_xmlid="mail.mt_comment")
            created = self._receive_reply(question, "contact@example.com")
        self.assertFalse(created)
        self.assertIn("It works.", case.message_ids[0].body)
        self.assertEqual(case.message_ids[0].author_id, self.contact)
        self.assertIn(self.agent.partner_id, case.message_ids[0].notified_partner_ids)

    def test_reply_ends_the_wait_for_the_requester(self):
        case = self._crm_new_case(stage_id=self.stage_waiting_requester.id)
        with self.mock_mail_gateway():
            question = case.message_post(body="Which one?", subtype_xmlid="mail.mt_comment")
            self.assertEqual(case.state, "waiting_requester")
            self._receive_reply(question, "contact@example.com")
        self.assertEqual(case.state, "in_progress")

    def test_reply_reopens_a_resolved_case(self):
        case = self._crm_new_case(stage_id=self.stage_resolved.id)
        with self.mock_mail_gateway():
            answer = case.message_post(body="Done", subtype_xmlid="mail.mt_comment")
            self._receive_reply(answer, "contact@example.com")
        self.assertEqual(case.state, "in_progress")
        self.assertEqual(case.reopen_count, 1)

    def test_reply_is_kept_when_the_team_has_no_stage_to_go_back_to(self):
        case = self._crm_new_case(stage_id=self.stage_resolved.id)
        (self.stage_new | self.stage_in_progress).team_ids = self.team_suppliers
        with self.mock_mail_gateway():
            answer = case.message_post(body="Done", subtype_xmlid="mail.mt_comment")
            self._receive_reply(answer, "contact@example.com")
        self.assertEqual(case.state, "resolved")
        self.assertIn("It works.", case.message_ids[0].body)

    def test_reply_leaves_a_closed_case_closed(self):
        case = self._crm_new_case(stage_id=self.stage_closed.id)
        with self.mock_mail_gateway():
            answer = case.message_post(body="Done", subtype_xmlid="mail.mt_comment")
            self._receive_reply(answer, "contact@example.com")
        self.assertEqual(case.state, "closed")
        self.assertIn("It works.", case.message_ids[0].body)

    def test_portal_user_takes_a_case_up_without_write_access(self):
        case = self._crm_new_case(stage_id=self.stage_waiting_requester.id)
        case.with_user(self.portal).message_post(
            body="Here it is", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertEqual(case.state, "in_progress")

    def test_one_flooding_sender_does_not_stop_the_others(self):
        domain = self.env["crm.case"]._detect_loop_sender_domain("%@example.com")
        self._crm_new_case()
        self.assertFalse(self.env["crm.case"].search(domain))

    def test_answer_button_addresses_the_requester(self):
        case = self._crm_new_case(user_id=self.agent.id).with_user(self.agent)
        action = case.action_answer()
        with self.mock_mail_gateway():
            composer = Form(
                self.env[action["res_model"]]
                .with_user(self.agent)
                .with_context(**action["context"])
            )
            composer.body = "<p>Try again</p>"
            composer.save().action_send_mail()
        self.assertIn("Try again", case.message_ids[0].body)
        self.assertIn(self.contact, case.message_ids[0].partner_ids)
        self.assertFalse(case.message_ids[0].is_internal)

    def test_answer_to_a_stranger_makes_a_contact(self):
        with self.mock_mail_gateway():
            case = self._receive('"New One" <new.one@example.com>')
            case.user_id = self.agent
            action = case.with_user(self.agent).action_answer()
        self.assertEqual(case.partner_id.email, "new.one@example.com")
        self.assertEqual(case.partner_id.name, "New One")
        self.assertEqual(action["context"]["default_partner_ids"], case.partner_id.ids)

    def test_answer_in_the_chatter_names_the_stranger(self):
        with self.mock_mail_gateway():
            case = self._receive("new.one@example.com")
            case.user_id = self.agent
            partner = self.env["res.partner"].create(
                {"name": "New One", "email": "new.one@example.com"}
            )
            case.with_user(self.agent).message_post(
                body="Hello",
                message_type="comment",
                partner_ids=partner.ids,
                subtype_xmlid="mail.mt_comment",
            )
        self.assertEqual(case.partner_id, partner)

    def test_answer_to_nobody_is_refused(self):
        case = self._crm_new_case(partner_id=False, user_id=self.agent.id)
        with self.assertRaisesRegex(UserError, "Choose the requester"):
            case.with_user(self.agent).action_answer()

    def test_solution_goes_into_the_answer_and_is_linked_when_sent(self):
        case = self._crm_new_case(user_id=self.agent.id)
        solution = self._crm_new_solution(answer="<p>Turn it off and on.</p>")
        action = (
            solution.with_user(self.agent).with_context(crm_case_id=case.id).action_answer_case()
        )
        self.assertFalse(case.solution_link_ids)
        with self.mock_mail_gateway():
            composer = Form(
                self.env[action["res_model"]]
                .with_user(self.agent)
                .with_context(**action["context"])
            )
            self.assertIn("Turn it off and on.", composer.body)
            composer.save().action_send_mail()
        self.assertIn("Turn it off and on.", case.message_ids[0].body)
        self.assertEqual(case.solution_link_ids.solution_id, solution)
        self.assertEqual(case.solution_link_ids.role, "sent")
        self.assertEqual(case.solution_link_ids.user_id, self.agent)
