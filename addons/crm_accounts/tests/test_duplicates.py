# SPDX-License-Identifier: LGPL-3.0-or-later
import doctest
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.crm_accounts.matching import keys, score
from odoo.addons.crm_accounts.tests.common import CrmSuiteCommon


@tagged("post_install", "-at_install")
class TestDuplicates(CrmSuiteCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.match.key"]._crm_process_queue()
        cls.env.cr.execute("UPDATE crm_match_key SET is_compared = TRUE")
        cls.Candidate = cls.env["crm.duplicate.candidate"]
        cls.acme = cls.env["res.partner"].create(
            {
                "name": "Zorbatek Ibérica, S.A.",
                "is_company": True,
                "email": "info@zorbatek.example",
                "phone": "+34 915 550 123",
                "city": "Madrid",
            }
        )

    def _find(self, user=None, partner=None, **values):
        found = (
            self.env["res.partner"]
            .with_user(user or self.user_salesman)
            .crm_find_duplicates(
                {"type": "contact", "is_company": True} | values, partner and partner.id
            )
        )
        return [candidate["id"] for candidate in found]

    def _compare(self):
        self.env["crm.match.key"]._crm_process_queue()
        while self.Candidate._crm_compare_batch():
            pass

    def _pairs(self, *partners):
        ids = [partner.id for partner in partners]
        return self.Candidate.search([("partner_a_id", "in", ids), ("partner_b_id", "in", ids)])

    def _twin(self, **values):
        return self.env["res.partner"].create(
            {"name": "ZORBATEK IBERICA SL", "is_company": True} | values
        )

    def test_examples_of_keys_and_scores_hold(self):
        self.assertFalse(doctest.testmod(keys).failed)
        self.assertFalse(doctest.testmod(score).failed)

    def test_account_is_found_by_each_key_while_typing(self):
        for values in (
            {"name": "zorbatek iberica"},
            {"email": "Info@Zorbatek.example"},
            {"phone": "0034 91 555 0123"},
            {"website": "https://www.zorbatek.example/es"},
        ):
            with self.subTest(values=values):
                self.assertEqual(self._find(**values), self.acme.ids)
        self.assertFalse(self._find(name="Zorbatek"))

    def test_person_is_not_a_duplicate_of_the_account(self):
        self.assertFalse(self._find(is_company=False, phone=self.acme.phone, name=self.acme.name))

    def test_colleagues_sharing_the_phone_are_not_duplicates(self):
        ana, luis = self.env["res.partner"].create(
            [
                {"name": name, "parent_id": self.acme.id, "phone": "+34 915 550 123"}
                for name in ("Ana Quiroga", "Luis Belmonte")
            ]
        )
        self._compare()
        self.assertFalse(self._pairs(ana, luis))
        self.assertFalse(
            self._find(is_company=False, name="Eva Lindo", phone=ana.phone, parent_id=self.acme.id)
        )

    def test_department_of_a_subsidiary_sharing_the_domain_is_no_duplicate_of_the_holding(self):
        subsidiary = self.env["res.partner"].create(
            {"name": "Plant", "is_company": True, "parent_id": self.acme.id}
        )
        self.env["res.partner"].create(
            {
                "name": "Warehouse",
                "type": "department",
                "parent_id": subsidiary.id,
                "email": "info@zorbatek.example",
                "phone": "+34 915 550 123",
            }
        )
        values = {"email": "info@zorbatek.example", "phone": "+34 915 550 123"}
        self.assertEqual(self._find(partner=self.acme, name=self.acme.name, **values), [])

    def test_our_own_company_is_no_duplicate(self):
        company = self.env["res.company"].create({"name": "Qwertix Holding"})
        twin = self.env["res.partner"].create({"name": "Qwertix Holding", "is_company": True})
        self.assertEqual(self._find(name="Qwertix Holding"), twin.ids)
        self._compare()
        self.assertFalse(self._pairs(company.partner_id, twin))

    def test_same_person_twice_in_an_account_is_found(self):
        ana, ana_again = self.env["res.partner"].create(
            [{"name": name, "parent_id": self.acme.id} for name in ("Ana Quiroga", "QUIROGA, Ana")]
        )
        self._compare()
        self.assertEqual(self._pairs(ana, ana_again).kind, "person")

    def test_record_of_another_company_is_not_revealed(self):
        self.acme.company_id = self.company_b
        self.assertFalse(self._find(email="info@zorbatek.example"))
        self.assertEqual(
            self._find(user=self.user_company_b, email="info@zorbatek.example"), self.acme.ids
        )

    def test_portal_user_may_not_look_for_duplicates(self):
        colleague = self.env["res.partner"].create(
            {
                "name": "Ana Quiroga",
                "parent_id": self.user_portal.partner_id.id,
                "crm_mobile": "+34 600 111 222",
            }
        )
        self.assertTrue(colleague.with_user(self.user_portal).has_access("read"))
        with self.assertRaisesRegex(AccessError, "Only internal users"):
            self._find(user=self.user_portal, is_company=False, crm_mobile="+34 600 111 222")

    def test_values_of_a_wrong_type_are_ignored(self):
        find = self.env["res.partner"].with_user(self.user_salesman).crm_find_duplicates
        for wrong in (None, "ES", 1.5, -1, 2**40, True, [1], {"id": 1}, "\0", "\ud800"):
            values = dict.fromkeys(
                [
                    *("country_id", "parent_id", "email", "phone", "crm_mobile", "vat"),
                    *("website", "is_company"),
                ],
                wrong,
            )
            with self.subTest(wrong=wrong):
                self.assertEqual(find(wrong), [])
                self.assertEqual(find({"type": wrong}), [])
                typed = {"type": "contact", "name": self.acme.name} | values
                find(typed, wrong)
                found = find(typed | {"is_company": True}, wrong)
                self.assertEqual([candidate["id"] for candidate in found], self.acme.ids)
        hidden = {"type": "contact", "is_company": True, "email": "info\0@zorbatek.example"}
        self.assertEqual(find(hidden)[0]["id"], self.acme.id)

    def test_best_match_is_found_among_many_with_the_same_domain(self):
        self.env["res.partner"].create(
            [
                {"name": f"Ulmo {n}", "is_company": True, "email": f"x{n}@zorbatek.example"}
                for n in range(120)
            ]
        )
        last = self._twin(name="Another", vat="ZZ12345678", email="y@zorbatek.example")
        find = self.env["res.partner"].with_user(self.user_salesman).crm_find_duplicates
        found = find(
            {
                "type": "contact",
                "is_company": True,
                "email": "new@zorbatek.example",
                "vat": "ZZ-12345678",
            }
        )
        self.assertEqual(found[0]["id"], last.id)
        # Whatever it was found by, all that both have in common is said.
        self.assertEqual(found[0]["reasons"], ["same tax ID", "same domain"])

    def test_tax_id_is_found_with_its_prefix_and_without_wherever_the_country_is_missing(self):
        spain = self.env.ref("base.es")
        known = self._twin(name="Known", vat="ESA12345674", country_id=spain.id)
        bare = self._twin(name="Bare", vat="A28000000", country_id=spain.id)
        unknown = self._twin(name="Unknown", vat="ESA95000000", country_id=False)
        for twin, vat, country in (
            (known, "ES A-12345674", False),
            (known, "A12345674", False),
            (known, "A12345674", spain),
            (bare, "ESA28000000", False),
            (bare, "ESA28000000", spain),
            (unknown, "ESA95000000", spain),
            (unknown, "A95000000", spain),
            (unknown, "ESA95000000", False),
        ):
            with self.subTest(twin=twin.name, vat=vat, country=country and country.code):
                self.assertEqual(
                    self._find(name="New", vat=vat, country_id=country and country.id), twin.ids
                )

    def test_tax_id_with_its_prefix_does_not_tell_from_one_without(self):
        spain = self.env.ref("base.es")
        pair = self._twin(vat="ESA12345674"), self._twin(vat="A12345674", country_id=spain.id)
        self._compare()
        self.assertEqual(self._pairs(*pair).reason_text, "same tax ID, same name")

    def test_email_of_any_length_is_stored(self):
        email = "".join(str(number) for number in range(3000)) + "@zorbatek.example"
        partner = self.env["res.partner"].create({"name": "Eva", "email": email})
        self.env["crm.match.key"]._crm_process_queue()
        self.assertEqual(partner.email, email)

    def test_only_who_manages_contacts_is_offered_the_merge(self):
        twin = self._twin()
        values = {"type": "contact", "is_company": True, "name": twin.name}
        find = self.env["res.partner"].with_user(self.user_salesman).crm_find_duplicates
        self.assertFalse(find(values, twin.id)[0]["can_merge"])
        merger = self._crm_new_user(
            "merger", "sales_team.group_sale_salesman,base.group_partner_manager"
        )
        find = self.env["res.partner"].with_user(merger).crm_find_duplicates
        self.assertTrue(find(values, twin.id)[0]["can_merge"])

    def test_looking_takes_few_queries(self):
        self._find(email="info@zorbatek.example")
        with self.assertQueryCount(6):
            self._find(email="info@zorbatek.example")

    def test_keys_follow_change_and_deletion(self):
        self.acme.email = "hola@otro.example"
        self.assertFalse(self._find(email="info@zorbatek.example"))
        self.assertEqual(self._find(email="hola@otro.example"), self.acme.ids)
        self.acme.unlink()
        self.assertFalse(self._find(email="hola@otro.example"))

    def test_keys_are_written_without_a_query_per_record(self):
        partners = self.env["res.partner"].create([{"name": f"Ulmo {n}"} for n in range(100)])
        Key = self.env["crm.match.key"]
        Key._crm_sync("res.partner", partners.ids)
        Key.search([("model", "=", "res.partner"), ("res_id", "in", partners.ids)]).unlink()
        with self.assertQueryCount(8):
            Key._crm_sync("res.partner", partners.ids)

    def test_existing_records_are_indexed_at_installation(self):
        self.env["crm.match.key"]._crm_process_queue()
        self.env.cr.execute("DELETE FROM crm_match_key")
        with patch("odoo.addons.crm_accounts.models.crm_match_key._CHUNK", 3):
            self.env["crm.match.key"]._crm_index_all("res.partner")
        self.env.cr.execute("SELECT COUNT(*) FROM crm_match_key WHERE res_id = %s", [self.acme.id])
        self.assertEqual(self.env.cr.fetchone()[0], 4)

    def test_queue_shows_score_and_reasons(self):
        twin = self._twin(phone="+34915550123")
        self._compare()
        pair = self._pairs(self.acme, twin).with_user(self.user_salesman_all)
        self.assertEqual(pair.score, 88)
        self.assertEqual(pair.reason_text, "same phone, same name")

    def test_similar_name_needs_a_second_reason(self):
        if not self.env.registry.has_trigram:
            self.skipTest("pg_trgm is not installed")
        twin = self._twin(name="Zorbatec Iberica SA", city="madrid ", website="zorbatek.example")
        lone = self._twin(name="Zorbatec Iberika")
        self._compare()
        self.assertTrue(self._pairs(self.acme, twin))
        self.assertFalse(self._pairs(self.acme, lone))

    def test_without_trigrams_equal_names_are_found(self):
        twin = self._twin()
        with patch.object(self.env.registry, "has_trigram", False):
            self._compare()
        self.assertTrue(self._pairs(self.acme, twin))

    def test_department_is_not_a_duplicate_of_its_company(self):
        department = self.env["res.partner"].create(
            {
                "name": "Compras",
                "type": "department",
                "parent_id": self.acme.id,
                "email": self.acme.email,
                "phone": self.acme.phone,
            }
        )
        self._compare()
        self.assertFalse(self._pairs(self.acme, department))

    def test_different_tax_ids_tell_accounts_apart(self):
        self.acme.vat = "ZZ11111111"
        twin = self._twin(vat="ZZ22222222")
        self._compare()
        self.assertFalse(self._pairs(self.acme, twin))

    def test_accounts_of_different_companies_are_not_queued(self):
        self.acme.company_id = self.company_b
        twin = self._twin(company_id=self.env.company.id)
        self._compare()
        self.assertFalse(self._pairs(self.acme, twin))

    def test_key_that_many_share_tells_nobody_apart(self):
        partners = self.env["res.partner"].create(
            [
                {"name": f"Person {n} {n * n}", "email": "info@example.net", "phone": "600111222"}
                for n in range(25)
            ]
        )
        self._compare()
        self.assertFalse(self._pairs(*partners))

    def test_not_a_duplicate_is_remembered(self):
        twin = self._twin()
        self._compare()
        self._pairs(self.acme, twin).with_user(self.user_salesman_all).action_not_duplicate()
        twin.phone = self.acme.phone
        self._compare()
        self.assertEqual(self._pairs(self.acme, twin).state, "not_duplicate")
        self.assertFalse(self._find(partner=twin, name=twin.name))

    def test_open_pair_goes_when_the_records_no_longer_match(self):
        twin = self._twin()
        self._compare()
        self.assertTrue(self._pairs(self.acme, twin))
        twin.name = "Quite Another Firm"
        self._compare()
        self.assertFalse(self._pairs(self.acme, twin))

    def test_pair_is_seen_by_who_may_read_both(self):
        twin = self._twin()
        self._compare()
        pair = self._pairs(self.acme, twin)
        mine = self.Candidate.with_user(self.user_salesman_all)
        self.assertEqual(mine.search([("id", "=", pair.id)]), pair)
        twin.company_id = self.company_b
        self.assertFalse(mine.search([("id", "=", pair.id)]))
        with self.assertRaises(AccessError):
            pair.with_user(self.user_salesman_all).action_not_duplicate()
        self.assertEqual(pair.state, "open")

    def test_queue_is_closed_to_others(self):
        twin = self._twin()
        self._compare()
        pair = self._pairs(self.acme, twin)
        for user in (self.user_salesman, self.user_employee, self.user_portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                pair.with_user(user).action_not_duplicate()
        with self.assertRaises(AccessError):
            pair.with_user(self.user_salesman_all).write({"state": "not_duplicate"})

    def test_merge_of_one_of_them_keeps_them_apart(self):
        twin, third = self._twin(), self._twin()
        self._compare()
        self._pairs(self.acme, twin).action_not_duplicate()
        self.env["base.partner.merge.automatic.wizard"]._merge([twin.id, third.id], third)
        self._compare()
        self.assertEqual(self._pairs(self.acme, third).state, "not_duplicate")

    def test_cron_goes_on_where_it_stopped(self):
        self._twin()
        self._twin()
        self.env["crm.match.key"]._crm_process_queue()
        with (
            patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *a, **k: 0),
            patch.object(type(self.Candidate)._crm_compare_batch, "__defaults__", (1,)),
        ):
            self.Candidate._cron_find_duplicates()
            self.env.cr.execute(
                "SELECT COUNT(DISTINCT res_id) FROM crm_match_key WHERE is_compared IS NOT TRUE"
            )
            self.assertEqual(self.env.cr.fetchone()[0], 2)
