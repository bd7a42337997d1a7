# SPDX-License-Identifier: LGPL-3.0-or-later
from contextlib import suppress
from datetime import datetime
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import CrmProductsCommon


class _StopHereError(Exception):
    pass


@tagged("post_install", "-at_install")
class TestPriceHistory(CrmProductsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.history = cls.env["crm.price.history"]
        cls.user_products = cls._crm_new_user(
            "user_products", "sales_team.group_sale_salesman,product.group_product_manager"
        )
        cls.rule = cls._create_rule(
            applied_on="1_product",
            product_tmpl_id=cls.product.id,
            compute_price="fixed",
            fixed_price=90.0,
        )
        cls.vendor_price = cls._create_vendor_price()
        # What was made so far is no part of what the tests look at.
        cls.before = cls.history.search([], limit=1).id or 0

    def _rows(self, user=None):
        rows = self.history.with_user(user or self.env.user)
        return rows.search([("id", ">", self.before)], order="id")

    def _values(self, *names):
        return [
            tuple(bool(row.mapped(name)) if "." in name else row[name] for name in names)
            for row in self._rows()
        ]

    def test_change_of_a_sales_price_is_written_down_with_who_did_it(self):
        self.product.with_user(self.user_products).list_price = 110.0

        row = self._rows()
        self.assertEqual(row.kind, "sales")
        self.assertEqual(row.change, "changed")
        self.assertEqual(row.product_tmpl_id, self.product)
        self.assertEqual(row.target, "[DSK-1] Desktop printer")
        self.assertEqual((row.old_value, row.new_value), (100.0, 110.0))
        self.assertAlmostEqual(row.percent, 0.1)
        self.assertEqual(row.currency_id, self.product.currency_id)
        self.assertEqual(row.user_id, self.user_products)
        self.assertEqual(row.field_label, "Sales Price")

    def test_price_changed_on_a_variant_is_that_of_its_product(self):
        self.product.product_variant_id.lst_price = 115.0

        self.assertEqual(
            self._values("kind", "product_tmpl_id", "old_value", "new_value"),
            [("sales", self.product, 100.0, 115.0)],
        )

    def test_change_of_a_cost_names_variant_and_company(self):
        self.product.with_company(self.company_b).standard_price = 50.0
        self.product.standard_price = 70.0

        self.assertEqual(
            self._values("kind", "product_id", "company_id", "old_value", "new_value"),
            [
                ("cost", self.product.product_variant_id, self.company_b, 0.0, 50.0),
                ("cost", self.product.product_variant_id, self.env.company, 0.0, 70.0),
            ],
        )

    def test_change_of_a_rule_says_each_field_in_words(self):
        self.rule.write({"fixed_price": 95.0, "min_quantity": 5, "date_end": "2030-01-31 12:00:00"})

        rows = {row.field_name: row for row in self._rows()}
        self.assertEqual(set(rows), {"fixed_price", "min_quantity", "date_end"})
        self.assertEqual(rows["fixed_price"].pricelist_id, self.pricelist)
        self.assertEqual(rows["fixed_price"].source, self.pricelist.display_name)
        self.assertEqual(rows["min_quantity"].new_display, "5.00")
        self.assertFalse(rows["date_end"].old_display)
        self.assertIn("1/31/30", rows["date_end"].new_display)
        self.assertIn("95.00", rows["fixed_price"].new_display)

    def test_rule_of_a_category_is_named(self):
        self._create_category_rule(self.category, percent_price=12.0)

        row = self._rows()
        self.assertEqual(row.change, "new")
        self.assertEqual(row.target, "Category: Equipment")
        self.assertIn("12", row.new_display)

    def test_changed_when_it_was_just_made_it_is_still_new(self):
        rule = self._create_rule(applied_on="3_global", compute_price="fixed", fixed_price=10.0)
        rule.fixed_price = 15.0
        rule.fixed_price = 16.0

        self.assertEqual(self._values("change", "new_value"), [("new", 16.0)])

    def test_change_of_a_vendor_price(self):
        self.vendor_price.write({"price": 58.0, "discount": 2.0})

        self.assertEqual(
            sorted(self._values("kind", "partner_id", "field_name", "old_value", "new_value")),
            sorted(
                [
                    ("vendor", self.vendor, "price", 60.0, 58.0),
                    ("vendor", self.vendor, "discount", 0.0, 2.0),
                ]
            ),
        )

    def test_extra_price_of_an_attribute(self):
        attribute = self.env["product.attribute"].create(
            {"name": "Size", "value_ids": [Command.create({"name": name}) for name in "SL"]}
        )
        self.product.attribute_line_ids = [
            Command.create(
                {
                    "attribute_id": attribute.id,
                    "value_ids": [Command.set(attribute.value_ids.ids)],
                }
            )
        ]
        self.before = self.history.search([], limit=1).id
        self.product.attribute_line_ids.product_template_value_ids[1].price_extra = 7.0

        row = self._rows()
        self.assertEqual((row.kind, row.product_tmpl_id), ("sales", self.product))
        self.assertIn("Size: L", row.target)

    def test_new_product_starts_its_history(self):
        product = self.env["product.template"].create(
            {"name": "Stapler", "list_price": 8.0, "standard_price": 3.0}
        )

        self.assertEqual(
            self._values("change", "kind", "product_tmpl_id", "new_value"),
            [("new", "sales", product, 8.0), ("changed", "cost", product, 3.0)],
        )
        self.assertFalse(self._rows()[0].old_display)

    def test_what_keeps_its_value_is_not_written_down(self):
        self.product.write({"list_price": 100.0, "name": "Printer"})
        self.rule.write({"fixed_price": 90.0})

        self.assertFalse(self._rows())

    def test_change_and_back_in_one_transaction_is_none(self):
        self.product.list_price = 120.0
        self.product.list_price = 100.0

        self.assertFalse(self._rows())

    def test_change_that_is_rolled_back_is_none(self):
        with suppress(_StopHereError), self.env.cr.savepoint():
            self.product.list_price = 120.0
            raise _StopHereError

        self.assertFalse(self._rows())

    def test_deleted_rule_and_vendor_price_leave_a_trace(self):
        (self.rule | self._create_category_rule(self.category)).unlink()
        self.vendor_price.unlink()

        self.assertEqual(
            self._values("change", "kind", "old_value"),
            [("removed", "rule", 90.0), ("removed", "vendor", 60.0)],
        )

    def test_deleted_price_list_category_and_vendor_leave_a_trace(self):
        self._create_category_rule(self.category_leaf)
        self.env.cr.flush()
        self.product.categ_id = self.category_other
        self.category.unlink()
        self.pricelist.unlink()
        self.vendor.unlink()

        rows = self._rows().filtered(lambda row: row.change == "removed")
        self.assertEqual(
            sorted(rows.mapped("target")),
            [
                "Category: Equipment / Printers",
                "[DSK-1] Desktop printer",
                "[DSK-1] Desktop printer",
            ],
        )
        self.assertEqual(
            sorted(rows.mapped("source")),
            ["Printer Works", "Resellers (USD)", "Resellers (USD)"],
        )
        self.assertFalse(rows.pricelist_id)
        self.assertFalse(rows.partner_id)

    def test_history_outlives_its_product(self):
        self.product.list_price = 110.0
        self.env.cr.flush()
        self.product.unlink()

        row = self._rows()[0]
        self.assertFalse(row.product_tmpl_id)
        self.assertEqual(row.target, "[DSK-1] Desktop printer")

    def test_product_made_and_deleted_in_one_transaction(self):
        product = self.env["product.template"].create({"name": "Mistake", "list_price": 1.0})
        product.standard_price = 2.0
        product.unlink()

        self.assertEqual(
            sorted(self._values("change", "target", "product_tmpl_id.name")),
            [(event, "Mistake", False) for event in ("changed", "new", "removed")],
        )

    def test_changes_of_many_cost_one_query(self):
        products = self.env["product.template"].create(
            [{"name": f"Paper {n}", "list_price": n + 1.0} for n in range(150)]
        )
        self.env.cr.flush()
        self.before = self.history.search([], limit=1).id

        for product in products:
            product.list_price += 1.0
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.history._crm_insert_pending()
        self.assertEqual(len(self._rows()), 150)

    def _count_queries(self, records, vals, fields=None):
        """Return how many queries it takes to write, of which ``fields`` are watched."""
        self.env.cr.flush()
        self.env.invalidate_all()
        # In memory in each request of a client.
        (self.env.user.partner_id | self.env.company.partner_id).mapped("name")
        self.env.company.currency_id.mapped("name")
        watched = records._crm_price_fields if fields is None else frozenset(fields)
        start = self.env.cr.sql_log_count
        with patch.object(type(records), "_crm_price_fields", watched):
            records.write(vals)
            self.env.cr.flush()
        return self.env.cr.sql_log_count - start

    def test_a_write_costs_one_insertion_and_what_it_says(self):
        products = self.product | self.product.copy() | self.product.copy()
        for records, field, most in (
            (products, "list_price", 3),
            # What a cost is about takes more, where nothing but the variants is known.
            (products.product_variant_id.with_prefetch(), "standard_price", 6),
            (self.vendor_price, "price", 3),
        ):
            with self.subTest(records=records._name):
                self._count_queries(records, {field: 1.0})
                usual = self._count_queries(records, {field: 2.0}, ())
                self.assertLessEqual(self._count_queries(records, {field: 3.0}), usual + most)

    def test_queries_do_not_grow_with_the_rules(self):
        rules = self.env["product.pricelist.item"].create(
            [
                {
                    "pricelist_id": self.pricelist.id,
                    "product_tmpl_id": self.product.copy().id,
                    "compute_price": "fixed",
                    "fixed_price": 1.0,
                }
                for _number in range(20)
            ]
        )
        self._count_queries(rules, {"fixed_price": 2.0})
        one = self._count_queries(rules[0], {"fixed_price": 3.0})
        self.assertLessEqual(self._count_queries(rules, {"fixed_price": 4.0}), one)
        self.env.cr.flush()
        self.env.invalidate_all()
        with self.assertQueryCount(12):
            rules[1:]._crm_log_whole("removed")
            self.env.cr.flush()

    def test_what_keeps_its_value_costs_nothing(self):
        self.product.write({"list_price": 101.0})
        same = self._count_queries(self.product, {"list_price": 101.0})
        self.assertLessEqual(same, self._count_queries(self.product, {"list_price": 101.0}, ()))

    def test_import_of_products_is_written_down(self):
        products = self.env["product.template"].with_user(self.user_products)
        self.product.default_code = "DSK-1"
        result = products.load([".id", "list_price"], [[str(self.product.id), "130"]])

        self.assertTrue(result["ids"], result["messages"])
        self.assertEqual(self._values("old_value", "new_value"), [(100.0, 130.0)])

    def test_salesperson_reads_sales_prices_and_no_costs(self):
        self.product.write({"list_price": 110.0, "standard_price": 70.0})
        self.rule.fixed_price = 95.0
        self.vendor_price.price = 58.0
        self._create_category_rule(
            self.category, compute_price="formula", base="standard_price", price_discount=-30.0
        )

        def kinds(user):
            return sorted(self._rows(user).mapped("kind"))

        self.assertEqual(kinds(self.user_salesman), ["rule", "sales"])
        self.assertEqual(kinds(self.user_cost), ["cost", "rule", "rule", "sales", "vendor"])
        # Who may write costs does not see everybody's yet.
        self.assertEqual(kinds(self.user_products), ["rule", "sales"])

    def test_rule_that_was_calculated_from_the_cost_tells_no_one(self):
        rule = self._create_category_rule(
            self.category, compute_price="formula", base="standard_price", price_discount=-30.0
        )
        self.env.cr.flush()
        self.before = self.history.search([], limit=1).id
        rule.write({"base": "list_price", "price_discount": 5.0})

        self.assertTrue(self._rows(self.user_cost))
        self.assertFalse(self._rows(self.user_salesman))

    def test_employee_outside_sales_reads_none(self):
        with self.assertRaises(AccessError):
            self._rows(self.user_employee)

    def test_another_company_sees_what_is_shared(self):
        self.product.list_price = 110.0
        own = self.product.copy({"company_id": self.env.company.id, "list_price": 5.0})
        self.env.cr.flush()
        own.list_price = 6.0

        rows = self._rows(self.user_company_b)
        self.assertIn(self.product, rows.product_tmpl_id)
        self.assertNotIn(own, rows.product_tmpl_id)

    def test_nobody_writes_history_by_hand(self):
        self.product.list_price = 110.0
        row = self._rows().with_user(self.user_manager)

        for operation in (
            lambda: row.write({"new_value": 1.0}),
            row.unlink,
            lambda: row.create({"kind": "sales"}),
        ):
            with self.assertRaises(AccessError):
                operation()

    def test_client_cannot_pass_a_change_off_as_that_of_an_update(self):
        update = self.env["crm.price.update"].create({"name": "Spring", "value": 5})
        self.product.with_context(crm_price_update=update.id).list_price = 110.0

        self.assertFalse(self._rows().update_id)

    def _curves(self, user):
        domain = [("id", ">", self.before), ("product_tmpl_id", "=", self.product.id)]
        curves = self.history.with_user(user).crm_price_curves(domain)
        return {curve["label"]: [price for _moment, price in curve["points"]] for curve in curves}

    def test_curve_of_a_price_begins_with_the_old_one_and_lasts_until_today(self):
        for price in (110.0, 105.0):
            self.product.list_price = price
            self.env.cr.flush()
        self.product.standard_price = 70.0
        self.vendor_price.price = 58.0
        self.rule.write({"fixed_price": 95.0, "min_quantity": 5, "percent_price": 3.0})
        self.env.cr.flush()
        self.rule.unlink()

        self.assertEqual(
            self._curves(self.user_cost),
            {
                "Sales Price": [100.0, 110.0, 105.0, 105.0],
                "Cost": [0.0, 70.0, 70.0],
                "Printer Works": [60.0, 58.0, 58.0],
                "Resellers (USD) · from 5.00": [90.0, 95.0, None, None],
            },
        )
        self.assertEqual(
            set(self._curves(self.user_salesman)), {"Sales Price", "Resellers (USD) · from 5.00"}
        )

    def test_curve_of_a_price_to_come_begins_on_its_day(self):
        start = datetime(2100, 1, 1)
        self._create_rule(
            applied_on="1_product",
            product_tmpl_id=self.product.id,
            compute_price="fixed",
            fixed_price=99.0,
            date_start=start,
        )
        curve = self.history.crm_price_curves([("id", ">", self.before)])[0]

        self.assertEqual(curve["points"], 2 * [("2100-01-01 00:00:00", 99.0)])
        self.assertEqual(curve["currency_id"], self.pricelist.currency_id.id)

    def test_curve_without_changes_is_none(self):
        self.assertEqual(self._curves(self.user_salesman), {})

    def test_product_counts_what_the_user_may_see(self):
        self.product.write({"list_price": 110.0, "standard_price": 70.0})
        product = self.product.with_user(self.user_salesman)
        count = product.crm_price_change_count

        self.assertEqual(product.product_variant_id.crm_price_change_count, count)
        self.env.invalidate_all()
        self.assertEqual(
            self.product.with_user(self.user_cost).crm_price_change_count,
            count + 2,
            "the cost and the vendor's price",
        )
        action = product.product_variant_id.action_crm_price_history()
        self.assertEqual(
            self.history.with_user(self.user_salesman).search_count(action["domain"]), count
        )
