# SPDX-License-Identifier: LGPL-3.0-or-later
"""What core's merge of contacts loses: each loss is shown with core's code alone, then not."""

from contextlib import contextmanager
from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.crm_accounts.tests.common import CrmSuiteCommon
from odoo.addons.crm_accounts.wizards import base_partner_merge_automatic_wizard as ours

SYSTEM = "base.group_system"


@tagged("post_install", "-at_install")
class TestMerge(CrmSuiteCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_merger = cls._crm_new_user(
            "user_merger", "sales_team.group_sale_salesman_all_leads,base.group_partner_manager"
        )
        cls.acme, cls.other = cls.env["res.partner"].create(
            [{"name": name, "is_company": True} for name in ("Acme", "Other")]
        )
        cls.kept, cls.gone = cls.env["res.partner"].create(
            [
                {"name": "Ana Ruiz", "email": "ana@acme.example", "parent_id": cls.acme.id},
                {"name": "Anna Ruiz", "email": "ana@acme.example", "parent_id": cls.acme.id},
            ]
        )
        cls.wizard = cls.env["base.partner.merge.automatic.wizard"].with_user(cls.user_merger)

    def _merge(self, *gone, into=None, user=None):
        into = into or self.kept
        partners = into.union(*(gone or (self.gone,)))
        wizard = self.wizard.with_user(user) if user else self.wizard
        wizard._merge(partners.ids, into.with_user(wizard.env.user))
        self.env.flush_all()
        self.env.invalidate_all()

    @contextmanager
    def _core_alone(self):
        """Take our methods off the class, as if only core were there, and undo what is done."""
        cls = ours.BasePartnerMergeAutomaticWizard
        removed = {
            name: cls.__dict__[name]
            for name in (
                "_merge",
                "_update_values",
                "_update_foreign_keys_generic",
                "_update_reference_fields_generic",
            )
        }
        savepoint = self.env.cr.savepoint()
        for name in removed:
            delattr(cls, name)
        try:
            yield
        finally:
            for name, method in removed.items():
                setattr(cls, name, method)
            savepoint.rollback()
            savepoint.close(rollback=False)
            self.env.invalidate_all()

    def _done_activity(self):
        activity = self.gone.activity_schedule("mail.mail_activity_data_todo", summary="Called")
        activity.action_feedback("Said yes")
        self.assertFalse(activity.active)
        return activity

    def test_done_activities_are_kept(self):
        activity = self._done_activity()
        with self._core_alone():
            self._merge()
            self.assertFalse(activity.exists(), "core deletes it")
        self._merge()
        self.assertEqual((activity.res_model, activity.res_id), ("res.partner", self.kept.id))
        self.assertFalse(activity.active)

    def test_meetings_about_the_contact_follow(self):
        meeting = self.env["calendar.event"].create(
            {
                "name": "Meeting",
                "start": "2026-01-05 10:00:00",
                "stop": "2026-01-05 11:00:00",
                "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                "res_id": self.gone.id,
            }
        )
        with self._core_alone():
            self._merge()
            self.assertEqual(meeting.res_id, self.gone.id, "core leaves a dead id")
            self.assertFalse(self.gone.exists())
        self._merge()
        self.assertEqual(meeting.res_id, self.kept.id)

    def test_rows_beside_a_conflicting_one_are_kept(self):
        both, only = self.env["crm.call"].create(
            [{"partner_id": self.acme.id, "name": name} for name in ("Both", "Only")]
        )
        (both | only).message_subscribe(self.gone.ids)
        both.message_subscribe(self.kept.ids)
        with self._core_alone():
            self._merge()
            self.assertNotIn(self.kept, only.message_partner_ids, "core drops them all")
        self._merge()
        self.assertIn(self.kept, only.message_partner_ids)
        self.assertIn(self.kept, both.message_partner_ids)

    def test_what_a_constraint_drops_is_in_the_log(self):
        call = self.env["crm.call"].create({"partner_id": self.acme.id, "name": "Both"})
        call.message_subscribe((self.gone | self.kept).ids)
        follower = self.env["mail.followers"].search(
            [
                ("res_model", "=", "crm.call"),
                ("res_id", "=", call.id),
                ("partner_id", "=", self.gone.id),
            ]
        )
        follower_id = follower.id
        self._merge()
        log = self.env["crm.merge.log"].search([("partner_id", "=", self.kept.id)])
        self.assertIn(follower_id, [row["id"] for row in log.dropped["mail_followers"]])

    @mute_logger("odoo.sql_db")
    def test_a_unique_index_does_not_abort_the_merge(self):
        self.env.cr.execute("CREATE UNIQUE INDEX crm_call_test_uniq ON crm_call (partner_id, name)")
        self.env["crm.call"].create(
            [
                {"partner_id": self.kept.id, "name": "Same"},
                {"partner_id": self.gone.id, "name": "Same"},
                {"partner_id": self.gone.id, "name": "Another"},
            ]
        )
        with self._core_alone(), self.assertRaises(psycopg2.IntegrityError):
            self._merge()
        self._merge()
        calls = self.env["crm.call"].search([("partner_id", "=", self.kept.id)])
        self.assertEqual(sorted(calls.mapped("name")), ["Another", "Same"])

    def test_a_manager_merges_more_than_three(self):
        many = self.env["res.partner"].create(
            [{"name": f"Ana {number}", "email": "ana@acme.example"} for number in range(5)]
        )
        manager = self._crm_new_user(
            "user_merge_manager", "sales_team.group_sale_manager,base.group_partner_manager"
        )
        with self._core_alone(), self.assertRaisesRegex(UserError, "more than 3"):
            self._merge(many, user=manager)
        self._merge(many, user=manager)
        self.assertFalse(many.exists())

    def test_others_merge_three_at_most(self):
        many = self.env["res.partner"].create(
            [{"name": f"Ana {number}", "email": "ana@acme.example"} for number in range(5)]
        )
        with self.assertRaisesRegex(UserError, "more than 3"):
            self._merge(many)

    def test_the_salesperson_of_the_merged_contact_is_taken_over(self):
        self.gone.user_id = self.user_salesman
        self.kept.user_id = False
        with self._core_alone():
            self._merge()
            self.assertFalse(self.kept.user_id, "core skips computed fields")
        self._merge()
        self.assertEqual(self.kept.user_id, self.user_salesman)

    def test_those_below_belong_to_the_kept_account(self):
        below = self.env["res.partner"].create({"name": "Eva", "parent_id": self.other.id})
        self._merge(self.other, into=self.acme)
        self.assertEqual(below.complete_name, "Acme, Eva")
        self.assertEqual(below.commercial_partner_id, self.acme)
        self.assertEqual(below.crm_account_id, self.acme)

    def test_history_of_the_merged_contact_is_kept(self):
        self.env["crm.call"].create({"partner_id": self.gone.id, "name": "Old call"})
        self.gone.message_post(
            body="Old note", message_type="comment", subtype_xmlid="mail.mt_note"
        )
        self._done_activity()
        events = self.env["crm.account.event"]
        before = events.search([("partner_id", "=", self.gone.id)]).mapped("kind")
        self.assertEqual(sorted(before), ["call", "done", "note"])
        self._merge()
        page = events.with_user(self.user_salesman_all).crm_history(self.kept.id)
        kinds = [event["kind"] for event in page["events"]]
        # The merge itself leaves a message of the system, which is no event.
        self.assertEqual(sorted(kinds), ["call", "done", "note"])

    def test_a_meeting_with_both_is_in_the_history_once(self):
        self.env["calendar.event"].create(
            {
                "name": "Meeting",
                "start": "2026-01-05 10:00:00",
                "stop": "2026-01-05 11:00:00",
                "partner_ids": [Command.set((self.kept | self.gone).ids)],
            }
        )
        self._merge()
        events = self.env["crm.account.event"]
        self.assertEqual(events.search_count([("partner_id", "=", self.kept.id)]), 1)

    def test_overlapping_roles_become_one(self):
        role = self.env["crm.account.role"].create({"name": "Buyer"})
        self.env["crm.account.contact"].create(
            [
                {
                    "account_id": self.acme.id,
                    "contact_id": contact.id,
                    "role_id": role.id,
                    "date_start": start,
                    "date_end": end,
                }
                for contact, start, end in (
                    (self.kept, "2026-01-01", "2026-06-30"),
                    (self.gone, "2025-01-01", "2026-03-31"),
                )
            ]
        )
        self._merge()
        row = self.env["crm.account.contact"].search([("contact_id", "=", self.kept.id)])
        self.assertEqual(
            [(str(one.date_start), str(one.date_end), one.is_primary) for one in row],
            [("2025-01-01", "2026-06-30", True)],
        )

    def test_who_only_manages_contacts_joins_the_roles_of_every_company(self):
        role = self.env["crm.account.role"].create({"name": "Buyer"})
        self.other.company_id = self.company_b
        self.env["crm.account.contact"].create(
            [
                {"account_id": account.id, "contact_id": contact.id, "role_id": role.id}
                for account in (self.acme, self.other)
                for contact in (self.kept, self.gone)
            ]
        )
        merger = self._crm_new_user("user_contacts", "base.group_user,base.group_partner_manager")
        with self._core_alone():
            self._merge(user=merger)
        self._merge(user=merger)
        rows = self.env["crm.account.contact"].search([("contact_id", "=", self.kept.id)])
        self.assertEqual(rows.account_id, self.acme | self.other)
        self.assertEqual(len(rows), 2)
        self.assertEqual(rows.filtered("is_primary").account_id, self.acme)

    def test_a_contact_with_a_barcode_is_merged(self):
        self.gone.barcode = "A-1"
        with self._core_alone(), self.assertRaisesRegex(UserError, "already has this barcode"):
            self._merge()
        self._merge()
        self.assertEqual(self.kept.barcode, "A-1")

    def test_the_log_holds_the_values_that_went(self):
        self.gone.write(
            {
                "phone": "+58 212 555 0101",
                "crm_birthdate": "1980-05-03",
                "comment": "<p>Pays <b>late</b></p>",
            }
        )
        self._merge()
        log = self.env["crm.merge.log"].search([("partner_id", "=", self.kept.id)])
        self.assertEqual(log.create_uid, self.user_merger)
        self.assertEqual(log.values[0]["id"], self.gone.id)
        self.assertEqual(log.values[0]["values"]["name"], "Anna Ruiz")
        summary = log.with_user(self.user_manager).summary
        self.assertIn("Name: Anna Ruiz\n", summary)
        self.assertIn("Related Company: Acme\n", summary)
        self.assertIn("Birth Date: 1980-05-03\n", summary)
        self.assertIn("Notes: Pays *late*\n", summary)
        for derived in ("Complete Name", "Created on", "Normalized Email"):
            self.assertNotIn(derived, summary)

    def test_only_managers_read_the_log(self):
        self._merge()
        logs = self.env["crm.merge.log"]
        self.assertTrue(logs.with_user(self.user_manager).search_count([]))
        for user in (self.user_merger, self.user_employee, self.user_portal):
            with self.assertRaises(AccessError):
                logs.with_user(user).search_count([])

    @contextmanager
    def _for_system_only(self, name):
        with patch.object(self.env.registry["res.partner"]._fields[name], "groups", SYSTEM):
            yield

    def _log(self, user):
        return self.env["crm.merge.log"].with_user(user).search([("partner_id", "=", self.kept.id)])

    def test_the_log_shows_no_field_that_its_reader_may_not_read(self):
        self.gone.write({"ref": "Secret 1", "function": "Buyer"})
        self._merge()
        with self._for_system_only("ref"):
            for user, expected in (
                (self.user_manager, False),
                (self.env.ref("base.user_admin"), True),
            ):
                with self.subTest(user=user.login):
                    self.assertIn("Job Position: Buyer", self._log(user).summary)
                    self.assertEqual("Secret 1" in self._log(user).summary, expected)
                    self.assertEqual("than you may read" in self._log(user).summary, not expected)

    def test_the_log_shows_no_records_that_its_reader_may_not_read(self):
        self.env["crm.call"].create({"partner_id": self.gone.id, "name": "Old call"})
        self._merge()
        access = self.env.ref("crm_accounts.access_crm_call_manager")
        (access | self.env.ref("crm_accounts.access_crm_call_salesman")).active = False
        self.assertNotIn("Phone Call: 1", self._log(self.user_manager).summary)
        access.active = True
        self.assertIn("Phone Call: 1", self._log(self.user_manager).summary)

    def test_what_the_log_stores_is_for_system_administrators(self):
        self._merge()
        log = self._log(self.user_manager)
        for name in ("values", "moved", "dropped"):
            with self.subTest(field=name):
                with self.assertRaises(AccessError):
                    log.read([name])
                with self.assertRaises(AccessError):
                    log.search([(name, "!=", False)])
        self.assertTrue(self._log(self.env.ref("base.user_admin")).read(["values"]))

    def test_the_log_keeps_the_values_of_every_company_and_shows_those_of_the_reader(self):
        field = self.env.registry["res.partner"]._fields["barcode"]
        self.assertTrue(field.company_dependent)
        self.gone.barcode = "A-1"
        self.gone.with_company(self.company_b).barcode = "B-1"
        self._merge()
        summary = self._log(self.user_manager).summary
        self.assertIn("A-1", summary)
        self.assertNotIn("B-1", summary)
        both = self._crm_new_user(
            "user_manager_both",
            "sales_team.group_sale_manager",
            company_ids=[Command.set((self.env.company | self.company_b).ids)],
        )
        companies = (self.env.company | self.company_b).ids
        log = self._log(both).with_context(allowed_company_ids=companies)
        self.assertIn("A-1", log.summary)
        self.assertIn("B-1", log.summary)

    def test_the_log_belongs_to_the_company_of_the_merged_contact(self):
        self.gone.company_id = self.env.company
        self._merge()
        self.assertEqual(self._log(self.user_manager).company_id, self.env.company)

    def test_the_log_of_another_company_is_not_read(self):
        company_manager = self._crm_new_user(
            "user_manager_b",
            "sales_team.group_sale_manager",
            company_id=self.company_b.id,
            company_ids=[Command.set(self.company_b.ids)],
        )
        (self.kept | self.gone).company_id = self.env.company
        self._merge()
        log = self.env["crm.merge.log"].search([("partner_id", "=", self.kept.id)])
        self.assertFalse(log.with_user(company_manager).has_access("read"))
        self.assertTrue(log.with_user(self.user_manager).has_access("read"))

    def test_contacts_of_different_companies_are_refused(self):
        self.gone.company_id = self.company_b
        self.kept.company_id = self.env.company
        both = new_test_user(
            self.env,
            "crm_user_both",
            groups="sales_team.group_sale_manager,base.group_partner_manager",
            company_ids=[Command.set((self.env.company | self.company_b).ids)],
        )
        wizard = self.wizard.with_user(both).with_context(
            allowed_company_ids=(self.env.company | self.company_b).ids
        )
        with self.assertRaisesRegex(UserError, "different companies"):
            wizard._merge((self.kept | self.gone).ids, self.kept)
        self.assertTrue(self.gone.exists())

    def test_all_that_speaks_against_it_is_said_at_once(self):
        people = self.user_salesman.partner_id | self.user_salesman_other.partner_id
        people[0].parent_id = self.acme
        with self.assertRaises(UserError) as raised:
            self.wizard.with_user(self.env.user)._merge((people | self.acme).ids, self.acme)
        self.assertIn("belongs to", str(raised.exception))
        self.assertIn("is a user", str(raised.exception))

    def test_our_own_companies_are_not_merged(self):
        with self.assertRaisesRegex(UserError, "Our own companies"):
            self._merge(self.company_b.partner_id, into=self.acme, user=self.env.user)

    def test_a_contact_that_is_gone_is_named(self):
        partners = self.kept | self.gone
        self.gone.unlink()
        with self.assertRaisesRegex(UserError, "merged or deleted"):
            self.wizard._merge(partners.ids, self.kept)

    def test_who_may_not_write_the_contact_does_not_merge_it(self):
        self.gone.company_id = self.company_b
        with self.assertRaises(AccessError):
            self._merge()
        self.assertTrue(self.gone.exists())

    def _wizard_of(self, *partners):
        return self.wizard.with_context(
            active_model="res.partner", active_ids=self.kept.union(*partners).ids
        ).create({"dst_partner_id": self.kept.id})

    def _rows(self, wizard):
        return {row["name"]: row["values"] for row in wizard.crm_comparison["rows"]}

    def test_the_wizard_shows_side_by_side_what_differs(self):
        self.kept.write({"function": "Buyer", "crm_birthdate": "1980-05-03"})
        self.gone.write({"function": "Head of Purchasing", "website": "https://ana.example"})
        self.gone.flush_recordset()
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = '2020-01-01' WHERE id = %s", [self.gone.id]
        )
        self.env.invalidate_all()
        rows = self._rows(self._wizard_of(self.gone))
        kept, gone = str(self.kept.id), str(self.gone.id)
        self.assertEqual(rows["function"], {kept: "Buyer", gone: "Head of Purchasing"})
        self.assertEqual(rows["name"], {kept: "Ana Ruiz", gone: "Anna Ruiz"})
        for agreed_or_only_one in ("email", "parent_id", "crm_birthdate", "website"):
            self.assertNotIn(agreed_or_only_one, rows)
        self.assertNotIn("write_date", rows)

    def test_the_dialog_closes_after_the_merge_of_chosen_contacts(self):
        action = self._wizard_of(self.gone).action_merge()
        self.assertEqual(action["params"]["next"], {"type": "ir.actions.act_window_close"})
        self.assertIn("2 contacts were merged into Acme, Ana Ruiz", action["params"]["message"])

    def test_the_dialog_goes_on_to_the_next_contacts_that_were_found(self):
        wizard = self._wizard_of(self.gone)
        wizard.line_ids = [
            Command.create({"min_id": 1, "aggr_ids": str(ids)})
            for ids in ((self.kept | self.gone).ids, (self.acme | self.other).ids)
        ]
        wizard.current_line_id = wizard.line_ids[0]
        self.assertEqual(wizard.action_merge()["res_id"], wizard.id)
        self.assertEqual(wizard.partner_ids, self.acme | self.other)

    def test_the_choices_of_one_merge_are_not_those_of_the_next(self):
        wizard = self._wizard_of(self.gone)
        wizard.line_ids = [
            Command.create({"min_id": 1, "aggr_ids": str(ids)})
            for ids in ((self.kept | self.gone).ids, (self.acme | self.other).ids)
        ]
        wizard.current_line_id = wizard.line_ids[0]
        wizard.crm_choices = {"name": self.kept.id}
        wizard.action_merge()
        self.assertFalse(wizard.crm_choices)

    def test_the_chosen_values_stay(self):
        self.kept.write({"function": "Buyer", "phone": "111", "crm_mobile": "222"})
        self.gone.write({"function": "Head of Purchasing", "phone": "333", "crm_mobile": "444"})
        wizard = self._wizard_of(self.gone)
        wizard.crm_choices = {"function": self.gone.id, "phone": self.kept.id}
        wizard.action_merge()
        self.assertEqual(
            (self.kept.function, self.kept.phone, self.kept.crm_mobile),
            ("Head of Purchasing", "111", "222"),
        )

    def test_what_the_kept_contact_lacks_is_taken_from_who_is_shown_first(self):
        third = self.env["res.partner"].create(
            {"name": "Ana R.", "email": "ana@acme.example", "function": "Third", "phone": "333"}
        )
        self.gone.write({"function": "Second", "website": "https://second.example"})
        wizard = self._wizard_of(third, self.gone)
        shown = [partner_id for partner_id, _name in wizard.crm_comparison["partners"]]
        self.assertEqual(shown, [self.kept.id, self.gone.id, third.id])
        wizard.action_merge()
        self.assertEqual(
            (self.kept.function, self.kept.phone, self.kept.website),
            ("Second", "333", "https://second.example"),
        )

    def test_the_comparison_follows_the_contact_that_is_kept(self):
        self.acme.website, self.other.website = "https://acme.example", "https://other.example"
        wizard = self.wizard.with_context(
            active_model="res.partner", active_ids=(self.acme | self.other).ids
        )
        with Form(wizard) as form:
            form.dst_partner_id = self.other
            self.assertEqual(form.crm_comparison["partners"][0][0], self.other.id)
            form.dst_partner_id = self.acme
            self.assertEqual(form.crm_comparison["partners"][0][0], self.acme.id)

    def test_who_takes_the_kept_contact_off_the_list_keeps_another_one(self):
        third = self.env["res.partner"].create({"name": "Third", "function": "Other"})
        wizard = self.wizard.with_context(
            active_model="res.partner", active_ids=(self.kept | self.gone | third).ids
        )
        with Form(wizard) as form:
            form.dst_partner_id = self.gone
            form.partner_ids.remove(self.gone.id)
            self.assertIn(form.dst_partner_id, self.kept | third)
            shown = [partner_id for partner_id, _name in form.crm_comparison["partners"]]
            self.assertEqual(shown[0], form.dst_partner_id.id)
            self.assertEqual(sorted(shown), sorted((self.kept | third).ids))

    def test_the_log_holds_the_values_that_were_replaced(self):
        self.kept.function, self.gone.function = "Buyer", "Head of Purchasing"
        wizard = self._wizard_of(self.gone)
        wizard.crm_choices = {"function": self.gone.id}
        wizard.action_merge()
        log = self.env["crm.merge.log"].search([("partner_id", "=", self.kept.id)])
        self.assertEqual(log.values[1]["id"], self.kept.id)
        self.assertEqual(log.values[1]["values"], {"function": "Buyer"})

    def test_values_are_chosen_among_more_than_three_contacts(self):
        many = self.env["res.partner"].create(
            [
                {"name": f"Ana {n}", "email": "ana@acme.example", "function": f"Job {n}"}
                for n in range(5)
            ]
        )
        manager = self._crm_new_user(
            "user_choose_manager", "sales_team.group_sale_manager,base.group_partner_manager"
        )
        wizard = self._wizard_of(*many).with_user(manager)
        wizard.crm_choices = {"name": many[1].id, "function": many[4].id}
        wizard.action_merge()
        self.assertEqual((self.kept.name, self.kept.function), ("Ana 1", "Job 4"))

    def test_a_choice_that_names_a_foreign_contact_or_field_is_ignored(self):
        self.gone.function = "Head of Purchasing"
        self.other.write({"website": "https://other.example", "company_registry": "X"})
        wizard = self._wizard_of(self.gone)
        wizard.crm_choices = {
            "website": self.other.id,
            "company_registry": self.gone.id,
            "create_uid": self.gone.id,
            "name": "1; DROP TABLE res_partner",
        }
        wizard.action_merge()
        self.assertEqual(self.kept.name, "Ana Ruiz")
        self.assertFalse(self.kept.website)

    def test_two_addresses_are_never_mixed(self):
        self.acme.write({"street": "Calle 1", "city": "Caracas"})
        self.other.write({"street": "Avenida 9", "street2": "Piso 4", "city": "Valencia"})
        with self._core_alone():
            self._merge(self.other, into=self.acme)
            self.assertEqual(self.acme.street2, "Piso 4", "core mixes them")
        self._merge(self.other, into=self.acme)
        self.assertEqual((self.acme.street, self.acme.street2), ("Calle 1", False))

    def test_an_address_is_chosen_as_a_whole(self):
        self.acme.write({"street": "Calle 1", "zip": "1010"})
        self.other.write({"street": "Avenida 9", "city": "Valencia"})
        wizard = self.wizard.with_context(
            active_model="res.partner", active_ids=(self.acme | self.other).ids
        ).create({"dst_partner_id": self.acme.id})
        self.assertIn("address", self._rows(wizard))
        wizard.crm_choices = {"address": self.other.id}
        wizard.action_merge()
        self.assertEqual(
            (self.acme.street, self.acme.city, self.acme.zip), ("Avenida 9", "Valencia", False)
        )

    def test_a_merged_person_leaves_the_address_of_the_company_alone(self):
        self.acme.write({"street": "Calle 1", "city": "Caracas"})
        self.gone.write({"parent_id": False})
        self.gone.write({"street": "Avenida 9", "street2": "Piso 4", "city": "Valencia"})
        with self._core_alone():
            self._merge()
            self.assertEqual(self.acme.street2, "Piso 4", "core hands it on to the company")
        self._merge()
        self.assertEqual((self.acme.street, self.acme.street2), ("Calle 1", False))
        self.assertEqual(self.kept.street, "Calle 1")
