# SPDX-License-Identifier: LGPL-3.0-or-later
import base64
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.crm_products.importing.product_planner import ProductPlanner

from .common_import import CrmImportCommon, xlsx


@tagged("post_install", "-at_install")
class TestImportProducts(CrmImportCommon):
    def _products(self, *references):
        return self.env["product.product"].search([("default_code", "in", references)])

    def test_new_product_with_all_columns(self):
        products = self._confirm(
            self._import(
                "product",
                [
                    "Internal Reference",
                    "Barcode",
                    "Name",
                    "Type",
                    "Category",
                    "Unit",
                    "Sales Price",
                    "Cost",
                    "Can Be Sold",
                    "Can Be Purchased",
                    "Sales Description",
                ],
                [
                    "NEW-1",
                    8412345678905,
                    "Repair",
                    "Service",
                    "equipment /printers",
                    "hours",
                    49.5,
                    20,
                    "Yes",
                    "No",
                    "On site",
                ],
            )
        )

        self.assertRecordValues(
            products,
            [
                {
                    "default_code": "NEW-1",
                    "barcode": "8412345678905",
                    "name": "Repair",
                    "type": "service",
                    "categ_id": self.category_leaf.id,
                    "uom_id": self.env.ref("uom.product_uom_hour").id,
                    "list_price": 49.5,
                    "standard_price": 20.0,
                    "sale_ok": True,
                    "purchase_ok": False,
                    "description_sale": "On site",
                }
            ],
        )

    def test_existing_product_is_found_by_its_reference(self):
        record = self._import(
            "product", ["Internal Reference", "Sales Price"], ["DSK-1", 120], user=None
        )

        self.assertEqual(
            self._list(record, "changed"),
            [
                [
                    2,
                    self.product.product_variant_id.id,
                    "[DSK-1] Desktop printer",
                    {"list_price": [100.0, 120.0]},
                ]
            ],
        )
        self.assertEqual(self._confirm(record), self.product)
        self.assertEqual(self.product.list_price, 120)

    def test_nothing_is_written_before_the_confirmation(self):
        record = self._import(
            "product",
            ["Internal Reference", "Name", "Category", "Sales Price"],
            ["DSK-1", None, None, 120],
            ["NEW-1", "New", "Never / Made", 5],
            create_categories=True,
        )

        self.assertTrue(record.can_confirm)
        self.assertEqual(self.product.list_price, 100)
        self.assertFalse(self._products("NEW-1"))
        self.assertFalse(self.env["product.category"].search([("name", "=", "Made")]))

    def test_empty_cells_leave_what_is_there(self):
        self.product.barcode = "111"
        self._confirm(
            self._import(
                "product",
                ["Internal Reference", "Barcode", "Name", "Category", "Sales Price"],
                ["DSK-1", None, None, None, 1],
            )
        )

        self.assertEqual(self.product.barcode, "111")
        self.assertEqual(self.product.categ_id, self.category_leaf)

    def test_line_that_changes_nothing_is_counted(self):
        record = self._import(
            "product", ["Internal Reference", "Name"], ["DSK-1", "Desktop printer"]
        )

        self.assertEqual(record.unchanged_count, 1)
        self.assertFalse(record.can_confirm)
        with self.assertRaises(UserError):
            record.action_confirm()

    def test_product_is_found_by_its_barcode(self):
        self.product.write({"default_code": False, "barcode": "111"})
        record = self._import(
            "product",
            ["Internal Reference", "Barcode", "Sales Price"],
            ["DSK-9", "111", 7],
        )

        self._confirm(record)
        self.assertEqual((self.product.default_code, self.product.list_price), ("DSK-9", 7))

    def test_product_without_codes_is_found_by_its_name(self):
        self.product.default_code = False
        self._confirm(self._import("product", ["Name", "Sales Price"], ["Desktop printer", 7]))

        self.assertEqual(self.product.list_price, 7)

    def test_product_is_found_by_its_id_and_gets_another_reference(self):
        self._confirm(
            self._import(
                "product",
                ["ID", "Internal Reference", "Name"],
                [self.product.product_variant_id.id, "DSK-2", "Desktop printer"],
            )
        )

        self.assertEqual(self.product.default_code, "DSK-2")

    def test_id_of_another_product_is_an_error(self):
        record = self._import(
            "product",
            ["ID", "Internal Reference", "Name"],
            [self.product.product_variant_id.id, "OTHER", "Something else"],
            [2**30, "OTHER-2", "Something else"],
        )

        self.assertEqual([column for _line, column, _said in self._problems(record)], ["ID", "ID"])

    def test_barcode_of_another_product_is_an_error(self):
        other = self.product.copy({"name": "Other", "default_code": "OTH", "barcode": "111"})
        record = self._import(
            "product",
            ["Internal Reference", "Barcode", "Name"],
            ["DSK-1", "111", None],
            ["NEW-1", "111", "New"],
        )

        self.assertEqual(
            [(line, column) for line, column, _said in self._problems(record)],
            [(2, "Barcode"), (3, "Barcode")],
        )
        self.assertIn(other.name, self._said(record))

    def test_reference_of_several_products_is_an_error(self):
        self.product.copy({"default_code": "DSK-1"})
        record = self._import("product", ["Internal Reference", "Sales Price"], ["DSK-1", 5])

        self.assertIn("2 products", self._said(record))

    def test_barcode_tells_products_with_the_same_reference_apart(self):
        self.product.barcode = "111"
        self.product.copy({"default_code": "DSK-1"})
        record = self._import(
            "product", ["Internal Reference", "Barcode", "Sales Price"], ["DSK-1", "111", 5]
        )

        self.assertEqual(self._confirm(record), self.product)

    def test_archived_product_is_an_error(self):
        self.product.active = False
        record = self._import("product", ["Internal Reference", "Sales Price"], ["DSK-1", 5])

        self.assertIn("archived", self._said(record))

    def test_new_product_needs_a_name(self):
        record = self._import("product", ["Internal Reference", "Sales Price"], ["NEW-1", 5])

        self.assertEqual(self._problems(record)[0][:2], (2, "Name"))

    def test_unknown_unit_and_category_with_what_may_be_meant(self):
        record = self._import(
            "product",
            ["Name", "Unit", "Category"],
            ["New", "Unitss", "Printers"],
        )

        self.assertEqual(
            [(line, column) for line, column, _said in self._problems(record)],
            [(2, "Unit"), (2, "Category")],
        )
        self.assertIn("“Units”", self._said(record))
        self.assertIn("“Equipment / Printers”", self._said(record))

    def test_missing_categories_are_made_when_wanted(self):
        record = self._import(
            "product",
            ["Name", "Category"],
            ["One", "Equipment / Scanners / Flat"],
            ["Two", "equipment/scanners/flat"],
            ["Three", "Equipment / Scanners"],
            create_categories=True,
        )

        self.assertEqual(record.warning_count, 2)
        products = self._confirm(record)
        self.assertEqual(
            sorted(products.mapped("categ_id.complete_name")),
            ["Equipment / Scanners", "Equipment / Scanners / Flat"],
        )
        self.assertEqual(products.categ_id.parent_id - products.categ_id, self.category)

    def test_unit_of_an_existing_product_stays(self):
        record = self._import("product", ["Internal Reference", "Unit"], ["DSK-1", "Hours"])

        self.assertEqual(self._problems(record)[0][:2], (2, "Unit"))

    def test_combo_is_not_made_by_an_import(self):
        record = self._import(
            "product",
            ["Internal Reference", "Name", "Type"],
            ["DSK-1", None, "Combo"],
            ["NEW", "New", "combo"],
        )

        self.assertEqual([line for line, _column, _said in self._problems(record)], [2, 3])

    def test_doubles_in_the_file_are_errors_of_each_line(self):
        record = self._import(
            "product",
            ["Internal Reference", "Barcode", "Name", "Sales Price"],
            ["NEW-1", "111", "One", 1],
            ["NEW-1", "112", "Two", 2],
            ["NEW-2", "112", "Three", 3],
            ["DSK-1", None, None, 1],
            ["DSK-1", None, None, 2],
            ["NEW-4", None, "Alone", 2],
        )

        self.assertEqual(
            [(line, said) for line, _column, said in self._problems(record)],
            [
                (2, "Lines 2, 3 are about the same: keep one."),
                (3, "Lines 2, 3 are about the same: keep one."),
                (3, "Lines 3, 4 are about the same: keep one."),
                (4, "Lines 3, 4 are about the same: keep one."),
                (5, "Lines 5, 6 are about the same: keep one."),
                (6, "Lines 5, 6 are about the same: keep one."),
            ],
        )
        self.assertEqual(record.new_count, 1)

    def test_every_error_is_in_one_list_and_nothing_can_be_imported(self):
        record = self._import(
            "product",
            ["Internal Reference", "Name", "Unit", "Sales Price", "Cost"],
            ["NEW-1", "One", "Units", "abc", "=1+1"],
            ["NEW-2", "Two", "Nonsense", -5, None],
            ["NEW-3", None, "Units", "1.234", None],
            ["NEW-4", "Four", "Units", 4, None],
        )

        self.assertEqual(
            [(line, column) for line, column, _said in self._problems(record)],
            [
                (2, "Sales Price"),
                (2, "Cost"),
                (3, "Sales Price"),
                (3, "Unit"),
                (4, "Sales Price"),
                (4, "Name"),
            ],
        )
        self.assertFalse(record.can_confirm)
        with self.assertRaises(UserError):
            record.action_confirm()
        self.assertFalse(self._products("NEW-4"))

    def test_only_the_correct_lines_when_wanted(self):
        record = self._import(
            "product",
            ["Internal Reference", "Name", "Sales Price"],
            ["NEW-1", "One", "abc"],
            ["NEW-4", "Four", 4],
        )
        record.skip_problems = True
        record.action_confirm()

        self.assertEqual(record.state, "done")
        self.assertEqual(self._products("NEW-1", "NEW-4").mapped("name"), ["Four"])

    def _variants(self):
        attribute = self.env["product.attribute"].create(
            {"name": "Colour", "value_ids": [Command.create({"name": n}) for n in ("Red", "Blue")]}
        )
        template = self.env["product.template"].create(
            {
                "name": "Shirt",
                "list_price": 10,
                "attribute_line_ids": [
                    Command.create(
                        {
                            "attribute_id": attribute.id,
                            "value_ids": [Command.set(attribute.value_ids.ids)],
                        }
                    )
                ],
            }
        )
        red, blue = template.product_variant_ids
        red.default_code, blue.default_code = "RED", "BLUE"
        return red, blue

    def test_variant_takes_its_own_values(self):
        red, blue = self._variants()
        self._confirm(
            self._import(
                "product",
                ["Internal Reference", "Name", "Sales Price", "Barcode", "Cost"],
                ["RED", "Shirt", 10, "111", 4],
                ["BLUE", "Shirt", 10, "112", 5],
            )
        )

        self.assertEqual((red | blue).mapped("barcode"), ["111", "112"])
        self.assertEqual((red | blue).mapped("standard_price"), [4, 5])

    def test_what_variants_share_is_not_changed_by_one_of_them(self):
        self._variants()
        record = self._import("product", ["Internal Reference", "Sales Price"], ["RED", 12])

        self.assertIn("variants", self._said(record))

    def test_name_is_written_in_the_language_of_the_user(self):
        self.env["res.lang"]._activate_lang("es_419")
        self.user_product_manager.lang = "es_419"
        record = self._import("product", ["Referencia interna", "Nombre"], ["DSK-1", "Impresora"])
        self._confirm(record)

        self.assertEqual(self.product.with_context(lang="es_419").name, "Impresora")
        self.assertEqual(self.product.with_context(lang="en_US").name, "Desktop printer")

    def test_unit_in_any_language_of_the_database(self):
        self.env["res.lang"]._activate_lang("es_419")
        self.unit.with_context(lang="es_419").name = "Piezas"

        self._no_problems(
            self._import("product", ["Name", "Unit"], ["A", "piezas"], ["B", "UNITS"])
        )

    def test_change_since_the_preview_is_shown_before_anything_is_written(self):
        record = self._import("product", ["Internal Reference", "Sales Price"], ["DSK-1", 120])
        self.product.list_price = 110

        record.action_confirm()

        self.assertEqual(record.state, "preview")
        self.assertTrue(record.notice)
        self.assertEqual(self.product.list_price, 110)
        self.assertEqual(self._list(record, "changed")[0][3], {"list_price": [110.0, 120.0]})
        record.action_confirm()
        self.assertEqual((record.state, self.product.list_price), ("done", 120))

    def test_second_import_of_the_same_new_product_changes_the_first_one(self):
        first, second = (
            self._import(
                "product", ["Internal Reference", "Name", "Sales Price"], ["NEW-1", "One", price]
            )
            for price in (1, 2)
        )
        self._confirm(first)

        second.action_confirm()

        self.assertEqual((second.state, second.new_count, second.changed_count), ("preview", 0, 1))
        self._confirm(second)
        self.assertEqual(self._products("NEW-1").list_price, 2)

    def test_second_click_imports_nothing_again(self):
        record = self._import("product", ["Name"], ["New"], user=None)
        record = self._import("product", ["Name", "Sales Price"], ["New", 1])
        self._confirm(record)
        record.action_confirm()

        self.assertEqual(self.env["product.template"].search_count([("name", "=", "New")]), 1)

    def test_lines_that_odoo_refuses_are_errors_and_nothing_is_written(self):
        record = self._import(
            "product",
            ["Internal Reference", "Name", "Category"],
            ["NEW-1", "One", "Never / Made"],
            ["NEW-2", "Two", None],
            create_categories=True,
        )
        create, refusal = ProductPlanner._create, "No two."

        def refuse(planner, steps):
            if any(step.line == 3 for step in steps):
                raise ValidationError(refusal)
            return create(planner, steps)

        with patch.object(ProductPlanner, "_create", refuse):
            record.action_confirm()

        self.assertEqual(record.state, "preview")
        self.assertEqual(
            [(line, said) for line, _column, said in self._problems(record)], [(3, "No two.")]
        )
        self.assertFalse(self._products("NEW-1", "NEW-2"))
        self.assertFalse(self.env["product.category"].search([("name", "=", "Made")]))

    def test_lines_that_odoo_refuses_are_left_out_when_wanted(self):
        record = self._import(
            "product",
            ["Internal Reference", "Name", "Barcode"],
            ["NEW-1", "One", "111"],
            ["NEW-2", "Two", "222"],
        )
        self.product.barcode = "222"
        record.skip_problems = True

        with patch.object(ProductPlanner, "_look_up", self._look_up_without(self.product)):
            record.action_confirm()

        self.assertEqual((record.state, record.new_count), ("done", 1))
        self.assertEqual([line for line, _column, _said in self._problems(record)], [3])
        self.assertEqual(self._products("NEW-1", "NEW-2").mapped("barcode"), ["111"])

    def _look_up_without(self, template):
        """Return a way to look products up that overlooks one of them."""
        look_up = ProductPlanner._look_up

        def overlook(planner, lines):
            look_up(planner, lines)
            planner.by_barcode.pop(template.barcode, None)

        return overlook

    def test_another_file_needs_another_check(self):
        record = self._import("product", ["Name", "Sales Price"], ["New", 1])
        record.file = base64.b64encode(xlsx(["Name", "Sales Price"], ["Newer", 1]))

        self.assertEqual(record.state, "draft")
        with self.assertRaises(UserError):
            record.action_confirm()

    def test_file_of_an_import_that_is_done_stays(self):
        record = self._import("product", ["Name", "Sales Price"], ["New", 1])
        self._confirm(record)

        with self.assertRaises(UserError):
            record.file = base64.b64encode(b"x")
        with self.assertRaises(UserError):
            record.action_check()

    def test_current_data_comes_back_without_a_change(self):
        self._variants()
        self.product.copy({"name": "=1+1", "default_code": False, "barcode": "@x"})
        self.product.copy({"default_code": False, "description_sale": " two\nlines "})
        _name, content = (
            self.env["crm.price.import"]
            .with_user(self.user_product_manager)
            ._crm_template("product", with_data=True)
        )

        record = self._import("product", content=content)

        self._no_problems(record)
        self.assertEqual((record.new_count, record.changed_count), (0, 0))
        self.assertGreaterEqual(record.unchanged_count, 5)

    def test_template_as_it_is_imports_nothing(self):
        content = (
            self.env["crm.price.import"]
            .with_user(self.user_product_manager)
            ._crm_template("product")[1]
        )

        record = self._import("product", content=content)

        self.assertIn("no line", self._said(record))

    def test_product_of_another_company_is_not_touched(self):
        self.product.company_id = self.company_b
        record = self._import(
            "product", ["Internal Reference", "Name", "Sales Price"], ["DSK-1", "Mine", 5]
        )

        self.assertEqual((record.new_count, record.changed_count), (1, 0))
        self._confirm(record)
        self.assertEqual(self.product.list_price, 100)

    def test_cost_is_that_of_the_company_of_the_import(self):
        self.user_product_manager.company_ids = self.env.company | self.company_b
        self._confirm(self._import("product", ["Internal Reference", "Cost"], ["DSK-1", 5]))

        self.assertEqual(self.product.standard_price, 5)
        self.assertEqual(self.product.with_company(self.company_b).standard_price, 0)

    def test_queries_do_not_grow_with_the_lines(self):
        def queries(count):
            content = xlsx(
                ["Internal Reference", "Name", "Unit", "Category", "Sales Price"],
                ["DSK-1", "Desktop printer", "Units", "Equipment", 5],
                *[[f"Q-{n}", "New", "Units", "Equipment", n] for n in range(count)],
            )
            record = self._import("product", content=content)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            record.action_check()
            return self.env.cr.sql_log_count - before

        queries(5)
        self.assertEqual(queries(5), queries(200))

    def test_queries_of_writing_do_not_grow_with_the_changes(self):
        references = [f"W-{number}" for number in range(60)]
        self.env["product.product"].create(
            [{"name": "Part", "default_code": reference} for reference in references]
        )

        def queries(count, price):
            record = self._import(
                "product",
                ["Internal Reference", "Sales Price", "Cost"],
                *[
                    [reference, price + n, n + price]
                    for n, reference in enumerate(references[:count])
                ],
            )
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            record.action_confirm()
            self.env.flush_all()
            self.assertEqual(record.state, "done")
            return self.env.cr.sql_log_count - before

        queries(5, 100)
        self.assertEqual(queries(5, 200), queries(60, 300))

    def test_imports_that_nobody_confirms_are_deleted_after_a_month(self):
        old = self._import("product", ["Name", "Sales Price"], ["New", 1])
        done = self._import("product", ["Name", "Sales Price"], ["Newer", 1])
        self._confirm(done)
        recent = self._import("product", ["Name", "Sales Price"], ["Newest", 1])
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_price_import SET write_date = %s WHERE id IN %s",
            (fields.Datetime.now() - timedelta(days=40), (old.id, done.id)),
        )
        self.env.invalidate_all()

        self.env["crm.price.import"]._gc_imports()

        self.assertFalse(old.exists())
        self.assertEqual((done | recent).exists(), done | recent)
