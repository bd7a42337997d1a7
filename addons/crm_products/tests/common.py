# SPDX-License-Identifier: LGPL-3.0-or-later
from contextlib import contextmanager

from odoo.addons.crm_accounts.tests.common import CrmSuiteCommon


class CrmProductsCommon(CrmSuiteCommon):
    """A category tree with one product in its leaf, a vendor and an empty price list;
    ``user_cost`` is a salesperson who sees costs and margins.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_cost = cls._crm_new_user(
            "user_cost", "sales_team.group_sale_salesman,crm_products.crm_products_group_cost"
        )
        cls.category = cls.env["product.category"].create({"name": "Equipment"})
        cls.category_leaf = cls.env["product.category"].create(
            {"name": "Printers", "parent_id": cls.category.id}
        )
        cls.category_other = cls.env["product.category"].create({"name": "Stationery"})
        cls.product = cls.env["product.template"].create(
            {
                "name": "Desktop printer",
                "default_code": "DSK-1",
                "type": "consu",
                "categ_id": cls.category_leaf.id,
                "list_price": 100.0,
            }
        )
        cls.vendor = cls.env["res.partner"].create({"name": "Printer Works", "is_company": True})
        cls.pricelist = cls.env["product.pricelist"].create(
            {"name": "Resellers", "company_id": False}
        )

    @classmethod
    def _create_rule(cls, **values):
        """Return a rule of 10 % off in the test price list, changed by ``values``."""
        return cls.env["product.pricelist.item"].create(
            {
                "pricelist_id": cls.pricelist.id,
                "compute_price": "percentage",
                "percent_price": 10.0,
                **values,
            }
        )

    @classmethod
    def _create_category_rule(cls, category, **values):
        return cls._create_rule(
            applied_on="2_product_category",
            display_applied_on="2_product_category",
            categ_id=category.id,
            **values,
        )

    @classmethod
    def _create_vendor_price(cls, **values):
        return cls.env["product.supplierinfo"].create(
            {
                "product_tmpl_id": cls.product.id,
                "partner_id": cls.vendor.id,
                "price": 60.0,
                **values,
            }
        )

    @contextmanager
    def _undone(self):
        """Take back whatever is written inside: the next example begins like the first one."""
        try:
            with self.env.cr.savepoint() as savepoint:
                yield
                savepoint.rollback()
        finally:
            self.env.invalidate_all()

    def _foreign_class(self, model_name, method):
        """Put a class of a module that is not ours before those of the model, for this test."""
        registry_class = self.env.registry[model_name]
        bases = registry_class.__bases__
        foreign = type("Foreign", (), {"_module": "crm_products_test_module"})
        setattr(foreign, method, getattr(registry_class, method))
        registry_class.__bases__ = (foreign, *bases)
        self.addCleanup(setattr, registry_class, "__bases__", bases)
        return foreign
