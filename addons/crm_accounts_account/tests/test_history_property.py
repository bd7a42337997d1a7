# SPDX-License-Identifier: LGPL-3.0-or-later
from hypothesis import strategies as st

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.crm_accounts.tests import common_history_property as common


@tagged("post_install", "-at_install")
class TestInvoiceHistoryProperty(common.CrmHistoryPropertyCommon, AccountTestInvoicingCommon):
    documents = st.one_of(
        common.planned(
            "move",
            common.SALES,
            type=st.sampled_from(
                ["out_invoice", "out_refund", "out_receipt", "in_invoice", "in_refund"]
            ),
            end=st.sampled_from(["draft", "post", "cancel"]),
        ),
        common.planned(
            "payment",
            [],
            type=st.sampled_from(["inbound", "outbound"]),
            end=st.sampled_from(["draft", "post", "cancel"]),
        ),
    )
    rules = {
        "account.move": (
            "[('ref', '!=', 'Odd')]",
            "[('partner_id.name', '!=', 'Bob')]",
            "[('invoice_user_id', '=', user.id)]",
            "[('state', '=', 'posted'), ('move_type', 'in', ('out_invoice', 'in_invoice'))]",
        ),
        "account.payment": (
            "[('memo', '!=', 'Odd')]",
            "[('payment_type', '=', 'inbound')]",
        ),
    }
    users = (*common.SALES, "user_invoice", "user_readonly", "user_accountant", "user_invoice_b")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._use_chart_template(cls.company_b)
        for login, role in (
            ("user_invoice", "invoice"),
            ("user_readonly", "readonly"),
            ("user_accountant", "user"),
        ):
            setattr(cls, login, cls._crm_new_user(login, f"account.group_account_{role}"))
        cls.user_accountant.company_ids += cls.company_b
        cls.user_invoice_b = cls._new_user_of_b("user_invoice_b", "account.group_account_invoice")

    def test_events_found_are_those_whose_document_the_user_may_read(self):
        self._check_examples()

    def _make_move(self, plan):
        line = {"name": "Goods", "price_unit": 100.0, "tax_ids": False}
        move = (
            self.env["account.move"]
            .with_company(plan["company"])
            .create(
                {
                    "move_type": plan["type"],
                    "ref": plan["name"],
                    "partner_id": plan["on"].id,
                    "date": plan["date"].date(),
                    "invoice_date": plan["date"].date(),
                    "invoice_line_ids": [Command.create(line)],
                }
            )
        )
        move.invoice_user_id = plan["by"]
        return self._end(move, plan, cancel="button_cancel")

    def _make_payment(self, plan):
        payment = (
            self.env["account.payment"]
            .with_company(plan["company"])
            .create(
                {
                    "payment_type": plan["type"],
                    "partner_type": "customer" if plan["type"] == "inbound" else "supplier",
                    "memo": plan["name"],
                    "partner_id": plan["on"].id,
                    "date": plan["date"].date(),
                    "amount": 10.0,
                }
            )
        )
        return self._end(payment, plan, cancel="action_cancel")

    def _end(self, document, plan, cancel):
        if plan["end"] != "draft":
            getattr(document, {"post": "action_post", "cancel": cancel}[plan["end"]])()
        return document
