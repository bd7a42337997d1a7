# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.api import SUPERUSER_ID
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged, users

from odoo.addons.auth_signup.models.res_partner import SignupError
from odoo.addons.crm_accounts.tests.common import CrmSuiteCommon


class CapacityCase(CrmSuiteCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Capacity = cls.env["crm.module.capacity"]
        cls.Capacity.search([]).max_users = 0
        cls.row = cls.Capacity.search([("module", "=", "crm_accounts")])
        cls.salesman = cls.env.ref("sales_team.group_sale_salesman")
        cls.manager = cls.env.ref("sales_team.group_sale_manager")
        cls.employee = cls.env.ref("base.group_user")
        cls.team = cls.env["res.groups"].create(
            {"name": "Showroom", "user_ids": [Command.link(cls.user_employee.id)]}
        )

    def used(self):
        return self.Capacity._count_users()

    def fill(self, free=0):
        """Set the limit so that ``free`` seats are left."""
        self.row.max_users = self.used() + free

    def assertRefused(self, function, *args, **kwargs):
        before = self.used()
        # Odoo's assertRaises, unlike assertRaisesRegex, rolls back what was done inside.
        with self.assertRaises(ValidationError) as error:
            function(*args, **kwargs)
        self.assertIn(f"seats for {self.row.max_users} users", str(error.exception))
        self.assertEqual(self.used(), before)

    def new_values(self, login, group=None):
        values = {"name": login, "login": login}
        if group:
            values["group_ids"] = [Command.set(group.ids)]
        return values


@tagged("post_install", "-at_install")
class TestCapacityWays(CapacityCase):
    """Each way in which somebody becomes a user of the CRM takes a seat, and needs a free one."""

    def test_user_created(self):
        self.fill(free=1)
        Users = self.env["res.users"]
        Users.create(self.new_values("first", self.salesman))
        self.assertRefused(Users.create, self.new_values("second", self.salesman))

    def test_several_users_created_at_once(self):
        self.fill(free=1)
        vals_list = [self.new_values(name, self.salesman) for name in ("first", "second")]
        self.assertRefused(self.env["res.users"].create, vals_list)

    def test_user_form(self):
        self.fill()
        with Form(self.user_employee, "base.view_users_form") as form:
            form.group_ids.add(self.salesman)
            self.assertRefused(form.save)
            form.group_ids.remove(self.salesman.id)

    def test_user_written(self):
        self.fill(free=1)
        self.user_employee.group_ids = [Command.link(self.salesman.id)]
        other = self._crm_new_user("other", "base.group_user")
        self.assertRefused(other.write, {"group_ids": [Command.link(self.manager.id)]})

    def test_group_form(self):
        self.fill()
        with Form(self.salesman) as form:
            form.user_ids.add(self.user_employee)
            self.assertRefused(form.save)
            form.user_ids.remove(self.user_employee.id)

    def test_group_written(self):
        self.fill(free=1)
        command = Command.link(self.user_employee.id)
        self.salesman.user_ids = [command]
        self.user_employee.group_ids = [Command.unlink(self.salesman.id)]
        self.fill()
        self.assertRefused(self.salesman.write, {"user_ids": [command]})
        self.assertRefused(self.salesman.write, {"all_user_ids": [command]})

    def test_group_that_comes_to_imply(self):
        self.fill()
        self.assertRefused(self.team.write, {"implied_ids": [Command.link(self.salesman.id)]})
        self.assertRefused(self.salesman.write, {"implied_by_ids": [Command.link(self.team.id)]})
        self.assertRefused(self.team._apply_group, self.salesman)

    def test_every_employee_by_one_implication(self):
        self.fill(free=1)
        self._crm_new_user("other", "base.group_user")
        self.assertRefused(self.employee.write, {"implied_ids": [Command.link(self.salesman.id)]})

    def test_implication_over_several_groups(self):
        middle = self.env["res.groups"].create(
            {"name": "Middle", "implied_by_ids": [Command.link(self.team.id)]}
        )
        self.fill()
        self.assertRefused(middle.write, {"implied_ids": [Command.link(self.salesman.id)]})

    def test_group_created(self):
        self.fill()
        Groups = self.env["res.groups"]
        user, salesman = self.user_employee.id, self.salesman.id
        self.assertRefused(
            Groups.create,
            {
                "name": "Shop",
                "implied_ids": [Command.link(salesman)],
                "user_ids": [Command.link(user)],
            },
        )
        self.assertRefused(
            self.team.write,
            {
                "implied_ids": [
                    Command.create({"name": "S", "implied_ids": [Command.link(salesman)]})
                ]
            },
        )

    def test_group_of_the_suite_gets_a_privilege(self):
        group = self.env["res.groups"].create(
            {"name": "Feature", "user_ids": [Command.link(self.user_employee.id)]}
        )
        self.env["ir.model.data"].create(
            {
                "module": "crm_accounts",
                "name": "group_feature",
                "model": "res.groups",
                "res_id": group.id,
            }
        )
        self.fill()
        self.assertRefused(group.write, {"privilege_id": self.salesman.privilege_id.id})

    def test_group_inherited_from_the_default_of_new_users(self):
        self.fill()
        self.env.ref("base.default_user_group").implied_ids = [Command.link(self.salesman.id)]
        self.assertRefused(self.env["res.users"].create, self.new_values("new"))

    def test_user_copied(self):
        self.fill()
        self.assertRefused(self.user_salesman.copy, {"login": "copied"})

    def test_user_unarchived(self):
        self.user_salesman.action_archive()
        self.fill()
        self.assertRefused(self.user_salesman.action_unarchive)
        self.assertRefused(self.user_salesman.write, {"active": True})

    def test_portal_user_made_internal(self):
        self.fill()
        self.assertRefused(self.user_portal.write, {"group_ids": [Command.set(self.salesman.ids)]})

    def test_portal_user_who_already_holds_the_group_made_internal(self):
        self.salesman.implied_ids = [Command.unlink(self.employee.id)]
        for group in self.env["res.groups"].search([("implied_by_ids", "in", self.salesman.ids)]):
            self.salesman.implied_ids = [Command.unlink(group.id)]
        self.user_portal.group_ids = [Command.link(self.salesman.id)]
        self.assertTrue(self.user_portal.share)
        self.fill()
        both = (self.salesman + self.employee).ids
        self.assertRefused(self.user_portal.write, {"group_ids": [Command.set(both)]})
        self.assertRefused(self.user_portal.write, {"share": False})

    def test_invitation(self):
        self.fill()
        self.env.ref("base.default_user_group").implied_ids = [Command.link(self.salesman.id)]
        self.assertRefused(
            self.env["res.users"].web_create_users, ["one@example.com", "two@example.com"]
        )

    def test_signup(self):
        template = self.user_salesman.copy({"login": "template", "active": False})
        self.env["ir.config_parameter"].set_param("base.template_portal_user_id", template.id)
        self.fill()
        Users = self.env["res.users"].with_context(no_reset_password=True)
        values = {"login": "signed@example.com", "name": "Signed", "email": "signed@example.com"}
        with self.assertRaises(SignupError) as error:
            Users._create_user_from_template(dict(values))
        self.assertIn(f"seats for {self.row.max_users} users", str(error.exception))
        self.row.max_users += 1
        Users._create_user_from_template(dict(values))
        self.assertEqual(self.used(), self.row.max_users)

    def test_user_through_the_partner(self):
        self.fill()
        partner = self.env["res.partner"].create({"name": "New"})
        values = {"login": "new", "group_ids": [Command.set(self.salesman.ids)]}
        self.assertRefused(partner.write, {"user_ids": [Command.create(values)]})

    def test_group_through_the_privilege(self):
        self.fill()
        group = {
            "name": "Shop",
            "implied_ids": [Command.link(self.salesman.id)],
            "user_ids": [Command.link(self.user_employee.id)],
        }
        self.assertRefused(self.salesman.privilege_id.write, {"group_ids": [Command.create(group)]})

    def test_import(self):
        self.fill(free=1)
        columns = ["name", "login", "group_ids/id"]
        rows = [[name, name, "sales_team.group_sale_salesman"] for name in ("first", "second")]
        used = self.used()
        result = self.env["res.users"].load(columns, rows)
        self.assertFalse(result["ids"])
        self.assertIn("seats for", " ".join(message["message"] for message in result["messages"]))
        self.assertEqual(self.used(), used)
        self.assertTrue(self.env["res.users"].load(columns, rows[:1])["ids"])
        self.assertEqual(self.used(), used + 1)


@tagged("post_install", "-at_install")
class TestCapacityLimit(CapacityCase):
    def test_without_a_limit_anybody_is_added(self):
        self.assertEqual(self.Capacity.crm_capacity(), 0)
        used = self.used()
        self.user_employee.group_ids = [Command.link(self.salesman.id)]
        self.assertEqual(self.used(), used + 1)

    def test_the_smallest_limit_counts(self):
        other = self.Capacity.create({"module": "base"})
        self.row.max_users = 900
        self.assertEqual(self.Capacity.crm_capacity(), 900)
        other.max_users = 800
        self.assertEqual(self.Capacity.crm_capacity(), 800)
        self.assertEqual((self.row.is_limiting, other.is_limiting), (False, True))
        other.max_users = 0
        self.Capacity.invalidate_model(["is_limiting"])
        self.assertEqual(self.Capacity.crm_capacity(), 900)
        self.assertTrue(self.row.is_limiting)

    def test_the_error_says_how_many_which_module_and_what_to_do(self):
        self.fill()
        with self.assertRaises(ValidationError) as error:
            self.salesman.user_ids = [Command.link(self.user_employee.id)]
        message = str(error.exception)
        self.assertIn(f"seats for {self.row.max_users} users", message)
        self.assertIn(f"would make {self.row.max_users + 1}", message)
        self.assertIn(self.row.name, message)
        self.assertIn("Configuration > Capacity", message)

    def test_a_lowered_limit_locks_nobody_out(self):
        self.fill()
        self.row.max_users = 1
        self.assertGreater(self.used(), 1)
        self.user_salesman.group_ids = [Command.link(self.manager.id)]
        self.user_salesman.write({"active": True})
        self.user_salesman.with_user(self.user_salesman).write({"signature": "<p>Bye</p>"})
        self.assertTrue(self.user_salesman.has_group("sales_team.group_sale_salesman"))
        self.assertRefused(
            self.user_employee.write, {"group_ids": [Command.link(self.salesman.id)]}
        )

    def test_over_the_limit_one_may_take_the_seat_of_another(self):
        self.row.max_users = 1
        used = self.used()
        self.salesman.user_ids = [
            Command.unlink(self.user_salesman.id),
            Command.link(self.user_employee.id),
        ]
        self.assertEqual(self.used(), used)
        self.assertRefused(
            self.salesman.write,
            {
                "user_ids": [
                    Command.unlink(self.user_salesman_other.id),
                    Command.link(self.user_salesman.id),
                    Command.link(self._crm_new_user("other", "base.group_user").id),
                ]
            },
        )

    def test_who_leaves_frees_a_seat(self):
        no_rights = {"group_ids": [Command.set(self.employee.ids)]}
        for leave in (
            self.user_salesman.action_archive,
            self.user_salesman_all.unlink,
            lambda: self.user_salesman_other.write(no_rights),
            lambda: self.salesman.write({"user_ids": [Command.unlink(self.user_company_b.id)]}),
        ):
            with self.subTest(leave=leave):
                self.user_company_b.group_ids = [Command.set(self.salesman.ids)]
                self.fill()
                leave()
                self.assertEqual(self.used(), self.row.max_users - 1)
                values = self.new_values(f"successor of {leave}", self.salesman)
                self.env["res.users"].create(values)
                self.assertEqual(self.used(), self.row.max_users)

    def test_a_second_group_takes_no_second_seat(self):
        self.fill()
        self.user_salesman.group_ids = [Command.link(self.manager.id)]
        self.team.user_ids = [Command.link(self.user_salesman.id)]
        self.team.user_ids = [Command.unlink(self.user_employee.id)]
        self.team.implied_ids = [Command.link(self.salesman.id)]

    def test_other_users_take_no_seat(self):
        self.fill()
        used = self.used()
        self._crm_new_user("internal", "base.group_user")
        self._crm_new_user("client", "base.group_portal")
        archived = self.new_values("archived", self.salesman)
        self.env["res.users"].create(archived | {"active": False})
        self.salesman.user_ids = [Command.link(SUPERUSER_ID)]
        self.assertEqual(self.used(), used)

    def test_the_feature_groups_of_the_suite_take_no_seat(self):
        group = self.env["res.groups"].create({"name": "Feature"})
        self.env["ir.model.data"].create(
            {
                "module": "crm_accounts",
                "name": "group_feature",
                "model": "res.groups",
                "res_id": group.id,
            }
        )
        self.fill()
        group.user_ids = [Command.link(self.user_employee.id)]

    def test_installation_is_never_refused(self):
        self.row.max_users = 1
        self.addCleanup(setattr, self.registry, "ready", True)
        self.registry.ready = False
        self.user_employee.group_ids = [Command.link(self.salesman.id)]

    def test_ordinary_writes_cost_no_query(self):
        self.fill()
        user = self.user_salesman.with_user(self.user_salesman)
        for values in ({"signature": "<p>1</p>"}, {"lang": "en_US"}, {"active": False}):
            self.patch(
                type(self.Capacity), "_guard_seats", lambda model: self.fail("counted for nothing")
            )
            with self.subTest(values=values):
                (self.user_salesman_other if "active" in values else user).write(values)
        self.env["res.users"].with_user(user)._update_last_login()

    def test_a_group_change_costs_one_query_without_a_limit_and_three_with_one(self):
        def queries(free):
            if free is None:
                self.row.max_users = 0
            else:
                self.fill(free)
            self.env.flush_all()
            count = self.env.cr.sql_log_count
            with self.Capacity._guard_seats():
                pass
            return self.env.cr.sql_log_count - count

        self.assertEqual(queries(None), 1)
        self.assertEqual(queries(3), 3)

    def test_negative_limit(self):
        with self.assertRaises(ValidationError) as error:
            self.row.max_users = -1
        self.assertIn("enter 0 for no limit", str(error.exception))


@tagged("post_install", "-at_install")
class TestCapacityPage(CapacityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_admin = cls._crm_new_user("settings", "base.group_system")

    def test_a_row_for_each_installed_addon_of_the_suite(self):
        Module = self.env["ir.module.module"]
        accounts = Module.search([("name", "=", "crm_accounts")])
        suite = (accounts | accounts.downstream_dependencies()).filtered(
            lambda module: module.state == "installed" and not module.auto_install
        )
        self.assertEqual(
            sorted(self.Capacity.search([]).mapped("module")), sorted(suite.mapped("name"))
        )

    def test_a_module_installed_later_gets_its_row_and_glue_does_not(self):
        later, glue = self.env["ir.module.module"].create(
            [
                {"name": "crm_later", "shortdesc": "Later"},
                {"name": "crm_glue", "auto_install": True},
            ]
        )
        for module, depends in ((later, "crm_accounts"), (glue, "crm_later")):
            self.env["ir.module.module.dependency"].create(
                {"module_id": module.id, "name": depends}
            )
            module.state = "installed"
        row = self.Capacity.search([("module", "in", ["crm_later", "crm_glue"])])
        self.assertEqual(row.module, "crm_later")
        self.assertEqual(row.name, "Later")
        self.assertEqual(row.get_external_id()[row.id], "crm_later.crm_module_capacity_own")
        later.state = "installed"
        self.assertEqual(self.Capacity.search_count([("module", "=", "crm_later")]), 1)

    @users("crm_user_manager")
    def test_sales_manager_reads_and_changes_nothing(self):
        row = self.row.with_env(self.env)
        self.assertEqual(row.crm_user_count, self.used())
        self.assertEqual(row.name, "CRM Accounts and Contacts")
        self.assertEqual(self.env["crm.module.capacity"].crm_capacity(), 0)
        with self.assertRaises(AccessError):
            row.max_users = 5

    @users("crm_settings")
    def test_system_administrator_sets_limits(self):
        row = self.row.with_env(self.env)
        row.max_users = 5
        self.assertEqual(self.env["crm.module.capacity"].crm_capacity(), 5)
        self.assertTrue(row.is_limiting)
        with self.assertRaises(AccessError):
            row.create({"module": "base"})
        with self.assertRaises(AccessError):
            row.unlink()
        self.assertIn(
            self.env.ref("crm_accounts.crm_module_capacity_menu").id,
            self.env["ir.ui.menu"].load_menus(False),
        )

    def test_salespeople_and_portal_users_see_nothing(self):
        for user in (self.user_salesman_all, self.user_employee, self.user_portal):
            Capacity = self.Capacity.with_user(user)
            for call in (
                Capacity.crm_capacity,
                Capacity.action_open_crm_users,
                self.row.with_user(user).action_open_users,
                lambda Capacity=Capacity: Capacity.search([]),
            ):
                with self.subTest(user=user.login, call=call), self.assertRaises(AccessError):
                    call()

    @users("crm_user_manager")
    def test_the_lists_behind_the_numbers(self):
        for action, count in (
            (self.env["crm.module.capacity"].action_open_crm_users(), self.row.crm_user_count),
            (self.row.with_env(self.env).action_open_users(), self.row.user_count),
        ):
            found = self.env["res.users"].sudo().search(action["domain"])
            self.assertEqual(len(found), count)
            self.assertIn(self.user_salesman, found)
            self.assertNotIn(self.user_employee, found)
            self.assertTrue(self.env["res.users"].search(action["domain"]))

    def test_the_page_counts_as_the_guard_does(self):
        self.team.implied_ids = [Command.link(self.salesman.id)]
        self.assertEqual(self.row.crm_user_count, self.used())
        self.assertEqual(self.row.user_count, self.used() - len(self.only_other_modules()))

    def only_other_modules(self):
        held = self.env["res.users"].search(self.Capacity._get_users_domain())
        return held.filtered(lambda user: self.salesman not in user.all_group_ids)

    def test_the_page_costs_the_same_for_more_users(self):
        rows = self.Capacity.search([])

        def queries():
            self.env.invalidate_all()
            count = self.env.cr.sql_log_count
            rows.read(["name", "user_count", "max_users", "crm_user_count", "is_limiting"])
            return self.env.cr.sql_log_count - count

        queries()
        before = queries()
        for number in range(3):
            self._crm_new_user(f"more_{number}", "sales_team.group_sale_salesman")
        self.assertEqual(queries(), before)
        self.assertLessEqual(before, 12)
