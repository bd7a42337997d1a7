# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.crm_products.tests.common_price_update import CrmPriceUpdateCommon


@tagged("post_install", "-at_install")
class TestPriceSimulation(CrmPriceUpdateCommon):
    """What the simulation makes of the formula, and of what."""

    def test_percentage_on_the_current_price(self):
        update = self._simulated()

        self.assertEqual(update.state, "simulated")
        self.assertEqual(
            self._prices(update), {self.product: 105.0, self.cheap: 10.5, self.dear: 1050.0}
        )
        self.assertEqual(self.product.list_price, 100.0, "nothing is written yet")
        line = self._line(update)
        self.assertAlmostEqual(line.change, 0.05)
        self.assertAlmostEqual(line.margin_before, 0.4)
        self.assertAlmostEqual(line.margin_after, 1 - 60 / 105, places=4)
        self.assertFalse(line.under_margin)
        self.assertEqual(update.line_count, 3)
        self.assertAlmostEqual(update.average_change, 0.05)
        self.assertAlmostEqual(update.largest_change, 0.05)
        self.assertAlmostEqual(update.margin_before, 0.4)

    def test_margin_under_the_minimum_is_marked(self):
        self.category_leaf.crm_min_margin = 0.35
        update = self._simulated(value=-10.0)

        self.assertTrue(self._line(update).under_margin)
        self.assertEqual(update.under_margin_count, 3)
        self.assertAlmostEqual(update.largest_change, -0.1)

    def test_amount_on_the_current_price(self):
        update = self._simulated(operation="amount", value=-2.5)

        self.assertEqual(
            self._prices(update), {self.product: 97.5, self.cheap: 7.5, self.dear: 997.5}
        )

    def test_margin_on_the_cost(self):
        update = self._simulated(base="cost", operation="margin", value=50.0)

        self.assertEqual(
            self._prices(update), {self.product: 120.0, self.cheap: 12.0, self.dear: 1200.0}
        )
        self.assertAlmostEqual(self._line(update).margin_after, 0.5)

    def test_percentage_on_the_cost(self):
        update = self._simulated(base="cost", value=100.0)

        self.assertEqual(self._prices(update)[self.product], 120.0)

    def test_cost_of_variants_is_the_highest(self):
        attribute = self.env["product.attribute"].create(
            {"name": "Size", "value_ids": [Command.create({"name": name}) for name in "SL"]}
        )
        self.product.attribute_line_ids = [
            Command.create(
                {
                    "attribute_id": attribute.id,
                    "value_ids": [Command.set(attribute.value_ids.ids)],
                }
            )
        ]
        small, large = self.product.product_variant_ids
        small.standard_price = 40.0
        large.standard_price = 80.0
        update = self._simulated(base="cost", operation="margin", value=50.0)

        self.assertEqual(self._prices(update)[self.product], 160.0)

    def test_margin_on_the_best_vendor_price_in_its_unit_and_currency(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        # 300 EUR a dozen less 20 % are 20 EUR, or 40 dollars, a piece
        self._create_vendor_price(
            price=300.0, currency_id=self.eur.id, product_uom_id=dozen.id, discount=20.0
        )
        other = self.vendor.copy()
        self._create_vendor_price(partner_id=other.id, price=45.0)
        # cheaper from a larger quantity on, which is not what one piece costs
        self._create_vendor_price(partner_id=other.id, price=1.0, min_qty=500)
        self._create_vendor_price(price=2.0, date_end="2020-01-01")
        self._create_vendor_price(price=3.0, company_id=self.company_b.id)
        update = self._simulated(
            base="vendor",
            operation="margin",
            value=50.0,
            categ_ids=False,
            product_tmpl_ids=[(6, 0, self.product.ids)],
        )

        line = update.line_ids
        self.assertAlmostEqual(line.base_price, 40.0)
        self.assertAlmostEqual(line.new_price, 80.0)
        self.assertAlmostEqual(line.reference_price, 40.0)
        self.assertAlmostEqual(line.margin_before, 0.6)

    def test_rounding_and_ending(self):
        for values, expected in (
            ({"rounding": 1.0}, [103.0, None, 1033.0]),
            ({"rounding": 1.0, "ending": -0.01}, [102.99, 9.99, 1032.99]),
            ({"rounding": 5.0, "rounding_method": "UP"}, [105.0, 15.0, 1035.0]),
            ({"rounding": 0.5, "rounding_method": "DOWN"}, [103.0, None, 1033.0]),
            ({}, [103.33, 10.33, 1033.3]),
        ):
            with self.subTest(**values):
                prices = self._prices(self._simulated(value=3.33, **values))
                found = [prices.get(product) for product in self.products]
                self.assertEqual(found, expected)

    def test_prices_that_stay_are_counted_and_left_out(self):
        update = self._simulated(rounding=10.0, value=4.0)

        self.assertEqual(self._prices(update), {self.dear: 1040.0})
        self.assertEqual(update.unchanged_count, 2)

    def test_never_below_cost(self):
        self.product.standard_price = 97.123
        update = self._simulated(value=-10.0, keep_above_cost=True, rounding=0.05)

        self.assertEqual(self._prices(update)[self.product], 97.15)
        self.assertEqual(self._prices(update)[self.cheap], 9.0)

    def test_without_cost_there_is_a_problem_on_the_line(self):
        self.cheap.standard_price = 0.0
        update = self._simulated(base="cost", operation="margin", value=30.0)

        line = self._line(update, self.cheap)
        self.assertEqual(line.problem, "no_cost")
        self.assertEqual(line.new_price, 10.0)
        self.assertEqual(update.problem_count, 1)
        with self.assertRaisesRegex(UserError, "Ink: No cost. Write its price by hand"):
            update.action_apply()
        self.assertEqual(self.product.list_price, 100.0)

    def test_without_vendor_price_there_is_a_problem_on_the_line(self):
        update = self._simulated(base="vendor", operation="margin", value=30.0)

        self.assertEqual(set(update.line_ids.mapped("problem")), {"no_vendor"})

    def test_price_below_zero_is_a_problem_on_the_line(self):
        update = self._simulated(operation="amount", value=-10.0)

        self.assertEqual(self._line(update, self.cheap).problem, "not_positive")
        self.assertFalse(self._line(update).problem)
        with self.assertRaisesRegex(UserError, "Ink: No price above zero"):
            update.action_apply()

    def test_all_lines_without_a_price_are_said_at_once(self):
        update = self._simulated(operation="amount", value=-5000.0)

        with self.assertRaises(UserError) as caught:
            update.action_apply()
        for product in self.products:
            self.assertIn(product.name, str(caught.exception))

    def test_price_written_by_hand_solves_the_problem(self):
        self.cheap.standard_price = 0.0
        update = self._simulated(base="cost", operation="margin", value=50.0)
        line = self._line(update, self.cheap)
        line.new_price = 11.0

        self.assertFalse(line.problem)
        self.assertTrue(line.is_manual)
        self.assertAlmostEqual(line.change, 0.1)
        self.assertFalse(update.problem_count)
        update.action_apply()
        self.assertEqual(self.cheap.list_price, 11.0)

    def test_price_by_hand_cannot_be_negative(self):
        update = self._simulated()
        self._line(update).new_price = -1.0

        with self.assertRaisesRegex(UserError, "No price above zero"):
            update.action_apply()

    def test_removed_line_is_not_applied(self):
        update = self._simulated()
        self._line(update).unlink()
        update.action_apply()

        self.assertEqual(self.product.list_price, 100.0)
        self.assertEqual(self.cheap.list_price, 10.5)

    def test_simulated_again_it_reads_the_prices_again(self):
        update = self._simulated()
        self.product.list_price = 200.0
        update.action_simulate()

        self.assertEqual(self._prices(update)[self.product], 210.0)
        self.assertEqual(len(update.line_ids), 3)

    def test_scope(self):
        other = self.product.copy({"categ_id": self.category_other.id})
        tag = self.env["product.tag"].create({"name": "New"})
        self.cheap.product_tag_ids = tag
        self._create_vendor_price(product_tmpl_id=self.dear.id)
        everything = self.products | other
        for values, expected in (
            ({"categ_ids": [(6, 0, self.category.ids)]}, self.products),
            ({"categ_ids": [(6, 0, self.category_other.ids)]}, other),
            ({"product_tmpl_ids": [(6, 0, (other | self.cheap).ids)]}, other | self.cheap),
            ({"product_tag_ids": [(6, 0, tag.ids)]}, self.cheap),
            ({"partner_id": self.vendor.id}, self.dear),
            ({"product_domain": "[('list_price', '<', 50)]"}, self.cheap),
            ({"product_domain": "[]"}, everything),
            (
                {"product_tag_ids": [(6, 0, tag.ids)], "partner_id": self.vendor.id},
                self.env["product.template"],
            ),
        ):
            with self.subTest(**values):
                update = self._create_update(**{"categ_ids": False, **values})
                if expected:
                    update.action_simulate()
                    self.assertEqual(update.line_ids.product_tmpl_id & everything, expected)
                else:
                    with self.assertRaisesRegex(UserError, "no price fits"):
                        update.action_simulate()

    def test_only_what_is_sold_and_not_archived(self):
        self.cheap.sale_ok = False
        self.dear.active = False

        self.assertEqual(self._simulated().line_ids.product_tmpl_id, self.product)

    def test_products_of_another_company_are_left_out(self):
        self.cheap.company_id = self.company_b

        self.assertNotIn(self.cheap, self._simulated().line_ids.product_tmpl_id)

    def test_filter_is_read_and_never_evaluated(self):
        for text in (
            "[('name', '=', __import__('os').getcwd())]",
            "[('no_such_field', '=', 1)]",
            "[('name', 'no such operator', 1)]",
            "name",
            "[",
            "[(1, 2, 3)]",
            "[('id', '=', uid)]",
            "{'a': 1}",
            "[" * 500,
        ):
            with self.subTest(text=text):
                update = self._create_update(product_domain=text)
                with self.assertRaisesRegex(UserError, "The product filter of Spring"):
                    update.action_simulate()

    def test_everything_that_is_wrong_is_said_at_once(self):
        update = self._create_update(
            self.user_pricer,
            target="pricelist",
            operation="margin",
            value=120.0,
            rounding=-1.0,
            product_domain="[",
        )
        with self.assertRaises(UserError) as caught:
            update.action_simulate()
        message = str(caught.exception)
        for part in (
            "4 things must be settled first",
            "choose the price list",
            "start from one of them",
            "a number above zero",
            "product filter",
        ):
            self.assertIn(part, message)
        self.assertFalse(update.line_ids)
        self.assertEqual(update.state, "draft")

    def test_impossible_numbers_are_refused(self):
        for values, message in (
            ({"base": "cost", "operation": "margin", "value": 100.0}, "less than 100 %"),
            ({"value": -100.0}, "fall by 100 %"),
            ({"value": 0.0}, "by how much"),
            ({"operation": "margin", "value": 20.0}, "A margin is set on the cost"),
        ):
            with self.subTest(**values), self.assertRaisesRegex(UserError, message):
                self._simulated(**values)

    def test_formula_that_changes_nothing_is_said(self):
        with self.assertRaisesRegex(UserError, "leaves every price as it is: 3"):
            self._simulated(base="list_price", value=0.0)

    def test_manager_without_costs_calculates_without_them(self):
        user = self._crm_new_user("user_plain", "sales_team.group_sale_manager")
        group = self.env.ref("crm_products.crm_products_group_cost")
        self.env.ref("sales_team.group_sale_manager").implied_ids -= group
        update = self._simulated(user)

        self.assertEqual(self._line(update).new_price, 105.0)
        with self.assertRaises(AccessError):
            update.line_ids.read(["margin_after"])
        for values in ({"base": "cost"}, {"keep_above_cost": True}, {"target": "vendor"}):
            with self.subTest(**values), self.assertRaisesRegex(UserError, "may not see costs"):
                self._simulated(user, **values)

    def test_fixed_prices_of_a_list_in_another_currency(self):
        self.pricelist.currency_id = self.eur
        rule = self._create_fixed(price=45.0)
        self._create_fixed(self.cheap, price=4.0, min_quantity=10)
        update = self._simulated(
            self.user_manager, target="pricelist", pricelist_id=self.pricelist.id
        )

        line = self._line(update)
        self.assertEqual(line.item_id, rule)
        self.assertEqual(line.currency_id, self.eur)
        self.assertEqual(line.new_price, 47.25)
        # It costs 60 dollars, which are 30 euros.
        self.assertAlmostEqual(line.reference_price, 30.0)
        self.assertAlmostEqual(line.margin_before, 1 - 30 / 45, places=4)
        self.assertEqual(self._line(update, self.cheap).min_quantity, 10)

    def test_list_in_another_currency_from_sales_price_cost_and_amount(self):
        self.pricelist.currency_id = self.eur
        self._create_fixed(price=45.0)
        common = {"target": "pricelist", "pricelist_id": self.pricelist.id}
        for values, expected in (
            ({"base": "list_price", "value": -20.0}, 40.0),
            ({"base": "cost", "operation": "margin", "value": 25.0}, 40.0),
            # The currency of the number is that of the list.
            ({"operation": "amount", "value": 5.0}, 50.0),
        ):
            with self.subTest(**values):
                update = self._simulated(self.user_manager, **common, **values)
                self.assertEqual(self._line(update).new_price, expected)

    def test_rules_that_are_not_in_force_are_left_out(self):
        self._create_fixed(date_end=fields.Datetime.now() - timedelta(days=1))
        self._create_fixed(date_start=fields.Datetime.now() + timedelta(days=9))
        rule = self._create_fixed(price=80.0)
        update = self._simulated(
            self.user_manager, target="pricelist", pricelist_id=self.pricelist.id
        )

        self.assertEqual(update.line_ids.item_id, rule)

    def test_missing_prices_of_a_list_are_added(self):
        self._create_category_rule(self.category, percent_price=10.0)
        rule = self._create_fixed(self.cheap, price=9.5)
        update = self._simulated(
            self.user_manager,
            target="pricelist",
            pricelist_id=self.pricelist.id,
            create_missing=True,
        )

        self.assertEqual(
            self._prices(update, "old_price"), {self.product: 90.0, self.cheap: 9.5, self.dear: 900}
        )
        update.action_apply()
        self.assertEqual(
            self.pricelist._get_products_price(self.products.product_variant_id, 1),
            {
                self.product.product_variant_id.id: 94.5,
                self.cheap.product_variant_id.id: 9.98,
                self.dear.product_variant_id.id: 945.0,
            },
        )
        self.assertEqual(rule.fixed_price, 9.98)
        update.action_revert()
        self.assertEqual(self.pricelist._get_product_price(self.product.product_variant_id, 1), 90)
        self.assertEqual(rule.fixed_price, 9.5)
        self.assertFalse(update.line_ids.new_item_id)

    def test_discounts_of_a_list(self):
        rule = self._create_category_rule(self.category, percent_price=10.0)
        shared = self._create_rule(applied_on="3_global", percent_price=5.0)
        common = {"target": "discount", "pricelist_id": self.pricelist.id}
        update = self._simulated(self.user_manager, operation="amount", value=2.5, **common)
        self.assertEqual(update.line_ids.item_id, rule)
        self.assertEqual(update.line_ids.new_price, 12.5)
        # The customer pays 87.5 instead of 90.
        self.assertAlmostEqual(update.line_ids.change, -2.5 / 90, places=4)
        self.assertFalse(update.line_ids.problem)

        update = self._simulated(
            self.user_manager, categ_ids=False, operation="percent", value=-50.0, **common
        )
        self.assertEqual(
            {line.item_id: line.new_price for line in update.line_ids}, {rule: 5.0, shared: 2.5}
        )
        update.action_apply()
        self.assertEqual((rule.percent_price, shared.percent_price), (5.0, 2.5))
        update.action_revert()
        self.assertEqual((rule.percent_price, shared.percent_price), (10.0, 5.0))

    def test_discount_of_all_is_a_problem(self):
        self._create_category_rule(self.category, percent_price=60.0)
        update = self._simulated(
            self.user_manager,
            target="discount",
            pricelist_id=self.pricelist.id,
            operation="percent",
            value=100.0,
        )
        self.assertEqual(update.line_ids.problem, "not_positive")

    def test_vendor_prices_in_their_currency_and_unit(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        price = self._create_vendor_price(
            price=360.0, currency_id=self.eur.id, product_uom_id=dozen.id, discount=10.0
        )
        self._create_vendor_price(price=5.0, date_end="2020-01-01")
        self._create_vendor_price(price=6.0, company_id=self.company_b.id)
        other = self.vendor.copy()
        self._create_vendor_price(partner_id=other.id, price=50.0)
        update = self._simulated(self.user_manager, target="vendor", partner_id=self.vendor.id)

        line = update.line_ids
        self.assertEqual(line.supplierinfo_id, price)
        self.assertEqual(line.new_price, 378.0)
        self.assertEqual(line.currency_id, self.eur)
        # 12 pieces are sold for 1200 dollars, 600 euros; they cost 360 euros less 10 %.
        self.assertAlmostEqual(line.margin_before, 1 - 324 / 600, places=4)
        self.assertAlmostEqual(line.margin_after, 1 - 340.2 / 600, places=4)
        update.action_apply()
        self.assertEqual(price.price, 378.0)

        # An amount is in the currency of the company, and converted.
        update = self._simulated(
            self.user_manager,
            target="vendor",
            partner_id=self.vendor.id,
            operation="amount",
            value=-20.0,
        )
        self.assertEqual(update.line_ids.new_price, 368.0)

    def test_base_that_fits_what_is_changed(self):
        with Form(self.env["crm.price.update"].with_user(self.user_manager)) as form:
            form.name = "Spring"
            form.base = "cost"
            form.target = "vendor"
            form.value = 5.0
            self.assertEqual(form.base, "current")

    def test_queries_do_not_grow_with_the_products(self):
        def queries(number):
            products = self.env["product.template"].create(
                [
                    {"name": f"Paper {n}", "list_price": 5.0 + n, "standard_price": 3.0}
                    for n in range(number)
                ]
            )
            for product in products:
                self._create_vendor_price(product_tmpl_id=product.id, currency_id=self.eur.id)
            update = self._create_update(
                categ_ids=False,
                product_tmpl_ids=[(6, 0, products.ids)],
                base="vendor",
                operation="margin",
                value=40.0,
            )
            self.env.cr.flush()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            update.action_simulate()
            self.env.flush_all()
            simulated = self.env.cr.sql_log_count - start
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            update.action_apply()
            self.env.cr.flush()
            applied = self.env.cr.sql_log_count - start
            self.assertEqual(update.line_count, number)
            return simulated, applied

        queries(5)
        few, many = queries(10), queries(90)
        # A few of them come and go with what is in memory.
        self.assertLessEqual(many[0], few[0] + 6)
        self.assertLessEqual(many[1], few[1] + 6)


@tagged("post_install", "-at_install")
class TestPriceUpdate(CrmPriceUpdateCommon):
    """Who applies and undoes an update, and what becomes of the prices."""

    def _history(self, update):
        return self.env["crm.price.history"].search([("update_id", "=", update.id)], order="id")

    def _manual(self, price):
        """Change the price of the first product by hand."""
        self.product.list_price = price

    # --- Who ----------------------------------------------------------------------------------

    def test_salesperson_does_not_see_updates(self):
        update = self._simulated()
        for records in (update, update.line_ids):
            with self.assertRaises(AccessError):
                records.with_user(self.user_cost).check_access("read")
        menus = self.env["ir.ui.menu"].with_user(self.user_cost)._visible_menu_ids()
        self.assertNotIn(self.env.ref("crm_products.crm_price_update_menu").id, menus)
        self.assertIn(self.env.ref("crm_products.crm_price_history_menu").id, menus)

    def test_another_company_does_not_see_updates(self):
        update = self._simulated()
        manager = self._crm_new_user(
            "user_manager_b",
            "sales_team.group_sale_manager",
            company_id=self.company_b.id,
            company_ids=[Command.set(self.company_b.ids)],
        )
        self.assertFalse(update.with_user(manager).search([("id", "=", update.id)]))
        self.assertFalse(update.line_ids.with_user(manager).search([("update_id", "=", update.id)]))
        own = self._create_update(manager, company_id=self.company_b.id)
        self.assertTrue(own.with_user(manager).has_access("write"))

    def test_manager_without_costs_reads_no_update_that_tells_them(self):
        self._create_vendor_price()
        user = self._crm_new_user("user_plain", "sales_team.group_sale_manager")
        group = self.env.ref("crm_products.crm_products_group_cost")
        plain = self._simulated()
        telling = self._simulated(base="cost", value=100.0)
        telling |= self._simulated(target="vendor", partner_id=self.vendor.id)
        telling |= self._simulated(keep_above_cost=True)
        updates = (plain | telling).with_user(user)
        self.assertEqual(updates.search([("id", "in", updates.ids)]), updates)

        self.env.ref("sales_team.group_sale_manager").implied_ids -= group
        self.assertEqual(updates.search([("id", "in", updates.ids)]), plain)
        lines = plain.with_user(user).line_ids.search([("update_id", "in", updates.ids)])
        self.assertEqual(lines.update_id, plain)

    def test_manager_simulates_sales_prices_but_is_told_who_may_change_them(self):
        update = self._simulated(self.user_manager)

        with self.assertRaisesRegex(UserError, "Spring: sales prices are changed by users who"):
            update.action_apply()
        self.assertEqual(update.state, "simulated")
        update.with_user(self.user_pricer).action_apply()
        self.assertEqual(self.product.list_price, 105.0)

    def test_state_is_not_written_by_hand(self):
        update = self._create_update()
        for values in (
            {"state": "applied"},
            {"approved_by_id": self.user_boss.id},
            {"released_by_id": self.user_boss.id},
            {"user_id": self.user_boss.id},
        ):
            with self.subTest(**values), self.assertRaisesRegex(UserError, "use its buttons"):
                update.write(values)
            with self.subTest(**values), self.assertRaisesRegex(UserError, "use its buttons"):
                self._create_update(**values)
        context = {"default_state": "to_approve", "default_user_id": self.user_boss.id}
        other = update.with_context(**context).create({"name": "Summer"})
        self.assertEqual((other.state, other.user_id), ("draft", self.user_pricer))

    def test_lines_are_made_by_the_simulation_only(self):
        update = self._simulated()
        with self.assertRaises(AccessError):
            update.line_ids.create({"update_id": update.id, "new_price": 1.0})
        with self.assertRaisesRegex(UserError, "Only the new price"):
            update.line_ids.write({"old_price": 1.0})
        with self.assertRaisesRegex(UserError, "Only the new price"):
            update.write(
                {"line_ids": [Command.update(update.line_ids[0].id, {"state": "applied"})]}
            )

    def test_formula_is_not_changed_after_the_simulation(self):
        update = self._simulated()
        with self.assertRaisesRegex(UserError, "before the simulation"):
            update.value = 50.0
        update.action_draft()
        update.value = 50.0
        self.assertFalse(update.line_ids)
        self.assertEqual(update.state, "draft")

    def test_lines_are_not_changed_any_more_once_they_are_applied(self):
        update = self._simulated()
        update.action_apply()
        with self.assertRaisesRegex(UserError, "cannot be changed any more"):
            update.line_ids[0].new_price = 1.0
        with self.assertRaisesRegex(UserError, "cannot be changed any more"):
            update.line_ids[0].unlink()
        with self.assertRaisesRegex(UserError, "is not deleted"):
            update.unlink()
        with self.assertRaisesRegex(UserError, "is in the state Applied"):
            update.action_simulate()

    def test_copy_is_a_draft_without_lines(self):
        update = self._simulated()
        copy = update.copy()

        self.assertEqual((copy.state, copy.name), ("draft", "Spring (copy)"))
        self.assertFalse(copy.line_ids)
        self.assertEqual(copy.value, 5.0)

    # --- Applying -----------------------------------------------------------------------------

    def test_applied_prices_are_in_the_history_of_the_update(self):
        update = self._simulated()
        answer = update.action_apply()

        self.assertEqual(update.state, "applied")
        self.assertEqual(self.products.mapped("list_price"), [105.0, 10.5, 1050.0])
        self.assertEqual(answer["params"]["message"], "Spring – prices changed: 3.")
        self.assertEqual(answer["params"]["type"], "success")
        history = self._history(update)
        self.assertEqual(history.product_tmpl_id, self.products)
        self.assertEqual(history.user_id, self.user_pricer)
        self.assertEqual(update.history_count, 3)

    def test_second_click_changes_nothing(self):
        update = self._simulated()
        update.action_apply()
        self._manual(999.0)
        update.action_apply()

        self.assertEqual(self.product.list_price, 999.0)

    def test_draft_cannot_be_applied(self):
        with self.assertRaisesRegex(UserError, "Spring is in the state Draft"):
            self._create_update().action_apply()

    def test_price_that_somebody_changed_meanwhile_is_not_overwritten(self):
        update = self._simulated()
        self._manual(120.0)
        answer = update.action_apply()

        self.assertEqual(self.product.list_price, 120.0)
        self.assertEqual(self.cheap.list_price, 10.5)
        self.assertEqual(self._line(update).state, "changed")
        self.assertEqual(
            answer["params"]["message"],
            "Spring – prices changed: 2; left, because somebody changed them meanwhile: 1.",
        )
        self.assertEqual(answer["params"]["type"], "warning")

    def test_rest_is_simulated_with_its_new_prices(self):
        update = self._simulated()
        self._manual(120.0)
        update.action_apply()
        action = update.action_update_rest()
        rest = update.browse(action["res_id"])

        self.assertEqual(self._prices(rest), {self.product: 126.0})
        rest.action_simulate()
        self.assertEqual(self._prices(rest), {self.product: 126.0}, "nothing is raised twice")

    def test_when_all_were_changed_meanwhile_it_is_to_be_simulated_again(self):
        update = self._simulated()
        for product in self.products:
            product.list_price += 1.0
        answer = update.action_apply()

        self.assertEqual(update.state, "simulated")
        self.assertIn("somebody changed all its prices", answer["params"]["message"])
        update.action_simulate()
        update.action_apply()
        self.assertEqual(self.product.list_price, 106.05)

    def test_of_two_updates_of_one_product_the_second_leaves_it(self):
        first, second = self._simulated(), self._simulated(self.user_boss, name="Other", value=7)
        first.action_apply()
        second.action_apply()

        self.assertEqual(self.products.mapped("list_price"), [105.0, 10.5, 1050.0])
        self.assertEqual(set(second.line_ids.mapped("state")), {"changed"})
        self.assertEqual(second.state, "simulated")

    def test_rule_that_is_gone_or_another_one_now_is_left(self):
        kinds = [self._create_fixed(product, 80.0) for product in self.products]
        update = self._simulated(
            self.user_manager, target="pricelist", pricelist_id=self.pricelist.id
        )
        kinds[0].unlink()
        kinds[1].write({"compute_price": "percentage", "percent_price": 3.0})
        update.action_apply()

        self.assertEqual(
            {line.product_tmpl_id: line.state for line in update.line_ids},
            {self.product: "changed", self.cheap: "changed", self.dear: "applied"},
        )
        self.assertEqual(kinds[2].fixed_price, 84.0)

    def test_missing_price_that_somebody_added_meanwhile_is_left(self):
        update = self._simulated(
            self.user_manager,
            target="pricelist",
            pricelist_id=self.pricelist.id,
            create_missing=True,
        )
        # It costs what it did, but is a price of its own now.
        self._create_fixed(self.product, 100.0)
        update.action_apply()

        self.assertEqual(self._line(update).state, "changed")
        self.assertEqual(self._line(update, self.cheap).state, "applied")
        self.assertEqual(len(self.pricelist.item_ids), 3)

    def test_archived_price_list_is_said_and_nothing_is_written(self):
        rule = self._create_fixed()
        update = self._simulated(
            self.user_manager, target="pricelist", pricelist_id=self.pricelist.id
        )
        self.pricelist.active = False
        with self.assertRaisesRegex(
            UserError, r"^Spring: the price list Resellers is archived, so its prices stay"
        ):
            update.action_apply()
        self.assertEqual(rule.fixed_price, 90.0)
        self.assertEqual(update.state, "simulated")

        self.pricelist.active = True
        update.action_apply()
        self.pricelist.active = False
        with self.assertRaisesRegex(UserError, r"^Spring: the price list Resellers is archived"):
            update.action_revert()
        self.assertEqual(rule.fixed_price, 94.5)
        self.assertEqual(update.state, "applied")
        with self.assertRaisesRegex(UserError, r"^Spring: the price list Resellers is archived"):
            self._simulated(self.user_manager, target="pricelist", pricelist_id=self.pricelist.id)

    # --- Undoing ------------------------------------------------------------------------------

    def test_undo_gives_the_old_prices_back(self):
        update = self._simulated()
        update.action_apply()
        answer = update.action_revert()

        self.assertEqual(self.products.mapped("list_price"), [100.0, 10.0, 1000.0])
        self.assertEqual(update.state, "reverted")
        self.assertEqual(answer["params"]["message"], "Spring – prices given back: 3.")

    def test_undo_is_in_the_history(self):
        update = self._simulated()
        update.action_apply()
        self.env.cr.flush()
        update.action_revert()

        self.assertEqual(
            [(row.old_value, row.new_value) for row in self._history(update)][3:],
            [(105.0, 100.0), (10.5, 10.0), (1050.0, 1000.0)],
        )

    def test_undo_leaves_what_was_changed_by_hand_since(self):
        update = self._simulated()
        update.action_apply()
        self._manual(110.0)
        answer = update.action_revert()

        self.assertEqual(self.products.mapped("list_price"), [110.0, 10.0, 1000.0])
        self.assertEqual(self._line(update).state, "kept")
        self.assertEqual(self._line(update, self.cheap).state, "reverted")
        self.assertEqual(
            answer["params"]["message"],
            "Spring – prices given back: 2; left, because somebody changed them since: 1.",
        )

    def test_undo_of_what_a_later_update_changed_leaves_it(self):
        first = self._simulated()
        first.action_apply()
        second = self._simulated(name="Summer", product_tmpl_ids=[(6, 0, self.product.ids)])
        second.action_apply()
        first.action_revert()
        self.assertEqual(self.product.list_price, 110.25)
        second.action_revert()
        self.assertEqual(self.product.list_price, 105.0)

    def test_undo_leaves_what_was_not_applied(self):
        update = self._simulated()
        self._manual(105.0)
        update.action_apply()
        update.action_revert()

        self.assertEqual(self.product.list_price, 105.0, "somebody else set it")

    def test_undo_needs_the_right_to_write(self):
        update = self._simulated()
        update.action_apply()
        with self.assertRaisesRegex(UserError, "sales prices are changed by users who"):
            update.with_user(self.user_manager).action_revert()
        self.assertEqual(self.product.list_price, 105.0)

    def test_undo_twice_changes_nothing(self):
        update = self._simulated()
        update.action_apply()
        update.action_revert()
        self._manual(105.0)
        update.action_revert()
        self.assertEqual(self.product.list_price, 105.0)

    def test_undo_of_vendor_prices_leaves_a_deleted_one(self):
        prices = [self._create_vendor_price(product_tmpl_id=p.id) for p in self.products]
        update = self._simulated(self.user_manager, target="vendor")
        update.action_apply()
        prices[0].unlink()
        update.action_revert()

        self.assertEqual([price.price for price in prices[1:]], [60.0, 60.0])
        self.assertEqual(self._line(update).state, "kept")


@tagged("post_install", "-at_install")
class TestPriceUpdateApproval(CrmPriceUpdateCommon):
    """Changes above the limit need a second manager."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.write({"crm_price_approval": True, "crm_price_approval_limit": 0.05})

    def test_change_up_to_the_limit_needs_no_approval(self):
        update = self._simulated(value=5.0)
        self.assertFalse(update.needs_approval)
        update.action_apply()
        self.assertEqual(update.state, "applied")

    def test_change_above_the_limit_is_sent_to_the_other_managers(self):
        update = self._simulated(value=-6.0)
        self.assertTrue(update.needs_approval)
        answer = update.action_apply()

        self.assertEqual(update.state, "to_approve")
        self.assertEqual(update.submitted_by_id, self.user_pricer)
        self.assertEqual(self.product.list_price, 100.0)
        self.assertIn("sent to the other sales managers", answer["params"]["message"])
        message = self.env["mail.message"].search(
            [("model", "=", update._name), ("res_id", "=", update.id)], order="id desc", limit=1
        )
        notified = message.notified_partner_ids or message.partner_ids
        self.assertIn(self.user_boss.partner_id, notified)
        self.assertNotIn(self.user_pricer.partner_id, notified)

    def test_one_large_change_is_enough(self):
        update = self._simulated(value=1.0)
        self._line(update).new_price = 200.0
        update.action_apply()
        self.assertEqual(update.state, "to_approve")

    def test_author_does_not_approve(self):
        update = self._simulated(value=20.0)
        update.action_apply()
        self.assertFalse(update.can_approve)
        with self.assertRaisesRegex(UserError, "another sales manager has to approve it"):
            update.action_approve()
        self.assertEqual(update.state, "to_approve")

    def test_who_sent_it_does_not_approve_either(self):
        update = self._simulated(value=20.0).with_user(self.user_boss)
        update.action_apply()
        with self.assertRaisesRegex(UserError, "another sales manager has to approve it"):
            update.action_approve()

    def test_another_manager_approves_and_applies(self):
        update = self._simulated(value=20.0)
        update.action_apply()
        boss = update.with_user(self.user_boss)
        self.assertTrue(boss.can_approve)
        boss.action_approve()

        self.assertEqual(update.state, "applied")
        self.assertEqual(update.approved_by_id, self.user_boss)
        self.assertEqual(self.product.list_price, 120.0)
        history = self.env["crm.price.history"].search([("update_id", "=", update.id)])
        self.assertEqual(history.user_id, self.user_boss)

    def test_approver_needs_the_right_to_change_sales_prices(self):
        update = self._simulated(value=20.0)
        update.action_apply()
        with self.assertRaisesRegex(UserError, "sales prices are changed by users who"):
            update.with_user(self.user_manager).action_approve()

    def test_lines_are_frozen_while_they_wait(self):
        update = self._simulated(value=20.0)
        update.action_apply()
        with self.assertRaisesRegex(UserError, "cannot be changed any more"):
            update.line_ids[0].new_price = 1.0
        with self.assertRaisesRegex(UserError, "date of a price update can only"):
            update.date_effective = "2035-01-01"

    def test_given_back_it_can_be_changed(self):
        update = self._simulated(value=20.0)
        update.action_apply()
        update.with_user(self.user_boss).action_refuse()

        self.assertEqual(update.state, "simulated")
        self._line(update).new_price = 101.0
        self.assertEqual(len(update.line_ids), 3)

    def test_nobody_to_approve_is_said(self):
        group = self.env.ref("sales_team.group_sale_manager")
        others = self.env["res.users"].search(
            [("all_group_ids", "in", group.ids), ("id", "!=", self.user_pricer.id)]
        )
        others.group_ids -= self.env["res.groups"].search([("all_implied_ids", "in", group.ids)])
        update = self._simulated(value=20.0)
        with self.assertRaisesRegex(UserError, "but there is none"):
            update.action_apply()
        self.assertEqual(update.state, "simulated")

    def test_administrator_sets_the_limit(self):
        settings = self.env["res.config.settings"].create(
            {"crm_price_approval": True, "crm_price_approval_limit": 0.5}
        )
        settings.execute()
        self.assertEqual(self.env.company.crm_price_approval_limit, 0.5)


@tagged("post_install", "-at_install")
class TestPriceUpdateDate(CrmPriceUpdateCommon):
    """Updates that take effect on a day to come."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.user_pricer, cls.user_manager, cls.user_boss):
            user.tz = "America/Bogota"
        cls.day = fields.Date.context_today(cls.env["crm.price.update"].with_user(cls.user_pricer))
        cls.day += timedelta(days=10)
        # midnight in Bogotá
        cls.start = datetime.combine(cls.day, datetime.min.time()) + timedelta(hours=5)

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("crm_products.ir_cron_apply_price_updates").method_direct_trigger()
        self.env.invalidate_all()

    def _price(self, moment=None):
        return self.pricelist._get_product_price(
            self.product.product_variant_id, 1, date=moment or fields.Datetime.now()
        )

    def _list_update(self, **values):
        update = self._simulated(
            self.user_manager,
            target="pricelist",
            pricelist_id=self.pricelist.id,
            date_effective=self.day,
            **values,
        )
        update.action_apply()
        return update

    def test_sales_prices_change_on_their_day_in_the_name_of_who_applied(self):
        update = self._simulated(date_effective=self.day)
        self.assertTrue(update.is_later)
        answer = update.action_apply()

        self.assertEqual(update.state, "scheduled")
        self.assertEqual(update.effective_at, self.start)
        self.assertIn("takes effect on", answer["params"]["message"])
        self._run_cron()
        self.assertEqual(self.product.list_price, 100.0)
        trigger = self.env["ir.cron.trigger"].search(
            [("cron_id", "=", self.env.ref("crm_products.ir_cron_apply_price_updates").id)]
        )
        self.assertIn(self.start, trigger.mapped("call_at"))

        self._reach_the_day()
        self.assertEqual(update.state, "applied")
        self.assertEqual(self.product.list_price, 105.0)
        history = self.env["crm.price.history"].search([("update_id", "=", update.id)])
        self.assertEqual(history.user_id, self.user_pricer)

    def _reach_the_day(self):
        with freeze_time(self.start + timedelta(minutes=1)):
            self._run_cron()

    def test_what_fails_on_its_day_is_given_back_with_the_reason(self):
        update = self._simulated(date_effective=self.day)
        update.action_apply()
        self.user_pricer.group_ids -= self.env.ref("product.group_product_manager")
        self._reach_the_day()

        self.assertEqual(update.state, "simulated")
        self.assertEqual(self.product.list_price, 100.0)
        self.assertIn(
            "sales prices are changed by users", "".join(update.message_ids.mapped("body"))
        )

    def test_user_who_left_changes_no_prices(self):
        update = self._simulated(date_effective=self.day)
        update.action_apply()
        self.user_pricer.active = False
        self._reach_the_day()

        self.assertEqual(update.state, "simulated")
        self.assertIn("is not active any more", "".join(update.message_ids.mapped("body")))

    def test_price_changed_before_the_day_is_left(self):
        update = self._simulated(date_effective=self.day)
        update.action_apply()
        self.product.list_price = 130.0
        self._reach_the_day()

        self.assertEqual(self.product.list_price, 130.0)
        self.assertEqual(self.cheap.list_price, 10.5)
        self.assertEqual(self._line(update).state, "changed")

    def test_cancelled_before_its_day_it_changes_nothing(self):
        update = self._simulated(date_effective=self.day)
        update.action_apply()
        update.action_cancel()
        self._reach_the_day()

        self.assertEqual(update.state, "cancel")
        self.assertEqual(self.product.list_price, 100.0)

    def test_date_of_today_or_before_is_at_once(self):
        update = self._simulated(date_effective=self.day - timedelta(days=10))
        self.assertFalse(update.is_later)
        update.action_apply()
        self.assertEqual(self.product.list_price, 105.0)

    def test_rule_ends_and_another_begins(self):
        rule = self._create_fixed(date_end=self.start + timedelta(days=100))
        update = self._list_update()

        self.assertEqual(update.state, "scheduled")
        self.assertEqual(rule.date_end, self.start - timedelta(seconds=1))
        self.assertEqual(rule.fixed_price, 90.0)
        new = update.line_ids.new_item_id
        self.assertEqual((new.date_start, new.fixed_price), (self.start, 94.5))
        self.assertEqual(new.date_end, self.start + timedelta(days=100))
        self.assertEqual(self._price(), 90.0)
        self.assertEqual(self._price(self.start - timedelta(seconds=1)), 90.0)
        self.assertEqual(self._price(self.start), 94.5)
        self._reach_the_day()
        self.assertEqual(update.state, "applied")

    def test_day_of_a_list_that_was_archived_changes_nothing_more(self):
        rule = self._create_fixed()
        update = self._list_update()
        self.pricelist.active = False
        self._reach_the_day()

        self.assertEqual(update.state, "applied")
        self.assertEqual(rule.fixed_price, 90.0)
        with self.assertRaisesRegex(UserError, "is archived"):
            update.action_revert()

    def test_undo_takes_both_back(self):
        rule = self._create_fixed(date_end=self.start + timedelta(days=100))
        update = self._list_update()
        self._reach_the_day()
        update.action_revert()

        self.assertEqual(rule.date_end, self.start + timedelta(days=100))
        self.assertEqual(self.pricelist.item_ids, rule)
        self.assertEqual(self._price(self.start), 90.0)
        self.assertEqual(update.line_ids.state, "reverted")

    def test_cancelled_before_the_day_both_are_taken_back(self):
        rule = self._create_fixed()
        update = self._list_update()
        update.action_cancel()

        self.assertFalse(rule.date_end)
        self.assertEqual(self.pricelist.item_ids, rule)
        self.assertEqual(update.state, "cancel")

    def test_undo_leaves_a_rule_that_was_changed_since(self):
        rule = self._create_fixed()
        update = self._list_update()
        update.line_ids.new_item_id.fixed_price = 97.0
        update.action_cancel()

        self.assertEqual(update.line_ids.state, "kept")
        self.assertEqual(rule.date_end, self.start - timedelta(seconds=1))
        self.assertEqual(self._price(self.start), 97.0)

    def test_undo_leaves_a_rule_whose_end_was_changed_since(self):
        rule = self._create_fixed()
        update = self._list_update()
        rule.date_end = self.start + timedelta(days=3)
        update.action_cancel()

        self.assertEqual(update.line_ids.state, "kept")
        self.assertTrue(update.line_ids.new_item_id)

    def test_rule_that_begins_on_the_day_gets_the_new_price(self):
        rule = self._create_fixed(date_start=self.start)
        update = self._list_update()

        self.assertEqual(update.line_ids.method, "write")
        self.assertEqual(rule.fixed_price, 94.5)
        update.action_cancel()
        self.assertEqual(rule.fixed_price, 90.0)

    def test_two_updates_for_two_days_follow_each_other(self):
        self._create_fixed()
        later = self._list_update(name="Later", value=10.0)
        before, self.day = self.day, self.day - timedelta(days=5)
        sooner = self._list_update(name="Sooner", value=20.0)
        start = self.start - timedelta(days=5)

        self.assertEqual(self._price(start - timedelta(seconds=1)), 90.0)
        self.assertEqual(self._price(start), 108.0)
        self.assertEqual(self._price(self.start - timedelta(seconds=1)), 108.0)
        self.assertEqual(self._price(self.start), 99.0)
        sooner.action_cancel()
        self.assertEqual(self._price(start), 90.0)
        self.assertEqual(self._price(self.start), 99.0)
        self.day = before
        later.action_cancel()
        self.assertEqual(self._price(self.start), 90.0)

    def test_missing_rule_begins_on_the_day(self):
        self._list_update(create_missing=True)

        self.assertEqual(self._price(), 100.0)
        self.assertEqual(self._price(self.start), 105.0)

    def test_vendor_price_ends_and_another_begins(self):
        price = self._create_vendor_price(product_code="X-1", min_qty=3)
        update = self._simulated(self.user_manager, target="vendor", date_effective=self.day)
        update.action_apply()

        new = update.line_ids.new_supplierinfo_id
        self.assertEqual(price.date_end, self.day - timedelta(days=1))
        self.assertEqual(price.price, 60.0)
        self.assertEqual((new.date_start, new.price, new.min_qty), (self.day, 63.0, 3))
        self.assertEqual(new.product_code, "X-1")
        update.action_cancel()
        self.assertFalse(price.date_end)
        self.assertFalse(new.exists())

    def test_approver_is_who_changes_the_prices_on_the_day(self):
        self.env.company.write({"crm_price_approval": True, "crm_price_approval_limit": 0.05})
        update = self._simulated(self.user_manager, value=20.0, date_effective=self.day)
        update.action_apply()
        update.with_user(self.user_boss).action_approve()
        self.assertEqual(update.state, "scheduled")
        self._reach_the_day()

        history = self.env["crm.price.history"].search([("update_id", "=", update.id)])
        self.assertEqual(history.user_id, self.user_boss)
        self.assertEqual(self.product.list_price, 120.0)
