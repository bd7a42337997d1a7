# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from .common import CrmProductsCommon


@tagged("post_install", "-at_install")
class TestVendorPrices(CrmProductsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env["product.supplierinfo"])
        cls.action = cls.env.ref("crm_products.product_supplierinfo_action")

    def _filtered(self, name):
        """Return the vendor prices of the test vendor that the search filter ``name`` keeps."""
        arch = etree.fromstring(self.env.ref("crm_products.product_supplierinfo_view_search").arch)
        domain = safe_eval(arch.find(f".//filter[@name='{name}']").get("domain"))
        return (
            self.env["product.supplierinfo"]
            .with_user(self.user_salesman)
            .search([("partner_id", "=", self.vendor.id), *domain])
        )

    def _days(self, days):
        return self.today + timedelta(days=days)

    def test_salesperson_reads_vendor_prices(self):
        price = self._create_vendor_price()

        self.assertEqual(price.with_user(self.user_salesman).price, 60.0)

    def test_salesperson_may_not_change_a_vendor_price(self):
        price = self._create_vendor_price()

        with self.assertRaises(AccessError):
            price.with_user(self.user_salesman).price = 1.0

    def test_salesperson_may_not_add_or_delete_a_vendor_price(self):
        prices = self.env["product.supplierinfo"].with_user(self.user_salesman)

        self.assertFalse(prices.has_access("create"))
        self.assertFalse(prices.has_access("unlink"))

    def test_sales_manager_adds_a_vendor_price_on_the_screen(self):
        prices = (
            self.env["product.supplierinfo"]
            .with_user(self.user_manager)
            .with_context(**safe_eval(self.action.context))
        )

        with Form(prices, "product.product_supplierinfo_form_view") as form:
            form.partner_id = self.vendor
            form.product_tmpl_id = self.product
            form.min_qty = 5
            form.price = 55.0
            form.date_end = self._days(30)

        self.assertEqual(form.record.product_id, self.product.product_variant_id)
        self.assertEqual(form.record.product_uom_id, self.product.uom_id)
        self.assertEqual(form.record.currency_id, self.env.company.currency_id)

    def test_sales_manager_changes_and_deletes_a_vendor_price(self):
        price = self._create_vendor_price().with_user(self.user_manager)

        price.price = 58.0
        price.unlink()

        self.assertFalse(price.exists())

    def test_price_without_dates_is_valid_today(self):
        price = self._create_vendor_price()

        self.assertEqual(self._filtered("valid"), price)
        self.assertFalse(self._filtered("expired") | self._filtered("later"))

    def test_price_that_ends_today_is_valid_today(self):
        price = self._create_vendor_price(date_start=self.today, date_end=self.today)

        self.assertEqual(self._filtered("valid"), price)

    def test_price_that_ended_yesterday_is_expired(self):
        price = self._create_vendor_price(date_end=self._days(-1))

        self.assertEqual(self._filtered("expired"), price)
        self.assertFalse(self._filtered("valid"))

    def test_price_of_tomorrow_starts_later(self):
        price = self._create_vendor_price(date_start=self._days(1))

        self.assertEqual(self._filtered("later"), price)
        self.assertFalse(self._filtered("valid"))

    def test_goods_and_services_are_told_apart(self):
        goods = self._create_vendor_price()
        service = self.product.copy({"type": "service"})
        service_price = self._create_vendor_price(product_tmpl_id=service.id)

        self.assertEqual(self._filtered("goods"), goods)
        self.assertEqual(self._filtered("services"), service_price)

    def test_vendor_price_of_another_company_is_hidden(self):
        price = self._create_vendor_price(company_id=self.env.company.id)
        search = self.env["product.supplierinfo"].with_user(self.user_company_b).search

        self.assertNotIn(price, search([("partner_id", "=", self.vendor.id)]))
        price.company_id = False
        self.assertIn(price, search([("partner_id", "=", self.vendor.id)]))

    def test_vendor_price_keeps_its_own_currency(self):
        currency = self.env.ref("base.EUR")
        currency.active = True
        price = self._create_vendor_price(currency_id=currency.id)

        self.assertEqual(price.with_user(self.user_salesman).currency_id, currency)
