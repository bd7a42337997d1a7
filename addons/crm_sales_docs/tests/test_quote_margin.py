# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, tagged

from . import common


@tagged("post_install", "-at_install")
class TestQuoteMargin(common.CrmSalesDocsCommon):
    """Margins for those who may see costs, and for nobody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.goods.standard_price = 60
        cls.goods_on_order.standard_price = 170
        cls.user_cost = cls._crm_new_user(
            "user_cost",
            "sales_team.group_sale_salesman_all_leads,crm_products.crm_products_group_cost",
        )

    def _seen(self, order):
        return order.with_user(self.user_cost)

    # === FIGURES ===#
    def test_margin_of_lines_and_quote(self):
        order = self._seen(
            self._crm_order((self.goods, 10, {"discount": 10}), (self.goods_on_order, 1))
        )
        self.assertRecordValues(
            order.order_line,
            [
                {"crm_unit_cost": 60, "crm_margin": 300, "crm_margin_percent": 300 / 900},
                {"crm_unit_cost": 170, "crm_margin": 30, "crm_margin_percent": 0.15},
            ],
        )
        self.assertRecordValues(order, [{"crm_margin": 330, "crm_margin_percent": 0.3}])

    def test_unit_and_currency_of_the_line(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        self.goods.uom_ids = [Command.link(dozen.id)]
        currency = self.env["res.currency"].create(
            {
                "name": "VEX",
                "symbol": "V",
                "rate_ids": [Command.create({"name": "2020-01-01", "rate": 4})],
            }
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "In VEX", "currency_id": currency.id}
        )
        order = self._seen(
            self._crm_order(
                (self.goods, 2, {"product_uom_id": dozen.id}), pricelist_id=pricelist.id
            )
        )
        self.assertEqual(order.order_line.crm_unit_cost, 60 * 12 * 4)
        self.assertEqual(order.amount_untaxed, 100 * 12 * 4 * 2)
        self.assertEqual(order.crm_margin, 40 * 12 * 4 * 2)

    def test_unknown_cost_counts_for_nothing_and_a_reduction_for_all(self):
        reduction = self._crm_product("Reduction", 0, type="service")
        order = self._crm_order((self.goods, 10), (self.service, 1))
        self.assertEqual(self._seen(order).crm_margin, 400)
        self.assertEqual(self._seen(order).crm_margin_percent, 0.4)
        order.order_line = [
            Command.create(
                {"product_id": reduction.id, "price_unit": -100, "technical_price_unit": 0}
            )
        ]
        self.assertEqual(self._seen(order).crm_margin, 300)

    def test_cost_is_the_one_of_the_day(self):
        order = self._seen(self._crm_order())
        self.env.flush_all()
        self.goods.standard_price = 90
        self.assertEqual(order.order_line.crm_unit_cost, 60)
        revision = order.browse(order.action_crm_new_revision()["res_id"])
        self.assertEqual(revision.order_line.crm_unit_cost, 90)

    def test_minimum_margin(self):
        self.env.company.crm_min_margin = 0.2
        order = self._seen(self._crm_order((self.goods, 1), (self.goods_on_order, 1)))
        self.assertEqual(order.order_line.mapped("crm_under_margin"), [False, True])
        self.assertTrue(order.crm_under_margin)
        self.goods_on_order.categ_id = self.env["product.category"].create(
            {"name": "Hardware", "crm_min_margin": 0.1}
        )
        order.invalidate_recordset()
        order.order_line.invalidate_recordset()
        self.assertFalse(order.crm_under_margin)

    # === WHO SEES THEM ===#
    def test_others_never_see_them(self):
        order = self._crm_order()
        (self.user_salesman | self.user_salesman_all).group_ids |= self.quick_ref(
            "base.group_allow_export"
        )
        fields = {
            order: ("crm_margin", "crm_margin_percent", "crm_under_margin"),
            order.order_line: (
                "crm_unit_cost",
                "crm_margin",
                "crm_margin_percent",
                "crm_under_margin",
            ),
        }
        for user in (self.user_salesman, self.user_salesman_all):
            for records, names in fields.items():
                records = records.with_user(user)
                self.assertFalse(set(names) & records.fields_get().keys())
                for name in names:
                    with self.assertRaises(AccessError):
                        records.read([name])
                    with self.assertRaises(AccessError):
                        records.export_data([name])
                    if name == "crm_under_margin":
                        continue
                    with self.assertRaises(AccessError):
                        records.search([(name, ">", 0)])
                    with self.assertRaises(AccessError):
                        records.search([], order=name)
                    with self.assertRaises(AccessError):
                        records.formatted_read_group([], ["company_id"], [f"{name}:sum"])
                    with self.assertRaises(AccessError):
                        records.formatted_read_group([], [name], ["__count"])
            with self.assertRaises(AccessError):
                order.with_user(user).search([("order_line.crm_unit_cost", ">", 50)])
            view = order.with_user(user).get_view(view_type="form")
            self.assertNotIn("crm_margin", view["arch"])
            self.assertNotIn("crm_unit_cost", view["arch"])
        self.assertIn("crm_margin", self._seen(order).get_view(view_type="form")["arch"])

    def test_nobody_writes_them(self):
        order = self._crm_order()
        for records in (order, self._seen(order)):
            with self.assertRefused("use its buttons"):
                records.write({"crm_margin": 1})
        with self.assertRefused("use its buttons"):
            self._seen(order).order_line.write({"crm_unit_cost": 1})

    def test_salesperson_works_without_seeing_costs(self):
        with Form(self._crm_order()) as form, form.order_line.edit(0) as line:
            line.product_uom_qty = 12
        order = form.record
        self.assertEqual(self._seen(order).crm_margin, 480)

    # === COST ===#
    def test_list_costs_no_query_per_quote(self):
        orders = self._seen(self._crm_order()).browse()
        for _number in range(6):
            orders |= self._seen(self._crm_order())

        def queries(orders):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            orders.mapped("crm_margin")
            orders.mapped("crm_under_margin")
            return self.env.cr.sql_log_count - before

        queries(orders)
        self.assertEqual(queries(orders), queries(orders[:1]))

    # === WHY THIS PRICE ===#
    def test_line_explains_its_price(self):
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Dealers",
                "item_ids": [
                    Command.create(
                        {"compute_price": "percentage", "percent_price": 30, "min_quantity": 5}
                    )
                ],
            }
        )
        order = self._crm_order((self.goods, 6), pricelist_id=pricelist.id)
        action = order.order_line.action_crm_explain_price()
        wizard = Form(
            self.env[action["res_model"]]
            .with_user(self.user_salesman)
            .with_context(**action["context"])
        ).save()
        self.assertRecordValues(
            wizard,
            [
                {
                    "product_id": self.goods.id,
                    "partner_id": self.customer.id,
                    "pricelist_id": pricelist.id,
                    "quantity": 6,
                    "uom_id": self.goods.uom_id.id,
                    "date": order.date_order,
                }
            ],
        )
        self.assertTrue(wizard.explanation)
        with self.assertRaises(AccessError):
            order.order_line.with_user(self.user_salesman_other).action_crm_explain_price()
