# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, freeze_time, tagged, users

from odoo.addons.crm_accounts.tests.common import CrmSuiteCommon


@tagged("post_install", "-at_install")
class TestCrmAccountContact(CrmSuiteCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Partner = cls.env["res.partner"]
        cls.account = Partner.create({"name": "Northwind", "is_company": True})
        cls.other_account = Partner.create({"name": "Southwind", "is_company": True})
        cls.contact = Partner.create({"name": "Ana", "parent_id": cls.account.id})
        cls.role = cls.env["crm.account.role"].create({"name": "Buyer"})
        cls.other_role = cls.env["crm.account.role"].create({"name": "Payer"})

    def _create_row(self, **values):
        return self.env["crm.account.contact"].create(
            {
                "account_id": self.account.id,
                "contact_id": self.contact.id,
                "role_id": self.role.id,
            }
            | values
        )

    @users("crm_user_salesman")
    def test_salesperson_gives_role_on_the_account(self):
        with (
            Form(self.account.with_env(self.env), "base.view_partner_form") as form,
            form.crm_account_contact_ids.new() as line,
        ):
            line.contact_id = self.contact.with_env(self.env)
            line.role_id = self.role.with_env(self.env)
        self.assertEqual(self.contact.crm_contact_account_ids.role_id, self.role)

    @users("crm_user_salesman")
    def test_salesperson_gives_role_on_the_contact(self):
        with (
            Form(self.contact.with_env(self.env), "base.view_partner_form") as form,
            form.crm_contact_account_ids.new() as line,
        ):
            line.account_id = self.other_account.with_env(self.env)
            line.role_id = self.role.with_env(self.env)
        self.assertEqual(self.other_account.crm_account_contact_ids.contact_id, self.contact)

    def test_contact_of_another_company_gives_nothing_away_on_the_form(self):
        self.contact.write(
            {
                "company_id": self.env.company.id,
                "email": "ana@trust.example",
                "phone": "+1 555 0199",
                "crm_mobile": "+1 555 0198",
            }
        )
        self.env.flush_all()
        rows = self.env["crm.account.contact"].with_user(self.user_company_b)
        spec = {"email": {}, "phone": {}, "crm_mobile": {}}
        for changed in ([], ["contact_id"], ["role_id"]):
            with self.subTest(changed=changed):
                self.env.invalidate_all()
                try:
                    result = rows.onchange(
                        {"contact_id": self.contact.id, "role_id": self.role.id}, changed, spec
                    )
                except AccessError:
                    continue
                self.assertNotRegex(str(result), "555|trust")

    def test_role_of_a_contact_that_went_to_another_company_is_still_listed(self):
        row = self._create_row().with_user(self.user_salesman)
        self.contact.phone = "+1 555 0199"
        self.assertEqual(row.phone, "+1 555 0199")
        self.contact.company_id = self.company_b
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(
            row.read(["email", "phone", "crm_mobile"]),
            [{"id": row.id, "email": False, "phone": False, "crm_mobile": False}],
        )

    @users("crm_user_salesman")
    def test_salesperson_removes_role(self):
        row = self._create_row()
        row.unlink()
        self.assertFalse(self.account.crm_account_contact_ids)

    @users("crm_user_salesman")
    def test_person_has_roles_in_several_accounts(self):
        self._create_row()
        self._create_row(account_id=self.other_account.id)
        self.assertEqual(
            self.contact.crm_contact_account_ids.account_id, self.account + self.other_account
        )

    def test_main_account_is_the_one_the_person_works_for(self):
        main = self._create_row()
        other = self._create_row(account_id=self.other_account.id)
        self.assertEqual([main.is_primary, other.is_primary], [True, False])
        self.contact.parent_id = self.other_account
        self.assertEqual([main.is_primary, other.is_primary], [False, True])

    def test_role_leaves_the_address_of_the_person_alone(self):
        self.contact.street = "1 Home Street"
        self.other_account.street = "2 South Street"
        self._create_row(account_id=self.other_account.id)
        self.assertEqual(self.contact.street, "1 Home Street")
        self.assertEqual(self.contact.commercial_partner_id, self.account)

    def test_role_is_current_within_its_dates(self):
        with freeze_time("2026-06-15"):
            for start, end, current in (
                (False, False, True),
                ("2026-06-15", "2026-06-15", True),
                ("2026-06-16", False, False),
                (False, "2026-06-14", False),
            ):
                with self.subTest(start=start, end=end):
                    row = self._create_row(date_start=start, date_end=end)
                    self.assertEqual(row.is_current, current)
                    found = self.env["crm.account.contact"].search(
                        [("is_current", "=", current), ("id", "=", row.id)]
                    )
                    self.assertEqual(found, row)
                    row.unlink()

    def test_role_reads_as_person_and_role(self):
        self.assertEqual(self._create_row().display_name, "Ana, Buyer")

    def test_same_role_twice_at_once_is_refused(self):
        self._create_row()
        with self.assertRaisesRegex(ValidationError, "Ana already has the role Buyer"):
            self._create_row()

    def test_same_role_again_after_it_ended_is_accepted(self):
        first = self._create_row(date_end="2024-12-31")
        second = self._create_row(date_start="2025-01-01")
        self.assertEqual(self.account.crm_account_contact_ids, first + second)

    def test_overlapping_periods_are_refused(self):
        self._create_row(date_start="2024-01-01", date_end="2024-12-31")
        with self.assertRaises(ValidationError):
            self._create_row(date_start="2024-12-31")

    def test_two_roles_at_once_are_accepted(self):
        rows = self._create_row() + self._create_row(role_id=self.other_role.id)
        self.assertEqual(rows.role_id, self.role + self.other_role)

    def test_person_as_account_and_account_as_person_are_refused_at_once(self):
        with self.assertRaises(ValidationError) as error:
            self._create_row(account_id=self.contact.id, contact_id=self.account.id)
        message = str(error.exception)
        self.assertIn("choose a company or a department", message)
        self.assertIn("choose a person", message)

    @users("crm_user_salesman")
    def test_all_roles_that_end_before_they_start_are_named_at_once(self):
        dates = {"date_start": "2026-01-02", "date_end": "2026-01-01"}
        row = {"account_id": self.account.id, "contact_id": self.contact.id} | dates
        with self.assertRaises(ValidationError) as error:
            self.env["crm.account.contact"].create(
                [row | {"role_id": self.role.id}, row | {"role_id": self.other_role.id}]
            )
        message = str(error.exception)
        self.assertIn(
            "Ana cannot stop being Buyer of Northwind on 01/01/2026, before starting on 01/02/2026",
            message,
        )
        self.assertIn("stop being Payer", message)

    @users("crm_user_salesman")
    def test_role_that_ends_before_it_starts_is_refused_on_the_form(self):
        form = Form(self.contact.with_env(self.env), "base.view_partner_form")
        with form.crm_contact_account_ids.new() as line:
            line.account_id = self.account.with_env(self.env)
            line.role_id = self.role.with_env(self.env)
            line.date_start = "2026-01-02"
            line.date_end = "2026-01-01"
        with self.assertRaisesRegex(ValidationError, "correct one of the dates"):
            form.save()

    def test_end_set_before_the_start_is_refused(self):
        row = self._create_row(date_start="2026-01-02")
        with self.assertRaisesRegex(ValidationError, "cannot stop being Buyer"):
            row.date_end = "2026-01-01"

    @users("crm_user_company_b")
    def test_other_company_does_not_see_the_role(self):
        self.account.company_id = self.env.ref("base.main_company")
        row = self._create_row_as_superuser()
        self.assertFalse(self.env["crm.account.contact"].search([("id", "=", row.id)]))
        with self.assertRaises(AccessError):
            row.with_env(self.env).read(["role_id"])

    @users("crm_user_company_b")
    def test_role_in_shared_account_is_shared(self):
        row = self._create_row_as_superuser()
        self.assertEqual(row.with_env(self.env).role_id.name, "Buyer")

    @users("crm_user_employee")
    def test_employee_reads_no_roles(self):
        with self.assertRaises(AccessError):
            self.env["crm.account.contact"].search([])

    def _create_row_as_superuser(self):
        row = (
            self.env["crm.account.contact"]
            .sudo()
            .create(
                {
                    "account_id": self.account.id,
                    "contact_id": self.contact.id,
                    "role_id": self.role.id,
                }
            )
        )
        self.env.invalidate_all()
        return row.sudo(False)
