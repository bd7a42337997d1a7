# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.addons.crm_products.tests.common import CrmProductsCommon


class CrmPriceUpdateCommon(CrmProductsCommon):
    """Three products that cost 60 % of their price. ``user_manager`` sets price lists;
    ``user_pricer`` may change sales prices as well, and so may ``user_boss``.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "sales_team.group_sale_manager,product.group_product_manager"
        cls.user_pricer = cls._crm_new_user("user_pricer", groups)
        cls.user_boss = cls._crm_new_user("user_boss", groups)
        cls.env.company.write({"crm_price_approval": False, "crm_min_margin": 0.25})
        cls.eur = cls.env.ref("base.EUR")
        cls.eur.active = True
        cls.eur.rate_ids.unlink()
        cls.env["res.currency.rate"].create(
            {
                "currency_id": cls.eur.id,
                "name": "2020-01-01",
                "rate": 0.5,
                "company_id": cls.env.company.id,
            }
        )
        cls.product.standard_price = 60.0
        cls.cheap, cls.dear = cls.env["product.template"].create(
            [
                {
                    "name": name,
                    "categ_id": cls.category_leaf.id,
                    "list_price": price,
                    "standard_price": price * 0.6,
                }
                for name, price in (("Ink", 10.0), ("Plotter", 1000.0))
            ]
        )
        cls.products = cls.product | cls.cheap | cls.dear

    @classmethod
    def _create_update(cls, user=None, **values):
        """Return an update of the sales prices of the test products by 5 %, changed by
        ``values``.
        """
        return (
            cls.env["crm.price.update"]
            .with_user(user or cls.user_pricer)
            .create(
                {
                    "name": "Spring",
                    "categ_ids": [(6, 0, cls.category.ids)],
                    "operation": "percent",
                    "value": 5.0,
                    **values,
                }
            )
        )

    @classmethod
    def _simulated(cls, user=None, **values):
        update = cls._create_update(user, **values)
        update.action_simulate()
        return update

    @classmethod
    def _create_fixed(cls, product=None, price=90.0, **values):
        return cls._create_rule(
            applied_on="1_product",
            product_tmpl_id=(product or cls.product).id,
            compute_price="fixed",
            fixed_price=price,
            percent_price=0.0,
            **values,
        )

    def _prices(self, update, field="new_price"):
        """Return ``{product: price}`` of the lines."""
        return {line.product_tmpl_id: line[field] for line in update.line_ids}

    def _line(self, update, product=None):
        return update.line_ids.filtered(
            lambda line: line.product_tmpl_id == (product or self.product)
        )
