# SPDX-License-Identifier: LGPL-3.0-or-later
from lxml import etree

from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from .common import CrmProductsCommon


@tagged("post_install", "-at_install")
class TestScreens(CrmProductsCommon):
    actions = (
        "product_template_action",
        "product_pricelist_action",
        "crm_customer_product_action",
        "product_supplierinfo_action",
    )
    menus = (
        "product_template_menu",
        "crm_price_line_menu",
        "product_pricelist_menu",
        "crm_customer_product_menu",
        "product_supplierinfo_menu",
        "crm_price_history_menu",
    )

    def _visible_menus(self, user):
        return self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()

    def test_salesperson_who_sees_costs_finds_every_menu(self):
        visible = self._visible_menus(self.user_cost)

        for name in self.menus:
            self.assertIn(self.env.ref(f"crm_products.{name}").id, visible, name)

    def test_salesperson_finds_no_vendor_prices(self):
        visible = self._visible_menus(self.user_salesman)

        self.assertIn(self.env.ref("crm_products.product_template_menu").id, visible)
        self.assertNotIn(self.env.ref("crm_products.product_supplierinfo_menu").id, visible)

    def test_employee_outside_sales_does_not_see_the_section(self):
        root = self.env.ref("crm_products.crm_products_menu_root")

        self.assertNotIn(root.id, self._visible_menus(self.user_employee))

    def test_salesperson_opens_every_screen(self):
        for name in self.actions:
            with self.subTest(action=name):
                action = self.env.ref(f"crm_products.{name}")
                model = self.env[action.res_model].with_user(self.user_salesman)
                views = [(view_id, kind) for view_id, kind in action.views]
                views.append((action.search_view_id.id, "search"))
                result = model.get_views(views)
                self.assertEqual(set(result["views"]), {"list", "kanban", "form", "search"})
                model.web_search_read([], {"display_name": {}}, limit=5)

    def test_salesperson_opens_the_prices(self):
        for name in ("crm_price_line_action", "crm_price_line_action_product"):
            for user in (self.user_salesman, self.user_cost):
                action = self.env.ref(f"crm_products.{name}")
                lines = self.env["crm.price.line"].with_user(user)
                views = lines.get_views([*action.views, (action.search_view_id.id, "search")])
                self.assertEqual(set(views["views"]), {"list", "kanban", "search"})
                shown = etree.fromstring(views["views"]["list"]["arch"]).xpath("//field/@name")
                lines.web_search_read([], {name: {} for name in shown}, limit=5)

    def test_default_filters_exist_in_their_search_view(self):
        for name in (*self.actions, "crm_price_line_action"):
            action = self.env.ref(f"crm_products.{name}")
            arch = etree.fromstring(
                self.env[action.res_model].get_view(action.search_view_id.id, "search")["arch"]
            )
            names = set(arch.xpath("//filter/@name"))
            for key in safe_eval(action.context):
                if key.startswith("search_default_"):
                    self.assertIn(key.removeprefix("search_default_"), names)

    def test_product_filters_tell_sold_from_purchased(self):
        arch = etree.fromstring(
            self.env["product.template"].get_view(
                self.env.ref("crm_products.product_template_view_search").id, "search"
            )["arch"]
        )
        self.product.write({"sale_ok": False, "purchase_ok": True})

        def found(name):
            domain = safe_eval(arch.find(f".//filter[@name='{name}']").get("domain"))
            return self.env["product.template"].search([("id", "=", self.product.id), *domain])

        self.assertTrue(found("crm_purchased"))
        self.assertFalse(found("filter_to_sell"))
        self.assertTrue(found("goods"))
        self.assertFalse(found("services"))

    def test_manager_opens_the_screens_of_price_updates(self):
        self.assertIn(
            self.env.ref("crm_products.crm_price_update_menu").id,
            self._visible_menus(self.user_manager),
        )
        for name, kinds in (
            ("crm_price_update_action", {"list", "kanban", "form"}),
            ("crm_price_update_line_action", {"list", "graph"}),
            ("crm_price_history_action", {"list", "kanban", "graph", "pivot"}),
        ):
            with self.subTest(action=name):
                action = self.env.ref(f"crm_products.{name}")
                model = self.env[action.res_model].with_user(self.user_manager)
                views = [(view_id, kind) for view_id, kind in action.views]
                result = model.get_views([*views, (action.search_view_id.id, "search")])
                self.assertEqual(set(result["views"]), {*kinds, "search"})
                model.web_search_read([], {"display_name": {}}, limit=5)

    def test_columns_of_the_states_stand_in_their_order(self):
        updates = self.env["crm.price.update"].with_user(self.user_manager)
        updates.create({"name": "Spring", "value": 1.0})
        groups = updates.with_context(read_group_expand=True).formatted_read_group(
            [], ["state"], ["__count"]
        )
        self.assertEqual(
            [group["state"] for group in groups][:5],
            ["draft", "simulated", "to_approve", "scheduled", "applied"],
        )

    def test_manager_starts_an_update_from_the_products(self):
        action = self.env.ref("crm_products.crm_price_update_action_products")
        context = safe_eval(action.context, {"active_ids": self.product.ids})
        updates = self.env["crm.price.update"].with_user(self.user_manager)
        with Form(updates.with_context(**context)) as form:
            form.name = "Spring"
            form.value = 5.0
        self.assertEqual(form.record.product_tmpl_ids, self.product)
