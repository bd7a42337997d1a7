# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger

from . import common


class RevisionMixin:
    def _sent(self, *lines, **values):
        order = self._crm_order(*lines, **values)
        order.action_quotation_sent()
        return order

    def _revise(self, order):
        return order.browse(order.action_crm_new_revision()["res_id"])


@tagged("post_install", "-at_install")
class TestQuoteRevision(RevisionMixin, common.CrmSalesDocsCommon):
    """A new version of a quote takes its place; the old one stays what it was."""

    # === NUMBER AND LINKS ===#
    def test_revision_has_the_next_number_and_replaces_the_quote(self):
        order = self._sent(client_order_ref="PO 7", origin="Visit")
        revision = self._revise(order)
        self.assertEqual(revision.name, f"{order.name}-2")
        self.assertRecordValues(order, [{"state": "cancel", "crm_superseded_by_id": revision.id}])
        self.assertRecordValues(
            revision,
            [
                {
                    "state": "draft",
                    "crm_revision": 2,
                    "crm_revision_root_id": order.id,
                    "client_order_ref": "PO 7",
                    "origin": "Visit",
                    "user_id": self.user_salesman.id,
                    "amount_total": order.amount_total,
                }
            ],
        )
        third = self._revise(revision)
        self.assertEqual(third.name, f"{order.name}-3")
        self.assertEqual(third.crm_revision_root_id, order)
        for one in order | revision | third:
            self.assertEqual(one.crm_revision_count, 3)
            action = one.action_crm_view_revisions()
            self.assertEqual(one.search_count(action["domain"]), 3)

    def test_draft_is_revised_too(self):
        order = self._crm_order()
        self.assertEqual(self._revise(order).name, f"{order.name}-2")

    def test_second_click_opens_the_newest_revision(self):
        order = self._sent()
        revision = self._revise(order)
        self.assertEqual(self._revise(order), revision)
        third = self._revise(revision)
        self.assertEqual(self._revise(order), third)

    def test_several_quotes_at_once(self):
        orders = self._sent() | self._crm_order()
        action = orders.action_crm_new_revision()
        revisions = orders.search(action["domain"])
        self.assertEqual(
            set(revisions.mapped("name")), {f"{name}-2" for name in orders.mapped("name")}
        )

    def test_number_is_not_used_again(self):
        order = self._sent()
        revision = self._revise(order)
        revision.with_user(self.user_manager).unlink()
        self.assertFalse(order.crm_superseded_by_id)
        self.assertEqual(self._revise(order).name, f"{order.name}-3")

    def test_copy_is_a_new_quote(self):
        copy = self._revise(self._sent()).copy()
        self.assertFalse(copy.crm_revision_root_id)
        self.assertFalse(copy.crm_revision)
        self.assertEqual(copy.crm_revision_count, 0)

    def test_activities_go_on_with_the_revision(self):
        order = self._sent()
        activity = order.activity_schedule("mail.mail_activity_data_todo", user_id=order.user_id.id)
        revision = self._revise(order)
        self.assertEqual(revision.activity_ids, activity)
        self.assertFalse(order.activity_ids)

    def test_revision_of_a_colleagues_first_version(self):
        order = self._sent()
        revision = self._revise(order)
        revision.with_user(self.user_manager).user_id = self.user_salesman_other
        third = self._revise(revision.with_user(self.user_salesman_other))
        self.assertEqual(third.name, f"{order.name}-3")
        self.assertEqual(third.crm_revision_count, 2)

    # === LINES ===#
    def test_lines_keep_their_prices_sections_and_origin(self):
        order = self._sent(
            ("line_section", "Hardware"),
            (self.goods, 3, {"price_unit": 77.0, "technical_price_unit": 0.0, "discount": 5}),
            ("line_note", "In two deliveries"),
            (self.service, 1),
        )
        revision = self._revise(order)
        for name in ("name", "display_type", "price_unit", "discount", "product_uom_qty"):
            self.assertEqual(revision.order_line.mapped(name), order.order_line.mapped(name))
        self.assertEqual(revision.order_line.crm_revised_line_id, order.order_line)
        revision.order_line[1].product_uom_qty = 4
        self.assertEqual(revision.order_line[1].price_unit, 77)

    def test_combo_keeps_its_items(self):
        combo = self.env["product.combo"].create(
            {"name": "Kit", "combo_item_ids": [Command.create({"product_id": self.goods.id})]}
        )
        product = self._crm_product(
            "Kit", 80, type="combo", combo_ids=[Command.link(combo.id)], invoice_policy="order"
        )
        order = self._crm_order((product, 2))
        order.order_line = [
            Command.create(
                {
                    "product_id": self.goods.id,
                    "product_uom_qty": 2,
                    "combo_item_id": combo.combo_item_ids.id,
                    "linked_line_id": order.order_line.id,
                }
            )
        ]
        revision = self._revise(order)
        heading, item = revision.order_line
        self.assertEqual(item.linked_line_id, heading)

    # === WHAT MAY NOT BE ===#
    def test_confirmed_and_paid_orders_are_named_all_at_once(self):
        confirmed = self._crm_order(confirm=True) | self._crm_order(confirm=True)
        with self.assertRaises(UserError) as error:
            (confirmed | self._crm_order()).action_crm_new_revision()
        for order in confirmed:
            self.assertIn(f"{order.name} is confirmed", str(error.exception))

    def test_replaced_quote_is_read_only(self):
        order = self._sent()
        revision = self._revise(order)
        line = order.order_line
        for action in (
            lambda: order.write({"note": "Other"}),
            lambda: order.write({"state": "draft"}),
            lambda: order.write({"order_line": [Command.create({"product_id": self.goods.id})]}),
            lambda: line.write({"price_unit": 1}),
            lambda: line.unlink(),
            lambda: line.create({"order_id": order.id, "product_id": self.goods.id}),
            lambda: order.sudo().action_draft(),
        ):
            with self.assertRefused(f"{revision.name} replaces it"):
                action()
        with self.assertRefused(f"{revision.name} replaces it"):
            order.action_crm_create_delivery_note()
        order.message_post(body="Still to be talked about")
        order.activity_schedule("mail.mail_activity_data_todo")

    def test_replaced_quote_is_not_deleted_alone(self):
        order = self._sent()
        revision = self._revise(order)
        with self.assertRefused(f"{revision.name} is the newer revision"):
            order.with_user(self.user_manager).unlink()

    def test_system_fields_are_not_written(self):
        order, other = self._sent(), self._sent()
        for values in (
            {"crm_superseded_by_id": other.id},
            {"crm_revision_root_id": other.id},
            {"crm_revision": 9},
            {"crm_revision_last": 9},
        ):
            with self.assertRefused("use its buttons"):
                order.write(values)
            with self.assertRefused("use its buttons"):
                order.create({"partner_id": self.customer.id, **values})
        with self.assertRefused("use its buttons"):
            order.order_line.write({"crm_revised_line_id": other.order_line.id})

    def test_strangers_do_not_revise(self):
        order = self._sent()
        for user in (self.user_salesman_other, self.user_company_b, self.user_employee):
            with self.assertRaises(AccessError):
                order.with_user(user).action_crm_new_revision()

    # === COMPARISON ===#
    def _compare(self, order):
        action = order.action_crm_compare_revisions()
        wizard = Form(
            self.env[action["res_model"]]
            .with_user(order.env.user)
            .with_context(**action["context"])
        )
        return wizard.save()

    def test_comparison_names_what_changed(self):
        order = self._sent((self.goods, 10), (self.service, 1), (self.goods_on_order, 1))
        revision = self._revise(order)
        goods, service, _same = revision.order_line
        goods.write({"product_uom_qty": 8, "price_unit": 90})
        service.unlink()
        revision.order_line = [
            Command.create({"product_id": self.goods.id, "product_uom_qty": 1}),
        ]
        revision.validity_date = "2030-01-31"
        wizard = self._compare(revision)
        self.assertEqual(wizard.base_id, order)
        lines = wizard._crm_changed_lines(order, revision)
        self.assertEqual(
            [(line["kind"], line["old"], line["new"]) for line in lines],
            [
                ("removed", order.order_line[1], order.order_line.browse()),
                ("changed", order.order_line[0], goods),
                ("added", order.order_line.browse(), revision.order_line[-1]),
            ],
        )
        self.assertEqual(lines[1]["changed"], {"product_uom_qty", "price_unit"})
        for text in (
            "Removed",
            "Added",
            "Changed",
            "1,250.00",
            "1,020.00",
            "230.00",
            "01/31/2030",
        ):
            self.assertIn(text, wizard.changes)

    def test_comparison_over_several_revisions(self):
        first = self._sent((self.goods, 10))
        second = self._revise(first)
        third = self._revise(second)
        third.order_line.product_uom_qty = 5
        wizard = self._compare(third)
        self.assertEqual(wizard.base_id, second)
        self.assertEqual(wizard.revision_ids, first | second | third)
        (line,) = wizard._crm_changed_lines(first, third)
        self.assertEqual(line["old"], first.order_line)
        self.assertEqual(self._compare(first).base_id, second)

    def test_line_entered_anew_is_compared_by_its_product(self):
        order = self._sent((self.goods, 10))
        revision = self._revise(order)
        revision.order_line.unlink()
        revision.order_line = [Command.create({"product_id": self.goods.id, "product_uom_qty": 10})]
        self.assertFalse(self._compare(revision)._crm_changed_lines(order, revision))

    def test_comparison_shows_only_what_the_user_may_see(self):
        order = self._sent()
        revision = self._revise(order)
        wizard = self._compare(revision)
        revision.with_user(self.user_manager).user_id = self.user_salesman_other
        wizard.invalidate_recordset()
        with self.assertRaises(AccessError):
            wizard.read(["changes"])
        alone = self._compare(revision.with_user(self.user_salesman_other))
        self.assertFalse(alone.base_id)
        self.assertFalse(alone.changes)

    # === COST ===#
    def test_list_of_quotes_asks_once_for_all_revisions(self):
        orders = self._sent().browse()
        for _number in range(4):
            order = self._sent()
            orders |= order | self._revise(order)
        plain = self._crm_order() | self._crm_order()
        self.env.flush_all()

        def queries(orders):
            self.env.invalidate_all()
            orders.mapped("crm_superseded_by_id")
            before = self.env.cr.sql_log_count
            orders.mapped("crm_revision_count")
            return self.env.cr.sql_log_count - before

        queries(orders)
        self.assertEqual(queries(orders), queries(orders[:2]))
        self.assertEqual(queries(plain), 0)


@tagged("post_install", "-at_install")
class TestQuoteRevisionPortal(RevisionMixin, common.CrmSalesDocsMixin, HttpCase):
    """What the customer of a replaced quote sees."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_sales_data()

    def _page(self, order):
        return self.url_open(order.sudo().get_portal_url()).text

    def test_customer_is_told_and_led_to_the_newer_version(self):
        order = self._sent(require_signature=True, require_payment=False)
        self.assertIn("Sign", self._page(order))
        revision = self._revise(order)
        page = self._page(order)
        self.assertIn("A newer version is being prepared", page)
        self.assertNotIn(revision.name, page)
        self.assertNotIn("Accept &amp; Sign", page)
        revision.action_quotation_sent()
        page = self._page(order)
        self.assertIn("There is a newer version of this quote", page)
        self.assertIn(revision.access_token, page)

    def test_newer_version_of_another_customer_is_not_shown(self):
        order = self._sent()
        revision = self._revise(order)
        revision.partner_id = self.person
        revision.action_quotation_sent()
        page = self._page(order)
        self.assertNotIn(revision.name, page)

    @mute_logger("odoo.http")
    def test_replaced_quote_is_not_accepted(self):
        order = self._sent(require_signature=True, require_payment=False)
        token = order._portal_ensure_token()
        revision = self._revise(order)
        result = self.make_jsonrpc_request(
            f"/my/orders/{order.id}/accept",
            {"access_token": token, "name": "Ana", "signature": "iVBORw0KGgo="},
        )
        self.assertIn("error", result)
        order.invalidate_recordset()
        self.assertRecordValues(
            order | revision,
            [{"state": "cancel", "signed_by": False}, {"state": "draft", "signed_by": False}],
        )
