# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged, users

from odoo.addons.crm_accounts.tests.common import CrmSuiteCommon


@tagged("post_install", "-at_install")
class TestHistoryScreens(CrmSuiteCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Partner = cls.env["res.partner"]
        cls.company = Partner.create({"name": "Harbour Mills", "is_company": True})
        cls.department = Partner.create(
            {"name": "Milling", "type": "department", "parent_id": cls.company.id}
        )
        cls.subsidiary = Partner.create(
            {"name": "Harbour Flour", "is_company": True, "parent_id": cls.company.id}
        )
        cls.person = Partner.create({"name": "Ada Reyes", "parent_id": cls.department.id})
        cls.calls = cls.env["crm.call"].create(
            [
                {"name": name, "partner_id": partner.id, "user_id": user.id}
                for name, partner, user in (
                    ("To the company", cls.company, cls.user_salesman),
                    ("To the person", cls.person, cls.user_salesman),
                    ("To the subsidiary", cls.subsidiary, cls.user_salesman),
                    ("Of somebody else", cls.company, cls.user_salesman_other),
                )
            ]
        )
        cls.env.flush_all()
        cls.events = cls.env["crm.account.event"]

    def _titles(self, partner, whole_group=False):
        action = partner.with_user(self.env.user).action_crm_view_history(whole_group)
        return set(
            self.events.with_user(self.env.user)
            .search([*action["domain"], ("res_model", "=", "crm.call")])
            .mapped("title")
        )

    @users("crm_user_salesman")
    def test_company_opens_its_own_calls_of_every_department(self):
        self.assertEqual(self._titles(self.company), {"To the company", "To the person"})

    @users("crm_user_salesman")
    def test_department_and_person_open_their_own_calls_only(self):
        self.assertEqual(self._titles(self.department), {"To the person"})
        self.assertEqual(self._titles(self.person), {"To the person"})

    @users("crm_user_salesman")
    def test_whole_group_adds_the_subsidiaries(self):
        self.assertEqual(
            self._titles(self.company, whole_group=True),
            {"To the company", "To the person", "To the subsidiary"},
        )

    @users("crm_user_salesman")
    def test_row_opens_the_document_it_stands_for(self):
        event = self.events.with_user(self.env.user).search([("title", "=", "To the company")])
        action = event.action_open_document()
        self.assertEqual((action["res_model"], action["res_id"]), ("crm.call", self.calls[0].id))

    @users("crm_user_salesman")
    def test_row_of_somebody_elses_call_does_not_open(self):
        event = self.events.sudo().search([("title", "=", "Of somebody else")])
        with self.assertRaises(AccessError):
            event.with_user(self.env.user).action_open_document()

    @users("crm_user_salesman")
    def test_menu_shows_each_document_once_and_the_last_month_first(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_accounts.crm_account_event_action"
        )
        self.assertEqual(action["path"], "crm-history")
        self.assertIn("search_default_last_month", action["context"])
        self.assertEqual(action["domain"].replace('"', "'"), "[('rank', '=', 0)]")
        views = self.events.with_user(self.env.user).get_views(
            [*action["views"], (False, "search")]
        )["views"]
        self.assertEqual(
            set(views), {"list", "kanban", "calendar", "pivot", "graph", "form", "search"}
        )
        for view_type in ("list", "kanban", "calendar", "form"):
            self.assertRegex(views[view_type]["arch"], 'create="0".*edit="0".*delete="0"')

    @users("crm_user_salesman")
    def test_list_reads_its_columns(self):
        found = self.events.with_user(self.env.user).web_search_read(
            [("rank", "=", 0), ("crm_account_id", "=", self.company.id), ("kind", "=", "call")],
            {"document_name": {}, "state_name": {}, "amount": {}, "kind": {}},
        )
        self.assertEqual(
            [(row["document_name"], row["state_name"]) for row in found["records"]],
            [("To the company", "Answered")],
        )

    def test_history_is_the_first_page_and_no_page_asks_for_the_focus(self):
        arch = self.env["res.partner"].get_view(view_type="form")["arch"]
        self.assertLess(arch.index('name="crm_history"'), arch.index('name="contact_addresses"'))
        self.assertNotIn("autofocus", arch)
        with Form(self.company) as form:
            self.assertEqual(form.name, "Harbour Mills")

    @users("crm_user_employee")
    def test_employee_sees_the_page_but_may_not_log_or_write_notes(self):
        self.assertIn(
            'name="crm_history"', self.env["res.partner"].get_view(view_type="form")["arch"]
        )
        choices = self.events.with_user(self.env.user).crm_history_choices(self.company.id)
        self.assertFalse(choices["can_log"])
        self.assertFalse(choices["can_note"])
        with self.assertRaises(AccessError):
            self.company.with_user(self.env.user).crm_log_note("Not mine to write")

    @users("crm_user_salesman")
    def test_salesperson_may_log_and_write_notes(self):
        choices = self.events.with_user(self.env.user).crm_history_choices(self.company.id)
        self.assertTrue(choices["can_log"])
        self.assertTrue(choices["can_note"])

    @users("crm_user_salesman")
    def test_group_is_offered_only_where_there_is_more_below(self):
        Event = self.events.with_user(self.env.user)
        self.assertTrue(Event.crm_history_choices(self.company.id)["group"])
        self.assertFalse(Event.crm_history_choices(self.department.id)["group"])
        self.assertFalse(Event.crm_history_choices(self.subsidiary.id)["group"])
        self.assertFalse(Event.crm_history_choices(self.person.id)["group"])

    @users("crm_user_salesman")
    def test_note_is_text_and_internal(self):
        company = self.company.with_user(self.env.user)
        company.crm_log_note("  Ask for <b>Ada</b>\nafter noon  ")
        message = company.message_ids[0]
        self.assertEqual(message.body, "<p>Ask for &lt;b&gt;Ada&lt;/b&gt;<br>after noon</p>")
        self.assertTrue(message.subtype_id.internal)
        page = self.events.with_user(self.env.user).crm_history(
            self.company.id, {"kinds": ["note"]}
        )
        self.assertEqual(
            [(row["title"], row["source_id"]) for row in page["events"]],
            [("Ask for <b>Ada</b> after noon", message.id)],
        )

    @users("crm_user_salesman")
    def test_empty_note_is_refused(self):
        with self.assertRaises(UserError):
            self.company.with_user(self.env.user).crm_log_note(" \n ")

    @users("crm_user_portal")
    def test_portal_user_gets_nothing(self):
        Event = self.events.with_user(self.env.user)
        with self.assertRaises(AccessError):
            Event.search([])
        with self.assertRaises(AccessError):
            Event.crm_history_choices(self.company.id)
        with self.assertRaises(AccessError):
            self.company.with_user(self.env.user).crm_log_note("Hello")

    @users("crm_user_salesman")
    def test_planned_call_is_upcoming(self):
        self.calls[0].write(
            {"outcome": "planned", "date": fields.Datetime.add(fields.Datetime.now(), days=2)}
        )
        page = self.events.with_user(self.env.user).crm_history(self.company.id)
        self.assertEqual([row["title"] for row in page["upcoming"]], ["To the company"])
        self.assertNotIn("To the company", [row["title"] for row in page["events"]])
