# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.crm_accounts.tests.common import CrmHistoryMixin
from odoo.addons.sale.tests.common import SaleCommon


class CrmAccountsSaleCommon(CrmHistoryMixin, SaleCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_account()
        cls.goods = cls.env["product.product"].create(
            {"name": "Scanner", "type": "consu", "list_price": 100.0, "taxes_id": False}
        )

    @classmethod
    def _crm_order(cls, user=None, quantity=1, **values):
        user = user or cls.user_salesman
        return (
            cls.env["sale.order"]
            .with_user(user)
            .create(
                {
                    "partner_id": cls.contact.id,
                    "user_id": user.id,
                    "order_line": [
                        Command.create({"product_id": cls.goods.id, "product_uom_qty": quantity})
                    ],
                    **values,
                }
            )
        )


@tagged("post_install", "-at_install")
class TestOrderHistory(CrmAccountsSaleCommon):
    def test_quote_is_in_the_history_of_company_department_and_person(self):
        order = self._crm_order()
        for partner in (self.account, self.department, self.contact):
            self.assertEqual(self._crm_seen(partner, self.user_salesman), [("quote", order.id)])

    def test_confirmed_quote_becomes_an_order(self):
        order = self._crm_order()
        self.assertEqual(self._crm_events(order).kind, "quote")
        order.action_confirm()
        event = self._crm_events(order, self.user_salesman)
        self.assertEqual((event.kind, event.state_name), ("order", "Sales Order"))
        self.assertEqual(event.date, order.date_order)

    def test_order_is_found_by_its_number_and_the_reference_of_the_customer(self):
        order = self._crm_order(client_order_ref="PO-778")
        for text in (order.name, "po-778"):
            page = (
                self.env["crm.account.event"]
                .with_user(self.user_salesman)
                .crm_history(self.account.id, {"text": text})
            )
            self.assertEqual([event["source_id"] for event in page["events"]], order.ids)

    def test_amount_follows_the_lines(self):
        order = self._crm_order()
        self.assertEqual(self._crm_events(order, self.user_salesman).amount, 100.0)
        order.order_line.product_uom_qty = 3
        self.assertEqual(self._crm_events(order, self.user_salesman).amount, 300.0)
        order.order_line = [Command.create({"product_id": self.goods.id})]
        self.assertEqual(self._crm_events(order, self.user_salesman).amount, 400.0)

    def test_quote_and_what_was_written_about_it_move_with_its_customer(self):
        order = self._crm_order()
        message = order.message_post(body="Our offer", message_type="comment")
        self.assertEqual(self._crm_events(message).root_partner_id, self.account)
        order.partner_id = self.other
        self.assertEqual(self._crm_events(order).root_partner_id, self.other)
        self.assertEqual(self._crm_events(message).root_partner_id, self.other)
        self.assertEqual(self._crm_seen(self.account, self.user_salesman), [])

    def test_deleted_quote_leaves_the_history(self):
        order = self._crm_order()
        self.assertTrue(self._crm_events(order))
        order.sudo().unlink()
        self.assertFalse(self._crm_events(order))

    def test_cancelled_quote_stays_in_the_history(self):
        order = self._crm_order()
        order._action_cancel()
        self.assertEqual(self._crm_events(order).kind, "quote")
        self.assertEqual(self._crm_events(order).state_name, "Cancelled")

    def test_salesperson_with_own_documents_does_not_see_the_quotes_of_others(self):
        own, other = self._crm_order(), self._crm_order(self.user_salesman_other)
        self.assertEqual(self._crm_seen(self.account, self.user_salesman), [("quote", own.id)])
        self.assertFalse(self._crm_events(other, self.user_salesman))
        self.assertEqual(len(self._crm_seen(self.account, self.user_salesman_all)), 2)

    def test_employee_without_sales_rights_sees_none(self):
        order = self._crm_order()
        self.assertEqual(self._crm_seen(self.account, self.user_employee), [])
        self.assertFalse(self._crm_events(order, self.user_employee))

    def test_other_company_sees_none(self):
        order = self._crm_order()
        self.assertEqual(self._crm_seen(self.account, self.user_company_b), [])
        self.assertFalse(self._crm_events(order, self.user_company_b))

    def test_person_who_invoices_sees_order_and_amount(self):
        user = self._crm_new_user("user_invoice", "account.group_account_invoice")
        order = self._crm_order()
        self.assertEqual(self._crm_events(order, user).amount, 100.0)

    def test_documents_from_before_are_taken_over(self):
        self._crm_order().action_confirm()
        self._crm_order()._action_cancel()
        self._crm_order()
        orders = self.env["sale.order"]
        self.assertEqual(
            self._crm_take_over("sale.order"),
            {
                "order": orders.search_count([("state", "=", "sale")]),
                "quote": orders.search_count([("state", "!=", "sale")]),
            },
        )
