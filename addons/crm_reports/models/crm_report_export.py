# SPDX-License-Identifier: LGPL-3.0-or-later
import re
import tempfile
from datetime import date, datetime

import xlsxwriter

from odoo import api, fields, models

from ..engine.plan import DateGroup, Money

SHEET_ROWS = 1_048_576
MAX_TEXT = 32_767
WIDTHS = {"text": 30, "monetary": 16, "datetime": 18}
PERIOD_FORMATS = {"day": "yyyy-mm-dd", "month": "mmm yyyy", "year": "yyyy"}


class CrmReportExport(models.AbstractModel):
    """Writes the result of a report to files."""

    _name = "crm.report.export"
    _description = "Report Export"

    @api.model
    def _xlsx(self, plan, name):
        """Return ``(open temporary file, number of rows)`` with the result of ``plan``.

        Rows go to disk one by one. The caller closes the file.
        """
        output = tempfile.TemporaryFile()  # noqa: SIM115 the caller streams and closes it
        try:
            table = self.env["crm.report.engine"]._run(plan)
            with xlsxwriter.Workbook(output, {"constant_memory": True}) as book:
                book.set_properties({"title": name, "author": self.env.user.name})
                rows = self._write_sheets(book, table, self._sheet_name(name))
        except BaseException:
            output.close()
            raise
        output.seek(0)
        return output, rows

    @api.model
    def _file_name(self, name):
        """Return ``name`` without what file systems refuse."""
        words = re.sub(r'[\x00-\x1f<>:"/\\|?*]+', " ", name).split()
        return " ".join(words).strip(" .") or "report"

    def _sheet_name(self, name):
        # room for the number of a second sheet
        words = re.sub(r"[\x00-\x1f\[\]:*?/\\]+", " ", name).split()
        return " ".join(words)[:27].strip(" '") or "Report"

    def _write_sheets(self, book, table, name):
        formats = {}
        total = 0
        rows = iter(table.rows)
        row = next(rows, None)
        while row is not None or not book.worksheets():
            number = len(book.worksheets()) + 1
            sheet = book.add_worksheet(name if number == 1 else f"{name} {number}")
            self._write_header(book, sheet, table.columns)
            # one row less: the totals must fit on the last sheet
            line = 1
            while row is not None and line < SHEET_ROWS - 1:
                self._write_row(book, sheet, formats, line, table.columns, row)
                line += 1
                row = next(rows, None)
            total += line - 1
            sheet.autofilter(0, 0, line - 1, len(table.columns) - 1)
        if table.totals:
            self._write_totals(book, sheet, formats, line, table)
        return total

    def _write_header(self, book, sheet, columns):
        header = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        for position, column in enumerate(columns):
            sheet.set_column(position, position, WIDTHS.get(column.type, 14))
            sheet.write_string(0, position, self._plain(column.label), header)
        sheet.freeze_panes(1, 0)

    def _write_row(self, book, sheet, formats, line, columns, row, bold=False):
        for position, (column, cell) in enumerate(zip(columns, row, strict=True)):
            if cell is None:
                continue
            value, number_format = self._cell(column, cell)
            key = (number_format, bold)
            if key not in formats:
                properties = {"bold": True, "top": 1} if bold else {}
                if number_format:
                    properties["num_format"] = number_format
                formats[key] = book.add_format(properties)
            style = formats[key]
            if isinstance(value, bool):
                sheet.write_boolean(line, position, value, style)
            elif isinstance(value, (int, float)):
                sheet.write_number(line, position, value, style)
            elif isinstance(value, (date, datetime)):
                sheet.write_datetime(line, position, value, style)
            else:
                # never write(): it would turn "=1+1" into a formula
                sheet.write_string(line, position, self._plain(value), style)

    def _write_totals(self, book, sheet, formats, line, table):
        totals = list(table.totals)
        if totals[0] is None:
            label = self.env._("Total of all groups") if table.truncated else self.env._("Total")
            totals[0] = DateGroup(label, None)
        self._write_row(book, sheet, formats, line, table.columns, totals, bold=True)

    def _cell(self, column, cell):
        """Return the value for Excel and its number format."""
        if isinstance(cell, Money):
            return cell.amount, self._money_format(cell.currency_id)
        if isinstance(cell, DateGroup):
            number_format = PERIOD_FORMATS.get(column.granularity)
            if cell.start and number_format:
                return cell.start, number_format
            return cell.label, None
        if isinstance(cell, datetime):
            local = fields.Datetime.context_timestamp(self, cell)
            return local.replace(tzinfo=None), "yyyy-mm-dd hh:mm"
        if isinstance(cell, date):
            return cell, "yyyy-mm-dd"
        if isinstance(cell, bool):
            return cell, None
        if isinstance(cell, int):
            return cell, "0" if column.role == "group" else "#,##0"
        if isinstance(cell, float):
            digits = column.digits[1] if column.digits else 2
            return cell, "#,##0" + ("." + "0" * digits if digits else "")
        return cell, None

    def _money_format(self, currency_id):
        currency = self.env["res.currency"].browse(currency_id or [])
        decimals = currency.decimal_places if currency else 2
        number = "#,##0" + ("." + "0" * decimals if decimals else "")
        if not currency:
            return number
        symbol = '"{}"'.format((currency.symbol or currency.name).replace('"', ""))
        return f"{symbol} {number}" if currency.position == "before" else f"{number} {symbol}"

    def _plain(self, text):
        """Return ``text`` as xlsxwriter and Excel take it for text, and for all of it."""
        # What looks like rich text is written into the file as it is, without escaping.
        if text.startswith("<r>") and text.endswith("</r>"):
            text += " "
        return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
