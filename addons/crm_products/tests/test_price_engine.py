# SPDX-License-Identifier: LGPL-3.0-or-later
"""Whatever the rules, products, dates and quantities are: our prices are those of core."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from ..models import product_pricelist
from .common_rules import LISTS, NOW, RULE, CrmRandomRulesCommon


@tagged("post_install", "-at_install")
class TestPriceEngine(CrmRandomRulesCommon):
    @settings(
        max_examples=120,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        rules=st.lists(RULE, min_size=1, max_size=9),
        foreign=st.sets(st.integers(0, LISTS - 1)),
        quantities=st.lists(st.sampled_from([0.0, 1.0, 4.99, 5.0, 12.0]), min_size=1, max_size=3),
        day=st.integers(-4, 4),
        asked_currency=st.booleans(),
    )
    def test_prices_and_rules_are_those_of_core(
        self, rules, foreign, quantities, day, asked_currency
    ):
        with self._undone():
            lists = self._make(rules, foreign)
            date = NOW + timedelta(days=day)
            currency = self.other_currency if asked_currency else None
            for pricelist in (*lists, self.env["product.pricelist"]):
                for products in (self.templates, self.variants):
                    self._compare(pricelist, products, quantities, date, currency)

    def _compare(self, pricelist, products, quantities, date, currency):
        table = pricelist._crm_price_table(products, quantities, date, currency)
        for product in products:
            for quantity, found in zip(quantities, table[product.id], strict=True):
                expected = pricelist._compute_price_rule(
                    product, quantity, date=date, currency=currency
                )[product.id]
                self.assertEqual(found, expected, f"{product.name} × {quantity}")

    def test_a_module_that_changes_how_rules_apply_is_respected(self):
        rule = self._create_rule(percent_price=50.0)

        def not_on_sundays(item, product, qty_in_product_uom):
            return False

        item_class = self._foreign_class("product.pricelist.item", "_is_applicable_for")
        item_class._is_applicable_for = not_on_sundays
        self.assertEqual(
            product_pricelist.overriding_modules(self.env), {"crm_products_test_module"}
        )
        [(price, rule_id)] = self.pricelist._crm_price_table(self.product, [1.0])[self.product.id]
        self.assertEqual((price, rule_id), (100.0, False))
        self.assertTrue(rule.exists())

    def test_the_number_of_queries_does_not_grow_with_the_products(self):
        templates = self.env["product.template"].create(
            [
                {"name": f"Screw {n}", "list_price": n, "categ_id": self.category_leaf.id}
                for n in range(300)
            ]
        )
        self._create_category_rule(self.category)
        for template in templates[::3]:
            self._create_rule(product_tmpl_id=template.id, compute_price="fixed", fixed_price=3)

        def queries(products):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.pricelist._crm_price_table(products, [1.0, 10.0, 100.0])
            return self.env.cr.sql_log_count - before

        queries(templates[:30])
        self.assertEqual(queries(templates), queries(templates[:30]))
