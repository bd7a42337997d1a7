# SPDX-License-Identifier: LGPL-3.0-or-later
from lxml import etree

from odoo.tests import tagged, users

from odoo.addons.crm_accounts.tests.common import CrmSuiteCommon


@tagged("post_install", "-at_install")
class TestViews(CrmSuiteCommon):
    def _menu_names(self):
        root = self.env.ref("crm_accounts.crm_accounts_menu_root")
        menus = self.env["ir.ui.menu"].load_menus(False)
        names = []
        todo = list(menus[root.id]["children"]) if root.id in menus else []
        while todo:
            menu = menus[todo.pop(0)]
            names.append(menu["xmlid"])
            todo = list(menu["children"]) + todo
        return [name for name in names if name.startswith("crm_accounts.")]

    @users("crm_user_salesman")
    def test_salesperson_finds_every_list(self):
        self.assertEqual(
            self._menu_names(),
            [
                "crm_accounts.crm_accounts_menu_accounts",
                "crm_accounts.res_partner_menu_accounts",
                "crm_accounts.res_partner_menu_departments",
                "crm_accounts.res_partner_menu_contacts",
                "crm_accounts.crm_call_menu",
                "crm_accounts.calendar_event_menu_visits",
                "crm_accounts.crm_account_event_menu",
            ],
        )

    @users("crm_user_manager")
    def test_manager_finds_the_configuration(self):
        self.assertIn("crm_accounts.crm_account_role_menu", self._menu_names())

    @users("crm_user_employee")
    def test_employee_finds_nothing_of_accounts(self):
        self.assertEqual(self._menu_names(), [])

    @users("crm_user_salesman")
    def test_every_list_opens_with_its_default_filters(self):
        for xmlid in (
            "res_partner_action_accounts",
            "res_partner_action_departments",
            "res_partner_action_contacts",
            "crm_call_action",
            "calendar_event_action_crm_visit",
        ):
            with self.subTest(action=xmlid):
                action = self.env["ir.actions.act_window"]._for_xml_id(f"crm_accounts.{xmlid}")
                views = self.env[action["res_model"]].get_views(
                    action["views"] + [(action["search_view_id"][0], "search")]
                    if action["search_view_id"]
                    else action["views"]
                )
                self.assertEqual(
                    set(views["views"]) - {"search"}, set(action["view_mode"].split(","))
                )
                self.assertTrue(action["help"])
                self.assertTrue(action["path"].startswith("crm-"))

    @users("crm_user_salesman")
    def test_form_of_an_account_has_five_pages_for_a_salesperson(self):
        """Of Odoo's own and of the suite's; what other apps add is theirs."""
        arch = etree.fromstring(self.env["res.partner"].get_view(view_type="form")["arch"])
        pages = [page.get("name") for page in arch.findall(".//sheet/notebook/page")]
        odoo = {"contact_addresses", "sales_purchases", "internal_notes"}
        self.assertEqual(
            [name for name in pages if name in odoo or name.startswith("crm_")],
            [
                "crm_history",
                "contact_addresses",
                "crm_departments",
                "sales_purchases",
                "internal_notes",
            ],
        )
