# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

import psycopg2
from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from .common import CrmProductsCommon


class CustomerCodesCommon(CrmProductsCommon):
    """A company with a department and a person in it; ``product`` and a product with variants."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partners = cls.env["res.partner"]
        cls.account = partners.create({"name": "Distribuidora Norte", "is_company": True})
        cls.department = partners.create(
            {"name": "Purchasing", "type": "department", "parent_id": cls.account.id}
        )
        cls.contact = partners.create({"name": "Ana Rivas", "parent_id": cls.department.id})
        cls.other = partners.create({"name": "Importadora Sur", "is_company": True})
        color = cls.env["product.attribute"].create(
            {
                "name": "Color",
                "value_ids": [Command.create({"name": "Red"}), Command.create({"name": "Blue"})],
            }
        )
        cls.shirt = cls.env["product.template"].create(
            {
                "name": "Shirt",
                "attribute_line_ids": [
                    Command.create(
                        {
                            "attribute_id": color.id,
                            "value_ids": [Command.set(color.value_ids.ids)],
                        }
                    )
                ],
            }
        )
        cls.red, cls.blue = cls.shirt.product_variant_ids
        cls.today = fields.Date.context_today(cls.env.user)

    def _code(self, code="4711", account=None, product=None, user=None, **values):
        """Return a new row, in the environment of the salesperson who made it."""
        return (
            self.env["crm.customer.product"]
            .with_user(user or self.user_salesman)
            .create(
                {
                    "account_id": (account or self.account).id,
                    "product_tmpl_id": (product or self.product).id,
                    "customer_code": code,
                    **values,
                }
            )
        )

    def _days(self, days):
        return self.today + timedelta(days=days)

    def _codes(self, partner, products, date=None):
        """Return ``{product: code}`` as a salesperson finds them."""
        products = products.with_user(self.user_salesman)
        rows = partner.with_user(self.user_salesman)._crm_customer_products(products, date)
        return {products.browse(key): row.customer_code for key, row in rows.items()}

    def _code_of(self, partner, product, date=None):
        return self._codes(partner, product, date).get(product)


@tagged("post_install", "-at_install")
class TestCustomerCodes(CustomerCodesCommon):
    """Which code holds for whom, and who may write it down."""

    # === WHICH ROW HOLDS ===#
    def test_code_of_the_company_holds_for_its_departments_and_people(self):
        self._code()
        for partner in (self.account, self.department, self.contact):
            self.assertEqual(self._code_of(partner, self.product), "4711")
        self.assertFalse(self._code_of(self.other, self.product))

    def test_code_of_the_department_comes_first(self):
        self._code()
        self._code("P-1", self.department)
        self.assertEqual(self._code_of(self.account, self.product), "4711")
        self.assertEqual(self._code_of(self.contact, self.product), "P-1")

    def test_subsidiary_has_codes_of_its_own(self):
        subsidiary = self.env["res.partner"].create(
            {"name": "Norte Branch", "is_company": True, "parent_id": self.account.id}
        )
        self._code()
        self.assertFalse(self._code_of(subsidiary, self.product))

    def test_code_of_the_variant_comes_before_that_of_the_product(self):
        self._code("ANY", product=self.shirt)
        self._code("RED", product=self.shirt, product_id=self.red.id)
        self.assertEqual(
            self._codes(self.account, self.red | self.blue), {self.red: "RED", self.blue: "ANY"}
        )
        self.assertEqual(self._code_of(self.account, self.shirt), "ANY")

    def test_code_of_the_only_variant_is_that_of_the_product(self):
        self._code(product_id=self.product.product_variant_id.id)
        self.assertEqual(self._code_of(self.account, self.product), "4711")

    def test_code_of_one_of_several_variants_is_not_that_of_the_product(self):
        self._code(product=self.shirt, product_id=self.red.id)
        self.assertFalse(self._code_of(self.account, self.shirt))

    def test_product_follows_from_the_variant(self):
        row = self.env["crm.customer.product"].create(
            {"account_id": self.account.id, "product_id": self.red.id}
        )
        self.assertEqual(row.product_tmpl_id, self.shirt)

    def test_code_holds_from_its_first_to_its_last_day(self):
        self._code(date_start=self._days(-3), date_end=self._days(3))
        for days, code in ((-4, None), (-3, "4711"), (3, "4711"), (4, None)):
            with self.subTest(days=days):
                self.assertEqual(self._code_of(self.account, self.product, self._days(days)), code)

    def test_archived_code_does_not_hold(self):
        self._code().active = False
        self.assertFalse(self._code_of(self.account, self.product))

    def test_own_company_comes_before_all_companies(self):
        self._code("ALL")
        self._code("OWN", company_id=self.env.company.id)
        self.assertEqual(self._code_of(self.account, self.product), "OWN")

    def test_code_of_a_parent_company_holds_in_its_branch(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.env.company.id}
        )
        self.user_salesman.company_ids += branch
        self._code(company_id=self.env.company.id)
        account = self.account.with_user(self.user_salesman).with_company(branch)
        self.assertTrue(account._crm_customer_products(self.product))

    def test_queries_do_not_grow_with_products_and_accounts(self):
        products = self.env["product.product"].create(
            [{"name": f"Product {number}"} for number in range(40)]
        )
        for product in products:
            self._code(product.name, product=product.product_tmpl_id)
        customers = self.contact | self.department | self.other

        def count(customers, products):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = customers.with_user(self.user_salesman)._crm_customer_products_of_each(products)
            for row in (row for rows in found.values() for row in rows.values()):
                self.assertTrue(row._crm_label())
            return self.env.cr.sql_log_count - before, found

        count(customers, products)
        few, _found = count(self.contact, products[:2])
        many, found = count(customers, products)
        self.assertLessEqual(many, few)
        self.assertLessEqual(many, 6)
        self.assertEqual(len(found[self.contact.id]), 40)
        self.assertFalse(found[self.other.id])

    # === WHAT IS REFUSED ===#
    def test_product_twice_at_the_same_time_is_refused(self):
        self._code(date_start=self._days(-9), date_end=self._days(9))
        with self.assertRaises(ValidationError) as caught:
            self._code("other", date_start=self._days(9))
        self.assertIn(
            "Distribuidora Norte already has [DSK-1] Desktop printer at that time",
            str(caught.exception),
        )
        self._code("other", date_start=self._days(10))

    def test_everything_that_is_wrong_is_said_at_once(self):
        with self.assertRaises(ValidationError) as caught:
            self.env["crm.customer.product"].create(
                [
                    {"account_id": self.contact.id, "product_tmpl_id": self.product.id},
                    {
                        "account_id": self.account.id,
                        "product_tmpl_id": self.product.id,
                        "product_id": self.red.id,
                    },
                    {
                        "account_id": self.other.id,
                        "product_tmpl_id": self.product.id,
                        "date_start": self._days(1),
                        "date_end": self._days(-1),
                    },
                ]
            )
        for text in ("Ana Rivas is a person", "is no variant of", "before it begins"):
            self.assertIn(text, str(caught.exception))

    def test_restoring_a_line_beside_its_successor_is_refused(self):
        old = self._code()
        old.active = False
        self._code("4712", date_start=self.today)
        with self.assertRaises(ValidationError):
            old.active = True

    def test_same_product_for_another_account_variant_or_company_is_welcome(self):
        self._code(product=self.shirt)
        self._code(product=self.shirt, account=self.department)
        self._code(product=self.shirt, product_id=self.red.id)
        self._code(product=self.shirt, company_id=self.env.company.id)

    def test_one_code_for_two_products_is_welcome(self):
        self._code()
        self._code(product=self.shirt)

    def test_second_of_two_people_at_once_is_refused(self):
        row = self._code()
        # The index decides before anything is read: as if the other one were not seen yet.
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation) as caught,
        ):
            self._code()
        self.assertEqual(
            row._sql_error_to_message(caught.exception),
            "Distribuidora Norte already has [DSK-1] Desktop printer at that time: change that "
            "line, or end it before the new one begins.",
        )

    def test_line_moves_to_another_product_while_a_new_one_takes_its_place(self):
        row = self._code()
        self.account.write(
            {
                "crm_customer_product_ids": [
                    Command.update(row.id, {"product_tmpl_id": self.shirt.id}),
                    Command.create({"product_tmpl_id": self.product.id, "customer_code": "4712"}),
                ]
            }
        )
        self.assertEqual(self._code_of(self.account, self.shirt), "4711")
        self.assertEqual(self._code_of(self.account, self.product), "4712")

    def test_import_names_every_wrong_line_and_writes_nothing(self):
        self._code()
        load = self.env["crm.customer.product"].with_user(self.user_salesman).load
        columns = ["account_id", "product_tmpl_id", "customer_code", "date_start", "date_end"]
        good_line = ["Importadora Sur", "DSK-1", "S-1", "2026-01-01", "2026-12-31"]
        result = load(
            columns,
            [
                good_line,
                ["Nobody", "DSK-1", "2", "", ""],
                ["Importadora Sur", "Nothing", "3", "", ""],
                ["Distribuidora Norte", "Desktop printer", "4", "", ""],
                ["Importadora Sur", "Shirt", "5", "2026-02-02", "2026-01-01"],
                ["Importadora Sur", "Shirt", "6", "soon", ""],
            ],
        )
        self.assertFalse(result["ids"])
        messages = {message["record"]: message["message"] for message in result["messages"]}
        self.assertEqual(set(messages), {1, 2, 3, 4, 5})
        self.assertIn("already has [DSK-1] Desktop printer at that time", messages[3])
        self.assertIn("before it begins on 02/02/2026", messages[4])
        self.assertFalse(self.other.crm_customer_product_ids)

        result = load(columns, [good_line])
        self.assertTrue(result["ids"], result["messages"])
        self.assertEqual(self.other.crm_customer_product_ids.customer_code, "S-1")

    # === RIGHTS ===#
    def test_salesperson_writes_codes_and_archives_them(self):
        row = self._code()
        row.customer_code = "4712"
        row.action_archive()
        with self.assertRaises(AccessError):
            row.unlink()

    def test_sales_manager_deletes_a_code(self):
        row = self._code().with_user(self.user_manager)
        row.unlink()
        self.assertFalse(row.exists())

    def test_employees_and_customers_see_no_codes(self):
        row = self._code()
        for user in (self.user_employee, self.user_portal):
            with self.assertRaises(AccessError):
                row.with_user(user).read(["customer_code"])
            with self.assertRaises(AccessError):
                self.account.with_user(user).read(["crm_customer_product_ids"])

    def test_code_of_another_company_is_hidden(self):
        row = self._code(company_id=self.env.company.id)
        rows = self.env["crm.customer.product"].with_user(self.user_company_b)
        self.assertNotIn(row, rows.search([]))
        with self.assertRaises(AccessError):
            rows.browse(row.id).read(["customer_code"])
        account = self.account.with_user(self.user_company_b)
        self.assertFalse(account._crm_customer_products(self.product))
        row.company_id = False
        self.assertIn(row, rows.search([]))
        self.assertTrue(account._crm_customer_products(self.product))

    def test_code_is_of_the_company_of_its_account(self):
        self.account.company_id = self.env.company
        self.assertEqual(self._code().company_id, self.env.company)

    def test_account_of_another_company_is_refused(self):
        self.account.company_id = self.env.company
        with self.assertRaises(UserError):
            self._code(user=self.env.user, company_id=self.company_b.id)

    # === SCREENS ===#
    def test_salesperson_adds_a_code_on_the_list(self):
        action = self.env.ref("crm_products.crm_customer_product_action")
        rows = self.env["crm.customer.product"].with_user(self.user_salesman)
        with Form(rows, "crm_products.crm_customer_product_view_form") as form:
            form.account_id = self.account
            form.product_tmpl_id = self.product
            form.customer_code = "4711"
        arch = etree.fromstring(action.search_view_id.arch)
        domain = safe_eval(arch.find(".//filter[@name='valid']").get("domain"))
        self.assertIn(form.record, rows.search(domain))

    def test_another_product_clears_the_variant(self):
        row = self._code(product=self.shirt, product_id=self.red.id)
        # Who uses no variants does not see the field.
        row.env.user.sudo().group_ids += self.env.ref("product.group_product_variant")
        with Form(row, "crm_products.crm_customer_product_view_form") as form:
            form.product_tmpl_id = self.product
        self.assertFalse(row.product_id)

    def test_codes_are_written_on_the_account_and_on_the_product(self):
        self.user_manager.group_ids += self.env.ref("base.group_partner_manager")
        self.user_manager.group_ids += self.env.ref("product.group_product_manager")
        for record, view, name, value, code in (
            (self.account, "base.view_partner_form", "product_tmpl_id", self.product, "4711"),
            (
                self.product,
                "product.product_template_only_form_view",
                "account_id",
                self.other,
                "S-1",
            ),
            (
                self.product.product_variant_id,
                "product.product_normal_form_view",
                "account_id",
                self.department,
                "D-1",
            ),
        ):
            form = Form(record.with_user(self.user_manager), view)
            with form.crm_customer_product_ids.new() as line:
                setattr(line, name, value)
                line.customer_code = code
            form.save()
        self.assertEqual(
            set(self.product.crm_customer_product_ids.mapped("customer_code")),
            {"4711", "S-1", "D-1"},
        )

    def test_list_opened_from_an_account_shows_what_holds_for_it(self):
        company_row = self._code()
        other_row = self._code(account=self.other)
        action = self.department.with_user(self.user_salesman).action_crm_view_customer_products()
        found = self.env["crm.customer.product"].search(action["domain"])
        self.assertIn(company_row, found)
        self.assertNotIn(other_row, found)
        self.assertEqual(action["context"]["default_account_id"], self.department.id)

    def test_list_opened_from_a_variant_shows_those_of_its_product(self):
        row = self._code(product=self.shirt)
        action = self.red.with_user(self.user_salesman).action_crm_view_customer_products()
        self.assertEqual(self.env["crm.customer.product"].search(action["domain"]), row)
        self.assertEqual(action["context"]["default_product_tmpl_id"], self.shirt.id)

    def test_employee_outside_sales_opens_accounts_and_products(self):
        Form(self.account.with_user(self.user_employee), "base.view_partner_form")
        Form(self.product.with_user(self.user_employee), "product.product_template_form_view")


@tagged("post_install", "-at_install")
class TestCustomerCodeSearch(CustomerCodesCommon):
    """Products are found by the code and name of the customer."""

    def _found(self, text, partner=None, model="product.template", user=None, **kwargs):
        """Return what the box of a line proposes to a salesperson."""
        records = self.env[model].with_user(user or self.user_salesman)
        if partner:
            records = records.with_context(partner_id=partner.id)
        return self.env[model].browse(pair[0] for pair in records.name_search(text, **kwargs))

    def test_box_of_a_line_finds_by_code_and_by_name(self):
        self._code("4711-X", customer_name="Impresora de mesa")
        for text in ("4711-X", "4711", "mesa"):
            with self.subTest(text=text):
                self.assertEqual(self._found(text, self.contact), self.product)
                self.assertEqual(
                    self._found(text, self.contact, "product.product"),
                    self.product.product_variant_id,
                )

    def test_code_of_a_variant_finds_that_variant_only(self):
        self._code("RED", product=self.shirt, product_id=self.red.id)
        self.assertEqual(self._found("RED", self.account, "product.product"), self.red)
        self.assertEqual(self._found("RED", self.account), self.shirt)

    def test_code_of_another_customer_finds_nothing(self):
        self._code("4711-X")
        self.assertFalse(self._found("4711-X", self.other))
        self.assertFalse(self._found("4711-X"))

    def test_expired_code_finds_nothing(self):
        self._code("4711-X", date_end=self._days(-1))
        self.assertFalse(self._found("4711-X", self.account))

    def test_code_of_another_company_finds_nothing(self):
        self._code("4711-X", company_id=self.env.company.id)
        self.assertFalse(self._found("4711-X", self.account, user=self.user_company_b))

    def test_exact_code_comes_before_names_that_contain_it(self):
        self.env["product.template"].create(
            [{"name": f"AAA with {number} inside 77", "sequence": 0} for number in range(10)]
        )
        self._code("77")
        self.assertEqual(self._found("77", self.account, limit=8)[:1], self.product)
        variant = self.product.product_variant_id
        self.assertEqual(self._found("77", self.account, "product.product", limit=8)[:1], variant)

    def test_each_product_is_proposed_once(self):
        self._code("DSK-1")
        found = self._found("DSK-1", self.account, "product.product")
        self.assertEqual(found.ids, self.product.product_variant_id.ids)

    def test_domain_of_the_box_is_respected(self):
        self._code("4711-X")
        self.product.sale_ok = False
        self.assertFalse(self._found("4711-X", self.account, domain=[("sale_ok", "=", True)]))

    def test_box_shows_the_code_beside_the_name(self):
        self._code("4711-X", customer_name="Impresora")
        for model in ("product.template", "product.product"):
            (line,) = (
                self.env[model]
                .with_user(self.user_salesman)
                .with_context(partner_id=self.account.id)
                .web_name_search("4711-X", {"display_name": {}})
            )
            self.assertEqual(line["display_name"], "[DSK-1] Desktop printer")
            self.assertEqual(
                line["__formatted_display_name"],
                "Desktop printer\t--DSK-1--\t--4711-X Impresora--",
            )

    def test_search_box_of_the_products_finds_the_code_of_any_customer(self):
        self._code("4711-X")
        for model in ("product.template", "product.product"):
            found = self.env[model].with_user(self.user_salesman)
            self.assertTrue(found.search([("crm_customer_code", "ilike", "4711-X")]))
            self.assertFalse(found.search([("crm_customer_code", "ilike", "4712-X")]))
        arch = (
            self.env["product.template"]
            .with_user(self.user_salesman)
            .get_view(self.env.ref("crm_products.product_template_view_search").id, "search")[
                "arch"
            ]
        )
        self.assertIn('name="crm_customer_code"', arch)

    def test_employee_outside_sales_searches_without_codes(self):
        self._code("4711-X")
        self.assertFalse(self._found("4711-X", self.account, user=self.user_employee))
        self.assertTrue(self._found("Desktop", self.account, user=self.user_employee))
        arch = (
            self.env["product.template"]
            .with_user(self.user_employee)
            .get_view(self.env.ref("crm_products.product_template_view_search").id, "search")[
                "arch"
            ]
        )
        self.assertNotIn('name="crm_customer_code"', arch)

    def test_negative_search_leaves_the_product_of_the_code_out(self):
        self._code("4711-X")
        variants = (self.product | self.shirt).product_variant_ids
        products = self.env["product.product"].with_context(partner_id=self.account.id)
        domain = [("id", "in", variants.ids), ("crm_customer_code", "not ilike", "4711-X")]
        self.assertEqual(products.search(domain), self.shirt.product_variant_ids)

    def test_queries_of_the_box_do_not_grow_with_the_proposals(self):
        templates = self.env["product.template"].create(
            [{"name": f"Product {number}"} for number in range(12)]
        )
        for number, template in enumerate(templates):
            self._code(f"QQ{number:02}", product=template)
        products = (
            self.env["product.template"]
            .with_user(self.user_salesman)
            .with_context(partner_id=self.contact.id)
        )

        def count(limit):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(
                len(
                    products._crm_show_customer_codes(
                        [
                            {"id": template.id, "display_name": template.name}
                            for template in templates[:limit]
                        ]
                    )
                ),
                limit,
            )
            return self.env.cr.sql_log_count - before

        count(12)
        self.assertEqual(count(12), count(2))


@tagged("post_install", "-at_install")
class TestAssortment(CustomerCodesCommon):
    """What a customer may buy."""

    def _choice(self, partner, model="product.template"):
        """Return which of the test products the box of a line offers for a customer."""
        products = self.product | self.shirt
        if model == "product.product":
            products = products.product_variant_ids
        return (
            self.env[model]
            .with_user(self.user_salesman)
            .search(
                [("id", "in", products.ids), ("crm_allowed_for_id", "=", partner.id)], order="id"
            )
        )

    def _outside(self, partner):
        products = (self.product | self.shirt).product_variant_ids.with_user(self.user_salesman)
        return partner.with_user(self.user_salesman)._crm_outside_assortment(products)

    def test_customer_without_assortment_buys_everything(self):
        self._code()
        self.assertFalse(self._outside(self.contact))
        self.assertEqual(self._choice(self.contact), self.product | self.shirt)

    def test_warning_lets_everything_be_chosen(self):
        self._code()
        self.account.crm_assortment_policy = "warn"
        self.assertEqual(self._outside(self.contact), self.red | self.blue)
        self.assertEqual(self._choice(self.contact), self.product | self.shirt)

    def test_only_the_assortment_is_offered(self):
        self._code()
        self.account.crm_assortment_policy = "block"
        self.assertEqual(self._choice(self.contact), self.product)
        self.assertEqual(
            self._choice(self.contact, "product.product"), self.product.product_variant_id
        )
        self.assertEqual(self._choice(self.other), self.product | self.shirt)
        self.assertEqual(
            self._choice(self.env["res.partner"]), self.product | self.shirt, "no customer yet"
        )

    def test_product_that_is_not_allowed_is_outside_for_everybody(self):
        self._code(allowed=False)
        self.assertEqual(self._outside(self.account), self.product.product_variant_id)

    def test_department_may_leave_a_product_of_the_company_out(self):
        self._code()
        self._code(account=self.department, allowed=False)
        self.account.crm_assortment_policy = "block"
        self.assertEqual(self._choice(self.account), self.product)
        self.assertFalse(self._choice(self.contact))

    def test_single_variants_are_let_in_and_left_out(self):
        self.account.crm_assortment_policy = "block"
        row = self._code(product=self.shirt, product_id=self.red.id)
        self.assertEqual(self._choice(self.account, "product.product"), self.red)
        self.assertEqual(self._choice(self.account), self.shirt)
        row.allowed = False
        self.assertFalse(self._choice(self.account))
        self._code(product=self.shirt)
        self.assertEqual(self._choice(self.account, "product.product"), self.blue)
        self.assertEqual(self._outside(self.account) & self.shirt.product_variant_ids, self.red)

    def test_expired_line_is_no_part_of_the_assortment(self):
        self._code(date_end=self._days(-1))
        self.account.crm_assortment_policy = "block"
        self.assertFalse(self._choice(self.account))


@tagged("post_install", "-at_install")
class TestCustomerCodesMerge(CustomerCodesCommon):
    """A merge of accounts keeps every code."""

    def _merge(self, *sources):
        partners = self.account.union(*sources)
        user = self.user_manager
        user.group_ids += self.env.ref("base.group_partner_manager")
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(user)
        wizard._merge(partners.ids, self.account.with_user(user))

    def _rows(self, active=True):
        rows = self.env["crm.customer.product"].with_context(active_test=False)
        return rows.search([("account_id", "=", self.account.id), ("active", "=", active)])

    def test_codes_move_to_the_kept_account(self):
        row = self._code(account=self.other)
        self._merge(self.other)
        self.assertEqual(row.account_id, self.account)
        self.assertTrue(row.active)

    def test_second_code_of_the_same_product_is_archived(self):
        kept = self._code("A-1")
        row = self._code("B-1", account=self.other, customer_name="Printer")
        self._merge(self.other)
        self.assertEqual(self._rows(), kept)
        self.assertEqual(self._rows(active=False), row)
        self.assertEqual((kept.customer_code, kept.customer_name), ("A-1", False))
        self.assertEqual(row.customer_code, "B-1")

    def test_kept_line_takes_over_what_it_lacks(self):
        kept = self._code("A-1")
        self._code("A-1", account=self.other, customer_name="Printer")
        self._merge(self.other)
        self.assertEqual(kept.customer_name, "Printer")

    def test_several_accounts_with_the_same_product_merge(self):
        others = self.other.copy() | self.other.copy() | self.other.copy()
        rows = [self._code(f"O-{other.id}", account=other) for other in others]
        self._merge(*others)
        self.assertEqual(self._rows(), rows[0])
        self.assertEqual(len(self._rows(active=False)), 2)

    def test_lines_of_different_times_stay_side_by_side(self):
        self._code("old", date_end=self._days(-1))
        self._code("new", account=self.other, date_start=self.today)
        self._merge(self.other)
        self.assertEqual(len(self._rows()), 2)

    def test_codes_of_a_company_that_the_user_does_not_see_move_too(self):
        self._code("A-1", user=self.user_company_b, company_id=self.company_b.id)
        row = self._code("B-1", self.other, user=self.user_company_b, company_id=self.company_b.id)
        self._merge(self.other)
        self.assertEqual(row.sudo().account_id, self.account)
        self.assertFalse(row.sudo().active)
