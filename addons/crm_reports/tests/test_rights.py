# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from . import common


@tagged("post_install", "-at_install")
class TestRights(common.CrmReportsCommon):
    def _share(self, sharing, **values):
        report = self._report("list", user=self.user_designer, columns=["x_name"])
        report.write({"sharing": sharing, **values})
        return report

    def _visible(self, report, user):
        return bool(self.env["crm.report"].with_user(user).search([("id", "=", report.id)]))

    def test_sales_roles_bring_report_roles(self):
        for user, role, expected in (
            (self.user_salesman, "reader", True),
            (self.user_salesman, "designer", False),
            (self.user_salesman_all, "reader", True),
            (self.user_manager, "manager", True),
            (self.user_employee, "reader", False),
        ):
            with self.subTest(user=user.login, role=role):
                group = f"crm_reports.crm_reports_group_{role}"
                self.assertEqual(user.has_group(group), expected)

    def test_private_report_is_seen_by_its_owner_and_managers(self):
        report = self._share("private")
        self.assertTrue(self._visible(report, self.user_designer))
        self.assertTrue(self._visible(report, self.user_manager))
        self.assertFalse(self._visible(report, self.user_salesman))

    def test_report_for_everyone_is_seen_by_readers(self):
        report = self._share("everyone")
        self.assertTrue(self._visible(report, self.user_salesman))

    def test_report_for_a_group_is_seen_by_its_people(self):
        group = self.env.ref("sales_team.group_sale_salesman_all_leads")
        report = self._share("groups", group_ids=[Command.set(group.ids)])
        self.assertTrue(self._visible(report, self.user_salesman_all))
        self.assertFalse(self._visible(report, self.user_salesman))

    def test_groups_must_be_chosen(self):
        with self.assertRaisesRegex(ValidationError, "Choose the groups"):
            self._share("groups")

    def test_people_outside_the_suite_see_no_report(self):
        report = self._share("everyone")
        for user in (self.user_employee, self.user_portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                report.with_user(user).crm_run()

    def test_reader_does_not_run_what_is_not_shared(self):
        report = self._share("private")
        for method in ("crm_run", "action_export_xlsx", "action_open", "action_toggle_favorite"):
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(report.with_user(self.user_salesman), method)()

    def test_reader_keeps_private_reports(self):
        report = self._report("list", columns=["x_name"])
        report.name = "Mine"
        report.unlink()

    def test_reader_may_not_share(self):
        report = self._report("list", columns=["x_name"])
        with self.assertRaisesRegex(AccessError, "only report designers share"):
            report.sharing = "everyone"

    def test_reader_may_not_create_for_somebody_else(self):
        with self.assertRaises(AccessError):
            self._report("list", columns=["x_name"]).copy({"user_id": self.user_manager.id})

    def test_designer_may_not_give_a_report_away(self):
        report = self._share("everyone")
        with self.assertRaisesRegex(AccessError, "Only report managers"):
            report.user_id = self.user_manager
        report.with_user(self.user_manager).user_id = self.user_manager
        self.assertEqual(report.sudo().user_id, self.user_manager)

    def test_reader_may_not_change_shared_reports(self):
        report = self._share("everyone").with_user(self.user_salesman)
        self.assertFalse(report.can_edit)
        with self.assertRaises(AccessError):
            report.name = "Changed"
        with self.assertRaises(AccessError):
            report.unlink()

    def test_designer_shares_and_changes_own_reports_only(self):
        report = self._share("everyone")
        self.assertTrue(report.can_edit)
        other = self._report("list", user=self.user_manager, columns=["x_name"])
        other.sharing = "everyone"
        with self.assertRaises(AccessError):
            other.with_user(self.user_designer).name = "Changed"

    def test_manager_changes_the_reports_of_everyone(self):
        report = self._share("everyone").with_user(self.user_manager)
        self.assertTrue(report.can_edit)
        report.name = "Changed"
        report.unlink()

    def test_report_of_another_company_is_not_offered(self):
        report = self._share("everyone", company_id=self.env.company.id)
        self.assertTrue(self._visible(report, self.user_salesman))
        self.assertFalse(self._visible(report, self.user_company_b))
        report.company_id = False
        self.assertTrue(self._visible(report, self.user_company_b))

    def test_star_is_personal_and_needs_no_write_access(self):
        report = self._share("everyone")
        mine = report.with_user(self.user_salesman)
        mine.action_toggle_favorite()
        self.assertTrue(mine.is_favorite)
        self.assertFalse(report.is_favorite)
        mine.action_toggle_favorite()
        self.assertFalse(mine.is_favorite)

    def test_same_report_shows_each_reader_their_own_rows(self):
        report = self._report(
            "list",
            user=self.user_designer,
            model="crm.call",
            columns=["name"],
            filters=[["name", "like", "Rights call"]],
            order=[{"path": "name"}],
        )
        report.sharing = "everyone"
        self.env["crm.call"].create(
            [
                {"name": f"Rights call {n}", "partner_id": self.partner.id, "user_id": user.id}
                for n, user in enumerate((self.user_salesman, self.user_salesman_other))
            ]
        )
        for user, names in (
            (self.user_salesman, ["Rights call 0"]),
            (self.user_salesman_other, ["Rights call 1"]),
            (self.user_salesman_all, ["Rights call 0", "Rights call 1"]),
        ):
            with self.subTest(user=user.login):
                rows = report.with_user(user).crm_run()["rows"]
                self.assertEqual(rows, [[name] for name in names])
