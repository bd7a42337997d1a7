# SPDX-License-Identifier: LGPL-3.0-or-later
import doctest
from datetime import date, datetime, time

from odoo.tests import BaseCase, tagged

from odoo.addons.crm_products.importing import values
from odoo.addons.crm_products.importing.values import Percent, Unreadable


@tagged("post_install", "-at_install")
class TestImportValues(BaseCase):
    def _refuses(self, reader, *cells):
        for cell in cells:
            with self.subTest(cell=cell), self.assertRaises(Unreadable):
                reader(cell)

    def test_examples_of_the_documentation(self):
        self.assertFalse(doctest.testmod(values).failed)

    def test_text_with_one_possible_meaning_is_a_number(self):
        for text, expected in (
            ("12", 12),
            ("12,5", 12.5),
            ("12.50", 12.5),
            ("1.234,50", 1234.5),
            ("1,234.50", 1234.5),
            ("1.234.567", 1234567),
            ("1 234,5", 1234.5),
            ("1\u00a0234", 1234),
            ("1'234.5", 1234.5),
            ("1234.567", 1234.567),
            ("0.125", 0.125),
            (" 7 ", 7),
            ("+7", 7),
            ("1234", 1234),
        ):
            with self.subTest(text=text):
                self.assertEqual(values.number(text), expected)

    def test_text_with_two_possible_meanings_is_refused(self):
        self._refuses(values.number, "1.234", "1,234", "-12.345", "999.000")

    def test_text_that_is_no_number_is_refused(self):
        self._refuses(
            values.number,
            "doce",
            "12 USD",
            "$12",
            "1e3",
            "nan",
            "inf",
            "1.2.3",
            "1,23,4",
            "--1",
            "",
        )

    def test_numbers_that_are_none_or_too_large_are_refused(self):
        self._refuses(
            values.number, float("nan"), float("inf"), -float("inf"), 1e12, 10**400, "9" * 400, True
        )

    def test_amount_is_not_negative(self):
        self.assertEqual(values.amount(0), 0)
        self._refuses(values.amount, -0.01, "-3,50", "−4")

    def test_amount_is_no_percentage(self):
        self._refuses(values.amount, Percent(10.0))

    def test_percent_is_told_by_the_cell_or_the_text(self):
        for cell in (Percent(12.5), "12,5 %", "12.5%"):
            self.assertEqual(values.value_or_percent(cell), 12.5)
            self.assertIsInstance(values.value_or_percent(cell), Percent)
        self.assertNotIsInstance(values.value_or_percent(12.5), Percent)

    def test_days_are_whole(self):
        self.assertEqual(values.days(7.0), 7)
        self._refuses(values.days, 1.5, -1, 10000)

    def test_code_typed_as_a_number_keeps_its_digits(self):
        self.assertEqual(values.code(8412345678905), "8412345678905")
        self.assertEqual(values.code(7.0), "7")
        self.assertEqual(values.code("  A  1 \n"), "A 1")

    def test_code_that_excel_has_damaged_is_refused(self):
        self._refuses(values.code, 12345678901234567, 1.2e20, datetime(2025, 1, 2), time(1, 2))

    def test_text_keeps_its_lines_and_loses_what_a_database_cannot_hold(self):
        self.assertEqual(values.text(" one\r\ntwo\x00 "), "one\ntwo")

    def test_flag_in_english_and_spanish(self):
        for cell in (True, "Yes", "sí", "SI", "x", 1, 1.0):
            self.assertIs(values.flag(cell), True)
        for cell in (False, "No", "0", 0):
            self.assertIs(values.flag(cell), False)
        self._refuses(values.flag, "maybe", 2)

    def test_day_as_a_date_or_iso_text(self):
        self.assertEqual(values.day(datetime(2030, 12, 31)), date(2030, 12, 31))
        self.assertEqual(values.day("2030-12-31"), date(2030, 12, 31))

    def test_time_counts_if_it_is_written(self):
        self.assertEqual(values.day(datetime(2030, 12, 31, 18)), datetime(2030, 12, 31, 18))
        self.assertEqual(values.day("2030-12-31 00:00:00"), datetime(2030, 12, 31))

    def test_what_is_no_day_is_refused(self):
        self._refuses(
            values.day, "31/12/2030", "2030-02-30", 45678, "9999-12-31", "0001-01-01", time(1)
        )
