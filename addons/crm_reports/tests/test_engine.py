# SPDX-License-Identifier: LGPL-3.0-or-later
import random

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from . import common

COUNT = {"path": "__count"}


@tagged("post_install", "-at_install")
class TestEngine(common.CrmReportsCommon):
    def _run(self, kind="pivot", user=None, **definition):
        return self._report(kind, user=user, **definition).crm_run()

    def test_list_shows_the_columns_of_the_filtered_records(self):
        result = self._run(
            "list",
            columns=["x_name", {"path": "x_count", "label": "How many"}],
            filters=[["x_count", ">", 2]],
            order=[{"path": "x_name", "desc": True}],
        )
        self.assertEqual([column["label"] for column in result["columns"]], ["Deal", "How many"])
        self.assertEqual(result["rows"], [["Gamma", 5], ["Beta", 3]])
        self.assertEqual(result["count"], 2)
        self.assertFalse(result["truncated"])

    def test_list_cells_have_the_type_of_their_field(self):
        columns = ["x_date", "x_moment", "x_weight", "x_hot", "x_amount", "x_half", "x_phone"]
        result = self._run("list", columns=columns, filters=[["x_name", "=", "Alpha"]])
        self.assertEqual(
            [column["type"] for column in result["columns"]],
            ["date", "datetime", "float", "boolean", "monetary", "float", "text"],
        )
        amount = [10.0, self.usd.id]
        self.assertEqual(
            result["rows"],
            [["2026-01-10", "2026-01-10 12:00:00", 3.0, False, amount, 1.0, "+58 212 555 0101"]],
        )

    def test_list_adds_up_what_can_be_added_up(self):
        result = self._run("list", columns=["x_name", "x_count", "x_amount", "x_half"])
        self.assertEqual(result["totals"], [None, 10, [70.0, self.usd.id], None])

    def test_list_with_a_limit_totals_what_it_shows(self):
        result = self._run(
            "list", columns=["x_name", "x_count"], order=[{"path": "x_count"}], limit=2
        )
        self.assertEqual(result["rows"], [["Alpha", 2], ["Beta", 3]])
        self.assertEqual(result["totals"], [None, 5])
        self.assertEqual(result["count"], 2)

    def test_caller_may_ask_for_fewer_rows(self):
        report = self._report("list", columns=["x_count"], order=[{"path": "x_count"}])
        result = report.crm_run(limit=1)
        self.assertEqual(result["rows"], [[2]])
        self.assertTrue(result["truncated"])
        self.assertEqual(result["totals"], [10], "the total is of all records")
        for bad in ("1; drop", -1, 0, None):
            self.assertEqual(len(report.crm_run(limit=bad)["rows"]), 3)

    def test_relation_to_many_is_joined(self):
        result = self._run("list", columns=["x_tag_ids", "x_tag_ids.name"], order=[{"path": "id"}])
        self.assertEqual(result["rows"], [["Tag A, Tag B"] * 2, ["Tag A"] * 2, ["", ""]])
        self.assertEqual([column["type"] for column in result["columns"]], ["text", "text"])

    def test_many_names_in_one_cell_are_cut(self):
        tags = self.env["res.partner.category"].create([{"name": f"T{n:02}"} for n in range(25)])
        self.deals[0].x_tag_ids = [Command.set(tags.ids)]
        [[names]] = self._run("list", columns=["x_tag_ids"], filters=[["x_name", "=", "Alpha"]])[
            "rows"
        ]
        self.assertTrue(names.startswith("T00, T01"))
        self.assertTrue(names.endswith("T19, …"))

    def test_texts_of_every_type_behind_a_relation_to_many(self):
        self.env["ir.model.fields"].create(
            {
                "model_id": self.deal_model.id,
                "name": "x_related_ids",
                "field_description": "Related deals",
                "ttype": "many2many",
                "relation": common.DEAL,
                "relation_table": "x_crm_report_deal_rel",
                "column1": "left_id",
                "column2": "right_id",
            }
        )
        deal, other = self.env[common.DEAL].browse(self.deals[:2].ids)
        deal.x_related_ids = [Command.set(other.ids)]
        paths = ["x_hot", "x_date", "x_moment", "x_weight", "x_count"]
        result = self._run(
            "list",
            columns=[f"x_related_ids.{path}" for path in paths],
            filters=[["x_name", "=", "Alpha"]],
        )
        self.assertEqual(
            result["rows"],
            [["Yes", "02/20/2026", "03/01/2026 02:00:00 AM", "4.50", "3"]],
        )

    def test_hidden_records_show_no_name(self):
        result = self._run(
            "list", columns=["x_partner_id", "x_partner_id.name"], order=[{"path": "id"}]
        )
        self.assertEqual(
            result["rows"], [["Open Customer"] * 2, ["Open Customer"] * 2, ["Restricted", ""]]
        )

    def test_hidden_group_shows_no_name(self):
        result = self._run(groups=[{"path": "x_partner_id"}], measures=[COUNT])
        self.assertEqual(sorted(result["rows"]), [["Open Customer", 2], ["Restricted", 1]])

    def test_field_of_a_hidden_group_is_not_shown(self):
        result = self._run(groups=[{"path": "x_partner_id.name"}], measures=[COUNT])
        self.assertEqual(sorted(result["rows"]), [["None", 1], ["Open Customer", 2]])

    def test_groups_measures_and_totals(self):
        result = self._run(
            groups=[{"path": "x_hot"}],
            measures=[
                COUNT,
                {"path": "x_count", "aggregator": "sum"},
                {"path": "x_count", "aggregator": "avg"},
                {"path": "x_weight", "aggregator": "max"},
                {"path": "x_date", "aggregator": "min"},
                {"path": "x_partner_id", "aggregator": "count_distinct"},
            ],
            order=[{"path": "x_hot", "desc": True}],
        )
        self.assertEqual(
            result["rows"],
            [
                [True, 2, 8, 4.0, 7.5, "2026-02-20", 2],
                [False, 1, 2, 2.0, 3.0, "2026-01-10", 1],
            ],
        )
        self.assertEqual(result["totals"], [None, 3, 10, 10 / 3, 7.5, "2026-01-10", 2])
        self.assertEqual(
            [column["label"] for column in result["columns"][1:]],
            [
                "Count",
                "Pieces",
                "Pieces (average)",
                "Weight (highest)",
                "Won on (lowest)",
                "Customer (different values)",
            ],
        )

    def test_total_of_overlapping_groups_counts_each_record_once(self):
        result = self._run(
            groups=[{"path": "x_tag_ids"}],
            measures=[COUNT, {"path": "x_count", "aggregator": "sum"}],
        )
        self.assertEqual(sorted(result["rows"]), [["None", 1, 5], ["Tag A", 2, 5], ["Tag B", 1, 2]])
        self.assertEqual(result["totals"], [None, 3, 10])

    def test_report_without_groups_is_one_row(self):
        result = self._run(measures=[COUNT, {"path": "x_amount", "aggregator": "sum"}])
        self.assertEqual(result["rows"], [[3, [70.0, self.usd.id]]])
        self.assertIsNone(result["totals"])

    def test_report_without_records(self):
        none = [["x_name", "=", "nobody"]]
        measures = [COUNT, {"path": "x_amount", "aggregator": "sum"}]
        measures += [{"path": "x_date", "aggregator": "max"}]
        result = self._run(groups=[{"path": "x_hot"}], measures=measures, filters=none)
        self.assertEqual(result["rows"], [])
        self.assertEqual(result["totals"], [None, 0, [0.0, False], None])
        result = self._run("list", columns=["x_name", "x_count"], filters=none)
        self.assertEqual((result["rows"], result["totals"]), ([], [None, 0]))

    def test_groups_are_in_the_order_asked_for(self):
        group = {"path": "x_name"}
        total = {"path": "x_count", "aggregator": "sum"}
        order = [{"path": "x_count:sum", "desc": True}]
        result = self._run(groups=[group], measures=[total], order=order, limit=2)
        self.assertEqual(result["rows"], [["Gamma", 5], ["Beta", 3]])
        self.assertTrue(result["truncated"])
        self.assertEqual(result["totals"], [None, 10])

    def test_groups_of_records_are_in_the_order_of_the_records(self):
        first, last = self.env["res.currency"].search([("active", "=", True)], limit=2)
        self.deals[0].x_currency_id = last
        self.deals[1].x_currency_id = first
        self.deals[2].x_currency_id = first
        result = self._run(groups=[{"path": "x_currency_id"}], measures=[COUNT])
        self.assertEqual(result["rows"], [[first.display_name, 2], [last.display_name, 1]])

    def test_dates_are_grouped_by_period_with_odoos_labels(self):
        for granularity, labels in (
            ("day", ["10 Jan 2026", "20 Feb 2026", "28 Feb 2026"]),
            ("week", ["W2 2026", "W8 2026", "W9 2026"]),
            ("month", ["January 2026", "February 2026"]),
            ("quarter", ["Q1 2026"]),
            ("year", ["2026"]),
        ):
            with self.subTest(granularity=granularity):
                group = {"path": "x_date", "granularity": granularity}
                result = self._run(groups=[group], measures=[COUNT])
                shown = [row[0] for row in result["rows"]]
                if granularity == "week":
                    # the first day of the week is a setting of the language
                    self.assertEqual(len(shown), 3)
                else:
                    self.assertEqual(shown, labels)

    def test_moments_are_grouped_in_the_time_zone_of_the_reader(self):
        group = {"path": "x_moment", "granularity": "month"}
        # 02:00 UTC on the first of March is still February in Caracas
        result = self._run(user=self.user_designer, groups=[group], measures=[COUNT])
        self.assertEqual(
            [row[0] for row in result["rows"]], ["January 2026", "February 2026", "March 2026"]
        )
        self.user_salesman.tz = "Europe/Madrid"
        result = self._run(groups=[group], measures=[COUNT])
        self.assertEqual(result["rows"], [["January 2026", 1], ["March 2026", 2]])

    def test_labels_are_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("es_419")
        self.user_salesman.lang = "es_419"
        group = {"path": "x_date", "granularity": "month"}
        result = self._run(groups=[group], measures=[COUNT])
        self.assertEqual([row[0] for row in result["rows"]], ["enero 2026", "febrero 2026"])

    def test_missing_date_is_a_group_of_its_own(self):
        self.deals[0].x_date = False
        group = {"path": "x_date", "granularity": "year"}
        result = self._run(groups=[group], measures=[COUNT])
        self.assertEqual(sorted(result["rows"]), [["2026", 2], ["None", 1]])

    def test_selection_and_number_groups(self):
        report = self._report(
            "pivot",
            model="crm.call",
            groups=[{"path": "outcome"}, {"path": "duration"}],
            measures=[COUNT],
            filters=[["name", "=", "Grouped call"]],
        )
        self.env["crm.call"].create(
            {
                "name": "Grouped call",
                "partner_id": self.partner_open.id,
                "user_id": self.user_salesman.id,
                "outcome": "no_answer",
                "duration": 7,
            }
        )
        self.assertEqual(report.crm_run()["rows"], [["No Answer", 7, 1]])

    def test_list_of_calls_shows_labels_and_plain_text(self):
        self.env["crm.call"].create(
            {
                "name": "Labelled call",
                "partner_id": self.partner_open.id,
                "user_id": self.user_salesman.id,
                "outcome": "voicemail",
                "notes": "<p>Ask <b>again</b></p>",
            }
        )
        report = self._report(
            "list",
            model="crm.call",
            columns=["outcome", "notes", "direction", "partner_phone"],
            filters=[["name", "=", "Labelled call"]],
        )
        self.assertEqual(
            report.crm_run()["rows"],
            [["Left a Message", "Ask *again*", "Outgoing", "+58 212 555 0101"]],
        )

    def test_list_of_activities_shows_what_they_belong_to(self):
        activity = self.partner_open.with_user(self.user_salesman).activity_schedule(
            "mail.mail_activity_data_todo",
            summary="Report activity",
            user_id=self.user_salesman.id,
        )
        filters = [["id", "=", activity.id]]
        with self.assertRaisesRegex(AccessError, "“Document Model” is not accessible"):
            self._report("list", model="mail.activity", columns=["res_model_id"])
        report = self._report(
            "list",
            model="mail.activity",
            columns=["summary", "res_id", "user_id"],
            filters=filters,
        )
        self.assertEqual(
            report.crm_run()["rows"],
            [["Report activity", self.partner_open.id, self.user_salesman.name]],
        )

    def test_selection_behind_a_relation_to_many_is_joined(self):
        self.env["res.partner"].create(
            [
                {"name": "Bill", "type": "invoice", "parent_id": self.partner_open.id},
                {"name": "Post", "type": "delivery", "parent_id": self.partner_open.id},
            ]
        )
        result = self._run(
            "list", columns=["x_partner_id.child_ids.type"], filters=[["x_name", "=", "Alpha"]]
        )
        labels = dict(self.env["res.partner"]._fields["type"]._description_selection(self.env))
        [[joined]] = result["rows"]
        self.assertEqual(set(joined.split(", ")), {labels["invoice"], labels["delivery"]})

    def test_sum_of_plain_groups_is_the_total(self):
        generator = random.Random(8)
        paths = [
            {"path": "x_hot"},
            {"path": "x_name"},
            {"path": "x_partner_id"},
            {"path": "x_partner_id.country_id"},
            {"path": "x_date", "granularity": "quarter"},
            {"path": "x_moment", "granularity": "day"},
        ]
        measures = [COUNT, {"path": "x_count", "aggregator": "sum"}]
        for number in range(15):
            groups = generator.sample(paths, generator.randint(1, 4))
            with self.subTest(number=number, groups=groups):
                result = self._run(groups=groups, measures=measures)
                sums = [sum(row[position] for row in result["rows"]) for position in (-2, -1)]
                self.assertEqual(sums, result["totals"][-2:])
                self.assertEqual(result["count"], sums[0])

    def test_same_groups_in_another_time_zone_have_the_same_total(self):
        group = {"path": "x_moment", "granularity": "day"}
        shown = set()
        for tz in ("UTC", "Europe/Madrid", "America/Caracas", "Pacific/Auckland"):
            self.user_salesman.tz = tz
            result = self._run(groups=[group], measures=[COUNT])
            self.assertEqual(result["totals"], [None, 3])
            shown.add(tuple(row[0] for row in result["rows"]))
        self.assertGreater(len(shown), 1, "the days differ")

    def test_run_says_how_its_columns_were_made(self):
        result = self._run(
            groups=[{"path": "x_date", "granularity": "month", "axis": "column"}],
            measures=[{"path": "x_weight", "aggregator": "avg"}],
        )
        group, measure = result["columns"]
        self.assertEqual(
            (group["spec"], group["role"], group["axis"], group["granularity"]),
            ("x_date:month", "group", "column", "month"),
        )
        self.assertEqual((measure["spec"], measure["role"]), ("x_weight:avg", "measure"))
        self.assertIn("sum", measure["aggregators"])

    @freeze_time("2026-03-15 12:00:00")
    def test_relative_dates_follow_the_day_of_the_run(self):
        last_month = [["x_date", ">=", "today =1d -1m"], ["x_date", "<", "today =1d"]]
        report = self._report(
            "list", columns=["x_name"], filters=last_month, order=[{"path": "id"}]
        )
        self.assertEqual(report.crm_run()["rows"], [["Beta"], ["Gamma"]])
        with freeze_time("2026-02-15 12:00:00"):
            self.assertEqual(report.crm_run()["rows"], [["Alpha"]])

    def test_amounts_in_two_currencies_are_converted(self):
        company = self.env.company.currency_id
        other = self.eur if company == self.usd else self.usd
        self.env["res.currency.rate"].search([]).unlink()
        self.env["res.currency.rate"].create(
            {"currency_id": other.id, "rate": 2.0, "name": "2020-01-01"}
        )
        self.deals.x_currency_id = company
        self.deals[0].x_currency_id = other
        result = self._run(measures=[{"path": "x_amount", "aggregator": "sum"}])
        self.assertEqual(result["rows"], [[[10.0 / 2 + 20 + 40, company.id]]])
        self.assertTrue(result["converted"])

    def test_average_of_two_currencies_is_not_shown(self):
        self.deals[0].x_currency_id = self.eur
        measures = [{"path": "x_amount", "aggregator": "avg"}]
        result = self._run(groups=[{"path": "x_name"}], measures=measures)
        self.assertEqual(result["rows"][0], ["Alpha", [10.0, self.eur.id]])
        self.assertEqual(result["totals"], [None, None])

    def test_nested_conditions(self):
        filters = [
            "|",
            ["x_tag_ids", "not any", []],
            ["x_tag_ids", "any", [["name", "=", "Tag B"]]],
        ]
        result = self._run("list", columns=["x_name"], filters=filters, order=[{"path": "id"}])
        self.assertEqual(result["rows"], [["Alpha"], ["Gamma"]])

    def test_part_of_a_date_in_filters(self):
        result = self._run(measures=[COUNT], filters=[["x_date.month_number", "=", 2]])
        self.assertEqual(result["rows"], [[2]])

    def test_condition_that_is_always_true(self):
        self.assertEqual(self._run(measures=[COUNT], filters=[[1, "=", 1]])["rows"], [[3]])
        self.assertEqual(self._run(measures=[COUNT], filters=[[0, "=", 1]])["rows"], [[0]])

    def test_rows_are_a_part_of_what_the_user_may_read(self):
        generator = random.Random(20)
        fields = ["x_name", "x_count", "x_weight", "x_hot", "x_date", "x_half", "x_phone"]
        self.env["ir.rule"].create(
            {
                "name": "small deals only",
                "model_id": self.deal_model.id,
                "domain_force": "[('x_count', '<', 5)]",
            }
        )
        for number in range(20):
            paths = generator.sample(fields, generator.randint(1, 5))
            limit = generator.choice([None, 1, 2])
            floor = generator.choice([0, 3, 9])
            with self.subTest(number=number, paths=paths):
                domain = [["x_count", ">=", floor]]
                rows = self._run("list", columns=paths, filters=domain, limit=limit)["rows"]
                readable = self.env[common.DEAL].with_user(self.user_salesman).search(domain)
                allowed = [
                    [str(values[path]) if path == "x_date" else values[path] for path in paths]
                    for values in readable.read(paths)
                ]
                for row in rows:
                    self.assertIn(row, allowed)
                self.assertEqual(len(rows), min(limit or 9, len(readable)))

    def test_sum_of_groups_is_what_the_user_may_read(self):
        self.env["ir.rule"].create(
            {
                "name": "small deals only",
                "model_id": self.deal_model.id,
                "domain_force": "[('x_count', '<', 5)]",
            }
        )
        measures = [{"path": "x_count", "aggregator": "sum"}]
        result = self._run(groups=[{"path": "x_name"}], measures=measures)
        self.assertEqual(result["rows"], [["Alpha", 2], ["Beta", 3]])
        self.assertEqual(result["totals"], [None, 5])

    def test_other_company_is_left_out(self):
        self.env["res.partner"].create({"name": "Theirs", "company_id": self.company_b.id})
        self.env["res.partner"].create({"name": "Ours", "company_id": self.env.company.id})
        report = self._report(
            "list",
            model="res.partner",
            columns=["name"],
            filters=[["name", "in", ["Theirs", "Ours"]]],
        )
        self.assertEqual(report.crm_run()["rows"], [["Ours"]])

    def _count_queries(self, report):
        self.env.invalidate_all()
        report.crm_run()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        report.crm_run()
        return self.env.cr.sql_log_count - before

    def _add_deals(self, number):
        partners = self.env["res.partner"].create([{"name": f"P{n}"} for n in range(number)])
        self.env[common.DEAL].create(
            [
                {"x_name": f"D{partner.id}", "x_partner_id": partner.id, "x_count": 1}
                for partner in partners
            ]
        )

    def test_queries_do_not_grow_with_groups(self):
        report = self._report(
            "pivot", groups=[{"path": "x_partner_id"}, {"path": "x_tag_ids"}], measures=[COUNT]
        )
        few = self._count_queries(report)
        self._add_deals(80)
        self.assertEqual(self._count_queries(report), few)

    def test_queries_do_not_grow_with_rows(self):
        columns = ["x_name", "x_partner_id", "x_partner_id.country_id.name", "x_tag_ids.name"]
        report = self._report("list", columns=columns)
        few = self._count_queries(report)
        self._add_deals(80)
        self.assertLessEqual(self._count_queries(report), few)
