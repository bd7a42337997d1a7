# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import datetime, time

import pytz

from odoo import fields
from odoo.fields import Domain
from odoo.tools import split_every
from odoo.tools.translate import LazyTranslate

from .entry_planner import EntryPlanner, Target
from .layout import PRICES
from .planner import Names
from .product_planner import categories_by_path, path_of
from .values import Percent

_lt = LazyTranslate(__name__)

_EXPORTED_AT_A_TIME = 2000
_FIRST = time(0, 0, 0)
_LAST = time(23, 59, 59)


class PricePlanner(EntryPlanner):
    """Plans the rules of price lists that have a price or a discount, without formula."""

    layout = PRICES
    owner_field = "pricelist_id"
    quantity_field = "min_quantity"

    def __init__(self, env, words):
        super().__init__(env, words)
        self.records = env["product.pricelist.item"]

    def rows(self, columns):
        lists = self._pricelists()
        names = lists.mapped("name")
        rules = self.records.search(
            self.domain(self.records)
            & Domain("pricelist_id", "in", lists.ids)
            & Domain("compute_price", "!=", "formula")
            & (Domain("date_end", "=", False) | Domain("date_end", ">=", fields.Datetime.now())),
            order="pricelist_id, applied_on, product_tmpl_id, min_quantity, id",
        )
        for ids in split_every(_EXPORTED_AT_A_TIME, rules.ids):
            for rule in self.records.browse(ids):
                pricelist = rule.pricelist_id
                yield self._entry_row(rule) | {
                    "pricelist": pricelist.name
                    if names.count(pricelist.name) == 1
                    else pricelist.display_name,
                    "category": rule.categ_id.complete_name or None,
                    "kind": rule.compute_price,
                    "value": self._value_of(rule),
                }
            self.env.invalidate_all()

    def choices(self):
        return {
            "pricelist": self._pricelists().mapped("name"),
            "category": self.env["product.category"].search([]).mapped("complete_name"),
        }

    def _pricelists(self):
        pricelists = self.env["product.pricelist"]
        return pricelists.search(self.domain(pricelists))

    # --- Looking up ------------------------------------------------------------------------

    def _prepare(self):
        pricelists = self._pricelists()
        self.lists = Names(
            pricelists,
            lambda pricelist: [
                pricelist.name,
                *self.in_all_languages(pricelist, "name"),
                *self.in_all_languages(pricelist, "display_name"),
            ],
            unknown=_lt("There is no such price list."),
            several=_lt(
                "Several price lists have this name: add the currency, as in “Resellers (USD)”, "
                "or rename one of them."
            ),
        )
        self.categories = categories_by_path(self)

    def _look_up_owners(self, lines):
        names = {line.values["pricelist"] for line in lines if "pricelist" in line.values}
        return [self.lists.find(name) for name in names if self.lists.has_one(name)]

    def _entries_of(self, lines, owner_ids):
        return Domain("pricelist_id", "in", owner_ids) & (
            Domain("product_tmpl_id", "in", [False, *self.template_ids])
        )

    def _owner(self, line):
        return self.find(line, "pricelist", self.lists)

    def _owner_name(self, owner_id):
        return self.lists.names.get(owner_id, "")

    def _target(self, line):
        named = "reference" in line.values or "product" in line.values
        category_id = None
        if "category" in line.values:
            line.values["category"] = path_of(line.values["category"])
            category_id = self.find(line, "category", self.categories)
            if named:
                self.problem(
                    line,
                    "category",
                    _lt("The line names a product and a category: leave one of them empty."),
                )
                return None
        if named or "reference" in line.wrong:
            return super()._target(line)
        if "category" not in line.values:
            self.warning(
                line,
                "reference",
                _lt("Without product and category this price is for all products."),
            )
            return self._target_for(None)
        return category_id and self._target_for(category_id)

    def _target_for(self, category_id):
        if category_id:
            return Target(
                ("category", category_id),
                self.categories.names.get(category_id, ""),
                {
                    "applied_on": "2_product_category",
                    "display_applied_on": "2_product_category",
                    "categ_id": category_id,
                },
            )
        return Target(("all",), self.say(_lt("All products")), {"applied_on": "3_global"})

    def _target_of(self, record):
        if record.product_tmpl_id or record.product_id:
            return self._product_target(
                record.product_tmpl_id or record.product_id.product_tmpl_id, record.product_id
            )
        return self._target_for(record.categ_id.id)

    def _product_target(self, template, variant):
        target = super()._product_target(template, variant)
        if target.key[0] == "template":
            target.values["product_id"] = False
        target.values["applied_on"] = (
            "1_product" if target.key[0] == "template" else "0_product_variant"
        )
        return target

    def _is_about(self, line, owner_id, record):
        category = path_of(line.values.get("category", ""))
        if category and category != path_of(record.categ_id.complete_name or ""):
            return False
        return super()._is_about(line, owner_id, record)

    # --- Days and moments ------------------------------------------------------------------

    def _moment(self, day, end):
        """Return the moment (UTC) at which a day begins or ends for the user."""
        if day is None:
            return None
        if not isinstance(day, datetime):
            day = datetime.combine(day, _LAST if end else _FIRST)
        return self.env.tz.localize(day).astimezone(pytz.utc).replace(tzinfo=None)

    def _day(self, moment, end):
        if not moment:
            return None
        local = pytz.utc.localize(moment).astimezone(self.env.tz).replace(tzinfo=None)
        return local.date() if local.time() == (_LAST if end else _FIRST) else local

    # --- Terms -----------------------------------------------------------------------------

    @staticmethod
    def _value_of(rule):
        if rule.compute_price == "percentage":
            return Percent(rule.percent_price)
        return rule.fixed_price

    def _terms(self, line, target, record):
        kind, value = line.values.get("kind"), line.values.get("value")
        if record and record.compute_price == "formula":
            self.problem(
                line,
                "kind",
                _lt("This price is a formula: change it in the price list, or delete it there."),
            )
        if kind is None or value is None:
            return []
        if kind == "percentage":
            if value > 100:
                self.problem(line, "value", _lt("A discount cannot be more than 100 %."))
            if value < 0:
                self.warning(line, "value", _lt("A discount below zero makes the price higher."))
            value = Percent(value)
        elif isinstance(value, Percent):
            self.problem(
                line, "value", _lt("This is a percentage, but the price is to be a fixed one.")
            )
        elif value < 0:
            self.problem(line, "value", _lt("The number is negative: it must be zero or more."))
        written = {
            "compute_price": kind,
            "fixed_price": value if kind == "fixed" else 0.0,
            "percent_price": float(value) if kind == "percentage" else 0.0,
        }
        if record and record.compute_price != kind:
            written |= {"base": "list_price", "base_pricelist_id": False}
        return [
            ("kind", record and record.compute_price, kind, written),
            ("value", record and self._value_of(record), value, written),
        ]
