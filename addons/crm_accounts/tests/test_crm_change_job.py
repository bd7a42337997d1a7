# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, freeze_time, tagged, users

from odoo.addons.crm_accounts.tests.common import CrmSuiteCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 10:00:00")
class TestCrmChangeJob(CrmSuiteCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Partner = cls.env["res.partner"]
        cls.account, cls.new_account = Partner.create(
            [
                {
                    "name": "Northwind",
                    "is_company": True,
                    "vat": "/",
                    "street": "1 North St",
                    "company_registry": "N-1",
                },
                {"name": "Southwind", "is_company": True},
            ]
        )
        cls.department = Partner.create(
            {"name": "Purchasing", "type": "department", "parent_id": cls.account.id}
        )
        cls.contact = Partner.create(
            {
                "name": "Ana",
                "parent_id": cls.department.id,
                "function": "Buyer",
                "email": "ana@northwind.example.com",
                "phone": "+1 650 555 0100",
                "crm_mobile": "+1 650 555 0199",
            }
        )
        cls.buyer, cls.user_role = cls.env["crm.account.role"].create(
            [{"name": "Purchaser"}, {"name": "End User"}]
        )
        cls.role, cls.role_elsewhere = cls.env["crm.account.contact"].create(
            [
                {
                    "account_id": account.id,
                    "contact_id": cls.contact.id,
                    "role_id": cls.buyer.id,
                    "date_start": "2020-01-01",
                }
                for account in (
                    cls.department,
                    Partner.create({"name": "Westwind", "is_company": True}),
                )
            ]
        )
        cls.call = cls.env["crm.call"].create(
            {"partner_id": cls.contact.id, "user_id": cls.user_salesman.id}
        )
        cls.visit = cls.env["calendar.event"].create(
            {
                "name": "Visit",
                "crm_visit": True,
                "crm_visit_partner_id": cls.contact.id,
                "user_id": cls.user_salesman.id,
            }
        )

    def _change_job(self, **values):
        action = self.env.ref("crm_accounts.crm_change_job_action").sudo()
        self.assertEqual(action.context, '{"default_contact_id": active_id}')
        Wizard = self.env["crm.change.job"].with_context(default_contact_id=self.contact.id)
        form = Form(Wizard)
        for name, value in values.items():
            form[name] = value
        wizard = form.save()
        wizard.action_apply()
        return wizard

    @users("crm_user_salesman")
    def test_person_moves_and_the_old_role_ends_on_the_last_day(self):
        self._change_job(
            new_account_id=self.new_account, function="Head of Sales", role_id=self.user_role
        )
        self.assertEqual(self.contact.crm_account_id, self.new_account)
        self.assertEqual(self.contact.function, "Head of Sales")
        self.assertEqual(str(self.role.date_end), "2026-06-15")
        self.assertFalse(self.role.is_primary)
        new_role = self.new_account.crm_account_contact_ids
        self.assertEqual((new_role.contact_id, new_role.role_id), (self.contact, self.user_role))
        self.assertTrue(new_role.is_primary)
        self.assertEqual(str(new_role.date_start), "2026-06-16")

    @users("crm_user_salesman")
    def test_role_in_another_company_goes_on(self):
        self._change_job(new_account_id=self.new_account)
        self.assertFalse(self.role_elsewhere.date_end)

    @users("crm_user_salesman")
    def test_role_taken_off_the_list_goes_on(self):
        Wizard = self.env["crm.change.job"].with_context(default_contact_id=self.contact.id)
        with Form(Wizard) as form:
            self.assertEqual(form.ended_role_ids.ids, self.role.ids)
            form.ended_role_ids.remove(self.role.id)
        form.record.action_apply()
        self.assertFalse(self.role.date_end)

    @users("crm_user_salesman")
    def test_calls_and_visits_stay_with_the_old_account(self):
        old, new = self.account.with_env(self.env), self.new_account.with_env(self.env)
        before = (old.crm_call_count, old.crm_visit_count)
        self._change_job(new_account_id=self.new_account)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.call.crm_account_id, self.department)
        self.assertEqual(self.visit.crm_visit_account_id, self.department)
        self.assertEqual((old.crm_call_count, old.crm_visit_count), before)
        self.assertEqual((new.crm_call_count, new.crm_visit_count), (0, 0))
        # What core counts through the person follows.
        self.assertEqual((old.crm_people_count, new.crm_people_count), (0, 1))

    @users("crm_user_salesman")
    def test_old_tax_id_and_address_do_not_reach_a_new_account_without_them(self):
        self._change_job(new_account_id=self.new_account)
        self.assertFalse(self.new_account.vat)
        self.assertFalse(self.new_account.street)
        self.assertFalse(self.contact.vat)
        self.assertFalse(self.contact.street)
        self.assertEqual((self.account.vat, self.account.street), ("/", "1 North St"))

    @users("crm_user_salesman")
    def test_person_without_a_new_account_keeps_nothing_of_the_old_one(self):
        self._change_job()
        self.assertFalse(self.contact.parent_id)
        self.assertEqual(self.contact.commercial_partner_id, self.contact)
        self.assertFalse(self.contact.vat)
        self.assertFalse(self.contact.company_registry)
        self.assertFalse(self.contact.street)

    @users("crm_user_salesman")
    def test_address_of_the_new_account_is_taken(self):
        self.new_account.street = "3 South Street"
        self._change_job(new_account_id=self.new_account)
        self.assertEqual(self.contact.street, "3 South Street")

    @users("crm_user_salesman")
    def test_address_of_somebody_without_an_account_stays(self):
        self.contact.write({"parent_id": False, "street": "4 Home"})
        self.new_account.street = False
        self._change_job(new_account_id=self.new_account)
        self.assertEqual(self.contact.street, "4 Home")

    @users("crm_user_salesman")
    def test_work_email_and_phone_go_and_the_mobile_stays(self):
        self._change_job(new_account_id=self.new_account, email="ana@southwind.example.com")
        self.assertEqual(self.contact.email, "ana@southwind.example.com")
        self.assertFalse(self.contact.phone)
        self.assertEqual(self.contact.crm_mobile, "+1 650 555 0199")

    @users("crm_user_salesman")
    def test_note_on_the_contact_keeps_what_was(self):
        self._change_job(new_account_id=self.new_account)
        body = self.contact.message_ids[0].body
        for text in (
            "Changed job on 06/15/2026: from Northwind, Purchasing to Southwind.",
            "Job position until then: Buyer",
            "ana@northwind.example.com",
            "+1 650 555 0100",
        ):
            self.assertIn(text, body)

    @users("crm_user_salesman")
    def test_note_escapes_names(self):
        self.new_account.name = "<b>South</b>"
        self._change_job(new_account_id=self.new_account)
        self.assertIn("&lt;b&gt;South", self.contact.message_ids[0].body)

    @users("crm_user_salesman")
    def test_somebody_without_roles_stays_visible_in_the_old_account(self):
        self.role.unlink()
        self._change_job(new_account_id=self.new_account)
        row = self.department.crm_account_contact_ids
        self.assertEqual(row.contact_id, self.contact)
        self.assertEqual(row.role_id, self.env.ref("crm_accounts.crm_account_role_employee"))
        self.assertEqual(str(row.date_end), "2026-06-15")
        self.assertFalse(row.is_primary)

    @users("crm_user_salesman")
    def test_every_reason_not_to_move_is_named_at_once(self):
        with self.assertRaises(ValidationError) as error:
            self.env["crm.change.job"].create(
                {
                    "contact_id": self.contact.id,
                    "new_account_id": self.department.id,
                    "date": "2026-06-16",
                }
            )
        message = str(error.exception)
        self.assertIn("Ana already works for Northwind, Purchasing", message)
        self.assertIn("The last day lies ahead", message)

    @users("crm_user_salesman")
    def test_account_changes_no_job(self):
        with self.assertRaisesRegex(ValidationError, "Northwind is an account"):
            self.env["crm.change.job"].create({"contact_id": self.account.id})

    @users("crm_user_salesman")
    def test_last_day_before_the_role_began_is_refused_and_nothing_moves(self):
        with self.assertRaisesRegex(ValidationError, "cannot stop being Purchaser"):
            self._change_job(new_account_id=self.new_account, date="2019-12-31")
        self.env.invalidate_all()
        self.assertEqual(self.contact.crm_account_id, self.department)

    @users("crm_user_employee")
    def test_employee_changes_no_job(self):
        with self.assertRaises(AccessError):
            self.env["crm.change.job"].create({"contact_id": self.contact.id})

    def _try_to_see(self, see):
        """Let a user of company B try to see the contact of another company through the wizard."""
        self.contact.company_id = self.env.company
        Wizard = self.env["crm.change.job"].with_user(self.user_company_b)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            # Something else may have filled the cache.
            self.contact.sudo().read(["email", "phone", "crm_account_id", "crm_is_account"])
            see(Wizard)

    def test_contact_of_another_company_is_not_chosen(self):
        own = self.env["res.partner"].create({"name": "Eva", "parent_id": self.new_account.id})
        mine = (
            self.env["crm.change.job"].with_user(self.user_company_b).create({"contact_id": own.id})
        )
        self._try_to_see(lambda Wizard: Wizard.create({"contact_id": self.contact.id}))
        self._try_to_see(lambda Wizard: mine.write({"contact_id": self.contact.id}))

    def test_contact_of_another_company_is_not_shown_before_saving(self):
        for name in ("old_email", "old_phone", "old_account_id"):
            with self.subTest(field=name):
                self._try_to_see(
                    lambda Wizard, name=name: Wizard.onchange(
                        {"contact_id": self.contact.id}, ["contact_id"], {name: {}}
                    )
                )

    def test_account_of_another_company_is_not_chosen(self):
        own = self.env["res.partner"].create({"name": "Eva", "parent_id": self.account.id})
        self.new_account.company_id = self.env.company
        self._try_to_see(
            lambda Wizard: Wizard.create(
                {"contact_id": own.id, "new_account_id": self.new_account.id}
            )
        )

    def test_roles_of_another_company_are_not_shown(self):
        role_b = self.env["crm.account.contact"].create(
            {
                "account_id": self.department.id,
                "contact_id": self.contact.id,
                "role_id": self.user_role.id,
            }
        )
        # As after an import: the contact is everybody's, one of the roles is not.
        self.role.flush_recordset()
        self.env.cr.execute(
            "UPDATE crm_account_contact SET company_id = %s WHERE id = %s",
            [self.env.company.id, self.role.id],
        )
        self.env.invalidate_all()
        Wizard = self.env["crm.change.job"].with_user(self.user_company_b)
        wizard = Wizard.create({"contact_id": self.contact.id})
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(wizard.sudo().ended_role_ids, role_b)

    def test_who_may_not_write_the_contact_does_not_change_the_job(self):
        wizard = (
            self.env["crm.change.job"]
            .with_user(self.user_salesman)
            .create({"contact_id": self.contact.id, "new_account_id": self.new_account.id})
        )
        self.env["ir.rule"].create(
            {
                "name": "Contacts are not written",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": [("id", "!=", self.contact.id)],
                "perm_read": False,
            }
        )
        with self.assertRaises(AccessError):
            wizard.action_apply()
        self.assertFalse(self.role.date_end)
