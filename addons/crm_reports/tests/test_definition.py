# SPDX-License-Identifier: LGPL-3.0-or-later
import doctest
import math

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..engine import definition
from . import common


@tagged("post_install", "-at_install")
class TestDefinition(common.CrmReportsCommon):
    def _assert_refused(self, parts, words, kind="pivot"):
        parts = {"measures": [{"path": "__count"}], **parts}
        with self.assertRaisesRegex(UserError, words):
            self._report(kind, **parts)

    def test_examples_in_docstrings_hold(self):
        self.assertFalse(doctest.testmod(definition).failed)

    def test_unknown_version_is_refused(self):
        self._assert_refused({"version": 2}, "unknown version: 2")

    def test_unknown_part_is_refused(self):
        self._assert_refused({"sql": "SELECT 1"}, "unknown part “sql”")

    def test_definition_that_is_no_object_is_refused(self):
        for bad in ([], "{}", 5, None, False):
            with self.subTest(bad=bad):
                self.assertEqual(definition.shape_problems(bad), [("definition", "type", None)])

    def test_numbers_that_json_does_not_know_are_refused(self):
        for bad in (math.nan, math.inf, -math.inf):
            with self.subTest(bad=bad):
                self._assert_refused(
                    {"filters": [["x_count", "=", bad]]}, "not written as expected"
                )

    def test_text_that_the_database_cannot_store_is_refused(self):
        self._assert_refused({"filters": [["x_name", "=", "a\x00b"]]}, "not written as expected")

    def test_limit_must_be_a_sensible_number(self):
        for bad in ("1; drop", -1, 0, 1e12, 10**12, True, 1.5, [1]):
            with self.subTest(bad=bad):
                self._assert_refused({"limit": bad}, "number of rows")

    def test_granularity_that_is_not_known_is_refused(self):
        for bad in ("month'", "century", 5, ["month"]):
            with self.subTest(bad=bad):
                group = {"path": "x_date", "granularity": bad}
                self._assert_refused({"groups": [group]}, "unknown period")

    def test_aggregator_that_is_not_known_is_refused(self):
        for bad in ("sum) --", "array_agg", None, 1):
            with self.subTest(bad=bad):
                measure = {"path": "x_count", "aggregator": bad}
                self._assert_refused({"measures": [measure]}, "unknown calculation")

    def test_axis_and_chart_that_are_not_known_are_refused(self):
        self._assert_refused({"groups": [{"path": "x_hot", "axis": "z"}]}, "unknown place “z”")
        self._assert_refused({"chart": "cake"}, "unknown chart “cake”")

    def test_same_group_or_measure_twice_is_refused(self):
        self._assert_refused({"groups": [{"path": "x_hot"}] * 2}, "stands twice")
        self._assert_refused({"measures": [{"path": "__count"}] * 2}, "stands twice")

    def test_too_many_entries_are_refused(self):
        for kind, part, item, most in (
            ("list", "columns", {"path": "x_name"}, 60),
            ("pivot", "groups", {"path": "x_hot"}, 8),
            ("pivot", "measures", {"path": "__count"}, 30),
        ):
            with self.subTest(part=part):
                self._assert_refused({part: [item] * (most + 1)}, f"at most {most}", kind)

    def test_path_with_too_many_steps_is_refused(self):
        path = ".".join(["x_partner_id", *["parent_id"] * 50])
        self._assert_refused({"columns": [{"path": path}]}, "at most 5 steps", "list")
        self._assert_refused({"filters": [[path, "=", 1]]}, "at most 5 steps")

    def test_entries_of_the_wrong_kind_are_refused(self):
        for bad in ("x_name", {"path": 5}, {"path": ""}, {}, {"path": "x_name", "sql": "1"}):
            with self.subTest(bad=bad):
                problems = definition.shape_problems({"version": 1, "columns": [bad]})
                self.assertEqual(problems, [("columns", "item", None)])

    def test_title_that_is_too_long_is_refused(self):
        column = {"path": "x_name", "label": "x" * 101}
        self._assert_refused({"columns": [column]}, "longer than 100", "list")

    def test_large_definition_is_refused(self):
        self._assert_refused({"filters": [["x_name", "=", "x" * 70_000]]}, "larger than 64 KB")

    def test_filters_given_as_code_are_refused(self):
        self._assert_refused({"filters": "[('x_name', '=', __import__('os'))]"}, "not written")

    def test_filters_that_are_no_domain_are_refused(self):
        for bad in ([["x_name", "="]], ["|", ["x_name", "=", "a"]], ["&"], ["x"], [5]):
            with self.subTest(bad=bad):
                self._assert_refused({"filters": bad}, "not written as expected")

    def test_comparison_that_is_not_known_is_refused(self):
        for bad in ("any!", "not any!", "==", "; drop", 5):
            with self.subTest(bad=bad):
                self._assert_refused({"filters": [["x_partner_id", bad, []]]}, "unknown comparison")

    def test_value_that_is_no_value_is_refused(self):
        for bad in ({"a": 1}, [[1]], [{}]):
            with self.subTest(bad=bad):
                self._assert_refused({"filters": [["x_count", "in", bad]]}, "no value")

    def test_too_many_conditions_are_refused(self):
        filters = ["|"] * 200 + [["x_count", "=", number] for number in range(201)]
        self._assert_refused({"filters": filters}, "at most 200")

    def test_conditions_nested_too_deep_are_refused(self):
        domain = [["id", "=", 1]]
        for _step in range(9):
            domain = [["parent_id", "any", domain]]
        self._assert_refused({"filters": [["x_partner_id", "any", domain]]}, "more than 8 deep")

    def test_all_problems_are_listed_at_once(self):
        with self.assertRaises(UserError) as caught:
            self._report("pivot", limit=-1, chart="cake", measures=[{"path": "__count"}] * 2)
        message = caught.exception.args[0]
        for words in ("number of rows", "unknown chart", "stands twice"):
            self.assertIn(words, message)

    def test_refused_definition_leaves_no_report(self):
        before = self.env["crm.report"].search_count([])
        self._assert_refused({"limit": -1}, "number of rows")
        self.assertEqual(self.env["crm.report"].search_count([]), before)
