# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date, datetime

from odoo.tests import tagged

from .common_import import CrmImportCommon

_HEADINGS = [
    "ID",
    "Price List",
    "Internal Reference",
    "Product",
    "Category",
    "Min. Quantity",
    "Kind of Price",
    "Price or Discount %",
    "From",
    "Until",
]


@tagged("post_install", "-at_install")
class TestImportPrices(CrmImportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_manager.tz = "America/Caracas"

    def _prices(self, *rows, **options):
        """Return the import of lines given by their cells, as ``{heading: value}``."""
        defaults = {"Price List": "Resellers", "Kind of Price": "Fixed Price"}
        return self._import(
            "price",
            _HEADINGS,
            *[[(defaults | row).get(heading) for heading in _HEADINGS] for row in rows],
            **options,
        )

    def _rule(self, **values):
        return self._create_rule(
            applied_on="1_product",
            product_tmpl_id=self.product.id,
            **{"compute_price": "fixed", "fixed_price": 90.0, **values},
        )

    def _first_problem(self, *rows):
        return self._problems(self._prices(*rows))[0]

    def test_new_prices_of_every_kind(self):
        rules = self._confirm(
            self._prices(
                {
                    "Internal Reference": "DSK-1",
                    "Min. Quantity": 10,
                    "Price or Discount %": 95.5,
                    "From": date(2030, 1, 1),
                    "Until": date(2030, 12, 31),
                },
                {
                    "Category": "Equipment / Printers",
                    "Kind of Price": "Discount",
                    "Price or Discount %": 12.5,
                },
                {"Kind of Price": "descuento", "Price or Discount %": 5},
            )
        )

        self.assertRecordValues(
            rules.sorted("applied_on"),
            [
                {
                    "pricelist_id": self.pricelist.id,
                    "applied_on": "1_product",
                    "product_tmpl_id": self.product.id,
                    "product_id": False,
                    "categ_id": False,
                    "min_quantity": 10,
                    "compute_price": "fixed",
                    "fixed_price": 95.5,
                    "percent_price": 0,
                    # Midnight in Caracas.
                    "date_start": datetime(2030, 1, 1, 4),
                    "date_end": datetime(2031, 1, 1, 3, 59, 59),
                },
                {
                    "pricelist_id": self.pricelist.id,
                    "applied_on": "2_product_category",
                    "product_tmpl_id": False,
                    "product_id": False,
                    "categ_id": self.category_leaf.id,
                    "min_quantity": 0,
                    "compute_price": "percentage",
                    "fixed_price": 0,
                    "percent_price": 12.5,
                    "date_start": False,
                    "date_end": False,
                },
                {
                    "pricelist_id": self.pricelist.id,
                    "applied_on": "3_global",
                    "product_tmpl_id": False,
                    "product_id": False,
                    "categ_id": False,
                    "min_quantity": 0,
                    "compute_price": "percentage",
                    "fixed_price": 0,
                    "percent_price": 5,
                    "date_start": False,
                    "date_end": False,
                },
            ],
        )
        self.assertEqual(rules.sorted("applied_on")[1].display_applied_on, "2_product_category")

    def test_price_for_all_products_is_warned_of(self):
        record = self._prices({"Kind of Price": "Discount", "Price or Discount %": 5})

        self.assertIn("all products", self._list(record, "warnings")[0][3])

    def test_price_with_the_same_key_is_changed(self):
        rule = self._rule(min_quantity=5)
        record = self._prices(
            {"Internal Reference": "DSK-1", "Min. Quantity": 5, "Price or Discount %": 80}
        )

        self.assertEqual(
            self._list(record, "changed"),
            [
                [
                    2,
                    rule.id,
                    "Resellers · [DSK-1] Desktop printer",
                    {"value": [90.0, 80.0]},
                ]
            ],
        )
        self.assertEqual(self._confirm(record), rule)
        self.assertEqual(rule.fixed_price, 80)

    def test_price_with_another_quantity_or_date_is_a_new_one(self):
        self._rule(min_quantity=5)
        record = self._prices(
            {"Internal Reference": "DSK-1", "Min. Quantity": 6, "Price or Discount %": 80},
            {
                "Internal Reference": "DSK-1",
                "Min. Quantity": 5,
                "Price or Discount %": 80,
                "From": "2030-01-01",
            },
        )

        self.assertEqual((record.new_count, record.changed_count), (2, 0))

    def test_fixed_price_becomes_a_discount(self):
        rule = self._rule()
        self._confirm(
            self._prices(
                {
                    "Internal Reference": "DSK-1",
                    "Kind of Price": "Discount",
                    "Price or Discount %": "10 %",
                }
            )
        )

        self.assertRecordValues(
            rule, [{"compute_price": "percentage", "percent_price": 10, "fixed_price": 0}]
        )

    def test_id_changes_quantity_and_dates(self):
        rule = self._rule(min_quantity=5)
        self._confirm(
            self._prices(
                {
                    "ID": rule.id,
                    "Internal Reference": "DSK-1",
                    "Min. Quantity": 7,
                    "Price or Discount %": 90,
                    "Until": date(2030, 1, 31),
                }
            )
        )

        self.assertEqual(rule.min_quantity, 7)
        self.assertEqual(rule.date_end, datetime(2030, 2, 1, 3, 59, 59))

    def test_id_of_a_price_of_something_else(self):
        other = self.product.copy({"default_code": "OTH"})
        rule = self._rule()

        for row in (
            {"ID": rule.id, "Internal Reference": other.default_code},
            {"ID": rule.id, "Category": "Equipment"},
            {"ID": 2**30, "Internal Reference": "DSK-1"},
        ):
            with self.subTest(row=row):
                self.assertEqual(self._first_problem(row | {"Price or Discount %": 1})[1], "ID")

    def test_id_that_would_make_two_equal_prices(self):
        self._rule(min_quantity=5)
        rule = self._rule(min_quantity=6)
        problem = self._first_problem(
            {
                "ID": rule.id,
                "Internal Reference": "DSK-1",
                "Min. Quantity": 5,
                "Price or Discount %": 1,
            }
        )

        self.assertEqual(problem[1], "ID")

    def test_two_equal_prices_cannot_be_told_apart(self):
        self._rule()
        self._rule()

        self.assertIn(
            "2 prices",
            self._first_problem({"Internal Reference": "DSK-1", "Price or Discount %": 1})[2],
        )

    def test_formula_is_left_alone(self):
        self._rule(compute_price="formula")

        self.assertIn(
            "formula",
            self._first_problem({"Internal Reference": "DSK-1", "Price or Discount %": 1})[2],
        )

    def test_errors_of_a_line(self):
        for row, column in (
            ({"Price List": "Nobody's"}, "Price List"),
            ({"Internal Reference": "NONE"}, "Internal Reference"),
            ({"Category": "Nowhere"}, "Category"),
            ({"Internal Reference": "DSK-1", "Category": "Equipment"}, "Category"),
            ({"Internal Reference": "DSK-1", "Price or Discount %": -1}, "Price or Discount %"),
            ({"Internal Reference": "DSK-1", "Price or Discount %": "5 %"}, "Price or Discount %"),
            ({"Kind of Price": "Discount", "Price or Discount %": 101}, "Price or Discount %"),
            ({"Kind of Price": "Gift"}, "Kind of Price"),
            ({"Internal Reference": "DSK-1", "Min. Quantity": -2}, "Min. Quantity"),
            ({"Internal Reference": "DSK-1", "From": "31/12/2030"}, "From"),
            (
                {
                    "Internal Reference": "DSK-1",
                    "From": date(2030, 2, 1),
                    "Until": date(2030, 1, 1),
                },
                "Until",
            ),
        ):
            with self.subTest(row=row):
                problems = self._problems(self._prices({"Price or Discount %": 1} | row))
                self.assertEqual([problem[:2] for problem in problems], [(2, column)])

    def test_price_list_of_a_name_that_two_have_is_told_by_its_currency(self):
        currency = self.env.ref("base.EUR")
        currency.active = True
        euro = self.pricelist.copy({"name": "Resellers", "currency_id": currency.id})
        row = {"Internal Reference": "DSK-1", "Price or Discount %": 1}

        self.assertEqual(self._first_problem(row)[1], "Price List")
        rule = self._confirm(self._prices(row | {"Price List": "Resellers (EUR)"}))
        self.assertEqual(rule.pricelist_id, euro)

    def test_price_list_of_another_company_is_unknown(self):
        self.pricelist.company_id = self.company_b

        self.assertEqual(self._first_problem({"Price or Discount %": 1})[1], "Price List")

    def test_discount_below_zero_is_warned_of(self):
        record = self._prices(
            {
                "Internal Reference": "DSK-1",
                "Kind of Price": "Discount",
                "Price or Discount %": -10,
            }
        )

        self._no_problems(record)
        self.assertEqual(record.warning_count, 1)

    def test_rule_of_the_only_variant_is_that_of_the_product(self):
        rule = self._create_rule(
            applied_on="0_product_variant",
            product_tmpl_id=self.product.id,
            product_id=self.product.product_variant_id.id,
            compute_price="fixed",
            fixed_price=90,
        )

        self.assertEqual(
            self._confirm(self._prices({"Internal Reference": "DSK-1", "Price or Discount %": 1})),
            rule,
        )

    def test_product_without_reference_is_found_by_its_name(self):
        self.product.default_code = False
        rule = self._confirm(self._prices({"Product": "Desktop printer", "Price or Discount %": 1}))

        self.assertEqual(rule.product_tmpl_id, self.product)

    def test_doubles_in_the_file(self):
        row = {"Internal Reference": "DSK-1", "Price or Discount %": 1}
        problems = self._problems(self._prices(row, row | {"Price or Discount %": 2}))

        self.assertEqual([line for line, _column, _said in problems], [2, 3])

    def test_current_data_comes_back_without_a_change(self):
        self._rule(
            min_quantity=5,
            date_start=datetime(2029, 1, 1, 4),
            date_end=datetime(2030, 1, 1, 4),
        )
        self._rule(date_start=datetime(2029, 1, 1, 7, 30))
        self._create_category_rule(self.category)
        self._create_rule()
        self._rule(compute_price="formula", min_quantity=9)
        self._rule(min_quantity=8, date_end=datetime(2020, 1, 1))
        content = (
            self.env["crm.price.import"]
            .with_user(self.user_manager)
            ._crm_template("price", with_data=True)[1]
        )

        record = self._import("price", content=content)

        self._no_problems(record)
        self.assertEqual((record.new_count, record.changed_count), (0, 0))
        # Neither the formula nor the one of the past.
        ours = self.env["product.pricelist.item"].search_count(
            [("pricelist_id", "=", self.pricelist.id)]
        )
        self.assertEqual(ours, 6)
        self.assertGreaterEqual(record.unchanged_count, 4)
