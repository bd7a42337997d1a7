# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.fields import Command
from odoo.tests import tagged

from .common import CrmProductsCommon


@tagged("post_install", "-at_install")
class TestPricesOnProduct(CrmProductsCommon):
    def _shared_rules(self, user=None, product=None):
        product = product or self.product
        rules = product.with_user(user or self.user_salesman).crm_shared_price_rule_ids
        return rules.filtered(lambda rule: rule.pricelist_id == self.pricelist)

    def test_rule_of_the_product_category_is_shown(self):
        rule = self._create_category_rule(self.category_leaf)

        self.assertEqual(self._shared_rules(), rule)

    def test_rule_of_a_parent_category_is_shown(self):
        rule = self._create_category_rule(self.category)

        self.assertEqual(self._shared_rules(), rule)

    def test_rule_of_another_category_is_not_shown(self):
        self._create_category_rule(self.category_other)

        self.assertFalse(self._shared_rules())

    def test_rule_of_all_products_is_shown(self):
        rule = self._create_rule(applied_on="3_global")

        self.assertEqual(self._shared_rules(), rule)

    def test_product_without_category_gets_only_rules_of_all_products(self):
        self.product.categ_id = False
        self._create_category_rule(self.category_leaf)
        rule = self._create_rule(applied_on="3_global")

        self.assertEqual(self._shared_rules(), rule)

    def test_rule_of_one_product_is_not_a_shared_rule(self):
        rule = self._create_rule(applied_on="1_product", product_tmpl_id=self.product.id)

        self.assertFalse(self._shared_rules())
        self.assertEqual(self.product.pricelist_rule_ids, rule)

    def test_rule_of_an_archived_price_list_is_not_shown(self):
        self._create_rule(applied_on="3_global")
        self.pricelist.active = False

        self.assertFalse(self._shared_rules())

    def test_each_product_gets_the_rules_of_its_own_category(self):
        other = self.product.copy({"categ_id": self.category_other.id})
        leaf_rule = self._create_category_rule(self.category_leaf)
        other_rule = self._create_category_rule(self.category_other)
        products = (self.product | other).with_user(self.user_salesman)

        products.mapped("crm_shared_price_rule_ids")

        self.assertEqual(self._shared_rules(product=self.product), leaf_rule)
        self.assertEqual(self._shared_rules(product=other), other_rule)

    def test_rule_of_another_company_is_not_shown(self):
        self.pricelist.company_id = self.company_b
        rule = self._create_rule(applied_on="3_global")

        self.assertFalse(self._shared_rules())
        self.assertEqual(self._shared_rules(self.user_company_b), rule)

    def test_variant_shows_the_rules_of_its_product(self):
        rule = self._create_category_rule(self.category_leaf)
        variant = self.product.product_variant_id.with_user(self.user_salesman)

        self.assertIn(rule, variant.crm_shared_price_rule_ids)

    def test_rules_of_many_products_are_read_in_one_go(self):
        self._create_category_rule(self.category)
        products = self.env["product.template"].create(
            [{"name": f"Printer {n}", "categ_id": self.category_leaf.id} for n in range(20)]
        )
        products[:1].with_user(self.user_salesman).mapped("crm_shared_price_rule_ids.name")
        self.env.invalidate_all()

        # products, rules, rule fields, categories, price lists; none of them once per product
        with self.assertQueryCount(8):
            products.with_user(self.user_salesman).mapped("crm_shared_price_rule_ids")

    def test_salesperson_who_sees_costs_sees_customer_and_vendor_prices_of_a_product(self):
        self._create_rule(applied_on="1_product", product_tmpl_id=self.product.id)
        self._create_category_rule(self.category_leaf)
        self._create_vendor_price()

        view = self.env.ref("product.product_template_only_form_view")
        arch = (self.env["product.template"].with_user(self.user_cost).get_view(view.id, "form"))[
            "arch"
        ]
        for field in ("pricelist_rule_ids", "crm_shared_price_rule_ids", "seller_ids"):
            self.assertIn(f'name="{field}"', arch)
        values = self.product.with_user(self.user_cost).read(
            ["pricelist_rule_ids", "crm_shared_price_rule_ids", "seller_ids"]
        )[0]
        for field in ("pricelist_rule_ids", "crm_shared_price_rule_ids", "seller_ids"):
            self.assertTrue(values[field], field)

    def test_salesperson_sees_no_vendor_prices_on_the_product(self):
        view = self.env.ref("product.product_template_only_form_view")
        arch = (
            self.env["product.template"].with_user(self.user_salesman).get_view(view.id, "form")
        )["arch"]
        self.assertIn('name="pricelist_rule_ids"', arch)
        self.assertNotIn('name="add_vendor_price"', arch)

    def test_price_list_gives_the_quantity_price(self):
        self._create_category_rule(self.category)
        self._create_category_rule(self.category, min_quantity=10, percent_price=20.0)
        variant = self.product.product_variant_id
        pricelist = self.pricelist.with_user(self.user_salesman)

        self.assertEqual(pricelist._get_product_price(variant, 1), 90.0)
        self.assertEqual(pricelist._get_product_price(variant, 10), 80.0)

    def test_sales_manager_makes_a_price_list_with_its_rules(self):
        pricelist = (
            self.env["product.pricelist"]
            .with_user(self.user_manager)
            .create(
                {
                    "name": "Schools",
                    "item_ids": [
                        Command.create(
                            {
                                "applied_on": "1_product",
                                "product_tmpl_id": self.product.id,
                                "compute_price": "fixed",
                                "fixed_price": 75.0,
                            }
                        )
                    ],
                }
            )
        )

        self.assertEqual(pricelist._get_product_price(self.product.product_variant_id, 1), 75.0)
