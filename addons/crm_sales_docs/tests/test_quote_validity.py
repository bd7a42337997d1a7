# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from . import common


@tagged("post_install", "-at_install")
class TestQuoteValidity(common.CrmSalesDocsCommon):
    """What happens before and after a quote expires."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # quotes of the database, if it has any, are no part of this
        others = cls.env["res.company"].search([("id", "!=", cls.env.company.id)])
        others.write({"crm_quote_reminder_days": 0, "crm_quote_cancel_days": 0})

    def _sent(self, days, **values):
        order = self._crm_order(
            validity_date=fields.Date.today() + timedelta(days=days),
            require_payment=False,
            **values,
        )
        order.action_quotation_sent()
        return order

    def _run(self):
        cron = self.env.ref("crm_sales_docs.ir_cron_check_quote_validity")
        self.env.flush_all()
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    # === MARKS ===#
    def test_marks(self):
        for days, mark in ((-1, "expired"), (0, "soon"), (3, "soon"), (4, False)):
            order = self._sent(days)
            self.assertEqual(order.crm_validity, mark)
            order.action_confirm()
            self.assertFalse(order.crm_validity)
        draft = self._crm_order(validity_date=fields.Date.today())
        self.assertFalse(draft.crm_validity)
        draft.validity_date = fields.Date.today() - timedelta(days=1)
        self.assertEqual(draft.crm_validity, "expired")

    # === REMINDER ===#
    def test_salesperson_is_reminded_once(self):
        soon, later, expired = self._sent(3), self._sent(4), self._sent(-1)
        draft = self._crm_order(validity_date=fields.Date.today())
        self._run()
        self._run()
        (activity,) = soon.activity_ids
        self.assertRecordValues(
            activity,
            [{"user_id": self.user_salesman.id, "date_deadline": soon.validity_date}],
        )
        self.assertEqual(activity.summary, "The quote expires: talk to the customer")
        for order in later | expired | draft:
            self.assertFalse(order.activity_ids)

    def test_longer_validity_is_reminded_of_anew(self):
        order = self._sent(1)
        self._run()
        order.validity_date = fields.Date.today() + timedelta(days=2)
        self.assertFalse(order.activity_ids)
        self._run()
        self.assertEqual(order.activity_ids.date_deadline, order.validity_date)

    def test_reminder_goes_when_the_quote_ends(self):
        confirmed, cancelled, revised = self._sent(1), self._sent(1), self._sent(1)
        self._run()
        confirmed.action_confirm()
        cancelled.action_cancel()
        revision = revised.browse(revised.action_crm_new_revision()["res_id"])
        for order in confirmed | cancelled | revised | revision:
            self.assertFalse(order.activity_ids)

    def test_nobody_is_reminded_where_nobody_is_there(self):
        self.customer.user_id = self.user_salesman_all
        order, archived = self._sent(1), self._sent(1)
        order.user_id = False
        archived.with_user(self.user_manager).user_id = self._crm_new_user(
            "gone", "sales_team.group_sale_salesman"
        )
        archived.sudo().user_id.active = False
        self._run()
        self.assertEqual(order.sudo().activity_ids.user_id, self.user_salesman_all)
        self.assertFalse(archived.sudo().activity_ids)

    def test_company_decides(self):
        self.env.company.crm_quote_reminder_days = 0
        order = self._sent(0)
        self._run()
        self.assertFalse(order.activity_ids)
        self.env.company.crm_quote_reminder_days = 10
        order = self._sent(10)
        self._run()
        self.assertTrue(order.activity_ids)
        for field in ("crm_quote_reminder_days", "crm_quote_cancel_days"):
            with self.assertRaisesRegex(ValidationError, "cannot be negative"):
                self.env.company[field] = -1

    def test_system_field_is_not_written(self):
        with self.assertRefused("use its buttons"):
            self._sent(1).write({"crm_expiry_reminded": True})

    # === CANCELLATION ===#
    def test_expired_quotes_stay_by_default(self):
        order = self._sent(-400)
        self._run()
        self.assertEqual(order.state, "sent")

    def test_expired_quotes_are_cancelled_where_the_company_wants_it(self):
        self.env.company.crm_quote_cancel_days = 5
        old, recent, signed = self._sent(-6), self._sent(-5), self._sent(-6)
        draft = self._crm_order(validity_date=fields.Date.today() - timedelta(days=60))
        signed.sudo().signed_on = fields.Datetime.now()
        self._run()
        self.assertRecordValues(
            old,
            [
                {
                    "state": "cancel",
                    "crm_lost_reason_id": self.env.ref(
                        "crm_sales_docs.crm_quote_lost_reason_expired"
                    ).id,
                }
            ],
        )
        self.assertEqual((recent | signed | draft).mapped("state"), ["sent", "sent", "draft"])

    def test_one_that_cannot_be_cancelled_does_not_stop_the_others(self):
        self.env.company.crm_quote_cancel_days = 1
        orders = self._sent(-9) | self._sent(-9) | self._sent(-9)
        bad = orders[1]
        Order = type(orders)
        cancel = Order._action_cancel

        def refuse(records):
            if bad.id in records.ids:
                raise UserError(bad.name)
            return cancel(records)

        with (
            patch.object(Order, "_action_cancel", refuse),
            self.assertLogs("odoo.addons.crm_sales_docs", "WARNING") as log,
        ):
            self._run()
        self.assertIn(bad.name, log.output[0])
        self.assertEqual(orders.mapped("state"), ["cancel", "sent", "cancel"])

    # === COST ===#
    def test_reminding_costs_few_queries_per_quote(self):
        def queries(count):
            orders = self.env["sale.order"].browse()
            for _number in range(count):
                orders |= self._sent(1)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            orders.sudo()._crm_remind()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(2)
        self.assertLessEqual((queries(12) - queries(2)) / 10, 1)


@tagged("post_install", "-at_install")
class TestQuoteLost(common.CrmSalesDocsCommon):
    """Why quotes are lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref("crm_sales_docs.crm_quote_lost_reason_price")

    def _dialog(self, orders):
        action = orders.action_crm_cancel_quote()
        return Form(
            self.env[action["res_model"]]
            .with_user(orders.env.user)
            .with_context(**action["context"])
        )

    def test_dialog_cancels_with_a_reason(self):
        orders = self._crm_order() | self._crm_order()
        dialog = self._dialog(orders)
        with self.assertRaisesRegex(AssertionError, "crm_lost_reason_id is a required field"):
            dialog.save()
        dialog.crm_lost_reason_id = self.reason
        dialog.crm_lost_note = "12 % less elsewhere"
        dialog.save().action_mass_cancel()
        for order in orders:
            self.assertRecordValues(
                order,
                [
                    {
                        "state": "cancel",
                        "crm_lost_reason_id": self.reason.id,
                        "crm_lost_note": "12 % less elsewhere",
                    }
                ],
            )

    def test_orders_need_no_reason(self):
        order = self._crm_order(confirm=True)
        quote = self._crm_order()
        self._dialog(order).save().action_mass_cancel()
        self.assertRecordValues(order, [{"state": "cancel", "crm_lost_reason_id": False}])
        order = self._crm_order(confirm=True)
        dialog = self._dialog(order | quote)
        dialog.crm_lost_reason_id = self.reason
        dialog.save().action_mass_cancel()
        self.assertFalse(order.crm_lost_reason_id)
        self.assertEqual(quote.crm_lost_reason_id, self.reason)

    def test_reason_is_forgotten_when_the_quote_goes_on(self):
        for action in ("action_draft", "action_crm_new_revision"):
            order = self._crm_order()
            order.action_cancel()
            order.crm_lost_reason_id = self.reason
            getattr(order, action)()
            self.assertFalse(order.crm_lost_reason_id)
            self.assertFalse(order.copy().crm_lost_reason_id)

    def test_reason_of_the_customer_in_the_portal(self):
        order = self._crm_order()
        order.with_user(self.user_portal).sudo()._action_cancel()
        self.assertEqual(
            order.crm_lost_reason_id, self.env.ref("crm_sales_docs.crm_quote_lost_reason_declined")
        )

    def test_graph_counts_by_reason(self):
        orders = self._crm_order() | self._crm_order()
        orders.action_cancel()
        orders.crm_lost_reason_id = self.reason
        groups = orders._read_group(
            [("id", "in", orders.ids)], ["crm_lost_reason_id"], ["amount_untaxed:sum"]
        )
        self.assertEqual(groups, [(self.reason, 2000)])

    def test_used_reason_is_archived_not_deleted(self):
        order = self._crm_order()
        order.action_cancel()
        order.crm_lost_reason_id = self.reason
        self.env.flush_all()
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.reason.with_user(self.user_manager).unlink()

    def test_who_changes_reasons(self):
        reasons = self.env["crm.quote.lost.reason"]
        self.assertTrue(reasons.with_user(self.user_salesman).search([]))
        reasons.with_user(self.user_manager).create({"name": "Budget cut"})
        for user in (self.user_salesman, self.user_salesman_all):
            self.assertFalse(reasons.with_user(user).has_access("create"))
            self.assertFalse(reasons.with_user(user).has_access("write"))
        self.assertFalse(reasons.with_user(self.user_employee).has_access("read"))
