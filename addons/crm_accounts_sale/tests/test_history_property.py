# SPDX-License-Identifier: LGPL-3.0-or-later
from hypothesis import strategies as st

from odoo.tests import tagged

from odoo.addons.crm_accounts.tests import common_history_property as common


@tagged("post_install", "-at_install")
class TestOrderHistoryProperty(common.CrmHistoryPropertyCommon):
    documents = common.planned(
        "order",
        common.SALES,
        team=common.named("team", "no_team"),
        state=st.sampled_from(["draft", "sent", "sale", "cancel"]),
    )
    rules = {
        "sale.order": (
            "[('client_order_ref', '!=', 'Odd')]",
            "[('partner_id.name', '!=', 'Bob')]",
            "[('team_id.user_id', '=', user.id)]",
            "[('state', 'in', ('sale', 'cancel'))]",
        )
    }
    users = (*common.SALES, "user_invoice", "user_invoice_b")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_invoice = cls._crm_new_user("user_invoice", "account.group_account_invoice")
        cls.user_invoice_b = cls._new_user_of_b("user_invoice_b", "account.group_account_invoice")
        cls.no_team = cls.env["crm.team"]
        cls.team = cls.no_team.create(
            {"name": "Team", "company_id": False, "user_id": cls.user_salesman_other.id}
        )

    def test_events_found_are_those_whose_document_the_user_may_read(self):
        self._check_examples()

    def _make_order(self, plan):
        order = (
            self.env["sale.order"]
            .with_company(plan["company"])
            .create(
                {
                    "client_order_ref": plan["name"],
                    "partner_id": plan["on"].id,
                    "user_id": plan["by"].id,
                    "team_id": plan["team"].id,
                    "date_order": plan["date"],
                }
            )
        )
        order.state = plan["state"]
        return order
