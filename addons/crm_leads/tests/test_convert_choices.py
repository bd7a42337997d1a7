# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import Form, tagged

from .common import CrmLeadsCommon


@tagged("post_install", "-at_install")
class TestConvertChoices(CrmLeadsCommon):
    """What the wizard proposes before anybody chooses."""

    def assertChoices(self, wizard, account_action, account, contact_action, contact):
        self.assertEqual(wizard.crm_account_action, account_action)
        self.assertEqual(wizard.crm_account_id, account)
        self.assertEqual(wizard.crm_contact_action, contact_action)
        self.assertEqual(wizard.crm_contact_id, contact)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nobody = cls.env["res.partner"]

    def test_unknown_company_and_person_are_created(self):
        wizard = self._wizard()

        self.assertChoices(wizard, "create", self.nobody, "create", self.nobody)
        self.assertEqual(wizard.crm_account_name, "Vidal Hermanos")
        self.assertEqual(wizard.crm_contact_name, "Ruth Vidal")
        self.assertFalse(wizard.crm_match_info)

    def test_unknown_person_without_company_is_a_private_contact(self):
        wizard = self._wizard(self._create_lead(partner_name=False))

        self.assertChoices(wizard, "none", self.nobody, "create", self.nobody)

    def test_company_without_person_is_an_account_without_contact(self):
        wizard = self._wizard(self._create_lead(contact_name=False, email_from=False))

        self.assertChoices(wizard, "create", self.nobody, "none", self.nobody)

    def test_lead_with_only_a_subject_names_its_contact_after_it(self):
        lead = self._create_lead(
            contact_name=False, partner_name=False, email_from=False, phone="+34 600 000 001"
        )

        wizard = self._wizard(lead)

        self.assertChoices(wizard, "none", self.nobody, "create", self.nobody)
        self.assertEqual(wizard.crm_contact_name, "Ten printers")

    def test_existing_company_gets_a_new_contact(self):
        wizard = self._wizard(self._create_lead(partner_name="panadería núñez"))

        self.assertChoices(wizard, "exist", self.account, "create", self.nobody)
        self.assertEqual(wizard.crm_match_info, "Panadería Núñez: same company name")

    def test_known_person_brings_the_department(self):
        wizard = self._wizard(self._create_lead(email_from=self.contact.email))

        self.assertChoices(wizard, "exist", self.department, "exist", self.contact)

    def test_known_person_prevails_over_another_company_name(self):
        other = self.env["res.partner"].create({"name": "Vidal Hermanos", "is_company": True})
        wizard = self._wizard(self._create_lead(email_from=self.contact.email))

        self.assertChoices(wizard, "exist", self.department, "exist", self.contact)
        self.assertIn(f"{other.name}: same company name", wizard.crm_match_info)

    def test_known_private_person_may_get_a_new_account(self):
        wizard = self._wizard(self._create_lead(email_from=self.private.email))

        self.assertChoices(wizard, "create", self.nobody, "exist", self.private)

    def test_mail_of_the_account_does_not_hide_the_person(self):
        wizard = self._wizard(self._create_lead(email_from=self.account.email))

        self.assertChoices(wizard, "exist", self.account, "create", self.nobody)

    def test_phone_alone_does_not_overrule_the_company_name(self):
        wizard = self._wizard(self._create_lead(phone=self.account.phone))

        self.assertChoices(wizard, "create", self.nobody, "create", self.nobody)
        self.assertEqual(wizard.crm_match_info, "Panadería Núñez: same phone")

    def test_phone_finds_the_account_of_a_lead_without_company_name(self):
        wizard = self._wizard(self._create_lead(partner_name=False, phone=self.account.phone))

        self.assertChoices(wizard, "exist", self.account, "create", self.nobody)

    def test_phone_of_somebody_else_is_not_the_person(self):
        wizard = self._wizard(self._create_lead(partner_name=False, phone=self.private.phone))

        self.assertChoices(wizard, "none", self.nobody, "create", self.nobody)

    def test_phone_and_name_are_the_person(self):
        lead = self._create_lead(
            partner_name=False, contact_name="pedro gil", phone=self.private.phone
        )

        self.assertChoices(self._wizard(lead), "none", self.nobody, "exist", self.private)

    def test_customer_on_the_lead_comes_first(self):
        lead = self._create_lead(partner_id=self.contact.id)
        wizard = self._wizard(lead)

        self.assertChoices(wizard, "exist", self.department, "exist", self.contact)
        self.assertIn("already on the lead", wizard.crm_match_info)

    def test_reasons_of_one_match_stand_together(self):
        lead = self._create_lead(
            partner_name=self.account.name,
            email_from=self.account.email,
            phone=self.account.phone,
        )

        self.assertEqual(
            self._wizard(lead).crm_match_info,
            "Panadería Núñez: same e-mail, same company name, and same phone",
        )

    def test_unassigned_lead_goes_to_whoever_converts_it(self):
        wizard = self._wizard(self._create_lead(user_id=False))

        self.assertEqual(wizard.user_id, self.user_salesman)

    def test_assigned_lead_stays_with_its_salesperson(self):
        wizard = self._wizard(user=self.user_manager)

        self.assertEqual(wizard.user_id, self.user_salesman)

    def test_choosing_a_contact_brings_its_account(self):
        wizards = (
            self.env["crm.lead2opportunity.partner"]
            .with_user(self.user_salesman)
            .with_context(active_id=self.lead.id, active_ids=self.lead.ids)
        )
        with Form(wizards) as form:
            form.crm_contact_action = "exist"
            form.crm_contact_id = self.contact

        self.assertEqual(form.record.crm_account_action, "exist")
        self.assertEqual(form.record.crm_account_id, self.department)

    def test_proposal_for_a_lead_costs_the_same_with_many_accounts(self):
        self.env["res.partner"].create(
            [
                {"name": f"Vidal {n}", "is_company": True, "phone": f"+34 655 000 {n:03}"}
                for n in range(30)
            ]
        )
        lead = self._create_lead(email_from=self.contact.email).with_user(self.user_salesman)
        self._wizard(lead)
        self.env.invalidate_all()

        with self.assertQueryCount(20):
            lead._crm_find_matches()
