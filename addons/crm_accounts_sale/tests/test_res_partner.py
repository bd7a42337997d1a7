# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from .test_sale_order import CrmAccountsSaleCommon


@tagged("post_install", "-at_install")
class TestQuotesWaiting(CrmAccountsSaleCommon):
    def _crm_quotes(self, partner, user=None):
        partner = partner.with_user(user or self.user_salesman)
        partner.invalidate_recordset()
        return partner.crm_quote_count, partner.crm_quote_amount

    def test_company_counts_its_departments_and_people(self):
        self._crm_order(quantity=2)
        self._crm_order(partner_id=self.account.id)
        self.assertEqual(self._crm_quotes(self.account), (2, 300.0))
        self.assertEqual(self._crm_quotes(self.department), (1, 200.0))
        self.assertEqual(self._crm_quotes(self.contact), (1, 200.0))

    def test_confirmed_and_cancelled_quotes_do_not_wait(self):
        self._crm_order().action_confirm()
        self._crm_order()._action_cancel()
        self.assertEqual(self._crm_quotes(self.account), (0, 0.0))

    def test_salesperson_counts_only_what_they_may_see(self):
        self._crm_order()
        self._crm_order(self.user_salesman_other)
        self.assertEqual(self._crm_quotes(self.account), (1, 100.0))
        self.assertEqual(self._crm_quotes(self.account, self.user_salesman_all), (2, 200.0))

    def test_click_opens_what_was_counted(self):
        order = self._crm_order()
        self._crm_order().action_confirm()
        action = self.account.with_user(self.user_salesman).action_crm_view_quotes()
        self.assertEqual(self.env["sale.order"].search(action["domain"]), order)
