# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.crm_products.hooks import post_init_hook

from .common import CrmProductsCommon


@tagged("post_install", "-at_install")
class TestPriceListFeature(CrmProductsCommon):
    def _pricelists_of_company(self, company):
        return (
            self.env["product.pricelist"]
            .with_context(active_test=False)
            .search([("company_id", "=", company.id)])
        )

    def test_every_employee_works_with_price_lists(self):
        for user in (self.user_employee, self.user_salesman, self.user_manager):
            self.assertTrue(user.has_group("product.group_product_pricelist"), user.login)

    def test_portal_user_does_not_get_the_feature(self):
        self.assertFalse(self.user_portal.has_group("product.group_product_pricelist"))

    def test_installing_where_price_lists_are_used_adds_no_list(self):
        before = self.env["product.pricelist"].with_context(active_test=False).search_count([])

        post_init_hook(self.env)

        after = self.env["product.pricelist"].with_context(active_test=False).search_count([])
        self.assertEqual(after, before)

    def test_installing_where_price_lists_are_off_gives_each_company_its_list(self):
        feature = self.env.ref("product.group_product_pricelist")
        employees = self.env.ref("base.group_user")
        self.env["res.groups"].search([("implied_ids", "in", feature.ids)]).write(
            {"implied_ids": [Command.unlink(feature.id)]}
        )
        feature.user_ids = [Command.clear()]
        company = self.env["res.company"].create({"name": "Suite Company Without Prices"})
        self.assertFalse(self._pricelists_of_company(company))

        post_init_hook(self.env)

        self.assertIn(feature, employees.implied_ids)
        pricelist = self._pricelists_of_company(company)
        self.assertEqual(len(pricelist), 1)
        self.assertEqual(pricelist.currency_id, company.currency_id)
