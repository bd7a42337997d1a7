# SPDX-License-Identifier: LGPL-3.0-or-later
from lxml import etree

from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import CrmCasesCommon


@tagged("post_install", "-at_install")
class TestViews(CrmCasesCommon):
    def _found(self, search, user):
        return self.env["crm.case"].with_user(user).search(search)

    def test_default_filter_shows_my_open_and_unassigned_cases(self):
        own = self._crm_new_case(user_id=self.leader.id)
        unassigned = self._crm_new_case()
        self._crm_new_case(user_id=self.agent.id)
        self._crm_new_case(user_id=self.leader.id, stage_id=self.stage_closed.id)
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_cases.crm_case_action")
        self.assertEqual(safe_eval(action["context"]), {"search_default_my_open": 1})
        view = (
            self.env["crm.case"]
            .with_user(self.leader)
            .get_view(self.env.ref("crm_cases.crm_case_view_search").id, "search")
        )
        node = self._crm_xpath(view["arch"], "//filter[@name='my_open']")
        domain = safe_eval(node.get("domain"), {"uid": self.leader.id})
        domain += [("team_id", "=", self.team.id)]
        self.assertEqual(self._found(domain, self.leader), own | unassigned)

    def test_one_box_finds_by_number_person_and_phone(self):
        self.contact.phone = "+58 212 555 0199"
        case = self._crm_new_case(name="Unmistakable")
        view = self.env["crm.case"].get_view(
            self.env.ref("crm_cases.crm_case_view_search").id, "search"
        )
        node = self._crm_xpath(view["arch"], "//field[@name='name']")
        for word in (case.number, "Unmistakable", "contact@example.com", "Contact", "555 0199"):
            with self.subTest(word=word):
                domain = safe_eval(node.get("filter_domain"), {"self": word})
                self.assertIn(case, self._found(domain, self.manager))

    def test_urgent_and_old_cases_come_first(self):
        cases = [self._crm_new_case(priority=priority) for priority in ("1", "3", "1", "3")]
        found = self._found([("id", "in", [case.id for case in cases])], self.manager)
        self.assertEqual(list(found), [cases[1], cases[3], cases[0], cases[2]])

    def _crm_xpath(self, arch, path):
        return etree.fromstring(arch).xpath(path)[0]
