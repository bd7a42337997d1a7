# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from . import common

COUNT = {"path": "__count"}


@tagged("post_install", "-at_install")
class TestCrmReport(common.CrmReportsCommon):
    def test_new_report_starts_with_the_columns_of_the_list(self):
        report = (
            self.env["crm.report"]
            .with_user(self.user_salesman)
            .new({"model_id": self.env["ir.model"]._get_id("crm.call")})
        )
        report._onchange_model_id()
        paths = [column["path"] for column in report.definition["columns"]]
        self.assertIn("partner_id", paths)
        self.assertLessEqual(len(paths), 6)
        self.assertEqual(report.definition["measures"], [COUNT])
        self.assertTrue(report.can_edit)

    def test_report_is_made_in_the_form(self):
        form = Form(self.env["crm.report"].with_user(self.user_designer))
        form.name = "Partners"
        form.model_id = self.env["ir.model"]._get("res.partner")
        form.sharing = "everyone"
        report = form.save()
        self.assertEqual(report.user_id, self.user_designer)
        self.assertTrue(report.crm_run()["columns"])

    def test_changing_the_kind_forgets_the_order(self):
        report = self._report("list", columns=["x_name"], order=[{"path": "x_name"}])
        with Form(report) as form:
            form.kind = "pivot"
            form.definition = {**form.definition, "measures": [COUNT]}
        self.assertEqual(report.definition["order"], [])
        self.assertEqual(report.definition["columns"], [{"path": "x_name"}])

    def test_changing_the_records_starts_again(self):
        report = self._report("list", columns=["x_name"])
        with Form(report) as form:
            form.model_id = self.env["ir.model"]._get("res.country")
        paths = [column["path"] for column in report.definition["columns"]]
        self.assertIn("name", paths)

    def test_records_without_a_list_start_with_their_name(self):
        columns = self.env["crm.report.catalog"]._default_columns(common.DEAL)
        self.assertEqual(columns, [{"path": "x_name"}])

    def test_copy_is_private_and_own(self):
        report = self._report("list", user=self.user_designer, columns=["x_name"])
        report.sharing = "everyone"
        copy = report.with_user(self.user_salesman).copy()
        self.assertEqual(copy.name, "Deals (copy)")
        self.assertEqual((copy.sharing, copy.user_id), ("private", self.user_salesman))
        self.assertEqual(copy.definition, report.definition)

    def test_list_opens_with_its_filters(self):
        filters = [["x_count", ">", 2]]
        action = self._report("list", columns=["x_name"], filters=filters).action_open()
        self.assertEqual(action["views"][0], (False, "list"))
        self.assertEqual(action["res_model"], common.DEAL)
        self.assertEqual(action["domain"], filters)
        self.assertFalse(action["context"])

    def test_summary_opens_as_pivot(self):
        action = self._report(
            "pivot",
            groups=[
                {"path": "x_hot"},
                {"path": "x_date", "granularity": "month", "axis": "column"},
            ],
            measures=[COUNT, {"path": "x_amount", "aggregator": "sum"}],
        ).action_open()
        self.assertEqual(action["views"][0], (False, "pivot"))
        context = action["context"]
        self.assertEqual(context["pivot_row_groupby"], ["x_hot"])
        self.assertEqual(context["pivot_column_groupby"], ["x_date:month"])
        self.assertEqual(context["pivot_measures"], ["__count", "x_amount"])

    def test_chart_opens_as_graph(self):
        action = self._report(
            "graph",
            groups=[{"path": "x_hot"}],
            measures=[{"path": "x_count", "aggregator": "sum"}],
            chart="pie",
        ).action_open()
        self.assertEqual(action["views"][0], (False, "graph"))
        context = action["context"]
        self.assertEqual(context["graph_groupbys"], ["x_hot"])
        self.assertEqual((context["graph_measure"], context["graph_mode"]), ("x_count", "pie"))

    def test_what_odoos_views_cannot_show_is_said(self):
        action = self._report(
            "pivot",
            groups=[{"path": "x_partner_id.country_id"}],
            measures=[{"path": "x_count", "aggregator": "avg"}],
        ).action_open()
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn("Customer › Country, Pieces (average)", action["params"]["message"])
        context = action["params"]["next"]["context"]
        self.assertEqual(context["pivot_row_groupby"], [])
        self.assertEqual(context["pivot_measures"], ["__count"])

    def test_report_with_a_removed_field_is_marked_and_can_be_mended(self):
        report = self._report("list", columns=["x_name", "x_weight"])
        self.assertEqual(report.state, "ok")
        self.deal_model.field_id.filtered(lambda field: field.name == "x_weight").unlink()
        report.invalidate_recordset()
        self.assertEqual(report.state, "broken")
        self.assertIn("“x_weight” does not exist any more", report.broken_reason)
        with self.assertRaisesRegex(UserError, "does not exist any more"):
            report.crm_run()
        report.definition = self._definition(columns=["x_name"])
        self.assertEqual(report.state, "ok")

    def test_broken_report_does_not_break_the_list(self):
        report = self._report("list", columns=["x_weight"])
        self.deal_model.field_id.filtered(lambda field: field.name == "x_weight").unlink()
        self.env.invalidate_all()
        rows = (
            self.env["crm.report"]
            .with_user(self.user_salesman)
            .web_search_read(
                [], {"name": {}, "state": {}, "model_id": {"fields": {"display_name": {}}}}
            )
        )
        states = {row["id"]: row["state"] for row in rows["records"]}
        self.assertEqual(states[report.id], "broken")

    def test_reader_groups_the_reports_by_records(self):
        report = self._report("list", columns=["x_name"])
        reports = self.env["crm.report"].with_user(self.user_salesman)
        groups = reports.formatted_read_group([("id", "=", report.id)], ["model_id"], ["__count"])
        self.assertEqual(groups[0]["model_id"], (self.deal_model.id, "Deal"))

    def test_report_of_records_that_are_not_loaded_is_marked(self):
        report = self._report("list", columns=["x_name"])
        orphan = self.env["ir.model"].create({"name": "Gone", "model": "x_gone_records"})
        self.env.cr.execute(
            "UPDATE crm_report SET model_id = %s WHERE id = %s", [orphan.id, report.id]
        )
        self.patch(type(self.env["crm.report.catalog"]), "_is_reportable", lambda self, name: False)
        report.invalidate_recordset()
        self.assertEqual(report.state, "broken")
        self.assertIn("not available any more", report.broken_reason)

    def test_report_goes_with_its_records(self):
        model = self.env["ir.model"].create({"name": "Note", "model": "x_crm_report_note"})
        report = self._report(
            "list", user=self.env.user, model="x_crm_report_note", columns=["x_name"]
        )
        model.unlink()
        self.assertFalse(report.exists())

    def test_state_of_many_reports_costs_no_query_each(self):
        for number in range(10):
            self._report("list", columns=["x_name"]).name = f"R{number}"
        reports = self.env["crm.report"].search([("name", "like", "R_")])
        reports.mapped("state")
        reports.invalidate_recordset(["state"])
        reports.mapped("definition")
        with self.assertQueryCount(0):
            reports.mapped("state")
