# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.payment.tests.http_common import PaymentHttpCommon

from . import common


@tagged("post_install", "-at_install")
class TestQuotePayment(common.CrmSalesDocsMixin, PaymentHttpCommon):
    """The customer pays nothing that could not be accepted."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_sales_data()
        cls.env.company.crm_discount_limit = 10

    def _quote(self):
        order = self._crm_order(
            (self.goods, 1, {"discount": 5}), require_signature=False, require_payment=True
        )
        order.action_quotation_sent()
        order.sudo()._portal_ensure_token()
        return order

    def _pay(self, order, token):
        """Return the answer of Odoo's route for the payment of an order: what the customer reads.

        None: the payment is on its way.
        """
        values = {
            "provider_id": self.provider.id,
            "payment_method_id": self.payment_method_id,
            "token_id": None,
            "amount": order.amount_total,
            "flow": "direct",
            "tokenization_requested": False,
            "landing_route": "/my",
            "access_token": token,
        }
        with mute_logger("odoo.http"):
            answer = self.opener.post(
                self._build_url(f"/my/orders/{order.id}/transaction"), json={"params": values}
            ).json()
        return answer.get("error", {}).get("data", {}).get("message")

    def test_approved_quote_is_paid(self):
        order = self._quote()
        self.assertIsNone(self._pay(order, order.access_token))
        self.assertEqual(order.sudo().transaction_ids.amount, order.amount_total)

    def test_quote_that_waits_for_approval_is_not_paid(self):
        order = self._quote()
        order.order_line.discount = 30
        self.assertIn("is being reviewed", self._pay(order, order.access_token))
        self.assertFalse(order.sudo().transaction_ids)
        order.with_user(self.user_manager).action_crm_approve_discount()
        self.assertIsNone(self._pay(order, order.access_token))
        self.assertTrue(order.sudo().transaction_ids)

    def test_replaced_quote_is_not_paid(self):
        order = self._quote()
        order.action_crm_new_revision()
        self.assertIn("a newer version replaces it", self._pay(order, order.access_token))
        self.assertFalse(order.sudo().transaction_ids)

    def test_visitor_without_the_token_learns_nothing(self):
        order = self._quote()
        order.order_line.discount = 30
        other = self._quote()
        self.assertEqual(self._pay(order, other.access_token), "The access token is invalid.")
        self.assertFalse(order.sudo().transaction_ids)
