# SPDX-License-Identifier: LGPL-3.0-or-later
import base64
import io
from unittest.mock import patch

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, tagged

from odoo.addons.crm_accounts.tests.common import CrmSuiteUsersMixin
from odoo.addons.crm_products.models import crm_price_import

from .common_import import CrmImportCommon, xlsx


@tagged("post_install", "-at_install")
class TestImportScreens(CrmImportCommon):
    def _kinds(self, user):
        model = self.env["crm.price.import"].with_user(user)
        return [kind for kind, _label in model.fields_get(["kind"])["kind"]["selection"]]

    def test_everybody_is_offered_what_he_may_import(self):
        self.assertEqual(self._kinds(self.user_product_manager), ["product"])
        self.assertEqual(self._kinds(self.user_manager), ["price", "vendor"])
        self.assertEqual(self._kinds(self.user_salesman), [])

    def test_salesperson_imports_nothing(self):
        model = self.env["crm.price.import"].with_user(self.user_salesman)

        self.assertFalse(model.has_access("read"))
        with self.assertRaises(AccessError):
            model.create({"kind": "price"})
        for kind in ("product", "price", "vendor"):
            with self.assertRaises(AccessError):
                model._crm_template(kind)

    def test_kind_of_others_cannot_be_imported(self):
        with self.assertRaises(AccessError):
            self._import("product", ["Name"], ["New"], user=self.user_manager)
        with self.assertRaises(AccessError):
            self._import("vendor", ["Name"], ["New"], user=self.user_product_manager)

    def test_rights_that_are_lost_after_the_preview_count(self):
        record = self._import("product", ["Name", "Sales Price"], ["New", 1])
        self.user_product_manager.group_ids -= self.env.ref("product.group_product_manager")
        self.user_product_manager.group_ids += self.env.ref("sales_team.group_sale_manager")

        with self.assertRaises(AccessError):
            record.action_confirm()

    def test_import_of_another_user_is_hidden(self):
        record = self._import("vendor", ["Vendor", "Product", "Price"], ["A", "B", 1])
        other = self._crm_new_user("other_manager", "sales_team.group_sale_manager")

        self.assertNotIn(record, self.env["crm.price.import"].with_user(other).search([]))
        with self.assertRaises(AccessError):
            record.with_user(other).crm_preview("problems")
        self.assertIn(record, self.env["crm.price.import"].with_user(record.user_id).search([]))

    def test_nobody_lends_an_import_the_rights_of_another_user(self):
        record = self._import("vendor", ["Vendor", "Product", "Price"], ["A", "B", 1])

        with self.assertRaisesRegex(UserError, "nobody writes"):
            record.user_id = self.env.ref("base.user_admin")
        with self.assertRaisesRegex(UserError, "nobody writes"):
            record.company_id = self.company_b
        with self.assertRaisesRegex(UserError, "nobody writes"):
            record.create({"kind": "vendor", "user_id": self.env.ref("base.user_admin").id})

    def test_import_in_another_company_is_hidden(self):
        self.user_manager.company_ids |= self.company_b
        record = self._import("vendor", ["Vendor", "Product", "Price"], ["A", "B", 1])
        elsewhere = record.with_context(allowed_company_ids=self.company_b.ids)

        self.assertFalse(elsewhere.search([("id", "=", record.id)]))

    def test_costs_need_the_right_to_see_them(self):
        user = self._crm_new_user("no_costs", "base.group_user,product.group_product_manager")
        record = self._import(
            "product", ["Internal Reference", "Cost", "Sales Price"], ["DSK-1", 5, 7], user=user
        )
        self._confirm(record)

        self.assertEqual((self.product.list_price, self.product.standard_price), (7, 0))
        template = self.env["crm.price.import"].with_user(user)._crm_template("product", True)[1]
        book = openpyxl.load_workbook(io.BytesIO(template))
        self.assertNotIn("Cost", [cell.value for cell in book.worksheets[0][1]])

    def test_preview_is_turned_page_by_page(self):
        record = self._import("product", ["Name", "Sales Price"], *[[f"N{n}", n] for n in range(9)])
        page = record.crm_preview("new", offset=4, limit=3)

        self.assertEqual((page["total"], [row[0] for row in page["rows"]]), (9, [6, 7, 8]))
        self.assertEqual(page["columns"]["name"]["label"], "Name")
        self.assertEqual(record.crm_preview("user_id")["rows"], [])

    def test_file_that_cannot_be_read_is_one_sentence_in_the_list(self):
        record = self._import("product", content=b"nonsense")

        self.assertEqual(record.state, "preview")
        self.assertEqual(record.problem_count, 1)
        self.assertFalse(record.can_confirm)

    def test_another_file_in_the_form_asks_for_another_check(self):
        record = self._import("product", ["Name", "Sales Price"], ["New", 1], ["Bad", "x"])
        with Form(record) as form:
            self.assertFalse(form.can_confirm)
            form.skip_problems = True
            self.assertTrue(form.can_confirm)
        record.action_back()
        with Form(record) as form:
            form.create_categories = True

        self.assertEqual(record.state, "draft")

    def test_import_without_a_file(self):
        record = self.env["crm.price.import"].with_user(self.user_manager).create({"kind": "price"})

        with self.assertRaises(UserError):
            record.action_check()

    def _template(self, kind, user, **options):
        content = self.env["crm.price.import"].with_user(user)._crm_template(kind, **options)[1]
        return openpyxl.load_workbook(io.BytesIO(content))

    def test_template_offers_choices_and_help(self):
        book = self._template("vendor", self.user_manager)
        sheet, helping, lists = book.worksheets

        self.assertEqual(sheet.title, "Vendor Prices")
        self.assertEqual(sheet.freeze_panes, "A2")
        self.assertEqual(lists.sheet_state, "hidden")
        validated = [str(rule.sqref) for rule in sheet.data_validations.dataValidation]
        self.assertTrue(any(cells.startswith("I2") for cells in validated), validated)
        explained = [row[0].value for row in helping]
        for cell in sheet[1]:
            self.assertIn(cell.value, explained)

    def test_texts_of_the_template_are_never_formulas(self):
        texts = ["=1+1", "+1", "-1", "@SUM(A1)"]
        for text in texts:
            self.product.copy({"name": text, "default_code": text})
        book = self._template("product", self.user_product_manager, with_data=True)

        cells = [
            cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value in texts
        ]
        self.assertEqual(len(cells), 8)
        self.assertEqual({cell.data_type for cell in cells}, {"s"})

    def test_file_with_errors_can_be_corrected_and_imported(self):
        record = self._import(
            "product",
            ["Internal Reference", "Name", "Sales Price"],
            ["NEW-1", "=1+1", 1],
            ["NEW-2", "Two", "abc"],
        )
        name, content = record._crm_errors_file()
        book = openpyxl.load_workbook(io.BytesIO(content))
        sheet = book.active

        self.assertEqual(name, "test with errors.xlsx")
        self.assertEqual(
            [[cell.value for cell in row][:3] for row in sheet],
            [
                ["Internal Reference", "Name", "Sales Price"],
                ["NEW-1", "=1+1", 1],
                ["NEW-2", "Two", "abc"],
            ],
        )
        self.assertIn("formula", sheet["D2"].value)
        self.assertIn("number", sheet["D3"].value)
        self.assertEqual(sheet["B2"].data_type, "s")
        sheet["C3"].value = 5
        stream = io.BytesIO()
        book.save(stream)
        record.file = base64.b64encode(stream.getvalue())
        record.action_check()
        self.assertEqual((record.problem_count, record.warning_count), (0, 0))

    def test_menu_for_those_who_import(self):
        menu = self.env.ref("crm_products.crm_price_import_menu").id
        visible = self.env["ir.ui.menu"]

        self.assertIn(menu, visible.with_user(self.user_manager)._visible_menu_ids())
        self.assertNotIn(menu, visible.with_user(self.user_salesman)._visible_menu_ids())

    def test_every_view_opens(self):
        action = self.env.ref("crm_products.crm_price_import_action")
        model = self.env["crm.price.import"].with_user(self.user_manager)
        views = model.get_views([*action.views, (action.search_view_id.id, "search")])

        self.assertEqual(set(views["views"]), {"list", "kanban", "form", "search"})


@tagged("post_install", "-at_install")
class TestImportInTheBackground(CrmImportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.object(crm_price_import, "_FOREGROUND_LINES", 1))
        cls.startClassPatcher(patch.object(crm_price_import, "_WRITTEN_AT_A_TIME", 2))
        cls.cron = cls.env.ref("crm_products.ir_cron_import_prices")

    def _large(self):
        return self._import(
            "product",
            ["Internal Reference", "Name", "Sales Price"],
            *[[f"LARGE-{number}", f"Large {number}", number] for number in range(5)],
        )

    def _products(self):
        return self.env["product.product"].search([("default_code", "like", "LARGE-%")])

    def _run(self):
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()

    def test_large_import_waits_for_the_background(self):
        record = self._large()
        record.action_confirm()

        self.assertEqual(record.state, "queued")
        self.assertFalse(self._products())
        with self.assertRaises(UserError):
            record.unlink()

    def test_large_import_is_made_as_its_user(self):
        record = self._large()
        record.action_confirm()
        self._run()

        self.assertEqual((record.state, record.progress), ("done", 100))
        self.assertEqual(len(self._products()), 5)
        self.assertEqual(self._products().create_uid, self.user_product_manager)

    def test_change_since_the_preview_stops_the_background_too(self):
        record = self._large()
        record.action_confirm()
        self.env["product.product"].create({"name": "x", "default_code": "LARGE-1"})
        self._run()

        self.assertEqual((record.state, record.changed_count), ("preview", 1))
        self.assertTrue(record.notice)

    def test_import_beside_a_waiting_one_waits_as_well(self):
        self._large().action_confirm()
        small = self._import("product", ["Name", "Sales Price"], ["Small", 1])
        small.action_confirm()

        self.assertEqual(small.state, "queued")

    def test_import_that_the_server_stops_again_and_again_is_given_up(self):
        record = self._large()
        record.action_confirm()
        record.sudo().write({"state": "running", "attempts": 3})
        self._run()

        self.assertEqual(record.state, "preview")
        self.assertIn("time limit", record.notice)
        self.assertFalse(self._products())

    def test_rights_that_are_lost_while_waiting_count(self):
        record = self._large()
        record.action_confirm()
        self.user_product_manager.group_ids -= self.env.ref("product.group_product_manager")
        self._run()

        self.assertEqual(record.sudo().state, "preview")
        self.assertFalse(self._products())


@tagged("post_install", "-at_install")
class TestImportInTheBrowser(CrmSuiteUsersMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_users()

    def test_template_is_downloaded_by_those_who_import(self):
        self.authenticate("crm_user_manager", "crm_user_manager")
        response = self.url_open("/crm_products/import_template/price?data=1")

        self.assertEqual(response.status_code, 200)
        self.assertIn("Customer%20Prices.xlsx", response.headers["Content-Disposition"])
        openpyxl.load_workbook(io.BytesIO(response.content))

    def test_template_is_not_downloaded_by_others(self):
        self.authenticate("crm_user_salesman", "crm_user_salesman")

        self.assertEqual(self.url_open("/crm_products/import_template/price").status_code, 403)

    def test_errors_are_downloaded_by_the_one_who_imports(self):
        record = (
            self.env["crm.price.import"]
            .with_user(self.user_manager)
            .create(
                {
                    "kind": "price",
                    "file_name": "a.xlsx",
                    "file": base64.b64encode(
                        xlsx(["Price List", "Kind of Price", "Value"], ["None", "Discount", "x"])
                    ),
                }
            )
        )
        record.action_check()
        url = f"/crm_products/import_errors/{record.id}"

        self.authenticate("crm_user_manager", "crm_user_manager")
        response = self.url_open(url)
        self.assertEqual(
            openpyxl.load_workbook(io.BytesIO(response.content)).active["C2"].value, "x"
        )
        self._crm_new_user("other_manager", "sales_team.group_sale_manager")
        self.authenticate("crm_other_manager", "crm_other_manager")
        self.assertEqual(self.url_open(url).status_code, 403)

    def test_preview_is_looked_at_and_confirmed(self):
        user = self._crm_new_user(
            "product_manager", "sales_team.group_sale_salesman,product.group_product_manager"
        )
        product = self.env["product.template"].create(
            {"name": "Tour product", "default_code": "TOUR-1", "list_price": 10}
        )
        record = (
            self.env["crm.price.import"]
            .with_user(user)
            .create(
                {
                    "kind": "product",
                    "file_name": "tour.csv",
                    "file": base64.b64encode(
                        b"Reference,Name,Price\n"
                        b"TOUR-1,,12.5\nTOUR-2,Tour novelty,7\nTOUR-3,Bad,abc\n"
                    ),
                }
            )
        )
        record.action_check()

        self.start_tour(
            f"/odoo/crm-price-imports/{record.id}", "crm_products_import_tour", login=user.login
        )

        self.assertEqual((record.state, product.list_price), ("done", 12.5))
