# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, tagged

from . import common


@tagged("post_install", "-at_install")
class TestQuoteDiscount(common.CrmSalesDocsCommon):
    """Discounts above the limit of the company wait for a sales manager."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.crm_discount_limit = 10

    def _quote(self, discount=25, price=100.0, **values):
        return self._crm_order(
            (self.goods, 10, {"price_unit": price, "discount": discount}),
            (self.service, 1),
            **values,
        )

    def _approve(self, order):
        order.action_crm_request_approval()
        order.with_user(self.user_manager).action_crm_approve_discount()

    # === WHAT COUNTS ===#
    def test_small_discount_needs_nothing(self):
        order = self._quote(discount=10)
        self.assertFalse(order.crm_approval_state)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_discount_and_lower_price_count_alike(self):
        for discount, price in ((11, 100.0), (0, 89.0), (6, 95.0)):
            order = self._quote(discount, price)
            self.assertEqual(order.crm_approval_state, "needed")
            self.assertTrue(order.crm_approval_blocked)
            self.assertIn("Scanner", order.crm_approval_message)

    def test_technical_price_does_not_hide_a_lower_price(self):
        order = self._quote(0)
        order.order_line[0].write({"price_unit": 50, "technical_price_unit": 50})
        self.assertEqual(order.order_line[0].crm_discount, 50)
        self.assertEqual(order.crm_approval_state, "needed")

    def test_discount_of_the_price_list_is_no_discount(self):
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Dealers",
                "item_ids": [Command.create({"compute_price": "percentage", "percent_price": 30})],
            }
        )
        order = self._crm_order((self.goods, 10), pricelist_id=pricelist.id)
        self.assertEqual(order.amount_untaxed, 700)
        self.assertFalse(order.crm_approval_state)
        order.order_line.discount += 15
        self.assertEqual(order.crm_approval_state, "needed")

    def test_discount_of_the_total_counts(self):
        reduction = self._crm_product("Reduction", 0, type="service")
        order = self._quote(5)
        self.assertFalse(order.crm_approval_state)
        order.order_line = [
            Command.create(
                {"product_id": reduction.id, "price_unit": -60, "technical_price_unit": 0}
            )
        ]
        # 60 of 1000: 5 % off and 6 % off that
        self.assertEqual(order.crm_approval_state, "needed")
        order.order_line[-1].price_unit = -20
        self.assertFalse(order.crm_approval_state)

    def test_without_a_limit_nothing_is_computed(self):
        self.env.company.crm_discount_limit = 0
        order = self._quote(90)
        self.assertFalse(order.order_line[0].crm_discount)
        self.assertFalse(order.crm_approval_state)
        order.action_confirm()

    def test_new_limit_counts_for_drafts_and_not_for_what_is_sent(self):
        self.env.company.crm_discount_limit = 0
        draft, sent = self._quote(25), self._quote(25)
        sent.action_quotation_sent()
        self.env.company.crm_discount_limit = 20
        self.assertEqual(draft.crm_approval_state, "needed")
        self.assertFalse(sent.crm_approval_state)
        self.env.company.crm_discount_limit = 30
        self.assertFalse(draft.crm_approval_state)

    def test_limit_is_a_percentage(self):
        for limit in (-1, 101):
            with self.assertRaisesRegex(ValidationError, "from 0 to 100"):
                self.env.company.crm_discount_limit = limit

    # === WITHOUT APPROVAL ===#
    def test_salesperson_neither_sends_nor_confirms(self):
        order = self._quote()
        for action in (
            order.action_quotation_send,
            order.action_quotation_sent,
            order.action_confirm,
            order.action_crm_create_delivery_note,
            order.action_crm_create_invoice,
            lambda: order.write({"state": "sent"}),
            lambda: order.write({"state": "sale"}),
            lambda: self._quote(state="sale"),
            lambda: self._quote(state="sent"),
            lambda: order.with_context(mark_so_as_sent=True).message_post(body="Sent"),
        ):
            with self.subTest(action), self.assertRefused(r"Scanner \(25%\)"):
                action()
        self.assertEqual(order.state, "draft")

    def test_state_and_lines_in_one_write(self):
        order = self._quote(0)
        line = {"discount": 40}
        with self.assertRefused(r"40%"):
            order.write(
                {"state": "sale", "order_line": [Command.update(order.order_line[0].id, line)]}
            )

    def test_every_quote_is_named(self):
        orders = self._quote() | self._quote(30)
        with self.assertRaises(UserError) as error:
            orders.action_quotation_send()
        for order in orders:
            self.assertIn(order.name, str(error.exception))

    def test_system_fields_are_not_written(self):
        order = self._quote()
        for values in (
            {"crm_approval_state": "approved"},
            {"crm_approval_decision": "approved"},
            {"crm_approval_user_id": self.user_manager.id},
            {"order_line": [Command.update(order.order_line[0].id, {"crm_discount": 0})]},
            {"order_line": [Command.update(order.order_line[0].id, {"crm_approved_discount": 90})]},
        ):
            with self.assertRefused("use its buttons"):
                order.write(values)
        with self.assertRefused("use its buttons"):
            self._crm_order((self.goods, 1, {"crm_approved_discount": 90}))
        self.assertFalse(
            self._crm_order()
            .with_context(default_crm_approval_decision="approved")
            .copy()
            .crm_approval_decision
        )

    def test_salesperson_decides_nothing(self):
        order = self._quote()
        for user in (self.user_salesman, self.user_salesman_all):
            for method in ("action_crm_approve_discount", "action_crm_refuse_discount"):
                with self.assertRefused("Only a sales manager"):
                    getattr(order.with_user(user), method)()
            with self.assertRaises(AccessError):
                self.env["crm.quote.refusal"].with_user(user).create(
                    {"order_ids": order.ids, "reason": "No"}
                )
        with self.assertRaises(AccessError):
            order.with_user(self.user_salesman_other).action_crm_request_approval()

    # === THE APPROVAL ===#
    def test_request_asks_the_managers_and_approval_opens_the_way(self):
        order = self._quote()
        order.action_crm_request_approval()
        self.assertEqual(order.crm_approval_state, "requested")
        asked = order.sudo().activity_ids
        self.assertIn(self.user_manager, asked.user_id)
        self.assertNotIn(self.user_company_b, asked.user_id)
        self.assertNotIn(self.user_salesman_all, asked.user_id)
        with self.assertRefused("Wait until a sales manager"):
            order.action_confirm()
        order.action_crm_request_approval()
        self.assertEqual(len(order.sudo().activity_ids), len(asked))
        order.with_user(self.user_manager).action_crm_approve_discount()
        self.assertRecordValues(
            order,
            [{"crm_approval_state": "approved", "crm_approval_user_id": self.user_manager.id}],
        )
        self.assertFalse(order.sudo().activity_ids)
        self.assertIn("Discount approved", order.message_ids[0].body)
        self.assertEqual(order.message_ids[0].partner_ids, self.user_salesman.partner_id)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_leader_of_the_team_alone_is_asked(self):
        leader = self._crm_new_user("leader", "sales_team.group_sale_manager")
        team = self.env["crm.team"].create({"name": "North", "user_id": leader.id})
        order = self._quote(team_id=team.id)
        order.action_crm_request_approval()
        self.assertEqual(order.sudo().activity_ids.user_id, leader)

    def test_refusal_tells_why_and_can_be_asked_again(self):
        order = self._quote()
        order.action_crm_request_approval()
        action = order.with_user(self.user_manager).action_crm_refuse_discount()
        wizard = Form(
            self.env[action["res_model"]]
            .with_user(self.user_manager)
            .with_context(**action["context"])
        )
        wizard.reason = "Offer a training instead"
        wizard.save().action_refuse()
        self.assertRecordValues(
            order,
            [{"crm_approval_state": "refused", "crm_approval_reason": "Offer a training instead"}],
        )
        self.assertIn("Offer a training instead", order.message_ids[0].body)
        with self.assertRefused("lower the discount"):
            order.action_quotation_send()
        self._approve(order)
        self.assertEqual(order.crm_approval_state, "approved")
        self.assertFalse(order.crm_approval_reason)

    def test_approval_falls_when_the_discount_rises(self):
        order = self._quote(25)
        self._approve(order)
        line = order.order_line[0]
        line.discount = 20
        self.assertEqual(order.crm_approval_state, "approved")
        line.discount = 25
        self.assertEqual(order.crm_approval_state, "approved")
        line.discount = 26
        self.assertEqual(order.crm_approval_state, "needed")
        with self.assertRefused(r"26%"):
            order.action_confirm()

    def test_approval_falls_with_another_product_or_a_new_line(self):
        order = self._quote(25)
        self._approve(order)
        order.order_line[0].write(
            {"product_id": self.goods_on_order.id, "price_unit": 150, "discount": 0}
        )
        self.assertEqual(order.crm_approval_state, "needed")
        order = self._quote(25)
        self._approve(order)
        order.order_line = [
            Command.create({"product_id": self.goods.id, "discount": 25}),
        ]
        self.assertEqual(order.crm_approval_state, "needed")

    def test_what_a_manager_sends_or_confirms_is_approved(self):
        order = self._quote()
        order.with_user(self.user_manager).action_quotation_sent()
        self.assertRecordValues(order, [{"state": "sent", "crm_approval_state": "approved"}])
        order = self._quote()
        order.with_user(self.user_manager).action_confirm()
        self.assertRecordValues(order, [{"state": "sale", "crm_approval_state": "approved"}])

    def test_revision_keeps_the_approval(self):
        order = self._quote()
        self._approve(order)
        revision = order.browse(order.action_crm_new_revision()["res_id"])
        self.assertEqual(revision.crm_approval_state, "approved")
        revision.order_line[0].discount = 40
        self.assertEqual(revision.crm_approval_state, "needed")

    # === CONFIRMED ORDERS ===#
    def test_confirmed_order_gets_no_larger_discount(self):
        order = self._quote(25)
        self._approve(order)
        order.action_confirm()
        line = order.order_line[0]
        line.product_uom_qty = 12
        line.discount = 20
        for action in (
            lambda: line.write({"discount": 30}),
            lambda: line.write({"price_unit": 50}),
            lambda: order.write({"order_line": [Command.update(line.id, {"discount": 30})]}),
            lambda: line.create(
                {"order_id": order.id, "product_id": self.goods.id, "discount": 30}
            ),
            lambda: line.create(
                {"order_id": order.id, "product_id": self.service.id, "price_unit": -500}
            ),
        ):
            with (
                self.subTest(action),
                self.assertRefused("is confirmed: a sales manager"),
            ):
                action()
        line.with_user(self.user_manager).discount = 30

    def test_order_from_before_the_limit_goes_on(self):
        self.env.company.crm_discount_limit = 0
        order = self._quote(25, confirm=True)
        self.env.company.crm_discount_limit = 10
        order.order_line[0].product_uom_qty = 12
        with self.assertRefused("is confirmed"):
            order.order_line[0].discount = 26

    # === PAYMENT AND FORM ===#
    def test_payment_does_not_confirm_without_approval(self):
        order = self._quote(require_payment=True, require_signature=True)
        order.sudo().state = "sent"
        self.assertFalse(order._has_to_be_signed())
        self.assertFalse(order._has_to_be_paid())
        self.assertFalse(order._is_confirmation_amount_reached())
        self._approve(order)
        self.assertTrue(order._has_to_be_signed())
        self.assertTrue(order._has_to_be_paid())

    def test_form_warns_while_typing(self):
        self.env.ref("sale.group_discount_per_so_line").user_ids = [
            Command.link(self.user_salesman.id)
        ]
        with Form(self._quote(0)) as form:
            self.assertFalse(form.crm_approval_message)
            with form.order_line.edit(0) as line:
                line.discount = 30
            self.assertIn("Scanner (30%)", form.crm_approval_message)

    def test_list_of_quotes_costs_no_query_per_quote(self):
        orders = self._quote().browse()
        for _number in range(6):
            orders |= self._quote()

        def queries(orders):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            orders.mapped("crm_approval_state")
            return self.env.cr.sql_log_count - before

        queries(orders)
        self.assertEqual(queries(orders), queries(orders[:1]))


@tagged("post_install", "-at_install")
class TestQuoteDiscountPortal(common.CrmSalesDocsMixin, HttpCase):
    """The customer accepts nothing that is not approved."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_sales_data()
        cls.env.company.crm_discount_limit = 10

    def test_customer_waits_for_the_approval(self):
        order = self._crm_order(
            (self.goods, 1, {"discount": 5}), require_signature=True, require_payment=False
        )
        order.action_quotation_sent()
        url = order.sudo().get_portal_url()
        self.assertIn('data-bs-target="#modalaccept"', self.url_open(url).text)
        order.order_line.discount = 30
        page = self.url_open(url).text
        self.assertIn("This quote is being reviewed", page)
        self.assertNotIn('data-bs-target="#modalaccept"', page)
        result = self.make_jsonrpc_request(
            f"/my/orders/{order.id}/accept",
            {"access_token": order.sudo().access_token, "name": "Ana", "signature": "iVBORw0KGgo="},
        )
        self.assertIn("error", result)
        order.invalidate_recordset()
        self.assertRecordValues(order, [{"state": "sent", "signed_by": False}])
