# SPDX-License-Identifier: LGPL-3.0-or-later
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from . import common


@tagged("post_install", "-at_install")
class TestSeries(common.CrmSalesDocsCommon):
    """Numbers without a gap, whatever the manager sets."""

    def _series(self, note_type="delivery", company=None):
        return (
            self.env["crm.delivery.series"]
            .with_user(self.user_manager)
            .search(
                [
                    ("note_type", "=", note_type),
                    ("company_id", "=", (company or self.env.company).id),
                ]
            )
        )

    def _dated(self, date):
        note = self._crm_note(self._crm_order())
        note.date = date
        note.action_validate()
        return note.name

    def test_new_company_has_both_series(self):
        company = self.env["res.company"].create({"name": "Sucursal"})
        series = self.env["crm.delivery.series"].search([("company_id", "=", company.id)])
        self.assertEqual(series.mapped("prefix"), ["NE", "DEV"])

    def test_company_without_series_numbers_as_by_default(self):
        self._series().sudo().unlink()
        self.env.registry.clear_cache()
        self.assertEqual(self._crm_delivered().name, "NE-00000001")

    def test_manager_sets_the_first_number(self):
        series = self._series()
        self.assertEqual(series.next_number, "NE-00000001")
        with Form(series) as form:
            form.first_number = 1501
        self.assertEqual(series.next_number, "NE-00001501")
        self.assertEqual(self._crm_delivered().name, "NE-00001501")
        self.assertEqual(self._crm_delivered().name, "NE-00001502")
        self.assertEqual(series.browse(series.id).next_number, "NE-00001501")
        series.invalidate_recordset()
        self.assertEqual(series.next_number, "NE-00001503")

    def test_first_number_is_not_changed_later(self):
        self._crm_delivered()
        with self.assertRaisesRegex(UserError, "NE has numbers already; the next one is NE-000"):
            self._series().first_number = 20

    def test_returns_have_a_first_number_of_their_own(self):
        self._series("return").first_number = 70
        note = self._crm_delivered()
        note.action_return()
        note.return_ids.action_validate()
        self.assertEqual(note.name, "NE-00000001")
        self.assertEqual(note.return_ids.name, "DEV-00000070")

    def test_yearly_numbers_start_again_and_follow_the_date_of_the_note(self):
        self._series().yearly = True
        names = [
            self._dated(date)
            for date in ("2026-12-30", "2027-01-02", "2026-12-31", "2027-01-02", "2028-03-01")
        ]
        self.assertEqual(
            names,
            [
                "NE/2026/00001",
                "NE/2027/00001",
                "NE/2026/00002",
                "NE/2027/00002",
                "NE/2028/00001",
            ],
        )

    def test_first_number_of_a_yearly_series_is_the_one_of_its_first_year(self):
        series = self._series()
        series.yearly = True
        series.first_number = 41
        names = [self._dated(date) for date in ("2026-05-01", "2026-05-01", "2027-01-02")]
        self.assertEqual(names, ["NE/2026/00041", "NE/2026/00042", "NE/2027/00001"])

    def test_notes_of_two_years_in_one_call(self):
        self._series().yearly = True
        notes = self.env["crm.delivery.note"].with_user(self.user_salesman)
        for date in ("2026-12-31", "2027-01-01", "2026-12-31"):
            note = self._crm_note(self._crm_order())
            note.date = date
            notes |= note
        notes.action_validate()
        self.assertEqual(notes.mapped("name"), ["NE/2026/00001", "NE/2027/00001", "NE/2026/00002"])

    def test_series_goes_on_when_the_option_is_taken_back(self):
        series = self._series()
        first = self._dated("2026-05-01")
        series.yearly = True
        second = self._dated("2026-05-01")
        series.yearly = False
        third = self._dated("2026-05-01")
        self.assertEqual([first, second, third], ["NE-00000001", "NE/2026/00001", "NE-00000002"])

    def test_other_letters_begin_another_series(self):
        series = self._series()
        series.first_number = 500
        self.assertEqual(self._crm_delivered().name, "NE-00000500")
        series.prefix = "GD"
        self.assertEqual(self._crm_delivered().name, "GD-00000001")
        series.write({"prefix": "OE", "first_number": 9})
        self.assertEqual(self._crm_delivered().name, "OE-00000009")

    def test_letters_and_first_number_are_checked(self):
        series = self._series()
        for prefix in ("", "NE1", "N-", "ABCDEFGHI", "Ñ"):
            with (
                self.assertRaisesRegex(ValidationError, "one to eight letters"),
                self.env.cr.savepoint(),
            ):
                series.prefix = prefix
        for number in (0, -4, 100_000_000):
            with self.assertRaisesRegex(ValidationError, "between 1 and"), self.env.cr.savepoint():
                series.first_number = number
        returns = self._series("return")
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            returns.prefix = "NE"
            self.env.flush_all()

    def test_rolled_back_validations_leave_no_gap(self):
        for yearly in (False, True):
            self._series().yearly = yearly
            names = []
            for number in range(6):
                note = self._crm_note(self._crm_order())
                try:
                    with self.env.cr.savepoint():
                        note.action_validate()
                        self.env.flush_all()
                        if number % 2:
                            raise UserError(note.name)
                except UserError:
                    note.invalidate_recordset()
                    self.assertFalse(note.name)
                    # as at the end of a real transaction
                    self.env.cr.precommit.data.pop("sequence.mixin", None)
                else:
                    names.append(note.sequence_number)
            self.assertEqual(names, [1, 2, 3])

    def test_only_managers_set_the_numbers(self):
        series = self._series()
        for user in (self.user_salesman, self.user_salesman_all):
            self.assertEqual(series.with_user(user).prefix, "NE")
            with self.assertRaises(AccessError):
                series.with_user(user).first_number = 5
        for user in (self.user_delivery, self.user_employee, self.user_portal):
            with self.assertRaises(AccessError):
                series.with_user(user).read(["prefix"])
        with self.assertRaises(AccessError):
            series.unlink()

    def test_manager_of_another_company_sees_other_series(self):
        other = self._series(company=self.company_b)
        self.assertFalse(other)
        series = self._series()
        with self.assertRaises(AccessError):
            series.with_user(self.user_company_b).read(["prefix"])

    # === CONTROL NUMBER ===#
    def test_control_number_is_corrected_until_the_note_is_printed(self):
        note = self._crm_delivered()
        note.with_user(self.user_delivery).control_number = " 00-123 "
        self.assertEqual(note.control_number, "00-123")
        note.control_number = "00-124"
        report = self.env["ir.actions.report"].with_user(self.user_salesman)
        report._render_qweb_pdf("crm_sales_docs.report_crm_delivery_note", note.ids)
        self.assertTrue(note.printed_on)
        note.control_number = "00-124"
        for value in ("00-125", False):
            with self.assertRaisesRegex(UserError, "was printed with its control number"):
                note.control_number = value

    def test_draft_is_not_marked_as_printed(self):
        note = self._crm_note(self._crm_order())
        report = self.env["ir.actions.report"].with_user(self.user_salesman)
        report._render_qweb_pdf("crm_sales_docs.report_crm_delivery_note", note.ids)
        self.assertFalse(note.printed_on)

    def test_control_number_is_unique_in_the_company(self):
        first, second = self._crm_delivered(), self._crm_delivered()
        first.control_number = "00-123"
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            second.control_number = "00-123"
            self.env.flush_all()
        self.assertFalse(self._crm_direct_note(control_number="  ").control_number)
        self.assertFalse(first.copy().control_number)

    def test_mark_of_the_printer_is_not_written(self):
        with self.assertRaisesRegex(UserError, "nobody writes"):
            self._crm_delivered().printed_on = False
