# SPDX-License-Identifier: LGPL-3.0-or-later
from hypothesis import strategies as st

from odoo.tests import tagged

from odoo.addons.crm_accounts.tests import common_history_property as common
from odoo.addons.crm_accounts_account.tests import test_history_property as invoices

_BUYERS = ("buyer", "buyer_manager", "buyer_b")


@tagged("post_install", "-at_install")
class TestPurchaseHistoryProperty(invoices.TestInvoiceHistoryProperty):
    """Beside the invoices: buyers read those of vendors only."""

    documents = st.one_of(
        common.planned(
            "order", _BUYERS, state=st.sampled_from(["draft", "sent", "purchase", "cancel"])
        ),
        invoices.TestInvoiceHistoryProperty.documents,
    )
    rules = invoices.TestInvoiceHistoryProperty.rules | {
        "purchase.order": (
            "[('partner_ref', '!=', 'Odd')]",
            "[('partner_id.name', '!=', 'Bob')]",
            "[('user_id', '=', user.id)]",
            "[('state', 'in', ('purchase', 'cancel'))]",
        ),
    }
    users = (*_BUYERS, "user_salesman_all", "user_employee", "user_invoice", "user_invoice_b")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyer = cls._crm_new_user("buyer", "purchase.group_purchase_user")
        cls.buyer_manager = cls._crm_new_user("buyer_manager", "purchase.group_purchase_manager")
        cls.buyer_manager.company_ids += cls.company_b
        cls.buyer_b = cls._new_user_of_b("buyer_b", "purchase.group_purchase_user")

    # Odoo runs no test that a class merely inherits.
    def test_events_found_are_those_whose_document_the_user_may_read(self):
        self._check_examples()

    def _make_order(self, plan):
        order = (
            self.env["purchase.order"]
            .with_company(plan["company"])
            .create(
                {
                    "partner_ref": plan["name"],
                    "partner_id": plan["on"].id,
                    "user_id": self._owner(plan).id,
                    "date_order": plan["date"],
                }
            )
        )
        order.state = plan["state"]
        return order
