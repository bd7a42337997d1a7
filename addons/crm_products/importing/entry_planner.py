# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict
from dataclasses import dataclass

from odoo.fields import Domain
from odoo.tools import float_round
from odoo.tools.translate import LazyTranslate

from .planner import Planner, same

_lt = LazyTranslate(__name__)


@dataclass(slots=True)
class Target:
    """What a price is for. ``key`` tells targets apart, ``values`` are those of a new record."""

    key: tuple
    name: str
    values: dict
    unit_id: int = 0


class EntryPlanner(Planner):
    """Plans the prices of somebody (a price list, a vendor) for something, from a quantity and for
    a time. A line changes the price that has all of these in common with it, or that of its ID.
    """

    owner_field = None
    quantity_field = None

    def __init__(self, env, words):
        super().__init__(env, words)
        self.quantity_digits = env["decimal.precision"].precision_get("Product Unit")

    # --- What prices differ in -------------------------------------------------------------

    def _look_up_owners(self, lines):
        """Return the ids of the owners that the lines name."""
        raise NotImplementedError

    def _owner(self, line):
        """Return the id of the owner of a line, or None with a problem."""
        raise NotImplementedError

    def _owner_name(self, owner_id):
        raise NotImplementedError

    def _entries_of(self, lines, owner_ids):
        """Return the domain of the prices that the lines may be about."""
        raise NotImplementedError

    def _target(self, line):
        """Return the target of a line without an ID, or None with a problem."""
        product = self._product(line)
        return product and self._product_target(*product)

    def _target_of(self, record):
        return self._product_target(record.product_tmpl_id, record.product_id)

    def _moment(self, day, end):
        """Return a day or moment of a line as the field of a record has it."""
        return day

    def _day(self, moment, end):
        """Return what ``_moment`` has made a moment of."""
        return moment or None

    def _terms(self, line, target, record):
        """Return ``[(column, old, new, {field: value})]`` of what a price says besides quantity
        and dates; note what is wrong. ``target`` and ``record`` may be None.
        """
        raise NotImplementedError

    # --- Looking up ------------------------------------------------------------------------

    def _look_up(self, lines):
        self._look_up_products(lines)
        ids = [line.values["record_id"] for line in lines if "record_id" in line.values]
        records = self.records.search(
            self.domain(self.records)
            & (Domain("id", "in", ids) | self._entries_of(lines, self._look_up_owners(lines)))
        )
        self._note_variants(records.product_tmpl_id.ids)
        self.by_id = {record.id: record for record in records}
        self.by_key = defaultdict(list)
        for record in records:
            self.by_key[self._key(record)].append(record)

    def _look_up_products(self, lines):
        """Read the products of the lines by their references, or by their names."""
        products = self.env["product.product"].with_context(active_test=False)
        templates = self.env["product.template"].with_context(active_test=False)
        references = {line.values.get("reference") for line in lines} - {None}
        found = products.search_fetch(
            self.domain(products) & Domain("default_code", "in", list(references)),
            ["default_code", "active", "product_tmpl_id"],
        )
        names = {line.values.get("product") for line in lines if "reference" not in line.values}
        named = templates.browse()
        if names - {None}:
            named = templates.search(
                self.domain(templates) & Domain("name", "in", list(names - {None}))
            )
        self.by_reference, self.by_name = defaultdict(list), defaultdict(list)
        for product in found:
            self.by_reference[product.default_code].append(product)
        for template in named:
            self.by_name[template.name].append(template)
        self.template_ids = [*found.product_tmpl_id.ids, *named.ids]
        self.variants = {}
        self._note_variants(self.template_ids)

    def _note_variants(self, template_ids):
        """Read which active variants the templates have."""
        missing = set(template_ids) - self.variants.keys()
        self.variants |= {
            template.id: ids
            for template, ids in self.env["product.product"]._read_group(
                [("product_tmpl_id", "in", list(missing))], ["product_tmpl_id"], ["id:array_agg"]
            )
        }

    def _product(self, line):
        """Return the template and the variant that a line names, or None with a problem."""
        reference = line.values.get("reference")
        column = "reference" if reference else "product"
        if "reference" in line.wrong:
            return None
        found = (
            self.by_reference[reference] if reference else self.by_name[line.values.get("product")]
        )
        found = [product for product in found if product.active] or found
        if len(found) == 1 and found[0].active:
            [product] = found
            if reference:
                return product.product_tmpl_id, product
            return product, self.env["product.product"]
        if not reference and not line.values.get("product"):
            message = _lt("The cell is empty: fill it in.")
            column = "reference"
        elif not found:
            message = _lt("There is no such product.")
        elif len(found) == 1:
            message = _lt("The product is archived: restore it first.")
        else:
            message = _lt(
                "%(count)s products have this: give each of them its own reference first.",
                count=len(found),
            )
        self.problem(line, column, message)
        return None

    def _product_target(self, template, variant):
        """Return the target for a product: the only variant of a template stands for all of it."""
        variants = self.variants.get(template.id, ())
        alone = len(variants) < 2
        code = (variant or template).default_code
        return Target(
            ("template", template.id) if alone or not variant else ("variant", variant.id),
            f"[{code}] {template.name}" if code else template.name,
            {
                "product_tmpl_id": template.id,
                "product_id": variants[0] if alone and variants else variant.id,
            },
            template.uom_id.id,
        )

    def _key(self, record):
        return (
            record[self.owner_field].id,
            self._target_of(record).key,
            record[self.quantity_field],
            record.date_start or None,
            record.date_end or None,
        )

    # --- Planning --------------------------------------------------------------------------

    def _plan_line(self, line):
        owner_id = self._owner(line)
        record = None
        if "record_id" in line.values:
            record = self._record_of_id(line, owner_id)
            target = record and self._target_of(record)
        else:
            target = self._target(line)
        quantity = float_round(
            line.values.get("min_quantity", 0.0), precision_digits=self.quantity_digits
        )
        start = self._moment(line.values.get("date_start"), end=False)
        end = self._moment(line.values.get("date_end"), end=True)
        if start and end and start > end:
            self.problem(line, "date_end", _lt("The last day lies before the first one."))
        # Without these nobody knows what the line is about; the rest of it is checked all the same.
        if (
            not owner_id
            or not target
            or line.wrong
            & {
                "record_id",
                "min_quantity",
                "date_start",
                "date_end",
            }
        ):
            self._terms(line, target, record)
            return
        key = (owner_id, target.key, quantity, start, end)
        alike = [other for other in self.by_key[key] if other != record]
        if alike and record:
            self.problem(
                line,
                "record_id",
                _lt("There is another price with the same quantity and dates already."),
            )
        elif alike:
            record = self._one_of(line, alike)
            if not record:
                return
        values, shown = {}, {}
        for column, old, new, written in [
            (
                "min_quantity",
                record and record[self.quantity_field],
                quantity,
                {self.quantity_field: quantity},
            ),
            (
                "date_start",
                record and self._day(record.date_start, end=False),
                self._day(start, end=False),
                {"date_start": start or False},
            ),
            (
                "date_end",
                record and self._day(record.date_end, end=True),
                self._day(end, end=True),
                {"date_end": end or False},
            ),
            *self._terms(line, target, record),
        ]:
            if not same(old, new) and (record or new):
                values |= written
                shown[column] = (old, new)
        keys = [key]
        if record:
            keys.append(("id", record.id))
        else:
            values |= target.values | {self.owner_field: owner_id}
        name = f"{self._owner_name(owner_id)} · {target.name}"
        self.step(line, keys, record.id if record else 0, name, values, shown)

    def _record_of_id(self, line, owner_id):
        """Return the price that the ID of a line stands for, or None with a problem."""
        record = self.by_id.get(line.values["record_id"])
        if not record:
            self.problem(
                line,
                "record_id",
                _lt("There is no price with this ID: empty the cell to add a new one."),
            )
        elif not self._is_about(line, owner_id, record):
            self.problem(
                line,
                "record_id",
                _lt(
                    "This is the ID of another price: %(price)s. Empty the cell to add a new one.",
                    price=f"{self._owner_name(record[self.owner_field].id)} · "
                    f"{self._target_of(record).name}",
                ),
            )
        else:
            return record
        return None

    def _is_about(self, line, owner_id, record):
        """Return whether a line names the owner and product of a record, as far as it names any."""
        if owner_id and owner_id != record[self.owner_field].id:
            return False
        if reference := line.values.get("reference"):
            return reference == self._reference(record)
        name, template = line.values.get("product"), record.product_tmpl_id
        return name in (None, template.name) or name in self.in_all_languages(template, "name")

    @staticmethod
    def _reference(record):
        return (record.product_id or record.product_tmpl_id).default_code or None

    def _one_of(self, line, records):
        """Return the one price that a line can be about, or None with a problem."""
        if len(records) == 1:
            return records[0]
        self.problem(
            line,
            "",
            _lt(
                "There are %(count)s prices with the same quantity and dates: download the current "
                "data and change the line with the right ID.",
                count=len(records),
            ),
        )
        return None

    # --- Current data ----------------------------------------------------------------------

    def _entry_row(self, record):
        """Return the cells of a record that all kinds of prices have."""
        return {
            "record_id": record.id,
            "reference": self._reference(record),
            "product": record.product_tmpl_id.name or None,
            "min_quantity": record[self.quantity_field],
            "date_start": self._day(record.date_start, end=False),
            "date_end": self._day(record.date_end, end=True),
        }
