# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import HttpCase, tagged

from odoo.addons.crm_accounts.tests.common import CrmSuiteUsersMixin


@tagged("post_install", "-at_install")
class TestPriceUpdateTour(CrmSuiteUsersMixin, HttpCase):
    def test_manager_simulates_applies_and_undoes_an_update_in_the_browser(self):
        self._crm_new_user(
            "user_pricer", "sales_team.group_sale_manager,product.group_product_manager"
        )
        self.env.company.crm_price_approval = False
        product = self.env["product.template"].create({"name": "Tour stapler", "list_price": 20.0})
        self.start_tour(
            "/odoo/crm-price-updates/new",
            "crm_products_price_update_tour",
            login="crm_user_pricer",
        )
        self.assertEqual(product.list_price, 20.0)
        update = self.env["crm.price.update"].search([("name", "=", "Tour prices")])
        self.assertEqual(update.state, "reverted")
        self.assertEqual(update.line_ids.new_price, 23.0)
        history = self.env["crm.price.history"].search([("update_id", "=", update.id)], order="id")
        self.assertEqual(history.mapped("new_value"), [23.0, 20.0])
