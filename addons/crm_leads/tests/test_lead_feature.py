# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.crm_leads.hooks import post_init_hook

from .common import CrmLeadsCommon


@tagged("post_install", "-at_install")
class TestLeadFeature(CrmLeadsCommon):
    def test_every_employee_works_with_leads(self):
        for user in (self.user_employee, self.user_salesman, self.user_manager):
            self.assertTrue(user.has_group("crm.group_use_lead"), user.login)

    def test_portal_user_does_not_get_the_feature(self):
        self.assertFalse(self.user_portal.has_group("crm.group_use_lead"))

    def test_installing_where_leads_are_off_turns_them_on_for_the_teams(self):
        use_leads = self.env.ref("crm.group_use_lead")
        employees = self.env.ref("base.group_user")
        employees.implied_ids = [Command.unlink(use_leads.id)]
        team = self.env["crm.team"].create({"name": "Field sales", "use_leads": False})

        post_init_hook(self.env)

        self.assertIn(use_leads, employees.implied_ids)
        self.assertTrue(team.use_leads)
        self.assertIn("'type': 'lead'", team.alias_id.alias_defaults)

    def test_installing_where_leads_are_used_leaves_the_teams_alone(self):
        team = self.env["crm.team"].create({"name": "Field sales", "use_leads": False})

        post_init_hook(self.env)

        self.assertFalse(team.use_leads)
