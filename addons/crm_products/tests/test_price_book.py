# SPDX-License-Identifier: LGPL-3.0-or-later
import doctest
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from unittest.mock import patch

from freezegun import freeze_time
from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Datetime
from odoo.tests import Form, HttpCase, RecordCapturer, tagged, users
from odoo.tests.common import BaseCase
from odoo.tools.pdf import PdfFileReader

from odoo.addons.crm_accounts.tests.common import CrmSuiteUsersMixin

from .. import price_book
from ..models import crm_price_book, crm_price_book_file, crm_price_book_version
from .common import CrmProductsCommon

SALESMAN = "crm_user_salesman"


class CrmPriceBookCommon(CrmProductsCommon):
    """Two more products, one in another category with variants, and a draft of the salesperson
    that prints the test price list.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        attribute = cls.env["product.attribute"].create(
            {
                "name": "Colour",
                "value_ids": [
                    Command.create({"name": "Grey"}),
                    Command.create({"name": "Red", "default_extra_price": 12.5}),
                ],
            }
        )
        cls.chair, cls.cable = cls.env["product.template"].create(
            [
                {
                    "name": "Chair",
                    "list_price": 59.9,
                    "categ_id": cls.category_other.id,
                    "attribute_line_ids": [
                        Command.create(
                            {
                                "attribute_id": attribute.id,
                                "value_ids": [Command.set(attribute.value_ids.ids)],
                            }
                        )
                    ],
                },
                {
                    "name": "Cable",
                    "default_code": "CAB",
                    "list_price": 3.5,
                    "categ_id": cls.category.id,
                    "uom_id": cls.env.ref("uom.product_uom_meter").id,
                    "description_sale": "Sold by the meter",
                },
            ]
        )
        cls.templates = cls.product + cls.chair + cls.cable
        cls.categories = cls.category + cls.category_other
        cls._create_category_rule(cls.category, percent_price=20.0)
        cls._create_rule(
            applied_on="1_product",
            product_tmpl_id=cls.product.id,
            compute_price="fixed",
            fixed_price=70.0,
            min_quantity=10,
        )
        cls.book = cls._create_book()

    @classmethod
    def _create_book(cls, user=None, **values):
        """Return a book of the test products, of the salesperson by default."""
        user = user or cls.user_salesman
        return (
            cls.env["crm.price.book"]
            .with_user(user)
            .create(
                {
                    "name": "Resellers 2026",
                    "lang": "en_US",
                    "pricelist_ids": [Command.set(cls.pricelist.ids)],
                    "quantities": [1.0, 10.0],
                    "category_ids": [Command.set(cls.categories.ids)],
                    **values,
                }
            )
        )

    def _version(self, book=None):
        """Make a version of a book and return it."""
        book = book or self.book
        book.action_create_version()
        return book.last_version_id

    def _rows(self, version):
        return list(version._crm_iter_rows())

    @contextmanager
    def _long_books(self, at_once=2, chunk=2):
        """Let books of more than ``at_once`` lines be long ones."""
        with (
            patch.object(crm_price_book, "MADE_AT_ONCE", at_once),
            patch.object(crm_price_book_version, "MADE_AT_ONCE", at_once),
            patch.object(crm_price_book, "CHUNK", chunk),
        ):
            yield

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("crm_products.ir_cron_make_price_books").method_direct_trigger()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestPriceBookContents(CrmPriceBookCommon):
    def _core_prices(self, product, book, moment):
        return [
            pricelist._get_product_price(product, quantity, date=moment)
            for pricelist in book.pricelist_ids or [book.pricelist_ids]
            for quantity in book.quantities
        ]

    def test_prices_are_those_of_core(self):
        euro = self.env["res.currency"].create(
            {"name": "CRX", "symbol": "x", "rate_ids": [Command.create({"rate": 1.7})]}
        )
        export = self.env["product.pricelist"].create(
            {"name": "Export", "currency_id": euro.id, "company_id": False}
        )
        self._create_rule(
            pricelist_id=export.id,
            compute_price="formula",
            base="pricelist",
            base_pricelist_id=self.pricelist.id,
            price_discount=7.0,
            price_round=0.05,
        )
        for level, products in (
            ("template", self.templates),
            ("variant", self.templates.product_variant_ids),
        ):
            for lists in (self.pricelist, self.pricelist + export, self.env["product.pricelist"]):
                book = self._create_book(
                    level=level, pricelist_ids=[Command.set(lists.ids)], quantities=[1, 10, 25.5]
                )
                version = self._version(book)
                rows = self._rows(version)
                self.assertEqual({row.product_id for row in rows}, set(products.ids))
                for row in rows:
                    product = products.browse(row.product_id).with_user(self.user_salesman)
                    self.assertEqual(
                        row.prices, self._core_prices(product, book, version.date), row.name
                    )

    def test_prices_of_a_day_are_those_of_its_noon(self):
        self.user_salesman.tz = "America/Caracas"
        day = Datetime.now() + timedelta(days=30)
        self._create_rule(
            applied_on="1_product",
            product_tmpl_id=self.product.id,
            compute_price="fixed",
            fixed_price=55.0,
            date_start=day.replace(hour=14, minute=0),
        )
        self.book.with_context(tz="America/Caracas").date = day.date()

        version = self._version(self.book.with_context(tz="America/Caracas"))

        self.assertEqual((version.date.hour, version.date.minute), (16, 0))
        prices = {row.name: row.prices for row in self._rows(version)}
        self.assertEqual(prices["Desktop printer"], [55.0, 70.0])

    def test_rows_hold_what_is_printed_and_nothing_else(self):
        book = self._create_book(
            show_description=True, show_barcode=True, show_reference=True, show_unit=True
        )
        self.cable.barcode = "4006381333931"

        rows = {row.name: row for row in self._rows(self._version(book))}

        self.assertEqual(
            rows["Cable"][1:8],
            ("Equipment", "CAB", "4006381333931", "Cable", "m", "Sold by the meter", [2.8, 2.8]),
        )
        plain = self._create_book(group_by_category=False, show_unit=False)
        rows = {row.name: row for row in self._rows(self._version(plain))}
        self.assertEqual(rows["Cable"][1:8], ("", "CAB", "", "Cable", "", "", [2.8, 2.8]))

    def test_rows_are_sorted_by_category_and_reference_or_name(self):
        def names(**values):
            return [row.name for row in self._rows(self._version(self._create_book(**values)))]

        self.assertEqual(
            names(level="template"), ["Cable", "Desktop printer", "Chair"], "by category"
        )
        self.assertEqual(
            names(level="template", group_by_category=False, sort_by="name"),
            ["Cable", "Chair", "Desktop printer"],
        )

    def test_variants_are_told_apart(self):
        names = [row.name for row in self._rows(self._version())]

        self.assertIn("Chair (Grey)", names)
        self.assertIn("Chair (Red)", names)

    def test_categories_include_those_below(self):
        self.book.category_ids = self.category

        rows = self._rows(self._version())

        self.assertEqual([row.category for row in rows], ["Equipment", "Equipment / Printers"])

    def test_what_is_not_sold_is_left_out_unless_asked_for(self):
        self.cable.sale_ok = False

        self.assertNotIn("Cable", [row.name for row in self._rows(self._version())])
        self.book.sold_only = False
        self.assertIn("Cable", [row.name for row in self._rows(self._version())])

    def test_archived_products_and_those_of_other_companies_are_left_out(self):
        self.cable.active = False
        self.product.company_id = self.company_b

        rows = self._rows(self._version(self._create_book(user=self.env.user)))

        self.assertEqual({row.name for row in rows}, {"Chair (Grey)", "Chair (Red)"})

    def test_explicit_products_and_filter_narrow_the_book(self):
        self.book.product_ids = self.chair + self.cable
        self.assertEqual(len(self._rows(self._version())), 3)

        self.book.product_domain = "[('list_price', '<', 10), ('name', 'ilike', 'cab')]"
        self.assertEqual([row.name for row in self._rows(self._version())], ["Cable"])

    def test_filter_is_data_and_never_code(self):
        for text in (
            "[('id', 'in', __import__('os').getpid())]",
            "[('create_uid', '=', uid)]",
            "[('no_such_field', '=', 1)]",
            "[('categ_id', 'any!', [('id', '=', 1)])]",
            "[('id', '=', 1",
            "{}",
            "[" * 500,
        ):
            with self.subTest(text=text[:40]), self.assertRaises(ValidationError):
                self.book.product_domain = text

    def test_a_book_without_products_says_so(self):
        self.book.product_domain = "[('name', '=', 'nothing')]"

        with self.assertRaisesRegex(UserError, "has no products"):
            self.book.action_create_version()
        self.assertFalse(self.book.version_ids)

    def test_without_price_list_the_sales_prices_are_printed(self):
        self.book.pricelist_ids = False

        rows = {row.name: row for row in self._rows(self._version())}

        self.assertEqual(rows["Desktop printer"].prices, [100.0, 100.0])

    def _create_customer(self, **values):
        customer = self.env["res.partner"].create(
            {"name": "Comercial Andina", "is_company": True, **values}
        )
        customer.property_product_pricelist = self.pricelist
        return customer

    def test_a_customer_finds_the_own_codes_and_names(self):
        customer = self._create_customer()
        self.env["crm.customer.product"].create(
            {
                "account_id": customer.id,
                "product_tmpl_id": self.cable.id,
                "customer_code": "AND-7",
                "customer_name": "Blue wire",
            }
        )
        person = self.env["res.partner"].create({"name": "Ana", "parent_id": customer.id})
        book = self._create_book(partner_id=person.id)

        version = self._version(book)

        rows = {row.name: row for row in self._rows(version)}
        self.assertEqual(
            (rows["Cable"].customer_code, rows["Cable"].customer_name), ("AND-7", "Blue wire")
        )
        self.assertEqual(rows["Desktop printer"].customer_code, "")
        self.assertIn("AND-7", book.preview)
        sheet = load_workbook(BytesIO(version._crm_file("xlsx").attachment_id.raw)).worksheets[0]
        self.assertEqual(
            [cell.value for cell in sheet[2]][:4], ["AND-7", "Blue wire", "CAB", "Cable"]
        )
        self.assertIn("Your Code", book.preview)
        book.show_customer_code = False
        self.assertNotIn("Your Code", book.preview)

    def test_a_customer_with_an_assortment_is_offered_nothing_else(self):
        customer = self._create_customer(crm_assortment_policy="block")
        self.env["crm.customer.product"].create(
            {"account_id": customer.id, "product_tmpl_id": self.cable.id}
        )
        for level in ("template", "variant"):
            book = self._create_book(partner_id=customer.id, level=level)
            self.assertEqual([row.name for row in self._rows(self._version(book))], ["Cable"])

    def test_queries_do_not_grow_with_the_products(self):
        templates = self.env["product.template"].create(
            [
                {"name": f"Screw {n}", "list_price": n, "categ_id": self.category_leaf.id}
                for n in range(300)
            ]
        )
        for template in templates[::3]:
            self._create_rule(
                applied_on="1_product",
                product_tmpl_id=template.id,
                compute_price="fixed",
                fixed_price=3,
            )

        def queries(some):
            book = self._create_book(product_ids=[Command.set(some.ids)], show_description=True)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._version(book)
            return self.env.cr.sql_log_count - before

        # The second one finds what is cached for good.
        queries(templates)
        queries(templates)
        self.assertEqual(queries(templates[:30]), queries(templates))


@tagged("post_install", "-at_install")
class TestPriceBookForm(CrmPriceBookCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("es_419")
        cls.customer = cls.env["res.partner"].create(
            {"name": "Comercial Andina", "is_company": True, "lang": "es_419"}
        )
        cls.customer.property_product_pricelist = cls.pricelist

    @users(SALESMAN)
    def test_a_customer_brings_price_list_and_language(self):
        with Form(self.env["crm.price.book"]) as form:
            form.name = "Andina"
            form.partner_id = self.customer
        book = form.record

        self.assertEqual(book.pricelist_ids, self.pricelist)
        self.assertEqual(book.lang, "es_419")
        self.assertEqual(book.user_id, self.env.user)
        self.assertEqual(book.quantities, [1.0])

    @users(SALESMAN)
    def test_a_price_of_the_book_is_explained_for_its_list_quantity_and_day(self):
        book = self.book.with_user(self.env.user)
        action = book.action_crm_explain_price()
        with Form(self.env[action["res_model"]].with_context(**action["context"])) as form:
            form.product_tmpl_id = self.cable
            self.assertEqual(form.pricelist_id, book.pricelist_ids[:1])
            [(price, _rule)] = book.pricelist_ids[:1]._crm_price_table(
                self.cable, book.quantities[:1], book._crm_moment()
            )[self.cable.id]
            self.assertEqual(form.explanation["price"], price)

    @users(SALESMAN)
    def test_preview_follows_what_is_being_chosen(self):
        form = Form(self.book.with_user(self.env.user))
        self.assertIn("Desktop printer", form.preview)
        self.assertIn("70.00", form.preview)

        form.category_ids.clear()
        form.category_ids.add(self.category_other)
        self.assertNotIn("Desktop printer", form.preview)
        self.assertIn("Chair (Red)", form.preview)

        form.quantity_text = "1; 5"
        self.assertIn("From 5", form.preview)

        form.quantity_text = "1; five"
        self.assertIn("five", form.preview)
        with self.assertRaisesRegex(ValidationError, "not quantities above zero: five"):
            form.save()

    @users(SALESMAN)
    def test_preview_of_a_book_without_products_says_so(self):
        self.book.product_domain = "[('name', '=', 'nothing')]"

        self.assertIn("No product matches", self.book.preview)

    def test_preview_escapes_what_people_type(self):
        self.cable.name = "<script>alert(1)</script>"

        self.assertIn("&lt;script&gt;", self.book.preview)

    def test_quantities_are_read_in_the_language_of_the_user(self):
        spanish = self.book.with_context(lang="es_419")
        self.env["res.lang"]._lang_get("es_419").decimal_point = ","
        spanish.quantity_text = "0,5; 10; 10"

        self.assertEqual(self.book.quantities, [0.5, 10.0])
        self.assertEqual(self.book.quantity_text, "0.5; 10")
        self.env.invalidate_all()
        self.assertEqual(spanish.quantity_text, "0,5; 10")

    def test_quantities_and_columns_are_limited(self):
        with self.assertRaisesRegex(ValidationError, "at least one quantity"):
            self._create_book(quantities=[])
        with self.assertRaisesRegex(ValidationError, "11 columns"):
            self._create_book(quantities=[*range(1, 12)])
        lists = self.env["product.pricelist"].create(
            [{"name": f"List {n}", "company_id": False} for n in range(11)]
        )
        with self.assertRaisesRegex(ValidationError, "22 columns"):
            self.book.pricelist_ids = lists

    def test_price_lists_of_another_company_are_refused(self):
        other = self.env["product.pricelist"].create(
            {"name": "Other", "company_id": self.company_b.id}
        )
        with self.assertRaises(UserError):
            self._create_book(user=self.env.user, pricelist_ids=[Command.set(other.ids)])

    def test_a_copy_is_a_draft_of_who_copies_it_without_versions(self):
        self._version()
        self.book.with_user(self.user_manager).action_publish()

        copy = self.book.with_user(self.user_salesman_other).copy()

        self.assertEqual(copy.name, "Resellers 2026 (copy)")
        self.assertEqual((copy.state, copy.user_id), ("draft", self.user_salesman_other))
        self.assertFalse(copy.version_ids)
        self._version(copy)
        self.assertEqual(copy.last_version_id.number, 1)

    def test_list_reads_its_versions_at_once(self):
        def queries(count):
            books = self.env["crm.price.book"].concat(
                *(self._create_book(name=f"Book {n}") for n in range(count))
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            books.read(["version_count", "last_version_date", "pdf_file_id"])
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertEqual(queries(2), queries(12))


@tagged("post_install", "-at_install")
class TestPriceBookVersions(CrmPriceBookCommon):
    def test_versions_are_numbered_and_keep_their_prices(self):
        first = self._version()
        self.cable.list_price = 4.0
        second = self._version()

        self.assertEqual((first.number, second.number), (1, 2))
        self.assertEqual(second.previous_id, first)
        self.assertEqual(self._rows(first)[0].prices, [2.8, 2.8])
        self.assertEqual(self._rows(second)[0].prices, [3.2, 3.2])
        self.assertEqual(second.row_count, 4)
        self.assertEqual(second.user_id, self.user_salesman)

    def test_changes_tell_new_changed_and_removed(self):
        first = self._version()
        self.cable.list_price = 4.0
        self.product.sale_ok = False
        lamp = self.env["product.template"].create(
            {"name": "Lamp", "list_price": 20.0, "categ_id": self.category_other.id}
        )
        second = self._version()

        changes = {change.row.name: change for change in second._crm_changes(first)}

        self.assertEqual(
            {name: change.kind for name, change in changes.items()},
            {"Cable": "changed", "Lamp": "new", "Desktop printer": "removed"},
        )
        self.assertEqual(changes["Cable"].old_prices, [2.8, 2.8])
        self.assertEqual(changes["Cable"].row.prices, [3.2, 3.2])
        self.assertEqual(changes["Lamp"].row.product_id, lamp.product_variant_id.id)
        self.assertEqual((second.new_count, second.changed_count, second.removed_count), (1, 1, 1))

    def test_a_change_that_nobody_sees_in_print_is_none(self):
        first = self._version()
        self.env["product.pricelist.item"].search(
            [("pricelist_id", "=", self.pricelist.id), ("categ_id", "=", self.category.id)]
        ).percent_price = 20.001

        self.assertFalse(list(self._version()._crm_changes(first)))

    def test_only_columns_of_both_versions_are_compared(self):
        first = self._version()
        self.book.quantity_text = "10; 50"
        self.cable.list_price = 4.0
        second = self._version()

        [change] = second._crm_changes(first)

        self.assertEqual(change.old_prices, [2.8, None])

    def test_versions_without_a_common_price_are_not_compared(self):
        self._version()
        self.book.level = "template"
        second = self._version()

        self.assertFalse(second.previous_id)
        with self.assertRaisesRegex(UserError, "no earlier version"):
            second.action_compare()

    def test_a_book_with_versions_is_archived_and_not_deleted(self):
        self._version()
        with self.assertRaisesRegex(UserError, "Archive the books"):
            self.book.with_user(self.user_manager).unlink()
        empty = self._create_book()
        empty.with_user(self.user_manager).unlink()
        self.assertFalse(empty.exists())

    def test_dialog_shows_and_delivers_what_changed(self):
        first = self._version()
        self.cable.list_price = 4.0
        second = self._version()
        action = self.book.action_compare()

        form = Form(
            self.env[action["res_model"]]
            .with_user(self.user_salesman)
            .with_context(**action["context"])
        )
        self.assertEqual(form.base_version_id, first)
        self.assertIn("Cable", form.preview)
        self.assertIn("+14.3 %", form.preview)
        self.assertNotIn("Desktop printer", form.preview)
        dialog = form.save()
        self.assertEqual(dialog.action_print()["type"], "ir.actions.act_url")
        self.assertEqual(dialog.action_export()["type"], "ir.actions.act_url")
        self.assertEqual(dialog.action_send()["res_model"], "mail.compose.message")

        files = second.file_ids.filtered("base_version_id")
        self.assertEqual(set(files.mapped("kind")), {"pdf", "xlsx"})
        self.assertEqual(
            files.filtered(lambda file: file.kind == "xlsx").attachment_id.name,
            "Resellers 2026, version 2, changes since version 1.xlsx",
        )
        # What is asked for again is not made again.
        attachments = files.attachment_id
        dialog.action_print()
        self.assertEqual(second.file_ids.filtered("base_version_id").attachment_id, attachments)

    def test_who_only_reads_a_published_book_may_print_what_changed(self):
        self._version()
        self.cable.list_price = 4.0
        version = self._version()
        self.book.with_user(self.user_manager).action_publish()

        dialog = (
            self.env["crm.price.book.compare"]
            .with_user(self.user_salesman_other)
            .create({"version_id": version.id})
        )
        self.assertEqual(dialog.action_export()["type"], "ir.actions.act_url")


@tagged("post_install", "-at_install")
class TestPriceBookFiles(CrmPriceBookCommon):
    def _file(self, version, kind):
        return version.file_ids.filtered(lambda file: file.kind == kind)

    def _sheet(self, version):
        content = self._file(version, "xlsx").attachment_id.raw
        return load_workbook(BytesIO(content))

    def test_spreadsheet_has_numbers_with_the_format_of_their_currency(self):
        book = self._sheet(self._version())
        sheet = book.worksheets[0]
        table = [[cell.value for cell in row] for row in sheet.iter_rows()]

        self.assertEqual(
            table[0],
            ["Reference", "Product", "Category", "Unit", "From 1 (USD)", "From 10 (USD)"],
        )
        self.assertEqual(
            table[2], ["DSK-1", "Desktop printer", "Equipment / Printers", "Units", 80, 70]
        )
        self.assertEqual(sheet["E3"].number_format, '"$" #,##0.00')
        self.assertEqual(sheet.freeze_panes, "A2")
        self.assertEqual(sheet.auto_filter.ref, "A1:F5")
        about = {row[0].value: row[1].value for row in book.worksheets[1].iter_rows()}
        self.assertEqual(about["Price book"], "Resellers 2026")
        self.assertEqual(about["Version"], "1")

    def test_texts_are_never_formulas_links_or_numbers(self):
        self.cable.write({"name": "=1+1", "default_code": "007"})
        self.product.write({"name": "http://example.com", "default_code": "@SUM(A1)"})

        sheet = self._sheet(self._version()).worksheets[0]

        cells = {cell.value: cell for row in sheet.iter_rows() for cell in row}
        for text in ("=1+1", "007", "http://example.com", "@SUM(A1)"):
            self.assertEqual(cells[text].data_type, "s", text)
            self.assertFalse(cells[text].hyperlink)

    def test_more_decimals_are_written_where_a_price_has_them(self):
        self.env["decimal.precision"].search([("name", "=", "Product Price")]).digits = 4
        self.cable.list_price = 0.0775
        self.book.pricelist_ids = False

        version = self._version()

        sheet = self._sheet(version).worksheets[0]
        self.assertEqual((sheet["E2"].value, sheet["E3"].value), (0.0775, 100))
        html = self._html(version)
        self.assertIn("$\N{NO-BREAK SPACE}0.0775", html)
        self.assertIn("$\N{NO-BREAK SPACE}100.00<", html)

    def test_spreadsheet_of_changes_has_old_and_new_price_and_percent(self):
        first = self._version()
        self.cable.list_price = 4.2
        self.product.sale_ok = False
        second = self._version()
        files = second._crm_request_files(first, ["xlsx"])

        sheet = load_workbook(BytesIO(files.attachment_id.raw)).worksheets[0]
        table = [[cell.value for cell in row] for row in sheet.iter_rows()]

        self.assertEqual(table[0][0], "Change")
        self.assertEqual(
            table[0][5:8], ["From 1 (USD)", "From 1 (USD), before", "From 1 (USD), change"]
        )
        self.assertEqual(table[1][:3] + table[1][5:7], ["Changed", "CAB", "Cable", 3.36, 2.8])
        self.assertAlmostEqual(table[1][7], 0.2)
        self.assertEqual(table[2][:3], ["No longer listed", "DSK-1", "Desktop printer"])
        self.assertEqual(len(table), 3)

    def _html(self, version, **data):
        report = self.env["ir.actions.report"].with_user(self.user_salesman)
        html, _kind = report._render_qweb_html(
            "crm_products.report_crm_price_book", version.ids, data
        )
        return html.decode()

    def test_print_shows_categories_prices_and_cover(self):
        self.book.write(
            {
                "show_cover": True,
                "title": "Our best prices",
                "intro": "<p>Without <b>taxes</b></p>",
                "show_description": True,
            }
        )

        html = self._html(self._version())

        for text in (
            "Our best prices",
            "Without <b>taxes</b>",
            "Equipment / Printers",
            "Desktop printer",
            "$\N{NO-BREAK SPACE}80.00",
            "Sold by the meter",
            "From 10",
        ):
            self.assertIn(text, html)
        self.assertNotIn("Changes since", html)

    def test_print_shows_pictures_only_where_they_are_wanted(self):
        start = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
        pixel = f"{start}AAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        self.product.image_1920 = pixel

        plain = self._html(self._version())
        self.assertNotIn("o_crm_picture", plain)
        self.book.show_picture = True
        pictured = self._html(self._version())
        self.assertIn("o_crm_picture", pictured)
        # The logo of the company is a picture, too.
        images = (html.count(f"data:image/png;base64,{start[:20]}") for html in (plain, pictured))
        self.assertEqual([*images], [1, 2])

    def test_print_of_changes_shows_the_old_price(self):
        first = self._version()
        self.cable.list_price = 4.2
        second = self._version()

        html = self._html(second, base_version_id=first.id)

        self.assertIn("Changes since version", html)
        self.assertIn("$\N{NO-BREAK SPACE}3.36", html)
        self.assertIn("<s>$\N{NO-BREAK SPACE}2.80</s>", html)
        self.assertIn("+20.0 %", html)
        self.assertNotIn("Desktop printer", html)

    def test_print_is_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("es_419")
        self.cable.with_context(lang="es_419").name = "Cable eléctrico"
        self.book.lang = "es_419"

        version = self._version()

        self.assertIn("Cable eléctrico", [row.name for row in self._rows(version)])
        html = self._html(version)
        self.assertIn("Cable eléctrico", html)
        self.assertIn('lang="es-419"', html)

    def test_a_pdf_that_fails_is_noted_and_the_rest_is_kept(self):
        with patch.object(
            type(self.env["crm.price.book.version"]), "_crm_pdf", side_effect=UserError("No paper")
        ):
            version = self._version()

        self.assertEqual(version.state, "done")
        self.assertEqual(self._file(version, "xlsx").state, "done")
        self.assertEqual(self._file(version, "pdf").error, "No paper")
        self.assertEqual(self.book.problem, "No paper")
        self.assertFalse(self.book.pdf_file_id)
        self.assertEqual(self.book.action_send()["res_model"], "mail.compose.message")

        self.book.action_retry()
        self.assertEqual(self.book.pdf_file_id.state, "done")
        self.assertFalse(self.book.problem)

    def test_books_too_long_for_paper_are_spreadsheets_only(self):
        with patch.object(crm_price_book, "MOST_PRINTED", 3):
            version = self._version()
            self.assertIn("spreadsheet only", self.book.preview)

        self.assertEqual(version.file_ids.mapped("kind"), ["xlsx"])


@tagged("post_install", "-at_install")
class TestPriceBookInBackground(CrmPriceBookCommon):
    def test_long_books_are_made_in_the_background_for_their_author(self):
        with self._long_books(), RecordCapturer(self.env["ir.cron.trigger"], []) as triggers:
            self.book.action_create_version()
        version = self.book.version_ids

        self.assertEqual(version.state, "waiting")
        self.assertEqual(
            triggers.records.cron_id, self.env.ref("crm_products.ir_cron_make_price_books")
        )
        self.assertTrue(self.book.is_in_progress)
        self.assertEqual(self.book.crm_progress()["percent"], 0)
        self.assertFalse(self.book.last_version_id)

        with RecordCapturer(self.env["mail.message"], []) as messages:
            self._run_cron()

        self.assertEqual(version.state, "done")
        self.assertEqual(set(version.file_ids.mapped("state")), {"done"})
        self.assertEqual(len(self._rows(version)), 4)
        self.assertFalse(self.book.crm_progress())
        told = messages.records.filtered("partner_ids")
        self.assertEqual(told.partner_ids, self.user_salesman.partner_id)
        self.assertIn("is ready: 4 lines", told.body)

    def test_what_was_made_before_a_stop_is_not_made_again(self):
        with self._long_books(chunk=1):
            self.book.action_create_version()
        version = self.book.version_ids.with_user(self.user_salesman)
        version._crm_make_rows()
        version._crm_make_rows()
        self.assertEqual(len(self._rows(version)), 2)
        self.assertEqual(self.book.crm_progress()["percent"], 10)

        books = type(self.env["crm.price.book"])
        with patch.object(books, "_crm_rows", autospec=True, side_effect=books._crm_rows) as made:
            self._run_cron()

        self.assertEqual(made.call_count, 2)
        self.assertEqual(len(self._rows(version)), 4)
        self.assertEqual(version.state, "done")

    def test_products_deleted_meanwhile_are_left_out(self):
        with self._long_books():
            self.book.action_create_version()
        self.cable.unlink()

        self._run_cron()

        version = self.book.version_ids
        self.assertEqual((version.state, version.row_count), ("done", 3))

    def test_a_failure_is_kept_with_its_reason_and_can_be_retried(self):
        with self._long_books():
            self.book.action_create_version()
        books = type(self.env["crm.price.book"])
        with (
            patch.object(books, "_crm_rows", side_effect=ZeroDivisionError("by zero")),
            self.assertLogs("odoo.addons.crm_products.models.crm_price_book_version", "ERROR"),
        ):
            self._run_cron()
        version = self.book.version_ids

        self.assertEqual(version.state, "failed")
        self.assertIn("by zero", self.book.problem)
        self.assertEqual(self.book.activity_ids.user_id, self.user_salesman)

        with self._long_books():
            self.book.action_retry()
        self.assertEqual(version.state, "waiting")
        self._run_cron()
        self.assertEqual(version.state, "done")
        self.assertFalse(self.book.problem)

    def test_prices_of_a_deleted_price_list_are_not_printed(self):
        with self._long_books():
            self.book.action_create_version()
        self.pricelist.sudo().unlink()

        self._run_cron()

        self.assertEqual(self.book.version_ids.state, "failed")
        self.assertIn("were deleted: Resellers", self.book.problem)

    def test_an_author_who_lost_the_rights_gets_no_prices(self):
        with self._long_books():
            self.book.action_create_version()
        self.user_salesman.group_ids = self.env.ref("base.group_portal")

        self._run_cron()

        self.assertEqual(self.book.sudo().version_ids.state, "failed")

    def test_a_second_person_is_told_that_a_version_is_being_made(self):
        with self._long_books():
            self.book.action_create_version()
            with self.assertRaisesRegex(UserError, "started version 1"):
                self.book.with_user(self.user_manager).action_create_version()
        self.assertEqual(len(self.book.version_ids), 1)

    def test_who_comes_second_in_the_same_moment_is_told_so(self):
        books = type(self.env["crm.price.book"])
        with (
            patch.object(books, "try_lock_for_update", return_value=self.book.browse()),
            self.assertRaisesRegex(UserError, "at this moment"),
        ):
            self.book.action_create_version()
        self.assertFalse(self.book.version_ids)

    def test_what_is_being_made_can_be_stopped(self):
        with self._long_books():
            self.book.action_create_version()
        self.book.action_stop()
        self._run_cron()

        self.assertEqual(self.book.version_ids.state, "failed")
        self.assertIn("Stopped by", self.book.problem)
        version = self._version()
        self.assertEqual((version.number, version.state), (2, "done"))
        self.assertFalse(self.book.problem)

    def test_long_lists_of_changes_are_made_in_the_background(self):
        first = self._version()
        self.templates.list_price = 200.0
        second = self._version()
        with self._long_books():
            dialog = (
                self.env["crm.price.book.compare"]
                .with_user(self.user_salesman)
                .create({"version_id": second.id, "base_version_id": first.id})
            )
            action = dialog.action_export()
        self.assertEqual(action["tag"], "display_notification")
        file = second.file_ids.filtered("base_version_id")
        self.assertEqual(file.state, "waiting")
        self.assertTrue(self.book.is_in_progress)

        self._run_cron()

        self.assertEqual(file.state, "done")


@tagged("post_install", "-at_install")
class TestPriceBookRights(CrmPriceBookCommon):
    def _visible(self, user, records):
        return records.with_user(user).search([("id", "in", records.ids)])

    def test_drafts_are_seen_by_author_and_managers_published_books_by_all(self):
        version = self._version()
        for records in (self.book, version, version.file_ids):
            self.assertTrue(self._visible(self.user_salesman, records))
            self.assertTrue(self._visible(self.user_manager, records))
            self.assertFalse(self._visible(self.user_salesman_other, records))
            self.assertFalse(self._visible(self.user_salesman_all, records))

        self.book.with_user(self.user_manager).action_publish()

        for records in (self.book, version, version.file_ids):
            self.assertTrue(self._visible(self.user_salesman_other, records))
            self.assertFalse(self._visible(self.user_company_b, records))

    def test_only_managers_publish(self):
        with self.assertRaises(AccessError):
            self.book.action_publish()
        with self.assertRaises(AccessError):
            self._create_book(state="published")
        self.book.with_user(self.user_manager).action_publish()
        with self.assertRaises(AccessError):
            self.book.action_draft()

    def test_salespeople_change_their_own_drafts_only(self):
        self.book.name = "Mine"
        other = self.book.with_user(self.user_salesman_other)
        with self.assertRaises(AccessError):
            other.name = "Not mine"
        self.book.with_user(self.user_manager).action_publish()
        for book in (self.book, other):
            with self.assertRaises(AccessError):
                book.name = "Not mine"
            with self.assertRaises(AccessError):
                book.action_create_version()
        self._version(self.book.with_user(self.user_manager))

    def test_only_managers_delete(self):
        with self.assertRaises(AccessError):
            self.book.unlink()
        self.book.with_user(self.user_manager).unlink()

    def test_nobody_changes_a_version(self):
        version = self._version()
        for user in (self.user_salesman, self.user_manager):
            records = (version, version.file_ids, version.sudo().chunk_ids)
            for record in (some.with_user(user) for some in records):
                with self.assertRaises(AccessError):
                    record.write({"id": 1})
                with self.assertRaises(AccessError):
                    record.unlink()
            with self.assertRaises(AccessError):
                version.sudo().chunk_ids.with_user(user).read(["data"])

    def test_files_are_read_by_those_who_see_the_book(self):
        attachment = self._version().file_ids[0].attachment_id

        self.assertTrue(attachment.with_user(self.user_salesman).raw)
        with self.assertRaises(AccessError):
            attachment.with_user(self.user_salesman_other).read(["raw"])
        with self.assertRaises(AccessError):
            attachment.with_user(self.user_salesman).write({"raw": b"other"})

    def test_rows_are_read_by_those_who_see_the_book(self):
        version = self._version()
        with self.assertRaises(AccessError):
            list(version.with_user(self.user_salesman_other)._crm_iter_rows())
        with self.assertRaises(AccessError):
            self.book.with_user(self.user_salesman_other).crm_progress()
        report = self.env["report.crm_products.report_crm_price_book"]
        with self.assertRaises(AccessError):
            report.with_user(self.user_salesman_other)._get_report_values(version.ids)

    def test_employees_outside_sales_see_nothing(self):
        with self.assertRaises(AccessError):
            self.env["crm.price.book"].with_user(self.user_employee).search([])
        with self.assertRaises(AccessError):
            self.book.with_user(self.user_portal).read(["name"])

    def test_salesperson_opens_every_screen(self):
        for name in ("crm_price_book_action", "crm_price_book_version_action"):
            action = self.env.ref(f"crm_products.{name}")
            model = self.env[action.res_model].with_user(self.user_salesman)
            views = model.get_views(
                [(view_id, kind) for view_id, kind in action.views] + [(False, "search")]
            )
            self.assertEqual(set(views["views"]), {"list", "kanban", "form", "search"})
        menu = self.env.ref("crm_products.crm_price_book_menu")
        visible = self.env["ir.ui.menu"].with_user(self.user_salesman)._visible_menu_ids()
        self.assertIn(menu.id, visible)


@tagged("post_install", "-at_install")
class TestPriceBookMail(CrmPriceBookCommon):
    def _send(self, action, user=None):
        """Send what the dialog proposes; return the message."""
        composer = Form(
            self.env[action["res_model"]]
            .with_user(user or self.user_salesman)
            .with_context(**action["context"])
        ).save()
        with RecordCapturer(self.env["mail.message"], [("model", "=", "crm.price.book")]) as sent:
            composer.action_send_mail()
        return sent.records

    def test_last_version_is_sent_to_the_customer(self):
        customer = self.env["res.partner"].create({"name": "Ana", "email": "ana@example.com"})
        self.book.partner_id = customer
        self.book.pricelist_ids = self.pricelist
        version = self._version()

        message = self._send(self.book.action_send())

        self.assertIn(customer, message.partner_ids)
        self.assertEqual(message.attachment_ids, version.file_ids.attachment_id)
        self.assertEqual(
            set(message.attachment_ids.mapped("name")),
            {"Resellers 2026, version 1.pdf", "Resellers 2026, version 1.xlsx"},
        )
        self.assertIn("Resellers 2026", message.subject)

    def test_published_books_are_sent_by_those_who_only_read_them(self):
        self._version()
        self.book.with_user(self.user_manager).action_publish()
        other = self.book.with_user(self.user_salesman_other)

        message = self._send(other.action_send(), self.user_salesman_other)

        self.assertEqual(message.author_id, self.user_salesman_other.partner_id)
        self.assertTrue(message.attachment_ids)

    def test_changes_are_sent_alone(self):
        first = self._version()
        self.cable.list_price = 4.2
        second = self._version()
        dialog = (
            self.env["crm.price.book.compare"]
            .with_user(self.user_salesman)
            .create({"version_id": second.id, "base_version_id": first.id})
        )

        message = self._send(dialog.action_send())

        self.assertEqual(len(message.attachment_ids), 2)
        for attachment in message.attachment_ids:
            self.assertIn("changes since version 1", attachment.name)

    def test_nothing_is_sent_before_a_version_is_made(self):
        with self.assertRaisesRegex(UserError, "make a version"):
            self.book.action_send()


@tagged("post_install", "-at_install")
class TestPriceBookPdf(CrmSuiteUsersMixin, HttpCase):
    """The PDF as wkhtmltopdf makes it; needs the server for its style sheets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_users()
        cls.category = cls.env["product.category"].create({"name": "Screws"})
        cls.env["product.template"].create(
            [
                {"name": f"Screw {n}", "default_code": f"S{n:03}", "categ_id": cls.category.id}
                for n in range(90)
            ]
        )

    def _pages(self, **values):
        book = (
            self.env["crm.price.book"]
            .with_user(self.user_salesman)
            .with_context(force_report_rendering=True)
            .create(
                {
                    "name": "Screws 2026",
                    "lang": "en_US",
                    "category_ids": [Command.set(self.category.ids)],
                    **values,
                }
            )
        )
        book.action_create_version()
        reader = PdfFileReader(BytesIO(book.pdf_file_id.attachment_id.raw))
        return [page.extract_text() for page in reader.pages]

    def test_every_page_has_its_number_and_the_headings(self):
        pages = self._pages(show_cover=True)

        self.assertGreater(len(pages), 3)
        self.assertIn("Screws 2026", pages[0])
        self.assertNotIn("Page", pages[0])
        for number, text in enumerate(pages[1:], 2):
            text = " ".join(text.split())
            self.assertIn(f"Page {number} / {len(pages)}", text)
            self.assertIn("Reference", text)
            self.assertIn("Screws", text)

    def test_parts_of_a_long_book_are_numbered_through(self):
        with patch.object(crm_price_book_file, "AT_ONCE", 40):
            pages = self._pages()

        numbers = [" ".join(text.split()).rpartition("Page ")[2].split()[0] for text in pages]
        self.assertEqual(numbers, [str(number) for number in range(1, len(pages) + 1)])
        text = " ".join(pages)
        for number in range(90):
            self.assertIn(f"S{number:03}", text)


@tagged("post_install", "-at_install")
class TestPriceBookTours(CrmSuiteUsersMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_users()
        cls.env["product.template"].create([{"name": f"Tour {n}"} for n in range(3)])

    def test_salesperson_makes_and_sends_a_book_in_the_browser(self):
        self.start_tour(
            "/odoo/crm-price-books", "crm_products_price_book_tour", login=self.user_salesman.login
        )
        book = self.env["crm.price.book"].search([("name", "=", "Tour prices")])
        self.assertEqual(book.user_id, self.user_salesman)
        self.assertEqual(book.last_version_id.number, 1)

    def test_salesperson_sees_how_far_a_long_book_is(self):
        book = self.env["crm.price.book"].with_user(self.user_salesman).create({"name": "Long"})
        with patch.object(crm_price_book, "MADE_AT_ONCE", 0):
            self.start_tour(
                f"/odoo/crm-price-books/{book.id}",
                "crm_products_price_book_progress_tour",
                login=self.user_salesman.login,
            )
        self.assertEqual(book.version_ids.state, "waiting")


@tagged("post_install", "-at_install")
class TestPriceBookModules(BaseCase):
    def test_doctests(self):
        for module in (price_book.quantities, price_book.changes, price_book.sheet):
            self.assertFalse(doctest.testmod(module).failed)


@tagged("post_install", "-at_install")
class TestPriceBookDates(CrmPriceBookCommon):
    def test_without_a_date_the_prices_of_the_moment_are_taken(self):
        with freeze_time("2026-05-14 12:30:00"):
            self.assertEqual(str(self._version().date), "2026-05-14 12:30:00")
