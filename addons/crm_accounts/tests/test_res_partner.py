# SPDX-License-Identifier: LGPL-3.0-or-later
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged, users
from odoo.tools import mute_logger

from odoo.addons.crm_accounts.tests.common import CrmSuiteCommon


class CrmAccountsCommon(CrmSuiteCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind_customer = cls.env.ref("crm_accounts.crm_account_kind_customer")
        cls.kind_supplier = cls.env.ref("crm_accounts.crm_account_kind_supplier")
        cls.company_account = cls.env["res.partner"].create(
            {
                "name": "Northwind",
                "is_company": True,
                "street": "1 Company Street",
                "city": "Companytown",
                "vat": "/",
                "crm_account_kind_ids": [Command.set(cls.kind_customer.ids)],
            }
        )
        cls.department = cls.env["res.partner"].create(
            {
                "name": "Purchasing",
                "type": "department",
                "parent_id": cls.company_account.id,
                "street": "2 Department Street",
                "city": "Depttown",
            }
        )
        cls.person = cls.env["res.partner"].create(
            {"name": "Ana", "parent_id": cls.department.id, "crm_mobile": "+1 650 555 0199"}
        )
        cls.other_account = cls.env["res.partner"].create(
            {"name": "Southwind", "is_company": True, "street": "3 South Street"}
        )


@tagged("post_install", "-at_install")
class TestAccounts(CrmAccountsCommon):
    def test_company_is_account(self):
        self.assertTrue(self.company_account.crm_is_account)
        self.assertEqual(self.company_account.crm_account_id, self.company_account)

    def test_department_is_account(self):
        self.assertTrue(self.department.crm_is_account)
        self.assertEqual(self.department.crm_account_id, self.department)

    def test_person_is_not_account(self):
        self.assertFalse(self.person.crm_is_account)

    def test_person_belongs_to_nearest_department(self):
        self.assertEqual(self.person.crm_account_id, self.department)

    def test_person_of_company_belongs_to_company(self):
        person = self.env["res.partner"].create(
            {"name": "Bo", "parent_id": self.company_account.id}
        )
        self.assertEqual(person.crm_account_id, self.company_account)

    def test_person_alone_has_no_account(self):
        self.assertFalse(self.env["res.partner"].create({"name": "Cy"}).crm_account_id)

    def test_account_of_delivery_address_below_person_is_found(self):
        address = self.env["res.partner"].create(
            {"type": "delivery", "parent_id": self.person.id, "street": "4 Dock"}
        )
        self.assertEqual(address.crm_account_id, self.department)
        self.assertFalse(address.crm_is_account)

    def test_account_follows_a_change_of_parent_below(self):
        sub = self.env["res.partner"].create(
            {"name": "Imports", "type": "department", "parent_id": self.department.id}
        )
        self.person.parent_id = sub
        self.assertEqual(self.person.crm_account_id, sub)
        sub.parent_id = self.other_account
        self.assertEqual(self.person.crm_account_id, sub)
        self.assertEqual(self.person.commercial_partner_id, self.other_account)

    def test_person_made_company_becomes_account(self):
        person = self.env["res.partner"].create({"name": "Dee"})
        person.is_company = True
        self.assertTrue(person.crm_is_account)
        self.assertEqual(person.crm_account_id, person)

    def test_several_kinds_may_hold(self):
        kinds = self.kind_customer + self.kind_supplier
        self.company_account.crm_account_kind_ids = kinds
        found = self.env["res.partner"].search(
            [("crm_account_kind_ids.code", "=", "supplier"), ("id", "=", self.company_account.id)]
        )
        self.assertEqual(found.crm_account_kind_ids, kinds)

    def test_the_four_kinds_exist(self):
        codes = self.env["crm.account.kind"].search([]).mapped("code")
        self.assertEqual(codes, ["customer", "supplier", "partner", "internal"])

    @mute_logger("odoo.sql_db")
    def test_code_of_kind_is_unique(self):
        with self.assertRaises(IntegrityError):
            self.env["crm.account.kind"].create({"name": "Client", "code": "customer"})

    def test_account_list_has_an_index_of_its_filter_and_order(self):
        # Not by a plan: an index made while an older transaction is open may not serve this one.
        definition = self.env["res.partner"]._table_objects["res_partner_crm_account_idx"]
        self.assertEqual(self.env["res.partner"]._order, "complete_name ASC, id DESC")
        self.assertEqual(
            definition.get_definition(self.env.registry),
            "INDEX (complete_name, id DESC) WHERE crm_is_account IS TRUE",
        )
        self.env.cr.execute(
            "SELECT indisvalid FROM pg_index "
            "WHERE indexrelid = 'res_partner_crm_account_idx'::regclass"
        )
        self.assertTrue(self.env.cr.fetchone()[0])

    @users("crm_user_salesman")
    def test_team_of_an_account_is_the_one_of_its_salesperson(self):
        teams = self.env["crm.team"].sudo().create([{"name": "North"}, {"name": "South"}])
        self.user_salesman.sale_team_id = teams[0]
        account = self.company_account.with_env(self.env)
        account.user_id = self.user_salesman
        self.assertEqual(account.crm_team_id.id, teams[0].id)
        account.crm_team_id = teams[1].id
        account.user_id = self.user_salesman_other
        self.assertEqual(account.crm_team_id.id, teams[1].id)


@tagged("post_install", "-at_install")
class TestSearch(CrmAccountsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.found = cls.env["res.partner"].create(
            {
                "name": "Distribuidora Ñandú del Café, C.A.",
                "is_company": True,
                "email": "Ventas@Nandu.example.com",
                "ref": "ND_07",
                "country_id": cls.env.ref("base.ve").id,
                "phone": "+58 212-555.0140",
            }
        )
        # Written past the check of tax ids, which is not what is tested.
        cls.found.with_context(no_vat_validation=True).vat = "J-30555777-9"
        cls.caller = cls.env["res.partner"].create(
            {"name": "Belén", "parent_id": cls.found.id, "crm_mobile": "(0414) 555 01 71"}
        )

    def _search(self, term):
        return self.env["res.partner"].search(
            [("crm_search", "ilike", term), ("id", "in", (self.found + self.caller).ids)]
        )

    def _assert_finds(self, partner, *terms):
        for term in terms:
            with self.subTest(term=term):
                self.assertIn(partner.id, self._search(term).ids)

    @users("crm_user_salesman")
    def test_found_by_the_words_of_the_name_in_any_order(self):
        self._assert_finds(self.found, "Ñandú", "café ñandú", "distribuidora café", "ñAND")

    @users("crm_user_salesman")
    def test_found_by_name_without_accents(self):
        if not self.env.registry.has_unaccent:
            self.skipTest("the database has no unaccent")
        self._assert_finds(self.found, "nandu", "cafe NANDU")

    @users("crm_user_salesman")
    def test_person_is_found_by_name_and_company(self):
        self._assert_finds(self.caller, "belén", "ñandú belén")

    @users("crm_user_salesman")
    def test_found_by_tax_id_however_it_is_typed(self):
        self._assert_finds(
            self.found, "J-30555777-9", "J305557779", "j 30555777 9", "VEJ305557779", "30555777"
        )

    @users("crm_user_salesman")
    def test_found_by_email(self):
        self._assert_finds(self.found, "ventas@nandu.example.com", "VENTAS@", "nandu.example")

    @users("crm_user_salesman")
    def test_found_by_reference(self):
        self._assert_finds(self.found, "nd_07")

    @users("crm_user_salesman")
    def test_found_by_phone_however_it_is_typed(self):
        self._assert_finds(
            self.found,
            "+58 212 555 0140",
            "+582125550140",
            "0058 212 5550140",
            "58-212-5550140",
            "0212-5550140",
            "(0212) 555.01.40",
            "2125550140",
            "555 0140",
        )

    @users("crm_user_salesman")
    def test_found_by_mobile_kept_without_its_country(self):
        self._assert_finds(
            self.caller, "+58 414 5550171", "0058 414 555 0171", "0414-5550171", "4145550171"
        )

    @users("crm_user_salesman")
    def test_other_numbers_and_names_find_nothing(self):
        for term in ("+58 212 555 0141", "J-30555777-8", "Ñandú Perú", "100%", "ND107", "N_07"):
            with self.subTest(term=term):
                self.assertFalse(self._search(term))

    @users("crm_user_salesman")
    def test_blank_search_finds_everything(self):
        self.assertEqual(len(self._search("  ")), 2)

    @users("crm_user_portal")
    def test_portal_user_cannot_search_by_mobile(self):
        with self.assertRaises(AccessError):
            self._search("4145550171")

    def test_search_has_an_index(self):
        if not self.env.registry.has_trigram:
            self.skipTest("the database has no trigrams")
        self.env.cr.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname = 'res_partner_crm_search_idx'"
        )
        self.assertIn("gin_trgm_ops", self.env.cr.fetchone()[0])


@tagged("post_install", "-at_install")
class TestDepartments(CrmAccountsCommon):
    def test_department_without_company_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "Lost must belong to a company"):
            self.env["res.partner"].create({"name": "Lost", "type": "department"})

    def test_department_below_person_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "must belong to a company"):
            self.env["res.partner"].create(
                {"name": "Lost", "type": "department", "parent_id": self.person.id}
            )

    def test_department_losing_its_company_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "Purchasing must belong to a company"):
            self.department.parent_id = False

    def test_company_with_departments_stays_company(self):
        with self.assertRaisesRegex(ValidationError, "Purchasing must belong to a company"):
            self.company_account.is_company = False

    def test_archived_department_keeps_its_company_a_company(self):
        self.department.active = False
        with self.assertRaisesRegex(ValidationError, "Purchasing must belong to a company"):
            self.company_account.is_company = False

    def test_department_in_loop_is_refused(self):
        sub = self.env["res.partner"].create(
            {"name": "Imports", "type": "department", "parent_id": self.department.id}
        )
        with self.assertRaisesRegex(ValidationError, "Purchasing cannot belong to itself"):
            self.department.parent_id = sub

    def test_department_below_itself_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "Purchasing cannot belong to itself"):
            self.department.parent_id = self.department

    @users("crm_user_salesman")
    def test_company_below_its_own_subsidiary_is_refused(self):
        account = self.company_account.with_env(self.env)
        self.other_account.with_env(self.env).parent_id = account
        with self.assertRaisesRegex(ValidationError, "Northwind cannot belong to itself"):
            account.parent_id = self.other_account.id

    @users("crm_user_salesman")
    def test_loop_is_refused_on_the_form(self):
        self.other_account.parent_id = self.company_account
        form = Form(self.company_account.with_env(self.env), "base.view_partner_form")
        form.parent_id = self.other_account.with_env(self.env)
        with self.assertRaisesRegex(ValidationError, "Northwind cannot belong to itself"):
            form.save()

    @users("crm_user_salesman")
    def test_loop_and_department_without_company_are_named_at_once(self):
        lost = self.env["res.partner"].create(
            {"name": "Lost", "type": "department", "parent_id": self.company_account.id}
        )
        records = self.department.with_env(self.env) + lost
        with self.assertRaisesRegex(
            ValidationError, "(?s)Purchasing cannot belong to itself.*Lost must belong"
        ):
            records.write({"parent_id": self.person.id})

    @users("crm_user_salesman")
    def test_department_without_company_is_refused_on_the_form(self):
        Partner = self.env["res.partner"].with_context(default_type="department")
        form = Form(Partner, "base.view_partner_form")
        form.name = "Lost"
        with self.assertRaisesRegex(AssertionError, "parent_id is a required field"):
            form.save()

    def test_department_cannot_be_company(self):
        with self.assertRaisesRegex(ValidationError, "company and a department at once"):
            self.department.is_company = True

    @mute_logger("odoo.sql_db")
    def test_department_needs_name(self):
        with self.assertRaises(IntegrityError):
            self.env["res.partner"].create(
                {"type": "department", "parent_id": self.company_account.id}
            )

    def test_all_wrong_departments_are_named_at_once(self):
        with self.assertRaisesRegex(ValidationError, "(?s)Lost .*Found "):
            self.env["res.partner"].create(
                [{"name": "Lost", "type": "department"}, {"name": "Found", "type": "department"}]
            )

    def test_department_may_be_below_department(self):
        sub = self.env["res.partner"].create(
            {"name": "Imports", "type": "department", "parent_id": self.department.id}
        )
        self.assertEqual(sub.commercial_partner_id, self.company_account)
        self.assertEqual(self.company_account.crm_department_ids, self.department)

    def test_company_invoices_its_department(self):
        self.assertEqual(self.department.commercial_partner_id, self.company_account)
        self.assertEqual(self.person.commercial_partner_id, self.company_account)

    def test_tax_id_comes_from_the_company(self):
        self.assertEqual(self.department.vat, "/")

    def test_address_of_department_leaves_the_company_alone(self):
        self.department.street = "9 New Street"
        self.assertEqual(self.company_account.street, "1 Company Street")

    def test_address_of_person_in_department_leaves_the_company_alone(self):
        self.person.street = "9 New Street"
        self.assertEqual(self.company_account.street, "1 Company Street")

    def test_address_of_company_leaves_the_department_alone(self):
        self.company_account.street = "9 New Street"
        self.assertEqual(self.department.street, "2 Department Street")

    def test_new_person_takes_address_of_department(self):
        self.assertEqual(self.person.street, "2 Department Street")

    def test_department_without_address_starts_at_its_company(self):
        department = self.env["res.partner"].create(
            {"name": "Finance", "type": "department", "parent_id": self.company_account.id}
        )
        self.assertEqual(department.street, "1 Company Street")
        self.assertEqual(department.city, "Companytown")

    def test_imported_department_leaves_company_without_address_alone(self):
        company = self.env["res.partner"].create({"name": "Westwind", "is_company": True})
        result = self.env["res.partner"].load(
            ["name", "type", "parent_id/.id", "street"],
            [["Stores", "department", str(company.id), "5 Depot"]],
        )
        self.assertFalse(result["messages"])
        self.assertFalse(company.street)

    def test_imported_first_person_gives_address_to_company(self):
        company = self.env["res.partner"].create({"name": "Westwind", "is_company": True})
        self.env["res.partner"].load(
            ["name", "parent_id/.id", "street"], [["Eve", str(company.id), "5 Depot"]]
        )
        self.assertEqual(company.street, "5 Depot")

    def _subsidiary(self, **values):
        return self.env["res.partner"].create(
            {
                "name": "Acme West",
                "is_company": True,
                "parent_id": self.company_account.id,
                **values,
            }
        )

    def test_subsidiary_keeps_its_address(self):
        self.company_account.write({"street": "Main Street 1", "city": "Caracas"})
        subsidiary = self._subsidiary(street="Lake Street 9", city="Maracaibo")
        self.assertEqual((subsidiary.street, subsidiary.city), ("Lake Street 9", "Maracaibo"))
        subsidiary.street = "Lake Street 10"
        self.assertEqual(self.company_account.street, "Main Street 1")
        self.company_account.city = "Valencia"
        self.assertEqual(subsidiary.city, "Maracaibo")

    def test_subsidiary_without_address_starts_at_its_holding(self):
        self.company_account.write({"street": "Main Street 1", "city": "Caracas"})
        subsidiary = self._subsidiary()
        self.assertEqual((subsidiary.street, subsidiary.city), ("Main Street 1", "Caracas"))

    def test_people_of_a_subsidiary_share_its_address(self):
        subsidiary = self._subsidiary(street="Lake Street 9", city="Maracaibo")
        person = self.env["res.partner"].create({"name": "Eva", "parent_id": subsidiary.id})
        self.assertEqual(person.city, "Maracaibo")
        subsidiary.city = "Cabimas"
        self.assertEqual(person.city, "Cabimas")

    def test_invoice_address_of_department_is_the_company(self):
        addresses = self.department.address_get(["invoice", "delivery", "contact"])
        self.assertEqual(addresses["invoice"], self.company_account.id)
        self.assertEqual(addresses["delivery"], self.department.id)
        self.assertEqual(addresses["contact"], self.department.id)

    def test_own_addresses_of_department_come_first(self):
        invoice, delivery = self.env["res.partner"].create(
            [
                {"type": "invoice", "parent_id": self.company_account.id, "street": "6 Bills"},
                {"type": "delivery", "parent_id": self.department.id, "street": "7 Dock"},
            ]
        )
        addresses = self.department.address_get(["invoice", "delivery"])
        self.assertEqual(addresses["invoice"], invoice.id)
        self.assertEqual(addresses["delivery"], delivery.id)

    def test_addresses_of_company_are_unchanged(self):
        addresses = self.company_account.address_get(["invoice", "delivery"])
        self.assertEqual(set(addresses.values()), {self.company_account.id})

    def test_department_shows_a_building(self):
        self.assertIn("company", self.department._avatar_get_placeholder_path())
        self.assertNotIn("company", self.person._avatar_get_placeholder_path())


@tagged("post_install", "-at_install")
class TestContacts(CrmAccountsCommon):
    def test_mobile_is_a_phone_number(self):
        self.assertIn("crm_mobile", self.env["res.partner"]._phone_get_number_fields())
        self.assertEqual(self.person.phone_sanitized, "+16505550199")

    def test_mobile_is_found_however_it_is_typed(self):
        for term in ("+16505550199", "0016505550199", "650 555 01 99", "5550199"):
            with self.subTest(term=term):
                found = self.env["res.partner"].search([("phone_mobile_search", "ilike", term)])
                self.assertIn(self.person, found)

    def test_mobile_is_formatted_while_typing(self):
        with Form(self.env["res.partner"]) as form:
            form.name = "Fay"
            form.country_id = self.env.ref("base.us")
            form.crm_mobile = "6505550100"
        self.assertEqual(form.record.crm_mobile, "+1 650-555-0100")

    @users("crm_user_portal")
    def test_portal_user_reads_the_name_but_nothing_personal_of_a_colleague(self):
        self.user_portal.partner_id.sudo().parent_id = self.company_account
        colleague = self.person.with_env(self.env)
        self.assertEqual(colleague.read(["name"])[0]["name"], "Ana")
        for field_name in ("crm_birthdate", "crm_mobile", "crm_account_kind_ids"):
            with self.subTest(field_name), self.assertRaises(AccessError):
                colleague.read([field_name])
        with self.assertRaises(AccessError):
            colleague.search([("crm_mobile", "like", "+")])


@tagged("post_install", "-at_install")
class TestSalespersonRights(CrmAccountsCommon):
    @users("crm_user_salesman")
    def test_salesperson_creates_account_department_and_contact(self):
        with Form(
            self.env["res.partner"].with_context(default_is_company=True), "base.view_partner_form"
        ) as form:
            form.name = "Eastwind"
            form.street = "8 East Street"
            form.crm_account_kind_ids.add(self.kind_customer)
        company = form.record
        with Form(
            self.env["res.partner"].with_context(default_type="department"),
            "base.view_partner_form",
        ) as form:
            form.name = "Stores"
            form.parent_id = company
        department = form.record
        self.assertEqual(department.crm_account_kind_ids, self.kind_customer)
        self.assertEqual(department.street, "8 East Street")
        with Form(self.env["res.partner"], "base.view_partner_form") as form:
            form.name = "Gus"
            form.parent_id = department
            form.crm_mobile = "+1 650 555 0111"
            form.crm_birthdate = "1990-05-17"
        self.assertEqual(form.record.crm_account_id, department)
        self.assertEqual(form.record.commercial_partner_id, company)

    @users("crm_user_salesman")
    def test_salesperson_adds_department_on_the_company(self):
        with (
            Form(self.company_account.with_env(self.env), "base.view_partner_form") as form,
            form.crm_department_ids.new() as line,
        ):
            line.name = "Finance"
        department = self.company_account.crm_department_ids - self.department
        self.assertEqual(department.type, "department")
        self.assertEqual(department.crm_account_kind_ids, self.kind_customer)

    @users("crm_user_salesman")
    def test_salesperson_edits_contact(self):
        self.person.with_env(self.env).function = "Buyer"
        self.assertEqual(self.person.function, "Buyer")

    @users("crm_user_salesman")
    def test_salesperson_cannot_delete_account(self):
        with self.assertRaises(AccessError):
            self.company_account.with_env(self.env).unlink()

    @users("crm_user_salesman")
    def test_salesperson_cannot_change_kinds_and_roles(self):
        with self.assertRaises(AccessError):
            self.kind_customer.with_env(self.env).name = "Client"
        with self.assertRaises(AccessError):
            self.env["crm.account.role"].create({"name": "Boss"})

    @users("crm_user_manager")
    def test_manager_renames_kind_but_cannot_add_one(self):
        self.kind_customer.with_env(self.env).name = "Client"
        with self.assertRaises(AccessError):
            self.env["crm.account.kind"].create({"name": "Rival", "code": "partner"})

    @users("crm_user_manager")
    def test_manager_adds_and_deletes_role(self):
        self.env["crm.account.role"].create({"name": "Boss"}).unlink()

    @users("crm_user_employee")
    def test_employee_opens_contact_without_the_suite(self):
        form = Form(self.person.with_env(self.env), "base.view_partner_form")
        self.assertNotIn("crm_call_count", form._view["fields"])
        self.assertNotIn("crm_contact_account_ids", form._view["fields"])

    @users("crm_user_employee")
    def test_employee_cannot_write_account(self):
        with self.assertRaises(AccessError):
            self.company_account.with_env(self.env).name = "Mine"


@tagged("post_install", "-at_install")
class TestCounts(CrmAccountsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.call"].create(
            [
                {"partner_id": partner.id, "user_id": cls.user_salesman.id}
                for partner in (cls.company_account, cls.department, cls.person, cls.person)
            ]
        )

    @users("crm_user_salesman")
    def test_calls_roll_up_to_department_and_company(self):
        counts = [
            partner.with_env(self.env).crm_call_count
            for partner in (
                self.company_account,
                self.department,
                self.person,
                self.other_account,
            )
        ]
        self.assertEqual(counts, [4, 3, 2, 0])

    @users("crm_user_salesman_other")
    def test_count_shows_only_what_the_user_may_read(self):
        self.assertFalse(self.company_account.with_env(self.env).crm_call_count)

    @users("crm_user_salesman")
    def test_count_equals_the_list_it_opens(self):
        for partner in (self.company_account, self.department, self.person):
            with self.subTest(partner=partner.name):
                record = partner.with_env(self.env)
                action = record.action_crm_view_calls()
                self.assertEqual(
                    self.env["crm.call"].search_count(action["domain"]), record.crm_call_count
                )

    @users("crm_user_salesman")
    def test_call_stays_with_the_account_when_the_person_leaves(self):
        self.person.with_env(self.env).parent_id = self.other_account.id
        self.env.flush_all()
        self.assertEqual(self.company_account.with_env(self.env).crm_call_count, 4)
        self.assertEqual(self.other_account.with_env(self.env).crm_call_count, 0)
        self.assertEqual(self.person.with_env(self.env).crm_call_count, 2)

    @users("crm_user_salesman")
    def test_people_are_counted_and_listed_through_departments(self):
        record = self.company_account.with_env(self.env)
        self.assertEqual(record.crm_people_count, 1)
        action = record.action_crm_view_people()
        self.assertEqual(self.env["res.partner"].search(action["domain"]), self.person)
        self.assertEqual(self.person.with_env(self.env).crm_people_count, 0)

    @users("crm_user_salesman")
    def test_counts_take_the_same_queries_for_any_number_of_accounts(self):
        accounts = self.company_account + self.department + self.person + self.other_account
        accounts = accounts.with_env(self.env)
        self.env.cr.flush()
        accounts.mapped("crm_call_count")
        self.env.invalidate_all()
        with self.assertQueryCount(7):
            accounts.mapped("crm_call_count")

    def test_new_record_has_no_counts(self):
        record = self.env["res.partner"].new({"name": "New", "is_company": True})
        self.assertEqual(
            (record.crm_call_count, record.crm_visit_count, record.crm_people_count), (0, 0, 0)
        )


@tagged("post_install", "-at_install")
class TestBranchTotals(CrmSuiteCommon):
    @users("crm_user_salesman_all")
    def test_totals_sum_the_whole_branch(self):
        Partner = self.env["res.partner"]
        group = Partner.create({"name": "Group", "is_company": True})
        subsidiary = Partner.create(
            {"name": "Subsidiary", "is_company": True, "parent_id": group.id}
        )
        department = Partner.create(
            {"name": "Sales", "type": "department", "parent_id": subsidiary.id}
        )
        people = Partner.create(
            [
                {"name": f"Person {number}", "parent_id": account.id}
                for number, account in enumerate((group, subsidiary, department, department))
            ]
        )
        self.env["crm.call"].create([{"partner_id": person.id} for person in people])
        totals = (group | subsidiary | department)._crm_branch_totals()
        self.assertEqual(
            [
                [
                    totals[account.id][key]
                    for key in ("subsidiaries", "departments", "people", "interactions")
                ]
                for account in (group, subsidiary, department)
            ],
            [[1, 1, 4, 4], [0, 1, 3, 3], [0, 0, 2, 2]],
        )

    @users("crm_user_salesman")
    def test_totals_count_what_the_user_may_read(self):
        group = self.env["res.partner"].create({"name": "Group", "is_company": True})
        for user in (self.user_salesman, self.user_salesman_other):
            self.env["crm.call"].sudo().create({"partner_id": group.id, "user_id": user.id})
        self.assertEqual(group._crm_branch_totals()[group.id]["interactions"], 1)

    @users("crm_user_salesman_all")
    def test_totals_cost_the_same_for_one_account_and_for_many(self):
        accounts = self.env["res.partner"].create(
            [{"name": f"Account {number}", "is_company": True} for number in range(30)]
        )
        self.env.flush_all()
        accounts._crm_branch_totals()
        counts = []
        for some in (accounts[:1], accounts):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some._crm_branch_totals()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])
