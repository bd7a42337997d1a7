# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict

from odoo.fields import Domain
from odoo.tools import split_every
from odoo.tools.translate import LazyTranslate

from .layout import PRODUCTS
from .planner import Names, Planner, same, tidy

_lt = LazyTranslate(__name__)

_EXPORTED_AT_A_TIME = 2000
# Columns by their field: those of the template, which all its variants share, and the own ones.
_SHARED = {
    "name": "name",
    "type": "type",
    "category": "categ_id",
    "unit": "uom_id",
    "list_price": "list_price",
    "sale_ok": "sale_ok",
    "purchase_ok": "purchase_ok",
    "description": "description_sale",
}
_OWN = {"reference": "default_code", "barcode": "barcode", "cost": "standard_price"}
_FIELDS = _SHARED | _OWN


def path_of(text):
    """Return the path of a category as Odoo writes it."""
    return " / ".join(filter(None, (part.strip() for part in text.split("/"))))


def units_by_name(planner):
    return Names(
        planner.env["uom.uom"].search([]),
        lambda unit: [unit.name, *planner.in_all_languages(unit, "name")],
        unknown=_lt("There is no such unit."),
        several=_lt("Several units have this name: rename one of them."),
    )


def unit_choices(env):
    """Return the names of all units, that of a new product first."""
    default = env["uom.uom"].browse(env["product.template"].default_get(["uom_id"])["uom_id"])
    return (default | env["uom.uom"].search([])).mapped("name")


def categories_by_path(planner, unknown=None):
    return Names(
        planner.env["product.category"].search_fetch([], ["complete_name"]),
        lambda category: [path_of(category.complete_name)],
        unknown=unknown or _lt("There is no such category."),
        several=_lt("Several categories have this path: rename one of them."),
    )


def _has_code(line):
    return not {"record_id", "reference", "barcode"}.isdisjoint(line.values)


class ProductPlanner(Planner):
    layout = PRODUCTS

    def __init__(self, env, words, create_categories=False):
        super().__init__(env, words)
        self.create_categories = create_categories
        # Odoo's own import does not track either; prices have a history of their own.
        self.records = env["product.product"].with_context(tracking_disable=True)
        # {tidy path: path} of the categories that the lines make.
        self.new_categories = {}

    def rows(self, columns):
        products = self.records.search(self.domain(self.records), order="default_code, id")
        for ids in split_every(_EXPORTED_AT_A_TIME, products.ids):
            for product in self.records.browse(ids):
                yield {"record_id": product.id} | {
                    column: self._label(column, product[field])
                    for column, field in _FIELDS.items()
                    if column in columns
                }
            self.env.invalidate_all()

    def choices(self):
        return {
            "unit": unit_choices(self.env),
            "category": self.env["product.category"].search([]).mapped("complete_name"),
        }

    def _locked(self, records):
        return [records.product_tmpl_id, records]

    # --- Looking up ------------------------------------------------------------------------

    def _prepare(self):
        self.units = units_by_name(self)
        self.categories = categories_by_path(
            self,
            _lt("There is no such category: write its whole path, or let the import make it."),
        )

    def _look_up(self, lines):
        def cells(column):
            return list({line.values[column] for line in lines if column in line.values})

        products = self.records.with_context(active_test=False)
        found = products.search_fetch(
            self.domain(products)
            & (
                Domain("id", "in", cells("record_id"))
                | Domain("default_code", "in", cells("reference"))
                | Domain("barcode", "in", cells("barcode"))
            ),
            ["default_code", "barcode", "active", "product_tmpl_id"],
        )
        self.by_id = {product.id: product for product in found}
        self.by_reference, self.by_barcode = defaultdict(list), defaultdict(list)
        for product in found:
            self.by_reference[product.default_code].append(product)
            self.by_barcode[product.barcode].append(product)
        self.by_name = defaultdict(list)
        names = [line.values.get("name") for line in lines if not _has_code(line)]
        if any(names):
            for product in products.search(
                self.domain(products) & Domain("name", "in", [*filter(None, names)])
            ):
                self.by_name[product.name].append(product)
                found |= product
        self.variant_counts = {
            template.id: count
            for template, count in self.env["product.product"]._read_group(
                [("product_tmpl_id", "in", found.product_tmpl_id.ids)],
                ["product_tmpl_id"],
                ["__count"],
            )
        }

    def _product(self, line):
        """Return the product of a line, None for a new one; False if that cannot be told."""
        if line.wrong & {"record_id", "reference", "barcode"}:
            return False
        reference, barcode = line.values.get("reference"), line.values.get("barcode")
        of_reference = self._active(self.by_reference[reference]) if reference else []
        of_barcode = self._active(self.by_barcode[barcode]) if barcode else []
        if "record_id" in line.values:
            column, found = "record_id", self._of_id(line)
            if not found:
                return False
            if of_reference and found[0] not in of_reference:
                return self._is_of_another(line, "reference", of_reference[0])
        elif reference:
            column, found = "reference", of_reference
            if len(found) > 1:
                found = [product for product in found if product in of_barcode] or found
            # A product without a reference gets it by its barcode.
            found = found or [product for product in of_barcode if not product.default_code]
        elif barcode:
            column, found = "barcode", of_barcode
        else:
            column, found = "name", self._active(self.by_name[line.values.get("name")])
        if len(found) > 1:
            message = _lt(
                "%(count)s products have this: download the current data and fill in its ID, or "
                "give each of them its own reference.",
                count=len(found),
            )
            self.problem(line, column, message)
            return False
        if of_barcode and of_barcode[0] not in found:
            return self._is_of_another(line, "barcode", of_barcode[0])
        if found and not found[0].active:
            self.problem(line, column, _lt("The product is archived: restore it first."))
            return False
        return found[0] if found else None

    def _of_id(self, line):
        """Return the product of an ID, unless the line has nothing in common with it."""
        product = self.by_id.get(line.values["record_id"])
        if not product:
            message = _lt("There is no product with this ID: empty the cell to make a new one.")
            self.problem(line, "record_id", message)
            return []
        known = {product.default_code, product.barcode, product.name} - {False}
        said = {line.values.get(column) for column in ("reference", "barcode", "name")} - {None}
        if (
            said
            and said.isdisjoint(known)
            and said.isdisjoint(self.in_all_languages(product, "name"))
        ):
            message = _lt(
                "This is the ID of another product: %(product)s. Empty the cell to make a new one.",
                product=self._name(product.default_code, product.name),
            )
            self.problem(line, "record_id", message)
            return []
        return [product]

    def _is_of_another(self, line, column, product):
        message = _lt(
            "This is that of another product: %(product)s.",
            product=self._name(product.default_code, product.name),
        )
        self.problem(line, column, message)
        return False

    @staticmethod
    def _active(products):
        return [product for product in products if product.active] or products

    # --- Planning --------------------------------------------------------------------------

    def _plan_line(self, line):
        product = self._product(line)
        values = {column: value for column, value in line.values.items() if column != "record_id"}
        # The unit that a product has may be archived by now, and stays.
        keeps_unit = product and self.is_named(line, "unit", product.uom_id)
        values["unit"] = None if keeps_unit else self.find(line, "unit", self.units)
        values["category"] = self._category(line)
        values = {column: value for column, value in values.items() if value is not None}
        if product:
            self._plan_change(line, product, values)
        elif product is None:
            self._plan_new(line, values)

    def _category(self, line):
        """Return the id of the category of a line, or the path of one to make."""
        path = path_of(line.values.get("category", ""))
        if path and self.create_categories and path not in self.categories:
            if tidy(path) not in self.new_categories:
                self.new_categories[tidy(path)] = path
                self.warning(line, "category", _lt("This category will be made."))
            return self.new_categories[tidy(path)]
        line.values.update({"category": path} if path else {})
        return self.find(line, "category", self.categories)

    def _plan_new(self, line, values):
        reference, barcode = values.get("reference"), values.get("barcode")
        if "name" not in values and "name" not in line.wrong:
            self.problem(line, "name", _lt("There is no such product: a new one needs a name."))
        if values.get("type") == "combo":
            self.problem(line, "type", _lt("A combo is put together on the product itself."))
        keys = [("reference", reference)] if reference else []
        if barcode:
            keys.append(("barcode", barcode))
        self.step(
            line,
            keys or [("name", values.get("name"))],
            0,
            self._name(reference, values.get("name")),
            {_FIELDS[column]: value for column, value in values.items()},
            {column: (None, self._label(column, value)) for column, value in values.items()},
        )

    def _plan_change(self, line, product, values):
        keys, changes, shown = [("id", product.id)], {}, {}
        shared = self.variant_counts.get(product.product_tmpl_id.id, 1) > 1
        for column, new in values.items():
            field = _FIELDS[column]
            old = product[field]
            if column in ("category", "unit"):
                old = old.id
            elif isinstance(old, str):
                old = old.replace("\r\n", "\n").strip()
            if same(old, new):
                continue
            if column == "unit":
                self.problem(
                    line,
                    column,
                    _lt(
                        "The unit of the product is %(unit)s: it is changed on the product only, "
                        "because documents depend on it.",
                        unit=product.uom_id.name,
                    ),
                )
            elif shared and column in _SHARED:
                self.problem(
                    line,
                    column,
                    _lt(
                        "The product has variants that share this: change it on the product, "
                        "or leave the cell empty."
                    ),
                )
            elif column == "type" and "combo" in (old, new):
                self.problem(line, column, _lt("A combo is put together on the product itself."))
            elif column in ("reference", "barcode"):
                keys.append((column, new))
            changes[field] = new
            shown[column] = (self._label(column, product[field]), self._label(column, new))
        self.step(
            line, keys, product.id, self._name(product.default_code, product.name), changes, shown
        )

    @staticmethod
    def _name(reference, name):
        return " ".join(filter(None, (reference and f"[{reference}]", name)))

    def _label(self, column, value):
        """Return what a value is shown as; ``value`` is that of the field, or an id or path."""
        if column in ("category", "unit"):
            if isinstance(value, int):
                return (self.units if column == "unit" else self.categories).names[value]
            return value if isinstance(value, str) else value.display_name or None
        return None if value is False and column not in ("sale_ok", "purchase_ok") else value

    # --- Writing ---------------------------------------------------------------------------

    def before_writing(self, steps):
        """Make the categories that the steps name by their path, and those above them."""
        categories = self.env["product.category"]
        for step in steps:
            path = step.values.get("categ_id")
            if not isinstance(path, str):
                continue
            above, parent_id = "", False
            for name in path.split(" / "):
                above = f"{above} / {name}" if above else name
                if above not in self.categories:
                    category = categories.create({"name": name, "parent_id": parent_id})
                    self.categories.add(above, category.id)
                parent_id = self.categories.find(above)
            step.values["categ_id"] = parent_id

    def _update(self, products, values):
        shared = {field: values[field] for field in _SHARED.values() if field in values}
        own = {field: values[field] for field in _OWN.values() if field in values}
        if shared:
            products.product_tmpl_id.write(shared)
        if own:
            products.write(own)
