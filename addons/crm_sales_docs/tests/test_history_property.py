# SPDX-License-Identifier: LGPL-3.0-or-later
from hypothesis import strategies as st

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.crm_accounts.tests import common_history_property as common

from .common import CrmSalesDocsMixin

_DELIVERY = ("user_delivery", "user_delivery_b")


@tagged("post_install", "-at_install")
class TestDeliveryNoteHistoryProperty(CrmSalesDocsMixin, common.CrmHistoryPropertyCommon):
    documents = st.one_of(
        common.planned("order", common.SALES),
        common.planned(
            "note",
            (*common.SALES, *_DELIVERY),
            ordered=st.booleans(),
            end=st.sampled_from(["draft", "validate", "cancel"]),
        ),
    )
    rules = {
        "crm.delivery.note": (
            "[('client_order_ref', '!=', 'Odd')]",
            "[('partner_id.name', '!=', 'Bob')]",
            "[('user_id', '=', user.id)]",
            "[('state', 'in', ('done', 'cancel'))]",
        )
    }
    users = (*common.SALES, *_DELIVERY, "user_invoice")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        delivery = "crm_sales_docs.crm_sales_docs_group_delivery"
        cls.user_delivery = cls._crm_new_user("user_delivery", delivery)
        cls.user_delivery_b = cls._new_user_of_b("user_delivery_b", delivery)
        cls.user_invoice = cls._crm_new_user("user_invoice", "account.group_account_invoice")
        cls.goods = cls._crm_product("Scanner", 100.0)

    def test_events_found_are_those_whose_document_the_user_may_read(self):
        self._check_examples()

    def _make_order(self, plan):
        return (
            self.env["sale.order"]
            .with_company(plan["company"])
            .create(
                {
                    "partner_id": plan["on"].id,
                    "user_id": self._owner(plan).id,
                    "date_order": plan["date"],
                    "order_line": [Command.create(self._crm_order_line(self.goods, 1))],
                }
            )
        )

    def _make_note(self, plan):
        values = {
            "client_order_ref": plan["name"],
            "date": plan["date"].date(),
            "user_id": self._owner(plan).id,
        }
        if plan["ordered"]:
            order = self._make_order(plan)
            order.action_confirm()
            note = self._crm_note(order)
            note.write(values)
        else:
            note = (
                self.env["crm.delivery.note"]
                .with_company(plan["company"])
                .create(
                    values
                    | {
                        "partner_id": plan["on"].id,
                        "line_ids": [Command.create({"product_id": self.goods.id, "quantity": 3})],
                    }
                )
            )
        if plan["end"] != "draft":
            getattr(note, f"action_{plan['end']}")()
        return note
