# SPDX-License-Identifier: LGPL-3.0-or-later
import io
import zipfile

import openpyxl

from odoo.tests import BaseCase, tagged

from odoo.addons.crm_products.importing import reader
from odoo.addons.crm_products.importing.layout import LAYOUTS
from odoo.addons.crm_products.importing.reader import Words, read
from odoo.addons.crm_products.importing.values import Percent

from .common_import import saved, xlsx

_WORDS = Words(lambda text: text._translate("en_US"), ("en_US", "es"))
_HEADINGS = ["Internal Reference", "Name", "Sales Price"]


@tagged("post_install", "-at_install")
class TestImportReader(BaseCase):
    def _read(self, content, kind="product", name="test.xlsx", **options):
        return read(content, name, LAYOUTS[kind], _WORDS, **options)

    def _only_problem(self, content, kind="product", name="test.xlsx"):
        """Return the one sentence about a file that cannot be read."""
        reading = self._read(content, kind, name)
        self.assertEqual(reading.lines, [])
        [problem] = reading.problems
        self.assertEqual(problem.line, 0)
        return problem.message

    def test_columns_in_any_order_and_empty_rows(self):
        reading = self._read(
            xlsx(["Name", "Sales Price", "Internal Reference"], ["Pen", 2, "P1"], [], ["Ink", 3])
        )

        self.assertEqual(
            [(line.number, line.values) for line in reading.lines],
            [
                (2, {"name": "Pen", "list_price": 2.0, "reference": "P1"}),
                (4, {"name": "Ink", "list_price": 3.0}),
            ],
        )
        self.assertFalse(reading.problems + reading.warnings)

    def test_headings_in_spanish_and_in_any_spelling(self):
        reading = self._read(xlsx(["REFERENCIA  INTERNA *", "código de barras"], ["A", "84"]))

        self.assertEqual(reading.lines[0].values, {"reference": "A", "barcode": "84"})

    def test_headings_below_a_title(self):
        reading = self._read(xlsx(["Prices of May"], [], _HEADINGS, ["A", "Pen", 1]))

        self.assertEqual(reading.lines[0].number, 4)

    def test_sheet_with_the_headings_is_found(self):
        book = openpyxl.Workbook()
        book.active.append(["Notes"])
        sheet = book.create_sheet("Second")
        sheet.append(_HEADINGS)
        sheet.append(["A", "Pen", 1])

        self.assertEqual(len(self._read(saved(book)).lines), 1)

    def test_unknown_column_is_left_out_with_a_warning(self):
        reading = self._read(xlsx([*_HEADINGS, "Colour"], ["A", "Pen", 1, "red"]))

        self.assertEqual([warning.column for warning in reading.warnings], ["Colour"])
        self.assertFalse(reading.problems)

    def test_column_that_the_user_may_not_import_is_left_out(self):
        reading = self._read(xlsx([*_HEADINGS, "Cost"], ["A", "Pen", 1, 5]), ignored=("cost",))

        self.assertEqual([warning.column for warning in reading.warnings], ["Cost"])
        self.assertNotIn("cost", reading.lines[0].values)

    def test_formula_is_an_error_that_names_the_cell(self):
        reading = self._read(xlsx(_HEADINGS, ["A", "Pen", "=1+1"], ["B", "=HYPERLINK(0)", 1]))

        self.assertEqual(
            [(problem.line, problem.column, problem.value) for problem in reading.problems],
            [(2, "Sales Price", "=1+1"), (3, "Name", "=HYPERLINK(0)")],
        )
        self.assertIn("C2", reading.problems[0].message)

    def test_text_that_looks_like_a_formula_is_a_text(self):
        book = openpyxl.Workbook()
        book.active.append(_HEADINGS)
        book.active.append(["A", "x", 1])
        book.active["B2"].value = "=cmd"
        book.active["B2"].data_type = "s"

        reading = self._read(saved(book))

        self.assertEqual(reading.lines[0].values["name"], "=cmd")

    def test_error_of_excel_is_an_error(self):
        reading = self._read(xlsx(_HEADINGS, ["A", "Pen", "#N/A"]))

        self.assertEqual(reading.problems[0].column, "Sales Price")

    def test_every_wrong_cell_of_a_line_is_told(self):
        reading = self._read(xlsx([*_HEADINGS, "Can Be Sold"], ["A", "Pen", "abc", "maybe"]))

        self.assertEqual(
            [problem.column for problem in reading.problems], ["Sales Price", "Can Be Sold"]
        )

    def test_empty_cell_that_is_needed_is_an_error(self):
        reading = self._read(
            xlsx(["Vendor", "Internal Reference", "Price"], [None, "A", 1], ["V", "A", None]),
            "vendor",
        )

        self.assertEqual(
            [(problem.line, problem.column) for problem in reading.problems],
            [(2, "Vendor"), (3, "Price")],
        )

    def test_percent_format_of_a_cell(self):
        reading = self._read(
            xlsx(
                ["Price List", "Kind of Price", "Price or Discount %"],
                ["Resellers", "Discount", 0.125],
                formats={"C2": "0.0%"},
            ),
            "price",
        )

        self.assertEqual(reading.lines[0].values["value"], 12.5)
        self.assertIsInstance(reading.lines[0].values["value"], Percent)

    def test_word_that_is_not_to_choose_from(self):
        reading = self._read(xlsx(["Name", "Type"], ["Pen", "Thing"], ["Ink", "bien"]))

        self.assertIn("Goods", reading.problems[0].message)
        self.assertEqual(reading.lines[1].values["type"], "consu")

    def test_examples_of_the_template_are_left_out(self):
        reading = self._read(xlsx(_HEADINGS, ["EXAMPLE-1", "Pen", "x"], ["A", "Ink", 1]))

        self.assertEqual([line.number for line in reading.lines], [3])
        self.assertEqual(reading.problems, [])
        self.assertEqual(len(reading.warnings), 1)

    def test_wrong_sheet_says_which_columns_are_missing(self):
        message = self._only_problem(xlsx(["Price List", "Kind of Price"], ["A", "B"]), "price")

        self.assertIn("“Price or Discount %”", message)
        self.assertNotIn("“Price List”", message)

    def test_sheet_of_another_kind_says_so(self):
        content = xlsx(["Vendor", "Internal Reference", "Price"], ["V", "A", 1])

        self.assertIn("Vendor Prices", self._only_problem(content, "price"))

    def test_sheet_without_headings(self):
        self.assertIn("headings", self._only_problem(xlsx([1, 2], [3, 4])))

    def test_sheet_without_lines(self):
        self.assertIn("no line", self._only_problem(xlsx(_HEADINGS)))

    def test_column_twice(self):
        content = xlsx(["Name", "Sales Price", "Precio de venta"], ["Pen", 1, 2])

        self.assertIn("twice", self._only_problem(content))

    def test_files_that_are_no_sheets(self):
        old_excel = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
        document = io.BytesIO()
        with zipfile.ZipFile(document, "w") as archive:
            archive.writestr("word/document.xml", "<a/>")
        for content, expected in (
            (b"", "empty"),
            (b"%PDF-1.4", "neither"),
            (old_excel, "XLS"),
            (old_excel + "EncryptedPackage".encode("utf-16-le"), "password"),
            (document.getvalue(), "cannot be read"),
            (xlsx(_HEADINGS)[:-100], "cannot be read"),
            (b"PK\x03\x04nonsense", "cannot be read"),
        ):
            with self.subTest(expected=expected):
                self.assertIn(expected, self._only_problem(content))

    def _with_sheet(self, xml):
        """Return a file whose sheet is this XML."""
        stream = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(xlsx(_HEADINGS, ["A", "Pen", 1]))) as source,
            zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
        ):
            for entry in source.infolist():
                sheet = entry.filename == "xl/worksheets/sheet1.xml"
                target.writestr(entry, xml if sheet else source.read(entry))
        return stream.getvalue()

    def test_damaged_sheet(self):
        self.assertIn("cannot be read", self._only_problem(self._with_sheet("<worksheet><row")))

    def test_entities_that_explode_are_not_expanded(self):
        entities = "".join(
            f'<!ENTITY e{number} "{f"&e{number - 1};" * 10}">' for number in range(1, 12)
        )
        sheet = f'<!DOCTYPE x [<!ENTITY e0 "ha">{entities}]><worksheet>&e11;</worksheet>'

        self.assertTrue(self._only_problem(self._with_sheet(sheet)))

    def test_file_that_unpacks_to_too_much(self):
        self.patch(reader, "_MOST_UNPACKED", 1000)

        self.assertIn("unpacked", self._only_problem(xlsx(_HEADINGS, ["A", "Pen", 1])))

    def test_too_many_lines(self):
        self.patch(reader, "MOST_LINES", 2)

        self.assertIn("2 lines", self._only_problem(xlsx(_HEADINGS, *[["A", "Pen", 1]] * 3)))

    def test_row_far_below_is_reached_and_no_row_behind_the_last_one(self):
        row = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>{1}</t></is></c>{2}</row>'
        heading = '<c r="B1" t="inlineStr"><is><t>Name</t></is></c>'
        sheet = (
            '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            "<sheetData>"
            + row.format(1, "Barcode", heading)
            + row.format(50_000, "A", "")
            + row.format(999_999_999, "B", "")
            + "</sheetData></worksheet>"
        )

        reading = self._read(self._with_sheet(sheet))

        self.assertEqual([line.number for line in reading.lines], [50_000])

    def test_csv_of_excel_in_spanish(self):
        content = "Referencia interna;Nombre;Precio de venta\r\nA;Lápiz;1.234,50\r\n"
        for encoding in ("utf-8-sig", "cp1252", "utf-16"):
            with self.subTest(encoding=encoding):
                reading = self._read(content.encode(encoding), name="x.CSV")
                self.assertEqual(
                    reading.lines[0].values,
                    {"reference": "A", "name": "Lápiz", "list_price": 1234.5},
                )

    def test_csv_with_commas_and_quotes(self):
        content = b'Internal Reference,Name,Sales Price\nA,"Pen, blue",2.5\n'

        self.assertEqual(self._read(content, name="x.csv").lines[0].values["name"], "Pen, blue")

    def test_csv_that_is_none(self):
        self.assertTrue(self._only_problem(b"\x00\x01\x02" * 100, name="x.csv"))
