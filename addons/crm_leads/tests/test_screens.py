# SPDX-License-Identifier: LGPL-3.0-or-later
from lxml import etree

from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import CrmLeadsCommon


@tagged("post_install", "-at_install")
class TestScreens(CrmLeadsCommon):
    actions = ("crm_lead_action", "crm_lead_action_opportunities")

    def _visible_menus(self, user):
        return self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()

    def _search_arch(self, action, user):
        return etree.fromstring(
            self.env["crm.lead"]
            .with_user(user)
            .get_view(action.search_view_id.id, "search")["arch"]
        )

    def test_salesperson_finds_leads_and_opportunities(self):
        visible = self._visible_menus(self.user_salesman)

        for name in ("crm_lead_menu", "crm_lead_menu_opportunities"):
            self.assertIn(self.env.ref(f"crm_leads.{name}").id, visible, name)

    def test_employee_outside_sales_does_not_see_the_section(self):
        root = self.env.ref("crm_leads.crm_leads_menu_root")

        self.assertNotIn(root.id, self._visible_menus(self.user_employee))

    def test_salesperson_opens_every_view(self):
        for name in self.actions:
            with self.subTest(action=name):
                action = self.env.ref(f"crm_leads.{name}")
                views = [*action.views, (action.search_view_id.id, "search")]
                result = self.env["crm.lead"].with_user(self.user_salesman).get_views(views)
                self.assertTrue({"list", "kanban", "form", "search"} <= set(result["views"]), name)

    def test_first_view_is_a_list_for_leads_and_a_board_for_opportunities(self):
        self.assertEqual(self.env.ref("crm_leads.crm_lead_action").views[0][1], "list")
        self.assertEqual(
            self.env.ref("crm_leads.crm_lead_action_opportunities").views[0][1], "kanban"
        )

    def test_default_filters_exist_in_their_search_view(self):
        for name in self.actions:
            action = self.env.ref(f"crm_leads.{name}")
            names = self._search_arch(action, self.user_salesman).xpath("//filter/@name")
            for key in safe_eval(action.context):
                if key.startswith("search_default_"):
                    self.assertIn(key.removeprefix("search_default_"), names)

    def test_work_to_do_is_mine_or_nobodys(self):
        action = self.env.ref("crm_leads.crm_lead_action")
        mine = self.lead
        nobodys = self._create_lead(user_id=False)
        theirs = self._create_lead(user_id=self.user_salesman_other.id)
        opportunity = self._create_lead(type="opportunity")
        arch = self._search_arch(action, self.user_salesman_all)
        domain = safe_eval(
            arch.find(".//filter[@name='crm_to_do']").get("domain"),
            {"uid": self.user_salesman.id},
        )

        found = self.env["crm.lead"].search(safe_eval(action.domain) + domain)

        self.assertIn(mine, found)
        self.assertIn(nobodys, found)
        self.assertFalse(found & (theirs | opportunity))

    def test_opportunities_group_by_account(self):
        self._convert(self._create_lead(email_from=self.contact.email))

        groups = (
            self.env["crm.lead"]
            .with_user(self.user_salesman)
            .formatted_read_group(
                [("crm_account_id", "child_of", self.account.id)], ["crm_account_id"], ["__count"]
            )
        )

        self.assertEqual([group["crm_account_id"][0] for group in groups], self.department.ids)
