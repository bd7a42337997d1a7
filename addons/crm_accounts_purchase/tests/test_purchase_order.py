# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.base.tests.common import BaseCommon
from odoo.addons.crm_accounts.tests.common import CrmHistoryMixin


@tagged("post_install", "-at_install")
class TestPurchaseHistory(CrmHistoryMixin, BaseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_account()
        cls.buyer = cls._crm_new_user("buyer", "purchase.group_purchase_user")
        cls.goods = cls.env["product.product"].create(
            {"name": "Paper", "type": "consu", "supplier_taxes_id": False}
        )

    def _crm_order(self, **values):
        return (
            self.env["purchase.order"]
            .with_user(self.buyer)
            .create(
                {
                    "partner_id": self.account.id,
                    "date_order": "2099-01-01 08:00:00",
                    "order_line": [
                        Command.create(
                            {"product_id": self.goods.id, "product_qty": 2, "price_unit": 10.0}
                        )
                    ],
                    **values,
                }
            )
        )

    def test_request_becomes_a_purchase_order(self):
        order = self._crm_order()
        event = self._crm_events(order, self.buyer)
        self.assertEqual((event.kind, event.state_name, event.amount), ("rfq", "RFQ", 20.0))
        order.button_confirm()
        event = self._crm_events(order, self.buyer)
        self.assertEqual((event.kind, event.date), ("purchase", order.date_approve))

    def test_request_stands_at_the_day_it_was_made_whatever_its_deadline(self):
        order = self._crm_order()
        made = order.create_date.replace(microsecond=0)
        self.assertEqual(self._crm_events(order).date.replace(microsecond=0), made)

    def test_amount_follows_the_lines(self):
        order = self._crm_order()
        order.order_line.product_qty = 5
        self.assertEqual(self._crm_events(order, self.buyer).amount, 50.0)

    def test_order_moves_with_its_vendor_and_leaves_when_deleted(self):
        order = self._crm_order()
        order.partner_id = self.other
        self.assertEqual(self._crm_events(order).root_partner_id, self.other)
        order.button_cancel()
        order.unlink()
        self.assertFalse(self._crm_events(order))

    def test_buyer_sees_it_salesperson_and_employee_do_not(self):
        order = self._crm_order()
        self.assertEqual(self._crm_seen(self.account, self.buyer), [("rfq", order.id)])
        self.assertEqual(self._crm_seen(self.account, self.user_salesman_all), [])
        self.assertEqual(self._crm_seen(self.account, self.user_employee), [])

    def test_other_company_sees_none(self):
        buyer_b = self._crm_new_user(
            "buyer_b",
            "purchase.group_purchase_user",
            company_id=self.company_b.id,
            company_ids=[Command.set(self.company_b.ids)],
        )
        self.assertFalse(self._crm_events(self._crm_order(), buyer_b))

    def test_documents_from_before_are_taken_over(self):
        self._crm_order().button_confirm()
        self._crm_order()
        orders = self.env["purchase.order"]
        self.assertEqual(
            self._crm_take_over("purchase.order"),
            {
                "purchase": orders.search_count([("state", "=", "purchase")]),
                "rfq": orders.search_count([("state", "!=", "purchase")]),
            },
        )
