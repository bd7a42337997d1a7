# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import datetime, timedelta

from lxml import etree
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from .common import CrmProductsCommon

_MARGINS = ["cost", "margin", "margin_percent"]


@tagged("post_install", "-at_install")
class TestPriceLines(CrmProductsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.standard_price = 60.0
        cls.variant = cls.product.product_variant_id
        cls.user_products = cls._crm_new_user(
            "user_products", "base.group_user,product.group_product_manager"
        )
        cls.currency = cls.env["res.currency"].create(
            {
                "name": "CRY",
                "symbol": "y",
                "rate_ids": [Command.create({"name": "2020-01-01", "rate": 2.0})],
            }
        )
        cls.now = fields.Datetime.now()

    def _lines(self, user=None, domain=(), **context):
        """Return the lines of the test product, price list and vendor that the user finds."""
        return (
            self.env["crm.price.line"]
            .with_user(user or self.user_cost)
            .with_context(**context)
            .search(
                [
                    "|",
                    "|",
                    ("product_tmpl_id", "=", self.product.id),
                    ("pricelist_id", "=", self.pricelist.id),
                    ("partner_id", "=", self.vendor.id),
                    *domain,
                ]
            )
        )

    def _line(self, source, user=None, **context):
        """Return the line of a rule, a vendor price or a product."""
        names = {"product.pricelist.item": "item_id", "product.supplierinfo": "supplierinfo_id"}
        name = names.get(source._name, "product_tmpl_id")
        domain = [(name, "=", source.id)]
        if name == "product_tmpl_id":
            domain.append(("kind", "=", "base"))
        lines = self.env["crm.price.line"].with_user(user or self.user_cost)
        return lines.with_context(**context).search(domain)

    def _in(self, **delta):
        return self.now + timedelta(**delta)

    # --- Rows and rights ----------------------------------------------------------------------

    def test_rules_vendor_prices_and_the_sales_price_are_found_together(self):
        rule = self._create_rule(applied_on="1_product", product_tmpl_id=self.product.id)
        vendor_price = self._create_vendor_price(product_code="PW-1", min_qty=5)

        lines = self._lines().grouped("kind")

        self.assertEqual(lines["base"].product_tmpl_id, self.product)
        self.assertEqual(lines["customer"].item_id, rule)
        self.assertEqual(lines["customer"].pricelist_id, self.pricelist)
        self.assertEqual(lines["vendor"].supplierinfo_id, vendor_price)
        self.assertEqual(lines["vendor"].partner_id, self.vendor)
        self.assertEqual(lines["vendor"].vendor_code, "PW-1")
        self.assertEqual(lines["vendor"].min_quantity, 5)
        for line in self._lines():
            self.assertEqual(line.categ_id, self.category_leaf)

    def test_salesperson_finds_no_vendor_price(self):
        self._create_vendor_price()

        self.assertEqual(set(self._lines(self.user_salesman).mapped("kind")), {"base"})

    def test_salesperson_cannot_read_a_vendor_price_by_its_id(self):
        line = self._line(self._create_vendor_price())
        self.env.invalidate_all()

        self.assertFalse(line.with_user(self.user_salesman).exists())
        self.assertFalse(
            self.env["crm.price.line"].with_user(self.user_salesman).search([("id", "=", line.id)])
        )
        self.assertEqual(line.with_user(self.user_salesman).read(["partner_id"]), [])

    def test_lines_are_read_by_their_ids(self):
        rule = self._create_rule(applied_on="1_product", product_tmpl_id=self.product.id)
        vendor_price = self._create_vendor_price()
        lines = self._line(rule) + self._line(vendor_price) + self._line(self.product)
        self.env.invalidate_all()

        self.assertEqual(
            [line["kind"] for line in lines.read(["kind"])], ["customer", "vendor", "base"]
        )
        self.assertEqual(lines.exists(), lines)

    def test_rule_of_a_list_of_another_company_is_not_found(self):
        rule = self._create_rule()

        self.assertTrue(self._line(rule, self.user_company_b))
        self.pricelist.company_id = self.env.company
        self.assertFalse(self._line(rule, self.user_company_b))
        self.assertTrue(self._line(rule, self.user_salesman))

    def test_prices_of_a_product_of_another_company_are_not_found(self):
        user = self._crm_new_user(
            "user_cost_b",
            "sales_team.group_sale_salesman,crm_products.crm_products_group_cost",
            company_id=self.company_b.id,
            company_ids=[Command.set(self.company_b.ids)],
        )
        vendor_price = self._create_vendor_price(company_id=False)
        self.assertTrue(self._line(vendor_price, user))
        self.assertTrue(self._line(self.product, user))

        self.product.company_id = self.env.company

        self.assertFalse(self._line(vendor_price, user))
        self.assertFalse(self._line(self.product, user))

    def test_own_access_rules_of_price_rules_count(self):
        rule = self._create_rule(min_quantity=3)
        self._create_rule(min_quantity=4)
        self.env["ir.rule"].create(
            {
                "name": "small quantities",
                "model_id": self.env.ref("product.model_product_pricelist_item").id,
                "domain_force": "[('min_quantity', '<', 4)]",
                "groups": [Command.link(self.env.ref("sales_team.group_sale_salesman").id)],
            }
        )

        lines = self._lines(self.user_salesman, [("pricelist_id", "=", self.pricelist.id)])

        self.assertEqual(lines.item_id, rule)

    def test_archived_lists_and_products_have_no_lines(self):
        rule = self._create_rule(applied_on="1_product", product_tmpl_id=self.product.id)
        vendor_price = self._create_vendor_price()

        self.pricelist.active = False
        self.assertFalse(self._line(rule))
        self.pricelist.active = True
        self.product.active = False
        for source in (rule, vendor_price, self.product):
            self.assertFalse(self._line(source), source._name)

    def test_product_that_is_not_sold_has_no_sales_price_line(self):
        self.product.sale_ok = False

        self.assertFalse(self._line(self.product))

    def test_employee_outside_sales_finds_nothing(self):
        with self.assertRaises(AccessError):
            self.env["crm.price.line"].with_user(self.user_employee).search([])

    def test_product_manager_finds_the_prices(self):
        self.assertTrue(self._line(self.product, self.user_products))

    def test_nobody_writes_lines(self):
        line = self._line(self.product, self.user_manager)

        for operation in ("create", "write", "unlink"):
            self.assertFalse(line.has_access(operation), operation)

    # --- Prices -------------------------------------------------------------------------------

    def test_price_of_a_rule_is_what_core_makes_of_it(self):
        base = self.env["product.pricelist"].create(
            {"name": "Base", "company_id": False, "currency_id": self.currency.id}
        )
        self._create_rule(pricelist_id=base.id, min_quantity=5, percent_price=20.0)
        rule = self._create_rule(
            applied_on="1_product",
            product_tmpl_id=self.product.id,
            min_quantity=6,
            compute_price="formula",
            base="pricelist",
            base_pricelist_id=base.id,
            price_discount=10.0,
            price_surcharge=0.5,
        )

        price = self._line(rule).unit_price

        self.assertEqual(price, self.pricelist._get_product_price(self.product, 6))
        self.assertAlmostEqual(price, 72.5)

    def test_rule_for_several_products_has_a_price_for_the_product_searched_for(self):
        rule = self._create_category_rule(self.category)
        other = self.product.copy({"list_price": 200.0})

        self.assertFalse(self._line(rule).unit_price)
        self.assertEqual(self._line(rule, crm_price_tmpl_id=self.product.id).unit_price, 90.0)
        self.assertEqual(self._line(rule, crm_price_tmpl_id=[other.id]).unit_price, 180.0)
        both = [self.product.id, other.id]
        self.assertFalse(self._line(rule, crm_price_tmpl_id=both).unit_price)

    def test_rule_of_another_category_has_no_price_for_the_product(self):
        rule = self._create_category_rule(self.category_other)

        self.assertFalse(self._line(rule, crm_price_tmpl_id=self.product.id).unit_price)

    def test_nonsense_in_the_context_is_no_product(self):
        rule = self._create_category_rule(self.category)

        for value in ("x", True, [None], (), -1, 2**31 - 1):
            self.assertFalse(self._line(rule, crm_price_tmpl_id=value).unit_price, value)

    def test_search_for_a_product_finds_the_rules_that_concern_it(self):
        own = self._create_rule(applied_on="1_product", product_tmpl_id=self.product.id)
        near = self._create_category_rule(self.category_leaf)
        far = self._create_category_rule(self.category)
        everything = self._create_rule()
        self._create_category_rule(self.category_other)
        self._create_rule(
            applied_on="1_product", product_tmpl_id=self.product.copy().id, percent_price=1
        )
        vendor_price = self._create_vendor_price()

        for value in (("=", self.product.id), ("=", "[DSK-1] Desktop printer")):
            lines = self._lines(domain=[("applies_to_id", *value)])
            self.assertEqual(lines.item_id, own + near + far + everything)
            self.assertEqual(lines.supplierinfo_id, vendor_price)
        self.assertIn(own, self._lines(domain=[("applies_to_id", "ilike", "DSK-1")]).item_id)

    def _create_variants(self):
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
        return self.product.product_variant_ids.sorted("lst_price")

    def test_prices_of_a_variant_are_those_with_its_extra(self):
        _small, large = self._create_variants()
        rule = self._create_rule(applied_on="1_product", product_tmpl_id=self.product.id)
        context = {"crm_price_product_id": large.id}

        self.assertEqual(self._line(rule).unit_price, 90.0)
        self.assertEqual(self._line(rule, **context).unit_price, 135.0)
        self.assertEqual(self._line(self.product, **context).unit_price, 150.0)

    def test_prices_of_variants_that_cost_differently_are_those_of_the_dearest(self):
        small, large = self._create_variants()
        small.standard_price, large.standard_price = 40.0, 75.0
        on_cost = self._create_category_rule(
            self.category, compute_price="formula", base="standard_price", price_markup=100.0
        )

        line = self._line(self.product)
        self.assertEqual((line.unit_price, line.cost, line.margin_percent), (150.0, 75.0, 0.5))
        self.assertIn("A3", line.applies_to)
        line = self._line(on_cost, crm_price_tmpl_id=self.product.id)
        self.assertEqual((line.unit_price, line.cost, line.margin_percent), (150.0, 75.0, 0.5))
        self.assertEqual(line.action_explain()["context"]["default_product_id"], large.id)
        line = self._line(self.product, crm_price_product_id=small.id)
        self.assertEqual((line.unit_price, line.cost, line.margin_percent), (100.0, 40.0, 0.6))
        self.assertNotIn("A4", line.applies_to)

    def test_variants_that_cost_the_same_share_their_prices(self):
        variants = self._create_variants()
        variants.standard_price = 60.0

        line = self._line(self.product)

        self.assertEqual((line.unit_price, line.cost, line.margin_percent), (100.0, 60.0, 0.4))

    def test_vendor_price_is_per_unit_of_the_product_less_the_discount(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        price = self._create_vendor_price(
            product_uom_id=dozen.id, min_qty=2, price=600.0, discount=10.0
        )

        line = self._line(price)

        self.assertAlmostEqual(line.unit_price, 45.0)
        self.assertAlmostEqual(line.min_quantity, 24.0)
        self.assertAlmostEqual(line.margin_percent, 0.55)

    # --- Margins ------------------------------------------------------------------------------

    def test_margin_of_a_price_in_another_currency(self):
        self.pricelist.currency_id = self.currency
        rule = self._create_rule(
            applied_on="1_product",
            product_tmpl_id=self.product.id,
            compute_price="fixed",
            fixed_price=160.0,
        )

        line = self._line(rule)

        self.assertEqual((line.cost, line.margin, line.margin_percent), (120.0, 40.0, 0.25))

    def test_without_a_known_cost_there_is_no_margin(self):
        self.product.standard_price = 0.0

        line = self._line(self.product)

        self.assertEqual((line.margin, line.margin_percent, line.under_margin), (0.0, 0.0, False))

    def test_what_is_given_away_is_under_every_margin(self):
        rule = self._create_rule(
            applied_on="1_product", product_tmpl_id=self.product.id, percent_price=100.0
        )

        line = self._line(rule)

        self.assertEqual((line.margin, line.margin_percent), (-60.0, -1.0))
        self.assertEqual((line.under_margin, line.state), (True, "low"))

    def test_minimum_margin_of_the_category_counts_before_that_of_the_company(self):
        line = self._line(self.product)
        for company, parent, leaf, low in (
            (0.0, 0.0, 0.0, False),
            (0.4, 0.0, 0.0, False),
            (0.41, 0.0, 0.0, True),
            (0.41, 0.3, 0.0, False),
            (0.0, 0.3, 0.5, True),
        ):
            self.env.company.crm_min_margin = company
            self.category.crm_min_margin = parent
            self.category_leaf.crm_min_margin = leaf
            line.invalidate_recordset()
            self.product.invalidate_recordset()
            self.assertEqual(line.under_margin, low, (company, parent, leaf))

    def test_minimum_margin_of_everything_is_refused(self):
        for record in (self.env.company, self.category):
            with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
                record.crm_min_margin = 1.0
                record.flush_recordset()

    def test_filter_finds_what_is_under_the_minimum_margin(self):
        self.env.company.crm_min_margin = 0.4
        low = self._create_rule(applied_on="1_product", product_tmpl_id=self.product.id)
        self._create_rule(
            applied_on="1_product", product_tmpl_id=self.product.id, percent_price=0.0
        )
        dear = self._create_vendor_price(price=70.0)
        self._create_vendor_price(price=50.0)

        lines = self._lines(domain=[("under_margin", "=", True)])
        self.assertEqual((lines.item_id, lines.supplierinfo_id), (low, dear))
        self.assertEqual(len(lines), 2)
        rest = self._lines(domain=[("under_margin", "=", False)])
        self.assertEqual(rest, self._lines() - lines)
        self.assertFalse(self._lines(self.user_salesman, [("under_margin", "=", True)]))

    def test_filter_finds_exactly_the_lines_that_are_marked(self):
        self.env.company.crm_min_margin = 0.4
        attribute = self.env["product.attribute"].create(
            {"name": "Size", "value_ids": [Command.create({"name": n}) for n in ("S", "L")]}
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
        small.standard_price, large.standard_price = 30.0, 95.0
        for percent in (0.0, 20.0, 60.0):
            for target in (
                {"applied_on": "1_product", "product_tmpl_id": self.product.id},
                {"applied_on": "0_product_variant", "product_id": small.id},
                {"applied_on": "3_global"},
            ):
                self._create_rule(percent_price=percent, **target)
            self._create_vendor_price(price=percent + 20.0)
        for context in ({}, {"crm_price_product_id": small.id}, {"crm_price_product_id": large.id}):
            with self.subTest(**context):
                lines = self._lines(**context)
                # Of rules for several products, those without a product of their own are left out.
                marked = lines.filtered(lambda line: line.product_tmpl_id and line.under_margin)
                self.assertTrue(marked)
                self.assertEqual(
                    self._lines(None, [("under_margin", "=", True)], **context), marked
                )

    def test_salesperson_sees_prices_without_margins(self):
        rule = self._create_rule(
            applied_on="1_product", product_tmpl_id=self.product.id, percent_price=50.0
        )
        line = self._line(rule, self.user_salesman)

        self.assertEqual((line.unit_price, line.under_margin, line.state), (50.0, False, "current"))
        for name in _MARGINS:
            with self.assertRaises(AccessError):
                line.read([name])

    def test_calculation_from_the_cost_is_hidden_from_salespersons(self):
        rule = self._create_rule(
            applied_on="1_product",
            product_tmpl_id=self.product.id,
            compute_price="formula",
            base="standard_price",
            price_markup=37.0,
        )

        label = self._line(rule, self.user_salesman).price_label
        self.assertNotIn("37", label)
        self.env.invalidate_all()
        self.assertIn("37", self._line(rule, self.user_cost).price_label)

    # --- Validity -----------------------------------------------------------------------------

    def test_state_of_rules(self):
        product = {"applied_on": "1_product", "product_tmpl_id": self.product.id}
        beaten = self._create_category_rule(self.category)
        rules = {
            "current": self._create_rule(**product),
            "later": self._create_rule(**product, date_start=self._in(days=1)),
            "expired": self._create_rule(**product, date_end=self._in(days=-1)),
        }

        for state, rule in rules.items():
            self.assertEqual(self._line(rule).state, state)
        self.assertEqual(self._line(beaten).state, "current")
        self.assertEqual(self._line(beaten, crm_price_tmpl_id=self.product.id).state, "beaten")

    def test_rule_with_a_quantity_of_its_own_is_in_use(self):
        few = self._create_rule(applied_on="1_product", product_tmpl_id=self.product.id)
        many = self._create_rule(
            applied_on="1_product", product_tmpl_id=self.product.id, min_quantity=10
        )

        self.assertEqual((self._line(few) + self._line(many)).mapped("state"), ["current"] * 2)

    def test_state_of_vendor_prices(self):
        today = fields.Date.context_today(self.env["crm.price.line"])
        for state, values in {
            "current": {"date_start": today, "date_end": today},
            "later": {"date_start": today + timedelta(days=1)},
            "expired": {"date_end": today - timedelta(days=1)},
        }.items():
            self.assertEqual(self._line(self._create_vendor_price(**values)).state, state)

    def test_days_are_those_of_the_user(self):
        rule = self._create_rule(date_start=datetime(2026, 5, 15, 2), date_end=self._in(days=9))

        for tz, day in (("America/Caracas", "2026-05-14"), ("Europe/Madrid", "2026-05-15")):
            self.env.invalidate_all()
            self.assertEqual(self._line(rule, tz=tz).date_start.isoformat(), day)

    @freeze_time("2026-05-14 12:00:00")
    def test_filters_of_validity(self):
        arch = etree.fromstring(self.env.ref("crm_products.crm_price_line_view_search").arch)
        rules = {
            "valid": self._create_rule(date_end=datetime(2026, 5, 14, 15)),
            "later": self._create_rule(date_start=datetime(2026, 5, 15, 15)),
            "expired": self._create_rule(date_end=datetime(2026, 5, 13, 15)),
        }

        for name, rule in rules.items():
            domain = safe_eval(arch.find(f".//filter[@name='{name}']").get("domain"))
            lines = self._lines(domain=[("item_id", "!=", False), *domain])
            self.assertEqual(lines.item_id, rule, name)

    # --- Screens ------------------------------------------------------------------------------

    def test_line_opens_what_it_comes_from(self):
        rule = self._create_rule(applied_on="1_product", product_tmpl_id=self.product.id)
        for source in (rule, self._create_vendor_price(), self.product):
            action = self._line(source).action_open()
            self.assertEqual((action["res_model"], action["res_id"]), (source._name, source.id))

    def test_line_explains_its_price(self):
        rule = self._create_category_rule(self.category, min_quantity=5)

        context = self._line(rule, crm_price_tmpl_id=self.product.id).action_explain()["context"]

        self.assertEqual(
            context,
            {
                "default_product_tmpl_id": self.product.id,
                "default_pricelist_id": self.pricelist.id,
                "default_quantity": 5,
            },
        )

    def test_new_prices_start_with_the_product(self):
        lines = self.env["crm.price.line"].with_user(self.user_manager)
        lines = lines.with_context(crm_price_product_id=self.variant.id)
        for name in ("action_new_rule", "action_new_vendor_price"):
            # As the button above a list does it: of no line.
            action = call_kw(lines, name, [[]], {"context": lines.env.context})
            records = lines.env[action["res_model"]].with_context(**action["context"])
            view = self.env["ir.ui.view"].browse(action["views"][0][0])
            form = Form(records, view)
            self.assertEqual(form.product_tmpl_id, self.product, action["res_model"])

    def test_prices_of_a_product_open_on_what_concerns_it(self):
        rule = self._create_category_rule(self.category)
        self._create_category_rule(self.category_other)

        for record in (self.product, self.variant):
            action = record.with_user(self.user_cost).action_crm_prices()
            lines = self.env["crm.price.line"].with_user(self.user_cost)
            lines = lines.with_context(**action["context"]).search(action["domain"])
            found = lines.filtered(lambda line: line.pricelist_id == self.pricelist)
            self.assertEqual((found.item_id, found.unit_price), (rule, 90.0), record._name)
            self.assertIn(self.product, lines.product_tmpl_id)

    def test_lines_of_other_variants_are_not_among_those_of_a_variant(self):
        small, large = self._create_variants()
        rules = [
            self._create_rule(applied_on="0_product_variant", product_id=variant.id)
            for variant in (small, large)
        ]

        action = small.with_user(self.user_cost).action_crm_prices()
        lines = self.env["crm.price.line"].search(action["domain"])

        self.assertIn(rules[0], lines.item_id)
        self.assertNotIn(rules[1], lines.item_id)

    def test_product_counts_the_lists_and_vendors_that_have_a_price_today(self):
        before = self.product.with_user(self.user_cost).crm_pricelist_count
        other = self.env["product.pricelist"].create({"name": "Other", "company_id": False})
        self._create_rule(applied_on="1_product", product_tmpl_id=self.product.id)
        self._create_category_rule(self.category, min_quantity=2)
        self._create_category_rule(self.category, pricelist_id=other.id)
        self._create_category_rule(
            self.category_other, pricelist_id=self.pricelist.copy({"name": "No"}).id
        )
        self._create_vendor_price()
        self._create_vendor_price(min_qty=9)
        self._create_vendor_price(
            partner_id=self.env.company.partner_id.id, date_end=fields.Date.to_date("2020-01-01")
        )
        self.env.invalidate_all()

        product = self.product.with_user(self.user_cost)

        # The copy of the price list has the rules of the first one as well.
        self.assertEqual(product.crm_pricelist_count - before, 3)
        self.assertEqual(product.crm_vendor_count, 1)
        self.assertEqual(self.variant.with_user(self.user_cost).crm_vendor_count, 1)

    def test_product_shows_its_margin(self):
        product = self.product.with_user(self.user_cost)

        self.assertEqual((product.crm_margin_percent, product.crm_under_margin), (0.4, False))
        self.assertEqual(self.variant.with_user(self.user_cost).crm_margin_percent, 0.4)
        with self.assertRaises(AccessError):
            self.product.with_user(self.user_salesman).read(["crm_margin_percent"])

    def test_page_of_a_product_shows_what_shared_rules_make_of_it(self):
        rule = self._create_category_rule(self.category)
        specification = {
            "crm_shared_price_rule_ids": {"fields": {"crm_unit_price": {}, "crm_state": {}}}
        }

        for record in (self.product, self.variant):
            [values] = record.with_user(self.user_salesman).web_read(specification)
            [found] = [
                value for value in values["crm_shared_price_rule_ids"] if value["id"] == rule.id
            ]
            self.assertEqual((found["crm_unit_price"], found["crm_state"]), (90.0, "current"))

    def test_cost_is_shown_to_those_who_see_costs_and_to_those_who_set_it(self):
        def shows(user, model_name, view):
            arch = self.env[model_name].with_user(user).get_view(self.env.ref(view).id, "form")
            fields_ = etree.fromstring(arch["arch"]).xpath("//field[@name='standard_price']")
            return any(field.get("invisible") not in ("1", "True") for field in fields_)

        for model_name, view in (
            ("product.template", "product.product_template_only_form_view"),
            ("product.product", "product.product_normal_form_view"),
            ("product.product", "product.product_variant_easy_edit_view"),
        ):
            self.assertFalse(shows(self.user_salesman, model_name, view), view)
            self.assertTrue(shows(self.user_cost, model_name, view), view)
            self.assertTrue(shows(self.user_products, model_name, view), view)

    def test_salesperson_opens_the_product_with_its_prices(self):
        self._create_rule(applied_on="1_product", product_tmpl_id=self.product.id)
        for user in (self.user_salesman, self.user_cost, self.user_employee, self.user_products):
            view = self.env.ref("product.product_template_only_form_view")
            product = self.product.with_user(user)
            arch = etree.fromstring(product.get_view(view.id, "form")["arch"])
            names = {field.get("name") for field in arch.xpath("//field[not(ancestor::field)]")}
            # Nothing in the view is forbidden to the user.
            self.assertTrue(product.read(names))

    # --- Cost ---------------------------------------------------------------------------------

    def test_the_number_of_queries_does_not_grow_with_the_lines(self):
        templates = self.env["product.template"].create(
            [
                {"name": f"Screw {n}", "list_price": n, "categ_id": self.category_leaf.id}
                for n in range(60)
            ]
        )
        templates.standard_price = 1.0
        base = self.env["product.pricelist"].create(
            {"name": "Base", "company_id": False, "currency_id": self.currency.id}
        )
        self._create_rule(pricelist_id=base.id)
        for template in templates:
            self._create_rule(
                applied_on="1_product",
                product_tmpl_id=template.id,
                base="pricelist",
                base_pricelist_id=base.id,
            )
            self._create_vendor_price(product_tmpl_id=template.id)
        lines = self.env["crm.price.line"].with_user(self.user_cost)
        view = self.env.ref("crm_products.crm_price_line_view_list")
        arch = etree.fromstring(lines.get_view(view.id, "list")["arch"])
        names = [field.get("name") for field in arch.iter("field")]

        def queries(products):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = lines.search([("product_tmpl_id", "in", products.ids)]).read(names)
            self.assertEqual(len(found), 3 * len(products))
            return self.env.cr.sql_log_count - before

        queries(templates)
        self.assertEqual(queries(templates), queries(templates[:6]))
