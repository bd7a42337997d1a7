# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import CrmLeadsCommon


@tagged("post_install", "-at_install")
class TestConvertLead(CrmLeadsCommon):
    def assertRefused(self, wizard, *sentences):
        """Assert that the wizard names every one of ``sentences`` and leaves nothing behind."""
        before = self.env["res.partner"].search_count([])
        with self.assertRaises(UserError) as refusal:
            wizard.action_apply()
        for sentence in sentences:
            self.assertIn(sentence, str(refusal.exception))
        self.assertEqual(wizard.lead_id.type, "lead")
        self.assertEqual(self.env["res.partner"].search_count([]), before)

    def test_salesperson_makes_account_contact_and_opportunity_in_one_step(self):
        action = self._wizard().action_apply()

        contact, account = self.lead.partner_id, self.lead.partner_id.parent_id
        self.assertEqual(self.lead.type, "opportunity")
        self.assertEqual(contact.name, "Ruth Vidal")
        self.assertEqual(account.name, "Vidal Hermanos")
        self.assertTrue(account.crm_is_account)
        self.assertEqual(account.crm_account_kind_ids, self.customer_kind)
        self.assertEqual(self.lead.crm_account_id, account)
        self.assertEqual((action["res_model"], action["res_id"]), ("crm.lead", self.lead.id))

    def test_details_of_the_person_stay_with_the_person(self):
        contact = self._convert()

        self.assertEqual(contact.email, "ruth@vidal.example.com")
        self.assertEqual(contact.phone, "+34 622 333 444")
        self.assertEqual(contact.function, "Owner")
        self.assertIn("after four", contact.comment)
        account = contact.parent_id
        self.assertFalse(account.email or account.phone or account.function)
        self.assertFalse(account.comment)

    def test_address_and_salesperson_are_those_of_the_new_account_too(self):
        account = self._convert().parent_id

        self.assertEqual((account.street, account.city), ("Plaza Nueva 3", "Sevilla"))
        self.assertEqual(account.user_id, self.user_salesman)

    def test_details_are_the_accounts_when_there_is_no_person(self):
        lead = self._create_lead(contact_name=False, email_from="hello@vidal.example.com")

        account = self._convert(lead)

        self.assertTrue(account.crm_is_account)
        self.assertEqual(account.email, "hello@vidal.example.com")
        self.assertEqual(account.phone, "+34 622 333 444")

    def test_new_contact_joins_the_existing_account(self):
        lead = self._create_lead(partner_name="PANADERÍA NÚÑEZ")

        contact = self._convert(lead)

        self.assertEqual(contact.parent_id, self.account)
        self.assertEqual(lead.crm_account_id, self.account)

    def test_existing_account_keeps_its_own_details(self):
        self._convert(self._create_lead(partner_name="Panadería Núñez"))

        self.assertEqual(self.account.street, "Calle Mayor 1")
        self.assertEqual(self.account.email, "info@nunez.example.com")
        self.assertEqual(self.account.phone, "+34 911 234 567")
        self.assertFalse(self.account.comment)

    def test_new_contact_joins_the_chosen_department(self):
        contact = self._convert(
            crm_account_action="exist",
            crm_account_id=self.department.id,
            crm_contact_action="create",
            crm_contact_name="Ruth Vidal",
        )

        self.assertEqual(contact.crm_account_id, self.department)
        self.assertEqual(contact.commercial_partner_id, self.account)

    def test_known_person_is_linked_and_nobody_is_created(self):
        before = self.env["res.partner"].search_count([])

        customer = self._convert(self._create_lead(email_from=self.contact.email))

        self.assertEqual(customer, self.contact)
        self.assertEqual(self.env["res.partner"].search_count([]), before)

    def test_private_person_joins_the_new_account(self):
        customer = self._convert(self._create_lead(email_from=self.private.email))

        self.assertEqual(customer, self.private)
        self.assertEqual(self.private.parent_id.name, "Vidal Hermanos")

    def test_private_person_stays_private_when_no_account_is_wanted(self):
        customer = self._convert(
            self._create_lead(email_from=self.private.email), crm_account_action="none"
        )

        self.assertEqual(customer, self.private)
        self.assertFalse(customer.parent_id)

    def test_account_alone_is_the_customer(self):
        customer = self._convert(
            crm_account_action="exist",
            crm_account_id=self.account.id,
            crm_contact_action="none",
        )

        self.assertEqual(customer, self.account)

    def test_no_second_account_of_the_same_name_by_hand(self):
        wizard = self._wizard(crm_account_action="create", crm_account_name="panadería núñez ")

        self.assertRefused(wizard, "Panadería Núñez exists already")

    def test_no_second_account_of_the_same_name_by_mass_conversion(self):
        leads = self._create_lead(partner_name="Panadería Núñez") | self._create_lead(
            partner_name="PANADERÍA NÚÑEZ", email_from="ana@nunez.example.com"
        )
        self.env["crm.lead2opportunity.partner.mass"].with_user(self.user_salesman).with_context(
            active_model="crm.lead", active_id=leads[0].id, active_ids=leads.ids
        ).create({"deduplicate": False}).action_mass_convert()

        self.assertEqual(leads.mapped("type"), ["opportunity", "opportunity"])
        self.assertEqual(leads.partner_id.parent_id, self.account)

    def test_mass_conversion_of_two_leads_makes_one_new_account(self):
        leads = self.lead | self._create_lead(
            partner_name="VIDAL hermanos", contact_name="Leo", email_from="leo@vidal.example.com"
        )
        self.env["crm.lead2opportunity.partner.mass"].with_user(self.user_salesman).with_context(
            active_model="crm.lead", active_id=leads[0].id, active_ids=leads.ids
        ).create({"deduplicate": False}).action_mass_convert()

        self.assertEqual(len(leads.partner_id), 2)
        account = leads.partner_id.parent_id
        self.assertEqual(account.name, "Vidal Hermanos")
        self.assertEqual(account.crm_account_kind_ids, self.customer_kind)
        self.assertFalse(account.email)

    def test_every_missing_choice_is_named_at_once(self):
        wizard = self._wizard(
            crm_account_action="exist",
            crm_account_id=False,
            crm_contact_action="create",
            crm_contact_name=" ",
        )

        self.assertRefused(
            wizard, "Choose the account, or create one.", "Give the new contact a name."
        )

    def test_new_account_needs_a_name_and_an_existing_contact_a_choice(self):
        wizard = self._wizard(
            crm_account_action="create",
            crm_account_name=False,
            crm_contact_action="exist",
            crm_contact_id=False,
        )

        self.assertRefused(
            wizard, "Give the new account a name.", "Choose the contact, or create one."
        )

    def test_opportunity_needs_a_customer(self):
        wizard = self._wizard(crm_account_action="none", crm_contact_action="none")

        self.assertRefused(wizard, "Choose or create an account, a contact or both.")

    def test_contact_of_one_account_is_not_taken_to_another(self):
        other = self.env["res.partner"].create({"name": "Otra", "is_company": True})
        wizard = self._wizard(
            crm_account_action="exist",
            crm_account_id=other.id,
            crm_contact_action="exist",
            crm_contact_id=self.contact.id,
        )

        self.assertRefused(wizard, "Alba Núñez belongs to")
        self.assertEqual(self.contact.parent_id, self.department)

    def test_contact_of_one_account_is_not_taken_to_a_new_one(self):
        wizard = self._wizard(
            crm_account_action="create",
            crm_account_name="Brand New",
            crm_contact_action="exist",
            crm_contact_id=self.contact.id,
        )

        self.assertRefused(wizard, "Alba Núñez belongs to")

    def test_contact_of_a_department_fits_the_company_above(self):
        customer = self._convert(
            crm_account_action="exist",
            crm_account_id=self.account.id,
            crm_contact_action="exist",
            crm_contact_id=self.contact.id,
        )

        self.assertEqual(customer, self.contact)
        self.assertEqual(self.contact.parent_id, self.department)

    def test_lost_lead_is_restored_first(self):
        wizard = self._wizard()
        self.lead.action_set_lost()

        self.assertRefused(wizard, "restore it first")

    def test_lead_of_another_salesperson_stays_closed(self):
        with self.assertRaises(AccessError):
            self._wizard(user=self.user_salesman_other).action_apply()

        self.assertEqual(self.lead.type, "lead")

    def test_failure_halfway_leaves_nothing_behind(self):
        wizard = self._wizard()
        before = self.env["res.partner"].search_count([])
        self.patch(type(self.env["crm.lead"]), "convert_opportunity", lambda *args, **kwargs: 1 / 0)

        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            wizard.action_apply()

        self.env.invalidate_all()
        self.assertEqual(self.env["res.partner"].search_count([]), before)
        self.assertFalse(self.lead.partner_id)

    def test_program_that_knows_only_core_gets_cores_choice(self):
        customer = self._convert(action="exist", partner_id=self.account.id)

        self.assertEqual(customer, self.account)
        self.assertEqual(self.lead.type, "opportunity")

    def test_program_that_creates_the_core_way_finds_the_account_by_name(self):
        lead = self._create_lead(partner_name="panadería núñez")

        customer = self._convert(lead, action="create")

        self.assertEqual(customer.parent_id, self.account)

    def test_company_chosen_the_core_way_is_kept(self):
        customer = self._convert(action="create", commercial_partner_id=self.account.id)

        self.assertEqual(customer.parent_id, self.account)
        self.assertEqual(customer.name, "Ruth Vidal")

    def test_program_that_changes_its_mind_the_core_way_gets_cores_choice(self):
        wizard = self._wizard()
        wizard.write({"action": "exist", "partner_id": self.private.id})

        wizard.action_apply()

        self.assertEqual(self.lead.partner_id, self.private)
        self.assertFalse(self.private.parent_id)

    def test_program_that_names_several_leads_converts_them_the_core_way(self):
        leads = self.lead | self._create_lead(contact_name="Leo", email_from="leo@x.example.com")

        self._wizard().with_context(active_ids=leads.ids).action_apply()

        self.assertEqual(leads.mapped("type"), ["opportunity", "opportunity"])
        self.assertEqual(leads.mapped("partner_id.name"), ["Ruth Vidal", "Leo"])

    def test_merging_uses_the_proposed_customer(self):
        twin = self._create_lead(name="Two more printers", partner_name="Panadería Núñez")
        wizard = self._wizard(twin, name="merge")
        self.assertIn(self.lead, wizard.duplicated_lead_ids)

        action = wizard.action_apply()

        opportunity = self.env["crm.lead"].browse(action["res_id"])
        self.assertEqual(opportunity.type, "opportunity")
        self.assertEqual(opportunity.partner_id.parent_id, self.account)
        self.assertEqual((self.lead | twin).exists(), opportunity)

    def test_merging_refuses_contradictory_choices_too(self):
        twin = self._create_lead(name="Two more printers")
        wizard = self._wizard(
            twin, name="merge", crm_account_action="create", crm_account_name=self.account.name
        )

        self.assertRefused(wizard, "Panadería Núñez exists already")

    def test_account_of_an_opportunity_stays_when_the_person_changes_job(self):
        self._convert(self._create_lead(email_from=self.contact.email))
        opportunity = self.env["crm.lead"].search([("partner_id", "=", self.contact.id)])
        self.assertEqual(opportunity.crm_account_id, self.department)

        self.contact.parent_id = self.env["res.partner"].create(
            {"name": "New Job", "is_company": True}
        )

        self.assertEqual(opportunity.crm_account_id, self.department)

    def test_account_shows_the_opportunities_of_its_people(self):
        self._convert(self._create_lead(email_from=self.contact.email))
        account = self.account.with_user(self.user_salesman)

        self.assertEqual(account.opportunity_count, 1)
        action = account.action_view_opportunity()
        self.assertEqual(self.env["crm.lead"].search(action["domain"]).partner_id, self.contact)

    def test_salesperson_converts_on_the_screen(self):
        wizards = (
            self.env["crm.lead2opportunity.partner"]
            .with_user(self.user_salesman)
            .with_context(active_id=self.lead.id, active_ids=self.lead.ids)
        )
        with Form(wizards) as form:
            form.crm_account_action = "exist"
            form.crm_account_id = self.account

        form.record.action_apply()

        self.assertEqual(self.lead.partner_id.parent_id, self.account)
        self.assertEqual(self.lead.partner_id.name, "Ruth Vidal")
