# SPDX-License-Identifier: LGPL-3.0-or-later
import datetime
import io
from unittest.mock import patch

from openpyxl import load_workbook

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from odoo.addons.crm_accounts.tests.common import CrmSuiteUsersMixin

from ..models import crm_report, crm_report_engine, crm_report_export
from . import common

COUNT = {"path": "__count"}


@tagged("post_install", "-at_install")
class TestExport(common.CrmReportsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_salesman.group_ids += cls.env.ref("base.group_allow_export")
        cls.user_salesman.tz = "America/Caracas"

    def _book(self, report):
        file, name = report._crm_export_xlsx()
        self.addCleanup(file.close)
        return load_workbook(io.BytesIO(file.read())), name

    def _sheet(self, kind="list", **definition):
        book, _name = self._book(self._report(kind, **definition))
        return book.active

    def _rows(self, sheet):
        return [[cell.value for cell in row] for row in sheet.iter_rows()]

    def test_list_has_headers_rows_and_totals(self):
        sheet = self._sheet(columns=["x_name", "x_count", "x_hot"], order=[{"path": "x_name"}])
        self.assertEqual(
            self._rows(sheet),
            [
                ["Deal", "Pieces", "Hot"],
                ["Alpha", 2, False],
                ["Beta", 3, True],
                ["Gamma", 5, True],
                ["Total", 10, None],
            ],
        )
        self.assertEqual(sheet.freeze_panes, "A2")
        self.assertEqual(sheet.auto_filter.ref, "A1:C4")

    def test_text_is_never_a_formula(self):
        for number, text in enumerate(
            ("=1+1", "@SUM(A1)", "+1", "-1", "{=1}", "https://x.example")
        ):
            self.env[common.DEAL].create({"x_name": text, "x_count": 1000 + number})
        sheet = self._sheet(
            columns=["x_name"], filters=[["x_count", ">=", 1000]], order=[{"path": "x_count"}]
        )
        cells = [row[0] for row in sheet.iter_rows(min_row=2)]
        self.assertEqual({cell.data_type for cell in cells}, {"s"})
        self.assertEqual(cells[0].value, "=1+1")
        self.assertFalse(any(cell.hyperlink for cell in cells))

    def test_text_is_never_markup_of_the_workbook(self):
        text = "<r><t>1</t></r></is></c></row><broken></r>"
        self.env[common.DEAL].create({"x_name": text, "x_count": 1000})
        sheet = self._sheet(
            columns=[{"path": "x_name", "label": text}], filters=[["x_count", "=", 1000]]
        )
        self.assertEqual([sheet[cell].value.strip() for cell in ("A1", "A2")], [text, text])

    def test_dates_and_moments_are_dates_in_the_readers_time_zone(self):
        sheet = self._sheet(columns=["x_date", "x_moment"], filters=[["x_name", "=", "Beta"]])
        day, moment = sheet[2]
        self.assertEqual(day.value, datetime.datetime(2026, 2, 20))
        self.assertEqual(day.number_format, "yyyy-mm-dd")
        self.assertEqual(moment.value, datetime.datetime(2026, 2, 28, 22, 0))
        self.assertEqual(moment.number_format, "yyyy-mm-dd hh:mm")

    def test_amounts_carry_their_currency(self):
        self.deals[0].x_currency_id = self.eur
        sheet = self._sheet(columns=["x_amount"], order=[{"path": "id"}])
        euro, dollar = sheet["A2"], sheet["A3"]
        self.assertEqual((euro.value, dollar.value), (10, 20))
        self.assertIn(self.eur.symbol, euro.number_format)
        self.assertIn(self.usd.symbol, dollar.number_format)

    def test_groups_and_totals(self):
        self.deals[2].x_date = False
        sheet = self._sheet(
            "pivot",
            groups=[{"path": "x_date", "granularity": "month"}, {"path": "x_tag_ids"}],
            measures=[COUNT, {"path": "x_weight", "aggregator": "sum"}],
            order=[{"path": "x_date:month"}, {"path": "x_tag_ids"}],
        )
        rows = self._rows(sheet)
        january = datetime.datetime(2026, 1, 1)
        self.assertEqual(rows[0], ["Won on", "Tags", "Count", "Weight"])
        self.assertEqual(rows[1], [january, "Tag A", 1, 3])
        self.assertEqual(sheet["A2"].number_format, "mmm yyyy")
        self.assertIn(["None", "None", 1, 7.5], rows)
        self.assertEqual(rows[-1], ["Total", None, 3, 15])
        self.assertEqual(sheet["D2"].number_format, "#,##0.00")

    def test_total_of_a_shortened_summary_says_so(self):
        sheet = self._sheet("pivot", groups=[{"path": "x_name"}], measures=[COUNT], limit=1)
        self.assertEqual(self._rows(sheet)[-1], ["Total of all groups", 3])

    def test_weeks_and_quarters_are_labels(self):
        groups = [{"path": "x_date", "granularity": "quarter"}]
        sheet = self._sheet("pivot", groups=groups, measures=[COUNT])
        self.assertEqual(self._rows(sheet)[1], ["Q1 2026", 3])

    def test_workbook_agrees_with_the_screen(self):
        for kind, parts in (
            ("list", {"columns": ["x_name", "x_count", "x_weight", "x_half", "x_tag_ids"]}),
            ("pivot", {"groups": [{"path": "x_tag_ids"}, {"path": "x_name"}]}),
            ("graph", {"groups": [{"path": "x_partner_id"}], "order": [{"path": "x_count:sum"}]}),
        ):
            parts["measures"] = [COUNT, {"path": "x_count", "aggregator": "sum"}]
            with self.subTest(kind=kind):
                report = self._report(kind, **parts)
                result = report.crm_run()
                book, _name = self._book(report)
                shown = [*result["rows"], ["Total", *result["totals"][1:]]]
                written = [
                    ["" if value is None else value for value in row]
                    for row in self._rows(book.active)[1:]
                ]
                self.assertEqual(
                    written, [["" if cell is None else cell for cell in row] for row in shown]
                )

    def test_whole_numbers_and_decimals_have_their_format(self):
        sheet = self._sheet(columns=["x_count", "x_weight"], filters=[["x_count", "=", 5]])
        self.assertEqual([cell.number_format for cell in sheet[2]], ["#,##0", "#,##0.00"])

    def test_currency_before_or_after_the_amount(self):
        export = self.env["crm.report.export"]
        self.usd.position, self.eur.position = "before", "after"
        self.assertEqual(export._money_format(self.usd.id), f'"{self.usd.symbol}" #,##0.00')
        self.assertEqual(export._money_format(self.eur.id), f'#,##0.00 "{self.eur.symbol}"')
        self.assertEqual(export._money_format(False), "#,##0.00")

    def test_report_without_records_has_a_header(self):
        sheet = self._sheet(columns=["x_name"], filters=[["x_name", "=", "nobody"]])
        self.assertEqual(self._rows(sheet), [["Deal"]])

    def test_long_text_is_shortened_with_a_mark(self):
        self.deals[0].x_name = "x" * 40_000
        [[text]] = self._rows(self._sheet(columns=["x_name"], filters=[["x_count", "=", 2]]))[1:]
        self.assertEqual(len(text), 32_767)
        self.assertTrue(text.endswith("…"))

    def test_control_characters_survive(self):
        self.deals[0].x_name = "a\x07b"
        [[text]] = self._rows(self._sheet(columns=["x_name"], filters=[["x_count", "=", 2]]))[1:]
        self.assertIn(text, ("a\x07b", "a_x0007_b"))

    def test_more_rows_than_a_sheet_holds_go_to_the_next(self):
        report = self._report("list", columns=["x_name", "x_count"], order=[{"path": "x_name"}])
        with patch.object(crm_report_export, "SHEET_ROWS", 4):
            book, _name = self._book(report)
        self.assertEqual(book.sheetnames, ["Deals", "Deals 2"])
        self.assertEqual(self._rows(book["Deals"])[1:], [["Alpha", 2], ["Beta", 3]])
        self.assertEqual(
            self._rows(book["Deals 2"]), [["Deal", "Pieces"], ["Gamma", 5], ["Total", 10]]
        )

    def test_no_row_is_lost_between_batches(self):
        with patch.object(crm_report_engine, "BATCH", 2):
            sheet = self._sheet(columns=["x_name", "x_partner_id"], order=[{"path": "x_name"}])
        self.assertEqual(
            self._rows(sheet)[1:],
            [["Alpha", "Open Customer"], ["Beta", "Open Customer"], ["Gamma", "Restricted"]],
        )

    def test_export_is_not_cut_at_what_a_screen_shows(self):
        self.env[common.DEAL].create([{"x_name": f"D{n}"} for n in range(600)])
        report = self._report("list", columns=["x_name"])
        self.assertEqual(len(report.crm_run()["rows"]), 500)
        book, _name = self._book(report)
        self.assertEqual(book.active.max_row, 604)

    def test_headers_are_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("es_419")
        self.user_salesman.lang = "es_419"
        report = self._report("pivot", measures=[COUNT, {"path": "x_count", "aggregator": "avg"}])
        label = report.crm_run()["columns"][1]["label"]
        book, _name = self._book(report)
        self.assertEqual(self._rows(book.active)[0][1], label)

    def test_names_of_file_and_sheet_are_safe(self):
        report = self._report("list", columns=["x_name"])
        for name, file_name, sheet_name in (
            ("Sales: Q1/Q2?", "Sales Q1 Q2.xlsx", "Sales Q1 Q2"),
            ("x" * 60, "x" * 60 + ".xlsx", "x" * 27),
            ("///", "report.xlsx", "Report"),
            ("'quoted'", "'quoted'.xlsx", "quoted"),
            ("Ventas ñ 😀", "Ventas ñ 😀.xlsx", "Ventas ñ 😀"),
        ):
            with self.subTest(name=name):
                report.name = name
                book, found = self._book(report)
                self.assertEqual(found, file_name)
                self.assertEqual(book.sheetnames[0], sheet_name)

    def test_export_needs_the_permission_to_export(self):
        report = self._report("list", columns=["x_name"])
        self.user_salesman.group_ids -= self.env.ref("base.group_allow_export")
        for method in ("action_export_xlsx", "_crm_export_xlsx"):
            with self.subTest(method=method), self.assertRaisesRegex(AccessError, "not allowed"):
                getattr(report, method)()

    def test_export_is_logged(self):
        report = self._report("list", columns=["x_name"])
        with patch.object(crm_report, "_logger") as logger:
            self._book(report)
        text, *values = logger.info.call_args.args
        for words in (self.user_salesman.login, common.DEAL, "3 rows", "x_name"):
            self.assertIn(words, text % tuple(values))

    def test_failed_export_leaves_no_open_file(self):
        report = self._report("list", columns=["x_name"])
        with (
            patch.object(crm_report_export.xlsxwriter, "Workbook", side_effect=OSError("full")),
            patch.object(crm_report_export.tempfile, "TemporaryFile") as opened,
            self.assertRaises(OSError),
        ):
            report._crm_export_xlsx()
        opened.return_value.close.assert_called_once()


@tagged("post_install", "-at_install")
class TestDownload(CrmSuiteUsersMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_users()
        cls.user_salesman.group_ids = [Command.link(cls.env.ref("base.group_allow_export").id)]
        cls.report = (
            cls.env["crm.report"]
            .with_user(cls.user_salesman)
            .create(
                {
                    "name": "Países",
                    "model_id": cls.env["ir.model"]._get_id("res.country"),
                    "definition": {"version": 1, "columns": [{"path": "code"}, {"path": "name"}]},
                }
            )
        )

    def _get(self, user, report):
        self.authenticate(user.login, user.login)
        return self.url_open(f"/crm_reports/{report.id}/xlsx")

    def test_workbook_is_downloaded(self):
        url = self.report.action_export_xlsx()["url"]
        self.assertEqual(url, f"/crm_reports/{self.report.id}/xlsx")
        response = self._get(self.user_salesman, self.report)
        self.assertEqual(response.status_code, 200)
        self.assertIn("Pa%C3%ADses.xlsx", response.headers["Content-Disposition"])
        self.assertEqual(int(response.headers["Content-Length"]), len(response.content))
        sheet = load_workbook(io.BytesIO(response.content)).active
        self.assertEqual(sheet.max_row, self.env["res.country"].search_count([]) + 1)

    def test_result_over_the_api_is_the_result_of_the_caller(self):
        self.authenticate(self.user_salesman.login, self.user_salesman.login)
        params = {
            "model": "crm.report",
            "method": "crm_run",
            "args": [self.report.id],
            "kwargs": {"limit": 3},
        }
        result = self.make_jsonrpc_request("/web/dataset/call_kw", params)
        self.assertEqual(len(result["rows"]), 3)
        self.assertEqual(result["count"], self.env["res.country"].search_count([]))
        self.assertTrue(result["truncated"])

    def test_report_of_somebody_else_is_not_downloaded(self):
        self.user_salesman_other.group_ids += self.env.ref("base.group_allow_export")
        response = self._get(self.user_salesman_other, self.report)
        self.assertEqual(response.status_code, 403)

    def test_without_permission_to_export_nothing_is_downloaded(self):
        self.user_salesman.group_ids -= self.env.ref("base.group_allow_export")
        self.assertEqual(self._get(self.user_salesman, self.report).status_code, 403)

    def test_portal_downloads_nothing(self):
        self.assertEqual(self._get(self.user_portal, self.report).status_code, 403)

    def test_missing_report_is_not_found(self):
        report = self.report.browse(self.report.id + 10_000)
        self.assertEqual(self._get(self.user_salesman, report).status_code, 404)

    def test_visitor_has_to_log_in(self):
        response = self.url_open(f"/crm_reports/{self.report.id}/xlsx", allow_redirects=False)
        self.assertEqual(response.status_code, 303)
