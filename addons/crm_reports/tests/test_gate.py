# SPDX-License-Identifier: LGPL-3.0-or-later
from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from . import common

COUNT = [{"path": "__count"}]


@tagged("post_install", "-at_install")
class TestGate(common.CrmReportsCommon):
    def _shared(self, kind="pivot", model=None, **definition):
        """Return a report that the system wrote for everyone, as the salesman."""
        report = self._report(kind, user=self.env.user, model=model, **definition)
        report.sharing = "everyone"
        return report.with_user(self.user_salesman)

    def _assert_refused(self, words, kind="pivot", error=AccessError, **definition):
        report = self._shared(kind, **definition)
        for method in ("crm_run", "action_open", "action_export_xlsx", "_crm_export_xlsx"):
            report.env.user.sudo().group_ids += self.env.ref("base.group_allow_export")
            with self.subTest(method=method), self.assertRaisesRegex(error, words):
                getattr(report, method)()

    def test_protected_field_is_refused_as_column(self):
        self._assert_refused("Columns: “Secret”", "list", columns=["x_name", "x_secret"])

    def test_protected_field_is_refused_as_group(self):
        self.patch(self.env["res.partner"]._fields["ref"], "groups", "base.group_system")
        groups = [{"path": "x_partner_id.ref"}]
        self._assert_refused("Groups: “Customer › Reference”", groups=groups, measures=COUNT)

    def test_protected_field_is_refused_as_measure(self):
        for aggregator in ("sum", "avg", "min", "max", "count_distinct"):
            with self.subTest(aggregator=aggregator):
                measures = [{"path": "x_secret", "aggregator": aggregator}]
                self._assert_refused("Measures: “Secret", measures=measures)

    def test_protected_field_is_refused_as_order(self):
        order = [{"path": "x_secret", "desc": True}]
        self._assert_refused("Sort order: “Secret”", "list", columns=["x_name"], order=order)

    def test_protected_field_is_refused_in_filters(self):
        filters = [["x_secret", ">", 5]]
        self._assert_refused("Filters: “Secret”", measures=COUNT, filters=filters)

    def test_protected_field_is_refused_behind_a_relation(self):
        filters = [["x_partner_id.x_margin", ">", 5]]
        words = "Filters: “Customer › Partner Margin”"
        self._assert_refused(words, measures=COUNT, filters=filters)

    def test_protected_field_is_refused_inside_any(self):
        inner = [["parent_id", "not any", [["x_margin", ">", 5]]]]
        filters = [["x_partner_id", "any", inner]]
        self._assert_refused("Filters: “Partner Margin”", measures=COUNT, filters=filters)

    def test_related_field_is_refused_when_its_origin_is_protected(self):
        words = "“Customer Margin” is not accessible"
        self._assert_refused(words, "list", columns=["x_hidden"])
        self._assert_refused(words, measures=COUNT, filters=[["x_hidden", ">", 5]])
        self._assert_refused(words, measures=[{"path": "x_hidden", "aggregator": "sum"}])

    def test_computed_field_with_a_search_is_refused_when_protected(self):
        field = self.env["res.partner"]._fields["message_needaction"]
        self.patch(field, "groups", "base.group_system")
        filters = [["x_partner_id.message_needaction", "=", True]]
        self._assert_refused("Filters: “Customer › ", measures=COUNT, filters=filters)

    def test_relation_to_records_without_rights_is_refused(self):
        self.env["ir.model.access"].search([("model_id.model", "=", "res.currency")]).unlink()
        words = "“Money” is not accessible"
        self._assert_refused(words, "list", columns=["x_currency_id"])
        self._assert_refused(words, measures=COUNT, groups=[{"path": "x_currency_id"}])

    def test_amount_hides_a_currency_without_rights(self):
        self.env["ir.model.access"].search([("model_id.model", "=", "res.currency")]).unlink()
        measures = [{"path": "x_amount", "aggregator": "sum"}]
        self.assertEqual(self._shared(measures=measures).crm_run()["rows"][0], [[70.0, False]])

    def test_records_without_rights_are_refused_by_name(self):
        report = self._shared("list", columns=["x_name"])
        self.deal_model.access_ids.unlink()
        with self.assertRaisesRegex(AccessError, "records of this report: Deal"):
            report.crm_run()

    def test_all_forbidden_fields_are_listed_at_once(self):
        report = self._shared(
            "list",
            columns=["x_secret", "x_hidden"],
            filters=[["x_partner_id.x_margin", ">", 1]],
        )
        with self.assertRaises(AccessError) as caught:
            report.crm_run()
        for label in ("“Secret”", "“Customer Margin”", "“Customer › Partner Margin”"):
            self.assertIn(label, caught.exception.args[0])

    def test_reader_cannot_save_a_protected_field(self):
        with self.assertRaises(AccessError):
            self._report("list", columns=["x_secret"])

    def test_administrator_sees_the_protected_field(self):
        self.user_manager.group_ids += self.env.ref("base.group_system")
        report = self._shared("list", columns=["x_secret"], order=[{"path": "x_name"}])
        rows = report.with_user(self.user_manager).crm_run()["rows"]
        self.assertEqual(rows, [[10.0], [20.0], [40.0]])

    def test_rights_are_checked_again_at_each_run(self):
        report = self._report("list", columns=["x_weight"])
        report.crm_run()
        self.patch(self.env[common.DEAL]._fields["x_weight"], "groups", "base.group_system")
        with self.assertRaises(AccessError):
            report.crm_run()

    def test_field_that_does_not_exist_is_refused(self):
        for kind, parts in (
            ("list", {"columns": ["x_gone"]}),
            ("list", {"columns": ["x_name"], "order": [{"path": "name; drop"}]}),
            ("pivot", {"measures": COUNT, "groups": [{"path": "x_partner_id.x_gone"}]}),
            ("pivot", {"measures": [{"path": "x_gone", "aggregator": "sum"}]}),
            ("pivot", {"measures": COUNT, "filters": [["x_gone", "=", 1]]}),
        ):
            with self.subTest(parts=parts), self.assertRaisesRegex(UserError, "does not exist"):
                self._report(kind, **parts)

    def test_path_over_a_field_without_fields_is_refused(self):
        with self.assertRaisesRegex(UserError, "“Deal” has no fields of its own"):
            self._report("list", columns=["x_name.name"])

    def test_fields_that_no_table_shows_are_refused(self):
        with self.assertRaisesRegex(UserError, "“Picture” cannot be shown"):
            self._report("list", columns=["x_picture"])

    def test_groups_that_make_no_sense_are_refused(self):
        for group, words in (
            ({"path": "x_picture"}, "cannot be grouped"),
            ({"path": "x_amount"}, "cannot be grouped"),
            ({"path": "x_half"}, "cannot be grouped"),
            ({"path": "id"}, "cannot be grouped"),
            ({"path": "x_date"}, "needs a period"),
            ({"path": "x_name", "granularity": "month"}, "takes no period"),
            ({"path": "x_tag_ids.name"}, "only be reached through single records"),
        ):
            with self.subTest(group=group), self.assertRaisesRegex(UserError, words):
                self._report("pivot", measures=COUNT, groups=[group])

    def test_measures_that_make_no_sense_are_refused(self):
        for measure, words in (
            ({"path": "x_name", "aggregator": "sum"}, "cannot be computed this way"),
            ({"path": "x_hot", "aggregator": "max"}, "cannot be computed this way"),
            ({"path": "x_half", "aggregator": "sum"}, "computed on the fly"),
            ({"path": "x_partner_id.color", "aggregator": "sum"}, "another record"),
        ):
            with self.subTest(measure=measure), self.assertRaisesRegex(UserError, words):
                self._report("pivot", measures=[measure])

    def test_order_that_makes_no_sense_is_refused(self):
        with self.assertRaisesRegex(UserError, "“Half” cannot be sorted"):
            self._report("list", columns=["x_name"], order=[{"path": "x_half"}])
        with self.assertRaisesRegex(UserError, "not a group or measure"):
            self._report("pivot", measures=COUNT, order=[{"path": "x_name"}])

    def test_filters_that_make_no_sense_are_refused(self):
        for condition, words in (
            (["x_half", "=", 1], "“Half” cannot be searched"),
            (["x_name", "any", []], "“Deal” is not a relation"),
            (["x_date", ">=", "today +garbage"], "“Won on” is compared with a value"),
            (["x_count", "=", "x"], "“Pieces” is compared with a value"),
            (["x_tag_ids", "in", {}], "no value"),
        ):
            with self.subTest(condition=condition), self.assertRaisesRegex(UserError, words):
                self._report("pivot", measures=COUNT, filters=[condition])

    def test_value_that_the_database_refuses_is_one_sentence(self):
        report = self._shared(measures=COUNT, filters=[["x_count", "=", 10**30]])
        self.assertEqual(report.crm_run()["rows"], [[0]])
        error = psycopg2.errors.NumericValueOutOfRange
        with (
            patch.object(type(self.env[common.DEAL]), "_read_group", side_effect=error),
            self.assertRaisesRegex(UserError, "a filter holds an impossible value"),
        ):
            report.crm_run()
        self.assertTrue(self.env["crm.report"].search_count([]), "the transaction lives on")

    def test_definition_that_was_damaged_is_refused_at_the_run(self):
        report = self._report("list", columns=["x_name"])
        for damaged in ('{"version": 9}', '"text"', "[]", '{"version": 1, "columns": {"a": 1}}'):
            with self.subTest(damaged=damaged):
                self.env.cr.execute(
                    "UPDATE crm_report SET definition = %s::jsonb WHERE id = %s",
                    [damaged, report.id],
                )
                report.invalidate_recordset()
                self.assertEqual(report.state, "broken")
                with self.assertRaises(UserError):
                    report.crm_run()

    def test_properties_are_searched_but_not_shown(self):
        field = next(
            (name for name, f in self.env["res.partner"]._fields.items() if f.type == "properties"),
            None,
        )
        self.assertTrue(field, "contacts have properties")
        with self.assertRaisesRegex(UserError, "cannot be shown"):
            self._report("list", model="res.partner", columns=[field])
        report = self._report(
            "list", model="res.partner", columns=["name"], filters=[[f"{field}.abc", "=", "x"]]
        )
        self.assertEqual(report.crm_run()["rows"], [])

    def test_parts_of_dates_are_known_ones(self):
        with self.assertRaisesRegex(UserError, "“Won on” has no fields of its own"):
            self._report("pivot", measures=COUNT, filters=[["x_date.century", "=", 1]])
        with self.assertRaisesRegex(UserError, "“Won on” has no fields of its own"):
            self._report("pivot", measures=COUNT, filters=[["x_date.day_of_week.id", "=", 1]])

    def test_condition_without_a_field_is_refused(self):
        for bad in (["", "=", 1], [None, "=", 1], [5, "=", 1], [["a"], "=", 1]):
            with self.subTest(bad=bad), self.assertRaises(UserError):
                self._report("pivot", measures=COUNT, filters=[bad])

    def test_negation_needs_a_condition(self):
        with self.assertRaisesRegex(UserError, "not written as expected"):
            self._report("pivot", measures=COUNT, filters=[["x_count", "=", 2], "!"])
        report = self._report("pivot", measures=COUNT, filters=["!", ["x_count", "=", 2]])
        self.assertEqual(report.crm_run()["rows"], [[2]])

    def test_parts_that_are_no_lists_are_refused(self):
        for part in ("columns", "order"):
            with self.subTest(part=part), self.assertRaisesRegex(UserError, "not written as exp"):
                self._report("list", **{"columns": ["x_name"], part: {"path": "x_name"}})
        with self.assertRaisesRegex(UserError, "not written as expected"):
            self._report("list", columns=["x_name"], order=[{"path": "x_name", "desc": "yes"}])

    def test_report_needs_something_to_show(self):
        with self.assertRaisesRegex(UserError, "at least one column"):
            self._report("list")
        with self.assertRaisesRegex(UserError, "at least one measure"):
            self._report("pivot")

    def test_technical_records_are_no_source(self):
        for model in ("ir.rule", "mail.message", "res.users.log", "crm.report", "res.groups"):
            with self.subTest(model=model), self.assertRaises(UserError):
                self._report("list", user=self.env.user, model=model, columns=["id"])

    def test_transient_and_abstract_models_are_no_source(self):
        catalog = self.env["crm.report.catalog"]
        for model in ("mail.compose.message", "mail.thread", "x_no_model", False, "base"):
            self.assertFalse(catalog._is_reportable(model), model)
        self.assertTrue(catalog._is_reportable("mail.activity"))

    def test_sources_are_what_the_user_may_read(self):
        reports = self.env["crm.report"].with_user(self.user_salesman)
        self.assertIn(common.DEAL, [source["model"] for source in reports.crm_sources()])
        self.deal_model.access_ids.unlink()
        self.assertNotIn(common.DEAL, [source["model"] for source in reports.crm_sources()])

    def test_preview_is_gated_like_a_run(self):
        reports = self.env["crm.report"].with_user(self.user_salesman)
        definition = self._definition(columns=["x_secret"])
        result = reports.crm_preview(self.deal_model.id, "list", definition)
        self.assertIn("“Secret” is not accessible", result["problems"][0])
        self.assertTrue(result["editable"])

    def test_preview_of_unknown_records_says_so(self):
        reports = self.env["crm.report"].with_user(self.user_salesman)
        for bad in (0, "x", None, 10**9):
            with self.subTest(bad=bad):
                result = reports.crm_preview(bad, "list", {})
                self.assertIn("not available any more", result["problems"][0])
                self.assertFalse(result["editable"])

    def test_people_outside_the_suite_may_not_preview(self):
        for user in (self.user_employee, self.user_portal):
            reports = self.env["crm.report"].with_user(user)
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                reports.crm_preview(
                    self.deal_model.id, "list", self._definition(columns=["x_name"])
                )
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                reports.crm_sources()
