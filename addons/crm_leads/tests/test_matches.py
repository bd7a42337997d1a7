# SPDX-License-Identifier: LGPL-3.0-or-later
import random

from odoo.tests import tagged

from .common import CrmLeadsCommon


@tagged("post_install", "-at_install")
class TestMatches(CrmLeadsCommon):
    def _matches(self, lead, kind):
        return lead.with_user(self.user_salesman)._crm_find_matches()[kind]

    def test_contact_is_found_by_mail_whatever_its_case(self):
        lead = self._create_lead(email_from='"Alba" <ALBA@nunez.example.com>')

        self.assertEqual(self._matches(lead, "email"), self.contact)

    def test_partner_with_an_impossibly_long_mail_is_kept_and_found(self):
        # Random text, because PostgreSQL would compress a repeated letter into its index.
        email = random.Random(1).randbytes(3000).hex() + "@example.com"
        partner = self.env["res.partner"].create({"name": "Odd", "email": email})
        lead = self._create_lead(email_from=email)

        self.assertEqual(self._matches(lead, "email"), partner)

    def test_account_is_found_by_its_own_mail(self):
        lead = self._create_lead(email_from="info@nunez.example.com")

        self.assertEqual(self._matches(lead, "email"), self.account)

    def test_account_is_found_by_name_whatever_its_case_and_spaces(self):
        lead = self._create_lead(partner_name="  PANADERÍA   núñez ")

        self.assertEqual(self._matches(lead, "name"), self.account)

    def test_account_is_found_by_name_without_its_accents(self):
        lead = self._create_lead(partner_name="Panaderia Nunez")

        # Only a database that has the function can tell that both are the same name.
        expected = self.account if self.env.registry.has_unaccent else self.account.browse()
        self.assertEqual(self._matches(lead, "name"), expected)

    def test_name_must_be_the_whole_name(self):
        lead = self._create_lead(partner_name="Panadería")

        self.assertFalse(self._matches(lead, "name"))

    def test_wildcards_in_a_name_match_nothing_else(self):
        lead = self._create_lead(partner_name="Panader_a%")

        self.assertFalse(self._matches(lead, "name"))

    def test_department_or_person_is_no_company_of_that_name(self):
        self.assertFalse(self._matches(self._create_lead(partner_name="Purchasing"), "name"))
        self.assertFalse(self._matches(self._create_lead(partner_name="Alba Núñez"), "name"))

    def test_account_is_found_by_phone_however_it_is_written(self):
        lead = self._create_lead(phone="911234567", country_id=self.env.ref("base.es").id)

        self.assertEqual(self._matches(lead, "phone"), self.account)

    def test_lead_without_details_matches_nothing(self):
        lead = self._create_lead(
            contact_name=False, partner_name=False, email_from=False, phone=False
        )

        self.assertFalse(any(lead._crm_find_matches().values()))

    def test_archived_account_is_no_match(self):
        (self.contact | self.department | self.account).action_archive()

        lead = self._create_lead(partner_name=self.account.name)

        self.assertFalse(self._matches(lead, "name"))

    def test_account_of_another_company_is_no_match(self):
        self.account.company_id = self.company_b
        lead = self._create_lead(partner_name=self.account.name)

        self.assertFalse(lead._crm_find_matches()["name"])

    def test_invoice_address_is_no_match(self):
        self.env["res.partner"].create(
            {
                "name": "Bills",
                "type": "invoice",
                "parent_id": self.account.id,
                "email": "bills@nunez.example.com",
            }
        )
        lead = self._create_lead(email_from="bills@nunez.example.com")

        self.assertFalse(self._matches(lead, "email"))

    def test_person_is_read_from_the_mail_address(self):
        lead = self._create_lead(contact_name=False, email_from='"Leo Paz" <leo@x.example.com>')

        self.assertEqual(lead._crm_person_name(), "Leo Paz")
