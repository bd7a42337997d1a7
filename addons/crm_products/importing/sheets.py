# SPDX-License-Identifier: LGPL-3.0-or-later
"""Write the sheets that people fill in, and those that tell them what is wrong. Texts are always
written as texts: a name that begins with ``=`` never becomes a formula.
"""

from datetime import date, datetime

import xlsxwriter

from odoo.tools.translate import LazyGettext, LazyTranslate

from .layout import ERRORS, EXAMPLE
from .reader import MOST_LINES

_lt = LazyTranslate(__name__)

_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}
_FORMATS = {"code": "@", "text": "@", "amount": "#,##0.00", "day": "yyyy-mm-dd", "days": "0"}
_MOST_CHOICES = 5000
_LISTS = "Lists"


class _Book:
    def __init__(self, stream):
        self.book = xlsxwriter.Workbook(stream, _OPTIONS)
        self.formats = {}

    def format(self, **properties):
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format(properties)
        return self.formats[key]

    def cell(self, sheet, row, column, value, **properties):
        """Write a value by its type; a moment as text, because Excel has no midnight."""
        if value is None or value == "":
            if properties:
                sheet.write_blank(row, column, None, self.format(**properties))
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value, self.format(**properties))
        elif isinstance(value, int | float):
            sheet.write_number(row, column, value, self.format(**properties))
        elif isinstance(value, date) and not isinstance(value, datetime):
            properties.setdefault("num_format", _FORMATS["day"])
            sheet.write_datetime(
                row, column, datetime(value.year, value.month, value.day), self.format(**properties)
            )
        else:
            sheet.write_string(row, column, str(value), self.format(**properties))


def write_template(stream, layout, columns, words, choices, rows=None):
    """Write the template of a layout: with examples, or filled with ``rows``.

    :param columns: those of the layout that the user may see
    :param dict choices: texts to choose from by the names of columns
    :param rows: ``{column name: value}`` of each line
    """
    choices = _choices(columns, words, choices)
    book = _Book(stream)
    sheet = book.book.add_worksheet(_sheet_name(words.say(layout.title)))
    helping = book.book.add_worksheet(_sheet_name(words.say(_lt("Help"))))
    lists = book.book.add_worksheet(_LISTS)
    lists.hide()
    _set_up(book, sheet, columns, words, choices)
    if rows is None:
        for number in (1, 2):
            for position, column in enumerate(columns):
                value = _example(column, number, words, choices)
                _write(
                    book, sheet, number, position, column, value, words,
                    italic=True, font_color="#808080",
                )  # fmt: skip
    else:
        last = 0
        for last, row in enumerate(rows, 1):
            for position, column in enumerate(columns):
                _write(book, sheet, last, position, column, row.get(column.name), words)
        sheet.autofilter(0, 0, last, len(columns) - 1)
    _write_help(book, helping, layout, columns, words)
    _write_lists(lists, columns, choices)
    book.book.close()


def write_errors(stream, layout, words, rows, messages):
    """Write the rows of a file as they are, with what is wrong with each in a further column.

    :param rows: ``(number, values)``, the headings first
    :param dict messages: the sentences on a line by its number
    """
    book = _Book(stream)
    sheet = book.book.add_worksheet(_sheet_name(words.say(layout.title)))
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 40, 16)
    _number, headings = next(rows)
    headings = [*headings]
    while headings and not headings[-1]:
        headings.pop()
    for position, heading in enumerate([*headings, words.say(ERRORS)]):
        book.cell(sheet, 0, position, heading, bold=True, bg_color="#D9E1F2")
    sheet.set_column(len(headings), len(headings), 80)
    last = 0
    for number, values in rows:
        said = messages.get(number)
        if not said and not any(value is not None for value in values):
            continue
        last += 1
        colour = {"bg_color": "#FCE4E4"} if said else {}
        for position, value in enumerate(values[: len(headings)]):
            book.cell(sheet, last, position, getattr(value, "text", value), **colour)
        if said:
            sheet.write_string(last, len(headings), " ".join(said), book.format(**colour))
    sheet.autofilter(0, 0, last, len(headings))
    book.book.close()


def _sheet_name(name):
    return "".join(character for character in name if character not in "[]:*?/\\")[:31]


def _choices(columns, words, choices):
    """Return ``{column name: texts}`` of all columns to choose in."""
    found = {}
    for column in columns:
        texts = choices.get(column.name)
        if column.holds == "flag":
            texts = [words.say(_lt("Yes")), words.say(_lt("No"))]
        elif column.choices:
            texts = list(map(words.say, column.choices.values()))
        if texts and len(texts) <= _MOST_CHOICES:
            found[column.name] = texts
    return found


def _set_up(book, sheet, columns, words, choices):
    sheet.freeze_panes(1, 0)
    for position, column in enumerate(columns):
        number_format = {"num_format": _FORMATS.get(column.holds, "General")}
        sheet.set_column(position, position, column.width, book.format(**number_format))
        book.cell(
            sheet, 0, position, words.say(column.label),
            bold=True, text_wrap=True, valign="top", font_color="#FFFFFF",
            bg_color="#1F4E78" if column.required else "#5B7FA6",
        )  # fmt: skip
        if column.name in choices:
            letter = xlsxwriter.utility.xl_col_to_name(position)
            sheet.data_validation(
                1, position, MOST_LINES, position,
                {
                    "validate": "list",
                    "source": f"={_LISTS}!${letter}$1:${letter}${len(choices[column.name])}",
                    "error_type": "warning",
                },
            )  # fmt: skip


def _write(book, sheet, row, position, column, value, words, **properties):
    if column.holds == "flag" and isinstance(value, bool):
        value = words.say(_lt("Yes")) if value else words.say(_lt("No"))
    elif column.choices and value in column.choices:
        value = words.say(column.choices[value])
    if column.holds in _FORMATS:
        properties["num_format"] = _FORMATS[column.holds]
    book.cell(sheet, row, position, value, **properties)


def _example(column, number, words, choices):
    if column.name == "reference":
        return f"{words.say(EXAMPLE)}-{number}"
    value = column.examples[number - 1]
    if isinstance(value, LazyGettext):
        return words.say(value)
    if value == "" and column.name in choices:
        return choices[column.name][0]
    return value


def _write_help(book, sheet, layout, columns, words):
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 10)
    sheet.set_column(2, 2, 90)
    notes = (
        _lt("Fill in the first sheet, upload the file and look at the preview."),
        _lt("Nothing is written before you confirm the preview."),
        *layout.notes,
        _lt("An empty cell leaves what is there as it is."),
        _lt("Columns may stand in any order; those that you do not need may be deleted."),
        _lt("The grey examples are left out: write over them, or delete them."),
    )
    row = 0
    for row, note in enumerate(notes):
        book.cell(sheet, row, 0, words.say(note))
    row += 2
    for position, heading in enumerate((_lt("Column"), _lt("Needed"), _lt("What to write"))):
        book.cell(sheet, row, position, words.say(heading), bold=True, bg_color="#D9E1F2")
    for column in columns:
        row += 1
        book.cell(sheet, row, 0, words.say(column.label), bold=True, valign="top")
        book.cell(sheet, row, 1, words.say(_lt("Yes")) if column.required else "", valign="top")
        book.cell(sheet, row, 2, words.say(column.help), text_wrap=True)


def _write_lists(sheet, columns, choices):
    """Write the texts to choose from, each below its column of the first sheet."""
    longest = max(map(len, choices.values()), default=0)
    for row in range(longest):
        for position, column in enumerate(columns):
            texts = choices.get(column.name, ())
            if row < len(texts):
                sheet.write_string(row, position, texts[row])
