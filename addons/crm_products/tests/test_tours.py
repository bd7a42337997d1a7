# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import HttpCase, tagged

from .common import CrmProductsCommon


@tagged("post_install", "-at_install")
class TestTours(CrmProductsCommon, HttpCase):
    def test_salesperson_sees_the_prices_of_a_product_and_why(self):
        self._create_category_rule(self.category)
        self._create_category_rule(self.category, min_quantity=10, percent_price=20.0)
        self._create_vendor_price()

        self.start_tour(
            "/odoo/crm-goods-services",
            "crm_products_explain_price_tour",
            login="crm_user_salesman",
        )
