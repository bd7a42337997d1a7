# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import Counter, defaultdict

from odoo import fields
from odoo.fields import Domain
from odoo.tools import split_every
from odoo.tools.translate import LazyTranslate

from .entry_planner import EntryPlanner
from .layout import VENDOR_PRICES
from .planner import Names
from .product_planner import unit_choices, units_by_name

_lt = LazyTranslate(__name__)

_EXPORTED_AT_A_TIME = 2000
# Columns by their field.
_PLAIN = {
    "vendor_code": "product_code",
    "vendor_name": "product_name",
    "price": "price",
    "delay": "delay",
}


def compact(text):
    """Return a tax id without the marks that people put into it."""
    return "".join(character for character in text if character.isalnum()).upper()


class VendorPlanner(EntryPlanner):
    layout = VENDOR_PRICES
    owner_field = "partner_id"
    quantity_field = "min_qty"

    def __init__(self, env, words):
        super().__init__(env, words)
        self.records = env["product.supplierinfo"]

    def rows(self, columns):
        today = fields.Date.context_today(self.records)
        prices = self.records.search(
            self.domain(self.records)
            & Domain("product_tmpl_id.active", "=", True)
            & (Domain("date_end", "=", False) | Domain("date_end", ">=", today)),
            order="partner_id, product_tmpl_id, min_qty, id",
        )
        for ids in split_every(_EXPORTED_AT_A_TIME, prices.ids):
            some = self.records.browse(ids)
            vendors = self._names_of(some.partner_id)
            for price in some:
                yield self._entry_row(price) | {
                    "vendor": vendors[price.partner_id],
                    "vendor_code": price.product_code or None,
                    "vendor_name": price.product_name or None,
                    "price": price.price,
                    "currency": price.currency_id.name,
                    "unit": price.product_uom_id.name,
                    "delay": price.delay,
                }
            self.env.invalidate_all()

    def _names_of(self, vendors):
        """Return ``{vendor: text by which an import finds it}``."""
        counts = Counter(
            dict(
                vendors._read_group(
                    self.domain(vendors) & Domain("name", "in", vendors.mapped("name")),
                    ["name"],
                    ["__count"],
                )
            )
        )
        return {
            vendor: vendor.name
            if counts[vendor.name] == 1
            else vendor.ref or vendor.vat or vendor.complete_name
            for vendor in vendors
        }

    def choices(self):
        return {
            "unit": unit_choices(self.env),
            "currency": self.env["res.currency"].search([]).mapped("name"),
        }

    # --- Looking up ------------------------------------------------------------------------

    def _prepare(self):
        self.units = units_by_name(self)
        self.currencies = Names(
            self.env["res.currency"].search([]),
            lambda currency: [currency.name],
            unknown=_lt("There is no such active currency: activate it first."),
            several=_lt("There is no such active currency: activate it first."),
        )
        # {text of a cell: vendors}
        self.vendors = {}
        self.vendor_names = {}

    def _look_up_owners(self, lines):
        texts = {line.values["vendor"] for line in lines if "vendor" in line.values}
        new = texts - self.vendors.keys()
        partners = self.env["res.partner"]
        found = partners.search_fetch(
            self.domain(partners)
            & (
                Domain("ref", "in", list(new))
                | Domain("vat", "in", list(new | set(map(compact, new))))
                | Domain("name", "in", list(new))
                | Domain("complete_name", "in", list(new))
            ),
            ["ref", "vat", "name", "complete_name", "parent_id"],
        )
        # A reference says more than a tax id, which branches share, and that more than a name.
        by_text = [defaultdict(list) for _kind in range(4)]
        for partner in found:
            self.vendor_names[partner.id] = partner.complete_name or partner.name
            texts_of = (partner.ref, compact(partner.vat or ""), partner.name)
            for known, text in zip(by_text, (*texts_of, partner.complete_name), strict=True):
                known[text].append(partner.id)
        alone = set(found.filtered(lambda partner: not partner.parent_id).ids)
        for text in new:
            ids = []
            for known, key in zip(by_text, (text, compact(text), text, text), strict=True):
                if key and known[key]:
                    ids = known[key]
                    break
            # Of a company and its people that share a tax id or a name, the company is meant.
            self.vendors[text] = [one for one in ids if one in alone] or ids
        return [one for text in texts for one in self.vendors[text]]

    def _entries_of(self, lines, owner_ids):
        return Domain("partner_id", "in", owner_ids) & Domain(
            "product_tmpl_id", "in", self.template_ids
        )

    def _owner(self, line):
        text = line.values.get("vendor")
        if text is None:
            return None
        found = self.vendors[text]
        if len(found) == 1:
            return found[0]
        self.problem(
            line,
            "vendor",
            _lt(
                "%(count)s contacts are called this: write the reference or the tax ID instead.",
                count=len(found),
            )
            if found
            else _lt("There is no contact with this name, reference or tax ID."),
        )
        return None

    def _owner_name(self, owner_id):
        if owner_id not in self.vendor_names:
            self.vendor_names[owner_id] = self.env["res.partner"].browse(owner_id).display_name
        return self.vendor_names[owner_id]

    def _one_of(self, line, records):
        """Of prices that differ in nothing but the currency, a line means the one in its own."""
        currency = line.values.get("currency", "").upper()
        return super()._one_of(
            line, [record for record in records if record.currency_id.name == currency] or records
        )

    # --- Terms -----------------------------------------------------------------------------

    def _terms(self, line, target, record):
        terms = []
        for column, field in _PLAIN.items():
            if column in line.values:
                new, old = line.values[column], record and record[field]
                terms.append((column, None if old is False else old, new, {field: new}))
        for column, field, names in (
            ("currency", "currency_id", self.currencies),
            ("unit", "product_uom_id", self.units),
        ):
            # What a price has may be archived by now, and stays.
            if record and self.is_named(line, column, record[field]):
                continue
            if found := self.find(line, column, names):
                new = self.records[field].browse(found)
                if column == "unit" and target:
                    self._check_unit(line, new, new.browse(target.unit_id))
                terms.append((column, record and record[field].name, new.name, {field: found}))
        return terms

    def _check_unit(self, line, unit, unit_of_product):
        if unit != unit_of_product and not unit._has_common_reference(unit_of_product):
            message = _lt(
                "The product is measured in %(unit)s, which cannot be converted to this.",
                unit=unit_of_product.name,
            )
            self.problem(line, "unit", message)
