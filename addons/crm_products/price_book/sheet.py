# SPDX-License-Identifier: LGPL-3.0-or-later
from typing import NamedTuple

import xlsxwriter

# What a cell of a spreadsheet may hold.
_LONGEST_TEXT = 32767


class SheetColumn(NamedTuple):
    """A column of a spreadsheet: its heading, its width in characters, and the number format of
    its values; without one they are texts.
    """

    heading: str
    width: float
    number_format: str = ""


def write_sheet(path, title, columns, rows, about_title, about):
    """Write a spreadsheet of any length in little memory.

    :param rows: lists of values, one a column; None leaves a cell empty
    :param about: ``(label, text)`` of the second sheet, which says what the first one holds
    """
    with xlsxwriter.Workbook(
        path,
        {
            "constant_memory": True,
            # What people call their products is no formula, number or link.
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    ) as book:
        bold = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#EEEEEE"}
        )
        formats = {
            column.number_format: book.add_format({"num_format": column.number_format})
            for column in columns
            if column.number_format
        }
        sheet = book.add_worksheet(_sheet_name(title))
        for position, column in enumerate(columns):
            sheet.set_column(position, position, column.width)
        for position, column in enumerate(columns):
            sheet.write_string(0, position, column.heading[:_LONGEST_TEXT], bold)
        number = 0
        for number, row in enumerate(rows, 1):
            for position, (value, column) in enumerate(zip(row, columns, strict=True)):
                if value is None or value == "":
                    continue
                if column.number_format:
                    sheet.write_number(number, position, value, formats[column.number_format])
                else:
                    sheet.write_string(number, position, value[:_LONGEST_TEXT])
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, number, len(columns) - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        notes = book.add_worksheet(_sheet_name(about_title))
        notes.set_column(0, 0, 24)
        notes.set_column(1, 1, 60)
        for number, (label, text) in enumerate(about):
            notes.write_string(number, 0, label)
            notes.write_string(number, 1, text[:_LONGEST_TEXT])


def _sheet_name(title):
    """Return a name that a spreadsheet accepts.

    >>> _sheet_name("Prices: summer/winter [2026]")
    'Prices summerwinter 2026'
    """
    return "".join(sign for sign in title if sign not in "[]:*?/\\'")[:31] or "1"
