# SPDX-License-Identifier: LGPL-3.0-or-later
import json
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo import fields
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import CrmProductsCommon
from .common_rules import LISTS, NOW, RULE, CrmRandomRulesCommon

_BEATEN = {"specific", "smaller", "category", "older"}


@tagged("post_install", "-at_install")
class TestPriceExplanationProperty(CrmRandomRulesCommon):
    @settings(
        max_examples=100,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        rules=st.lists(RULE, min_size=1, max_size=9),
        foreign=st.sets(st.integers(0, LISTS - 1)),
        quantity=st.sampled_from([0.0, 1.0, 4.99, 5.0, 12.0]),
        day=st.integers(-4, 4),
        by_dozen=st.booleans(),
        asked_currency=st.booleans(),
    )
    def test_steps_lead_to_the_price_of_core(
        self, rules, foreign, quantity, day, by_dozen, asked_currency
    ):
        dozen = self.env.ref("uom.product_uom_dozen")
        with self._undone():
            lists = self._make(rules, foreign)
            date = NOW + timedelta(days=day)
            currency = self.other_currency if asked_currency else None
            for pricelist in (*lists, self.env["product.pricelist"]):
                for product in (*self.templates, *self.variants):
                    may_be_dozen = by_dozen and product.uom_id == self.product.uom_id
                    uom = dozen if may_be_dozen else product.uom_id
                    self._check(pricelist, product, quantity, date, uom, currency)

    def _check(self, pricelist, product, quantity, date, uom, currency):
        found = pricelist._crm_explain_price(product, quantity, date, uom, currency)
        price, rule_id = pricelist._get_product_price_rule(
            product, quantity, uom=uom, date=date, currency=currency
        )
        self.assertEqual((found["price"], found["rule_id"]), (price, rule_id))
        self.assertEqual(found["steps"][-1]["value"], price)
        self.assertNotIn("other", [step["kind"] for step in found["steps"]])
        for step in found["steps"]:
            if step["chain"]:
                self.assertEqual(step["chain"]["price"], step["value"])
        # The rules that lost are all the others for the product, and each lost as it says.
        candidates = pricelist._get_applicable_rules(product, date)
        own_quantity = uom._compute_quantity(quantity, product.uom_id, raise_if_failure=False)
        applicable = candidates.filtered(lambda r: r._is_applicable_for(product, own_quantity))
        beaten = [rule["id"] for rule in found["lost"] if rule["reason"] in _BEATEN]
        self.assertEqual(beaten, applicable[1:].ids)
        self.assertEqual(applicable[:1].id, rule_id)
        named = {rule["id"] for rule in found["lost"]} | {rule_id}
        self.assertLessEqual(set(candidates.ids), named)
        self.assertNotIn("module", [rule["reason"] for rule in found["lost"]])
        json.dumps(found)


@tagged("post_install", "-at_install")
class TestPriceExplanation(CrmProductsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.standard_price = 61.37
        cls.variant = cls.product.product_variant_id
        cls.dozen = cls.env.ref("uom.product_uom_dozen")
        cls.now = fields.Datetime.now()

    def _explain(self, quantity=1.0, user=None, product=None, pricelist=None, **kwargs):
        pricelist = self.pricelist if pricelist is None else pricelist
        product = product or self.variant
        user = user or self.user_salesman
        self.env.invalidate_all()
        return pricelist.with_user(user)._crm_explain_price(
            product.with_user(user), quantity, **kwargs
        )

    def _steps(self, explanation):
        return [(step["kind"], step["value"]) for step in explanation["steps"]]

    def _reasons(self, explanation):
        return {rule["id"]: rule["reason"] for rule in explanation["lost"]}

    def _create_product_rule(self, **values):
        return self._create_rule(applied_on="1_product", product_tmpl_id=self.product.id, **values)

    # --- Steps --------------------------------------------------------------------------------

    def test_discount(self):
        rule = self._create_category_rule(self.category, percent_price=12.5)

        found = self._explain()

        self.assertEqual(self._steps(found), [("list_price", 100.0), ("discount", 87.5)])
        self.assertEqual(found["rule_id"], rule.id)
        self.assertIn("Equipment", found["rule"]["name"])
        self.assertIn("12.5", found["steps"][1]["label"])
        self.assertIn("12.50", found["steps"][1]["detail"])
        self.assertIn("87.50", found["price_text"])

    def test_fixed_price_in_another_unit(self):
        self._create_product_rule(compute_price="fixed", fixed_price=80.0)

        found = self._explain(uom=self.dozen)

        self.assertEqual(self._steps(found), [("fixed", 80.0), ("uom", 960.0)])
        self.assertIn(self.dozen.display_name, found["unit_text"])

    def test_formula_step_by_step(self):
        self._create_product_rule(
            compute_price="formula",
            price_discount=13.0,
            price_round=5.0,
            price_surcharge=-0.01,
            price_min_margin=-15.0,
            price_max_margin=20.0,
        )

        found = self._explain()

        self.assertEqual(
            self._steps(found),
            [
                ("list_price", 100.0),
                ("discount", 87.0),
                ("rounding", 85.0),
                ("fee", 84.99),
                ("min_margin", 85.0),
                ("max_margin", 85.0),
            ],
        )
        self.assertEqual(
            [step["kind"] for step in found["steps"] if step["unchanged"]], ["max_margin"]
        )

    def test_price_in_another_currency(self):
        currency = self.env["res.currency"].create(
            {
                "name": "CRZ",
                "symbol": "z",
                "rate_ids": [Command.create({"name": "2020-01-01", "rate": 2.5})],
            }
        )
        self.pricelist.currency_id = currency

        found = self._explain()

        self.assertEqual(self._steps(found), [("list_price", 100.0), ("currency", 250.0)])
        self.assertIn("2.5 CRZ", found["steps"][1]["detail"])
        self.assertTrue(found["notes"])

    def test_extra_of_a_variant(self):
        attribute = self.env["product.attribute"].create(
            {
                "name": "Size",
                "value_ids": [
                    Command.create({"name": "A4"}),
                    Command.create({"name": "A3", "default_extra_price": 50.0}),
                ],
            }
        )
        values = [Command.set(attribute.value_ids.ids)]
        self.product.attribute_line_ids = [
            Command.create({"attribute_id": attribute.id, "value_ids": values})
        ]
        small, large = self.product.product_variant_ids.sorted("lst_price")
        rule = self._create_rule(applied_on="0_product_variant", product_id=small.id)

        found = self._explain(product=large)

        self.assertEqual(self._steps(found), [("list_price", 100.0), ("extra", 150.0)])
        self.assertEqual(self._reasons(found), {rule.id: "variant"})
        self.assertEqual(self._reasons(self._explain(product=self.product)), {rule.id: "variant"})

    def test_price_of_another_list_is_explained_within(self):
        base = self.env["product.pricelist"].create({"name": "Base", "company_id": False})
        base_rule = self._create_category_rule(self.category, pricelist_id=base.id)
        self._create_rule(percent_price=50.0, base="pricelist", base_pricelist_id=base.id)

        found = self._explain()

        self.assertEqual(self._steps(found), [("pricelist", 90.0), ("discount", 45.0)])
        chain = found["steps"][0]["chain"]
        self.assertEqual((chain["price"], chain["rule_id"]), (90.0, base_rule.id))
        self.assertEqual(self._steps(chain), [("list_price", 100.0), ("discount", 90.0)])

    def test_small_prices_show_all_their_decimals(self):
        self.product.list_price = 0.075

        self.assertIn("0.0750", self._explain()["price_text"])

    def test_without_a_price_list_the_sales_price_counts(self):
        found = self._explain(pricelist=self.env["product.pricelist"])

        self.assertEqual(
            (found["price"], found["rule_id"], found["pricelist"]), (100.0, False, False)
        )
        self.assertEqual((len(found["notes"]), found["lost"]), (1, []))

    def test_archived_price_list_is_mentioned(self):
        self._create_product_rule()
        self.assertFalse(self._explain()["notes"])
        self.pricelist.active = False

        found = self._explain()

        self.assertEqual((len(found["notes"]), found["price"]), (1, 90.0))

    def test_what_another_module_changes_is_said(self):
        self._create_product_rule()
        item_class = self._foreign_class("product.pricelist.item", "_compute_price")
        original = item_class._compute_price
        item_class._compute_price = lambda self, *args, **kwargs: (
            original(self, *args, **kwargs) + 1
        )

        found = self._explain()

        self.assertEqual(found["price"], 91.0)
        self.assertEqual(
            self._steps(found), [("list_price", 100.0), ("discount", 90.0), ("other", 91.0)]
        )
        self.assertEqual(found["steps"][-1]["detail"], "crm_products_test_module")

    # --- Rules that lost ----------------------------------------------------------------------

    def test_rules_lost_for_their_dates_and_quantity(self):
        expired = self._create_product_rule(date_end=self.now - timedelta(days=1))
        later = self._create_product_rule(date_start=self.now + timedelta(days=1))
        more = self._create_product_rule(min_quantity=24, percent_price=30.0)

        found = self._explain(quantity=1.0, uom=self.dozen)

        self.assertEqual(
            self._reasons(found),
            {expired.id: "expired", later.id: "later", more.id: "quantity"},
        )
        self.assertFalse(found["rule_id"])
        [of_more] = [rule for rule in found["lost"] if rule["id"] == more.id]
        self.assertIn("24", of_more["reason_text"])
        self.assertIn("840.00", of_more["price_text"])
        self.assertEqual(self._explain(quantity=2.0, uom=self.dozen)["rule_id"], more.id)

    def test_rules_lost_against_a_better_one(self):
        for_all = self._create_rule()
        far = self._create_category_rule(self.category)
        near = self._create_category_rule(self.category_leaf)
        of_product = self._create_product_rule()
        newer = self._create_product_rule()
        larger = self._create_product_rule(min_quantity=5)

        self.assertEqual(
            self._reasons(self._explain(quantity=5)),
            {
                for_all.id: "specific",
                far.id: "specific",
                near.id: "specific",
                of_product.id: "smaller",
                newer.id: "smaller",
            },
        )
        self.assertEqual(self._reasons(self._explain())[of_product.id], "older")
        (of_product + newer + larger).unlink()
        found = self._explain()
        self.assertEqual(self._reasons(found), {far.id: "category", for_all.id: "specific"})
        self.assertEqual(found["rule_id"], near.id)

    def test_rules_of_other_products_are_not_mentioned(self):
        self._create_category_rule(self.category_other)
        self._create_rule(applied_on="1_product", product_tmpl_id=self.product.copy().id)

        self.assertEqual(self._explain()["lost"], [])

    def test_rule_that_another_module_leaves_out(self):
        rule = self._create_product_rule()
        item_class = self._foreign_class("product.pricelist.item", "_is_applicable_for")
        item_class._is_applicable_for = lambda self, product, quantity: False

        self.assertEqual(self._reasons(self._explain()), {rule.id: "module"})

    def test_rules_of_a_hundred_variants_do_not_fill_the_page(self):
        attribute = self.env["product.attribute"].create(
            {"name": "No.", "value_ids": [Command.create({"name": str(n)}) for n in range(12)]}
        )
        values = [Command.set(attribute.value_ids.ids)]
        self.product.attribute_line_ids = [
            Command.create({"attribute_id": attribute.id, "value_ids": values})
        ]
        for variant in self.product.product_variant_ids:
            self._create_rule(applied_on="0_product_variant", product_id=variant.id)

        found = self._explain(product=self.product.product_variant_ids[3])

        self.assertEqual([rule["reason"] for rule in found["lost"]], ["variant"] * 5)

    # --- Costs --------------------------------------------------------------------------------

    def _create_cost_rule(self, **values):
        return self._create_product_rule(
            compute_price="formula",
            base="standard_price",
            price_markup=28.13,
            price_surcharge=3.71,
            price_min_margin=4.17,
            price_max_margin=93.19,
            **values,
        )

    def test_costs_are_explained_to_those_who_see_them(self):
        self._create_cost_rule()

        found = self._explain(user=self.user_cost)

        self.assertEqual(found["steps"][0]["value"], 61.37)
        self.assertIn("28.13", json.dumps(found))
        self.assertEqual(found["steps"][-1]["value"], found["price"])

    def test_costs_and_what_tells_them_are_hidden_from_others(self):
        self._create_cost_rule()

        found = self._explain()

        text = json.dumps(found)
        self.assertEqual(found["price"], self.pricelist._get_product_price(self.variant, 1))
        for number in ("61.37", "28.13", "3.71", "4.17", "93.19", "78.6"):
            self.assertNotIn(number, text)
        self.assertEqual([step["value"] for step in found["steps"]], [None] * 5)
        self.assertEqual(found["steps"][0]["kind"], "standard_price")

    def test_costs_below_another_list_are_hidden_as_well(self):
        base = self.env["product.pricelist"].create({"name": "Base", "company_id": False})
        self._create_cost_rule(pricelist_id=base.id)
        self._create_rule(percent_price=50.0, base="pricelist", base_pricelist_id=base.id)

        found = self._explain()

        self.assertNotIn("61.37", json.dumps(found))
        self.assertNotIn("28.13", json.dumps(found))
        self.assertEqual(found["steps"][-1]["value"], found["price"])
        self.assertIsNone(found["steps"][0]["chain"]["steps"][0]["value"])

    def test_lost_rule_on_the_cost_tells_nothing(self):
        self._create_cost_rule(min_quantity=10)
        self._create_rule(
            compute_price="formula", base="standard_price", price_markup=0.0, percent_price=0
        )
        self._create_product_rule()

        found = self._explain()

        text = json.dumps(found)
        self.assertEqual([rule["price_text"] for rule in found["lost"]], [False, False])
        self.assertNotIn("61.37", text)
        self.assertNotIn("28.13", text)

    # --- The dialog ---------------------------------------------------------------------------

    def _dialog(self, action, user=None):
        wizard = self.env[action["res_model"]].with_user(user or self.user_salesman)
        return Form(wizard.with_context(**action["context"]))

    def test_dialog_follows_what_is_asked(self):
        self._create_product_rule()
        self._create_product_rule(min_quantity=10, percent_price=20.0)
        product = self.product.with_user(self.user_salesman)

        with self._dialog(product.action_crm_explain_price()) as form:
            self.assertEqual(form.product_id, self.variant)
            self.assertEqual(form.explanation["price"], 100.0)
            form.pricelist_id = self.pricelist
            self.assertEqual(form.explanation["price"], 90.0)
            form.quantity = 10
            self.assertEqual(form.explanation["price"], 80.0)

    def test_customer_brings_the_price_list_along(self):
        self._create_product_rule()
        customer = self.env["res.partner"].create(
            {"name": "Reseller", "property_product_pricelist": self.pricelist.id}
        )

        with self._dialog(self.variant.action_crm_explain_price()) as form:
            form.partner_id = customer
            self.assertEqual(form.pricelist_id, self.pricelist)
            self.assertEqual(form.explanation["price"], 90.0)

    def test_a_document_asks_for_its_own_line(self):
        self._create_product_rule(min_quantity=24)
        customer = self.env["res.partner"].create({"name": "Reseller"})
        self.product.uom_ids = self.dozen
        self.user_salesman.group_ids += self.env.ref("uom.group_uom")

        action = self.variant.with_context(
            default_partner_id=customer.id,
            default_pricelist_id=self.pricelist.id,
            default_quantity=2.0,
            default_uom_id=self.dozen.id,
            default_date="2026-05-14 12:00:00",
            default_name="of the document",
        ).action_crm_explain_price()

        self.assertNotIn("default_name", action["context"])
        with self._dialog(action) as form:
            self.assertEqual(form.pricelist_id, self.pricelist)
            self.assertEqual(form.uom_id, self.dozen)
            self.assertEqual(form.explanation["price"], 1080.0)

    def test_dialog_without_a_product_waits_for_one(self):
        action = self.env["product.template"].action_crm_explain_price()

        with self._dialog(action) as form:
            self.assertFalse(form.explanation)
            form.product_tmpl_id = self.product
            self.assertEqual(form.explanation["price"], 100.0)

    def test_employee_outside_sales_has_no_dialog(self):
        dialogs = self.env["crm.price.explanation"].with_user(self.user_employee)

        self.assertFalse(dialogs.has_access("create"))

    def test_texts_are_those_of_the_reader(self):
        self.env["res.lang"]._activate_lang("es_419")
        self.pricelist.with_context(lang="es_419").name = "Revendedores"

        found = self.pricelist.with_context(lang="es_419")._crm_explain_price(
            self.variant.with_context(lang="es_419")
        )

        self.assertIn("Revendedores", found["pricelist"])

    def test_the_number_of_queries_does_not_grow_with_the_rules(self):
        def queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.pricelist.with_user(self.user_salesman)._crm_explain_price(
                self.variant.with_user(self.user_salesman)
            )
            return self.env.cr.sql_log_count - before

        for quantity in range(1, 4):
            self._create_product_rule(min_quantity=quantity)
        queries()
        few = queries()
        for quantity in range(4, 40):
            self._create_product_rule(min_quantity=quantity)
        self.assertEqual(queries(), few)
