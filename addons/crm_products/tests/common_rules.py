# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import datetime, timedelta

from hypothesis import strategies as st

from odoo.fields import Command

from .common import CrmProductsCommon

NOW = datetime(2026, 5, 14, 12)
LISTS = 3
_days = st.one_of(st.none(), st.integers(-3, 3))
_percent = st.sampled_from([-25.0, 0.0, 3.0, 7.5, 33.33, 100.0])
RULE = st.fixed_dictionaries(
    {
        "on_list": st.integers(0, LISTS - 1),
        "target": st.one_of(
            st.just(("all", 0)),
            st.tuples(st.just("category"), st.integers(0, 2)),
            st.tuples(st.just("template"), st.integers(0, 3)),
            st.tuples(st.just("variant"), st.integers(0, 5)),
        ),
        "compute_price": st.sampled_from(["fixed", "percentage", "formula"]),
        "base": st.sampled_from(["list_price", "standard_price", "pricelist"]),
        "min_quantity": st.sampled_from([0.0, 0.0, 1.0, 5.0, 10.0]),
        "start": _days,
        "length": st.one_of(st.none(), st.integers(1, 4)),
        "fixed_price": st.sampled_from([0.0, 1.99, 80.0, 1234.567]),
        "percent_price": _percent,
        "price_discount": _percent,
        "price_round": st.sampled_from([0.0, 0.05, 1.0, 10.0]),
        "price_surcharge": st.sampled_from([0.0, -0.01, 2.5]),
        "margins": st.sampled_from([(0.0, 0.0), (5.0, 20.0), (0.0, 3.0)]),
    }
)


class CrmRandomRulesCommon(CrmProductsCommon):
    """Products of all kinds, and price lists of any rules (``RULE``) for them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        attribute = cls.env["product.attribute"].create(
            {
                "name": "Colour",
                "value_ids": [
                    Command.create({"name": "Grey"}),
                    Command.create({"name": "Red", "default_extra_price": 12.5}),
                    Command.create({"name": "Blue"}),
                ],
            }
        )
        cls.templates = cls.product + cls.env["product.template"].create(
            [
                {
                    "name": "Chair",
                    "list_price": 59.9,
                    "standard_price": 31.0,
                    "categ_id": cls.category.id,
                    "attribute_line_ids": [
                        Command.create(
                            {
                                "attribute_id": attribute.id,
                                "value_ids": [Command.set(attribute.value_ids.ids)],
                            }
                        )
                    ],
                },
                {
                    "name": "Cable",
                    "list_price": 0.075,
                    "categ_id": cls.category_other.id,
                    "uom_id": cls.env.ref("uom.product_uom_meter").id,
                },
                {"name": "Training", "type": "service", "list_price": 400.0, "categ_id": False},
            ]
        )
        cls.product.standard_price = 62.0
        cls.variants = cls.templates.product_variant_ids
        cls.categories = (cls.category, cls.category_leaf, cls.category_other)
        cls.other_currency = cls.env["res.currency"].create(
            {
                "name": "CRX",
                "symbol": "x",
                "rate_ids": [
                    Command.create({"name": "2020-01-01", "rate": 3.7}),
                    Command.create({"name": "2026-05-15", "rate": 4.1}),
                ],
            }
        )

    def _make(self, rules, foreign):
        own = self.env.company.currency_id
        lists = self.env["product.pricelist"].create(
            [
                {
                    "name": f"List {number}",
                    "currency_id": (self.other_currency if number in foreign else own).id,
                }
                for number in range(LISTS)
            ]
        )
        for rule in rules:
            self.env["product.pricelist.item"].create(self._prepare_rule(lists, dict(rule)))
        self.env.flush_all()
        return lists

    def _prepare_rule(self, lists, rule):
        number = rule.pop("on_list")
        kind, target = rule.pop("target")
        start, length = rule.pop("start"), rule.pop("length")
        low, high = rule.pop("margins")
        # A list rests on the next one only, so that the chain ends.
        based = rule["base"] == "pricelist" and rule["compute_price"] != "fixed"
        if rule["base"] == "pricelist" and (not based or number == LISTS - 1):
            rule["base"], based = "list_price", False
        values = rule | {
            "pricelist_id": lists[number].id,
            "base_pricelist_id": based and lists[number + 1].id,
            "price_min_margin": low,
            "price_max_margin": high,
            "date_start": start is not None and NOW + timedelta(days=start),
            "date_end": length is not None and NOW + timedelta(days=(start or 0) + length),
        }
        if kind == "category":
            values |= {
                "applied_on": "2_product_category",
                "display_applied_on": "2_product_category",
                "categ_id": self.categories[target].id,
            }
        elif kind == "template":
            values |= {"applied_on": "1_product", "product_tmpl_id": self.templates[target].id}
        elif kind == "variant":
            values |= {"applied_on": "0_product_variant", "product_id": self.variants[target].id}
        return values
