# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from . import common


@tagged("post_install", "-at_install")
class TestQueryCount(common.CrmSalesDocsCommon):
    """The queries of the main flow do not depend on how many lines and notes there are."""

    def _queries(self, action):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        action()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _orders(self, count, lines=5):
        orders = self.env["sale.order"].with_user(self.user_salesman)
        for _number in range(count):
            orders |= self._crm_order(*[(self.goods, 10)] * lines, confirm=True)
        return orders

    def _per_document(self, prepare, action):
        """Return the queries that each further document costs."""
        self._queries(getattr(prepare(1), action))
        few = self._queries(getattr(prepare(2), action))
        many = self._queries(getattr(prepare(12), action))
        return (many - few) / 10

    def _drafts(self, count):
        orders = self._orders(count)
        orders.action_crm_create_delivery_note()
        return orders.crm_delivery_note_ids

    def _done(self, count):
        notes = self._drafts(count)
        notes.action_validate()
        return notes

    def test_creating_notes(self):
        self.assertLess(self._per_document(self._orders, "action_crm_create_delivery_note"), 1.5)

    def test_validating_notes(self):
        self.assertLess(self._per_document(self._drafts, "action_validate"), 6)

    def test_validating_a_long_note_costs_what_a_short_one_costs(self):
        self._queries(self._drafts(1).action_validate)
        short = self._queries(self._drafts(1).action_validate)
        order = self._orders(1, lines=40)
        order.action_crm_create_delivery_note()
        long = self._queries(order.crm_delivery_note_ids.action_validate)
        self.assertLessEqual(long, short + 3)

    def test_invoicing_notes_costs_little_more_than_core(self):
        self.env.company.crm_delivery_control = False
        orders = self._orders(4)
        for line in orders.order_line:
            line.qty_delivered = 10
        self._queries(lambda: orders[:1]._create_invoices(grouped=True))
        core = self._queries(lambda: orders[1:]._create_invoices(grouped=True))
        self.env.company.crm_delivery_control = True
        notes = self._done(4)
        self._queries(notes[:1].action_create_invoice)
        ours = self._queries(notes[1:].action_create_invoice)
        self.assertLessEqual(ours, core * 1.15)
