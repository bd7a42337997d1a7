# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tools import float_round

from .changes import CHANGED, NEW, REMOVED
from .quantities import format_quantity
from .sheet import SheetColumn


class PriceTable:
    """The columns of a price book and the texts in them, in the language of ``env``: the same for
    the screen, the PDF and the spreadsheet.

    :param settings: what ``crm.price.book._crm_settings`` returns
    """

    def __init__(self, env, settings):
        self.env = env
        self.settings = settings
        self.columns = settings["columns"]
        self._lang = env["res.lang"]._lang_get(env.lang or "en_US") or env["res.lang"]._lang_get(
            "en_US"
        )
        self._currencies = {
            column["currency_id"]: env["res.currency"].browse(column["currency_id"])
            for column in self.columns
        }

    def shows(self, name):
        """Return whether a column of the products is printed."""
        if name == "customer_code":
            return bool(self.settings["codes_of_id"])
        if name == "category":
            return name in self.settings["shown"] and not self.settings["group"]
        return name in self.settings["shown"]

    @property
    def width(self):
        """The number of columns."""
        names = ("customer_code", "reference", "category", "barcode", "unit")
        shown = sum(self.shows(name) for name in names)
        return 1 + shown + bool(self.settings["pictures"]) + len(self.columns)

    def widths(self, changes=False):
        """Return the width of each column in percent, so that the tables of all categories are
        aligned. The product gets what is left, a fourth at least.
        """
        count = len(self.columns)
        widths = [12] if changes else []
        widths += [9] if self.settings["pictures"] else []
        widths += [12] if self.shows("customer_code") else []
        widths += [12] if self.shows("reference") else []
        widths.append(0)
        product = len(widths) - 1
        widths += [14] if self.shows("category") else []
        widths += [14] if self.shows("barcode") else []
        widths += [10] if self.shows("unit") else []
        widths += [12 if count <= 3 else 9 if count <= 6 else 7] * count
        taken = sum(widths)
        if taken > 75:
            widths = [round(75 * width / taken, 2) for width in widths]
        widths[product] = round(100 - sum(widths), 2)
        return widths

    # --- Headings -----------------------------------------------------------------------------

    @property
    def list_headings(self):
        """The upper line of headings, ``(name, number of columns)``: where several lists have
        several quantities.
        """
        if not self._several("list_id") or not self._several("quantity"):
            return []
        spans = {}
        for column in self.columns:
            spans[column["list_id"]] = spans.get(column["list_id"], 0) + 1
        names = {column["list_id"]: column["list"] for column in self.columns}
        return [(names[list_id], span) for list_id, span in spans.items()]

    @property
    def price_headings(self):
        """The headings of the columns of prices."""
        if self._several("quantity"):
            return [self._quantity_heading(column) for column in self.columns]
        if self._several("list_id"):
            return [column["list"] for column in self.columns]
        if any(column["quantity"] != 1 for column in self.columns):
            return [self._quantity_heading(column) for column in self.columns]
        return [self.env._("Price") for _column in self.columns]

    @property
    def list_names(self):
        """The names of the price lists, for the head of the page."""
        return ", ".join(dict.fromkeys(filter(None, (column["list"] for column in self.columns))))

    def _several(self, key):
        return len({column[key] for column in self.columns}) > 1

    def _quantity_heading(self, column):
        quantity = format_quantity(column["quantity"], self._lang.decimal_point)
        return self.env._("From %(quantity)s", quantity=quantity)

    # --- Texts --------------------------------------------------------------------------------

    def prices(self, row):
        """Return the texts of the prices of a row."""
        return [
            self.price(price, column)
            for price, column in zip(row.prices, self.columns, strict=True)
        ]

    def price(self, price, column):
        """Return a price as text: with more decimals than the currency has, where it needs them."""
        currency = self._currencies[column["currency_id"]]
        number = self._number(price, self._digits(price, column))
        if currency.position == "before":
            return f"{currency.symbol}\N{NO-BREAK SPACE}{number}"
        return f"{number}\N{NO-BREAK SPACE}{currency.symbol}"

    def change(self, change):
        """Return ``(text, old text, percent text, whether it rose)`` of each price."""
        cells = []
        for price, old, column in zip(
            change.row.prices, change.old_prices, self.columns, strict=True
        ):
            text = self.price(price, column)
            if old is None:
                cells.append((text, "", "", False))
                continue
            percent = self.percent(price, old)
            percent_text = "" if percent is None else f"{self._number(100 * percent, 1)} %"
            if percent and percent > 0:
                percent_text = f"+{percent_text}"
            cells.append((text, self.price(old, column), percent_text, price > old))
        return cells

    def change_label(self, kind):
        """Return what happened to a product, as text."""
        labels = {
            NEW: self.env._("New"),
            CHANGED: self.env._("Changed"),
            REMOVED: self.env._("No longer listed"),
        }
        return labels[kind]

    @staticmethod
    def percent(price, old):
        """Return how much a price changed, as a part of the old one; None where that was 0."""
        return (price - old) / old if old else None

    def _digits(self, price, column):
        places = self._currencies[column["currency_id"]].decimal_places
        digits = column["digits"]
        return places if round(price, places) == round(price, digits) else digits

    def _number(self, number, digits):
        rounded = float_round(number, precision_digits=digits)
        return self._lang.format(f"%.{digits}f", rounded, grouping=True)

    # --- Spreadsheet --------------------------------------------------------------------------

    def sheet_columns(self, changes=False):
        """Return the columns of the spreadsheet, of all prices or of changes."""
        columns = [SheetColumn(self.env._("Change"), 16)] if changes else []
        if self.shows("customer_code"):
            columns.append(SheetColumn(self.env._("Your Code"), 16))
            columns.append(SheetColumn(self.env._("Your Product Name"), 32))
        if "reference" in self.settings["shown"]:
            columns.append(SheetColumn(self.env._("Reference"), 16))
        columns.append(SheetColumn(self.env._("Product"), 40))
        if self._sheet_category:
            columns.append(SheetColumn(self.env._("Category"), 28))
        if "barcode" in self.settings["shown"]:
            columns.append(SheetColumn(self.env._("Barcode"), 16))
        if "description" in self.settings["shown"]:
            columns.append(SheetColumn(self.env._("Description"), 48))
        if "unit" in self.settings["shown"]:
            columns.append(SheetColumn(self.env._("Unit"), 12))
        for column in self.columns:
            heading = self._sheet_heading(column)
            number_format = self._sheet_format(column)
            columns.append(SheetColumn(heading, 16, number_format))
            if changes:
                columns.append(
                    SheetColumn(self.env._("%(price)s, before", price=heading), 16, number_format)
                )
                columns.append(
                    SheetColumn(self.env._("%(price)s, change", price=heading), 12, "0.0%")
                )
        return columns

    def sheet_row(self, row):
        """Return the values of a row, one for each of ``sheet_columns``."""
        return self._sheet_texts(row) + [
            self._rounded(price, column)
            for price, column in zip(row.prices, self.columns, strict=True)
        ]

    def sheet_change(self, change):
        """Return the values of a change, one for each of ``sheet_columns``."""
        values = [self.change_label(change.kind), *self._sheet_texts(change.row)]
        if change.kind == REMOVED:
            return values + [None] * (3 * len(self.columns))
        for price, old, column in zip(
            change.row.prices, change.old_prices, self.columns, strict=True
        ):
            values.append(self._rounded(price, column))
            if old is None:
                values += [None, None]
            else:
                values += [self._rounded(old, column), self.percent(price, old)]
        return values

    @property
    def _sheet_category(self):
        # A table that is filtered and sorted has the category in a column of its own.
        return self.settings["group"] or "category" in self.settings["shown"]

    def _sheet_texts(self, row):
        shown = self.settings["shown"]
        texts = [row.customer_code, row.customer_name] if self.shows("customer_code") else []
        texts += [row.reference] if "reference" in shown else []
        texts.append(row.name)
        if self._sheet_category:
            texts.append(row.category)
        if "barcode" in shown:
            texts.append(row.barcode)
        if "description" in shown:
            texts.append(row.description)
        if "unit" in shown:
            texts.append(row.unit)
        return texts

    def _sheet_heading(self, column):
        parts = [column["list"]] if self._several("list_id") else []
        if self._several("quantity") or column["quantity"] != 1:
            parts.append(self._quantity_heading(column))
        currency = self._currencies[column["currency_id"]].name
        return f"{', '.join(parts) or self.env._('Price')} ({currency})"

    def _sheet_format(self, column):
        currency = self._currencies[column["currency_id"]]
        places = currency.decimal_places
        number = "#,##0"
        if places:
            number += f".{'0' * places}{'#' * (column['digits'] - places)}"
        symbol = '"' + (currency.symbol or "").replace('"', "") + '"'
        return f"{symbol} {number}" if currency.position == "before" else f"{number} {symbol}"

    def _rounded(self, price, column):
        return float_round(price, precision_digits=self._digits(price, column))
