# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from . import common


@tagged("post_install", "-at_install")
class TestDuplicate(common.CrmProductsCommon):
    """Whoever keeps the products duplicates them, also what that person may not read of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keeper = cls._crm_new_user("keeper", "base.group_user,product.group_product_manager")

    def test_product_is_duplicated_by_people_outside_sales(self):
        product = self.env["product.template"].create({"name": "Scanner", "list_price": 10.0})
        copied = product.with_user(self.keeper).copy()
        self.assertEqual(copied.list_price, 10.0)

    def test_category_is_duplicated_with_the_margin_that_the_user_does_not_see(self):
        category = self.env["product.category"].create({"name": "Devices", "crm_min_margin": 0.3})
        copied = category.with_user(self.keeper).copy()
        self.assertFalse(copied._has_field_access(copied._fields["crm_min_margin"], "read"))
        self.assertEqual(copied.sudo().crm_min_margin, 0.3)
        self.assertEqual(category.copy({"crm_min_margin": 0.1}).crm_min_margin, 0.1)
