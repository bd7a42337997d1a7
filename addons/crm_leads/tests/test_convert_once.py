# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CrmLeadsCommon


@tagged("post_install", "-at_install")
class TestConvertOnce(CrmLeadsCommon):
    def test_second_click_opens_the_opportunity(self):
        wizard = self._wizard()
        first = wizard.action_apply()
        partners = self.env["res.partner"].search_count([])

        second = wizard.action_apply()

        self.assertEqual(second["res_id"], first["res_id"])
        self.assertEqual(self.env["res.partner"].search_count([]), partners)

    def test_second_window_opens_the_opportunity(self):
        window, other_window = self._wizard(), self._wizard()
        window.action_apply()
        customer = self.lead.partner_id

        other_window.crm_account_name = "Another Company"
        action = other_window.action_apply()

        self.assertEqual(action["res_id"], self.lead.id)
        self.assertEqual(self.lead.partner_id, customer)

    def test_conversion_locks_the_lead(self):
        wizard = self._wizard()
        queries = []
        execute = type(self.env.cr).execute

        def record(cursor, query, params=None, **kwargs):
            queries.append(str(getattr(query, "code", query)))
            return execute(cursor, query, params, **kwargs)

        with mute_logger("odoo.sql_db"):
            self.patch(type(self.env.cr), "execute", record)
            wizard.action_apply()

        lock = next(n for n, query in enumerate(queries) if "FOR NO KEY UPDATE" in query)
        self.assertFalse(
            [query for query in queries[:lock] if query.startswith(("INSERT", "UPDATE"))],
            "Nothing may be written before the lead is locked.",
        )

    def test_merge_that_was_done_opens_the_opportunity(self):
        self._create_lead(name="Two more printers")
        wizard = self._wizard(name="merge")
        first = wizard.action_apply()

        second = wizard.action_apply()

        self.assertEqual(second["res_id"], first["res_id"])
