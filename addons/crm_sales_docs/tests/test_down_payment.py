# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.fields import Command
from odoo.tests import tagged

from . import common_money


@tagged("post_install", "-at_install")
class TestDownPayment(common_money.CrmMoneyCommon):
    def _parts(self, order, *quantities, product=None):
        """Return the invoices of notes of so many of a product, made one after the other."""
        invoices = self.env["account.move"]
        for quantity in quantities:
            note = self._crm_note(order, {product or self.goods: quantity}, validate=True)
            invoices |= self._crm_invoice(note)
        return invoices

    # === IN PROPORTION ===#
    def test_each_invoice_deducts_its_share_and_the_last_the_rest(self):
        order = self._crm_order((self.goods, 3), confirm=True)
        down_payment = self._down_payment(order, 100, "fixed")
        invoices = self._parts(order, 1, 1, 1)
        self.assertEqual(set(invoices.mapped("move_type")), {"out_invoice"})
        self.assertEqual(invoices.mapped("amount_total"), [66.67, 66.66, 66.67])
        self.assertEqual(self._charged(order), 300)
        self.assertEqual(down_payment.invoice_line_ids.sale_line_ids.qty_invoiced, 0)
        self.assertEqual(order.invoice_status, "invoiced")

    def test_quantities_and_prices_say_what_is_deducted(self):
        order = self._crm_order((self.goods, 3), confirm=True)
        self._down_payment(order, 100, "fixed")
        line = self._parts(order, 1).invoice_line_ids.filtered("is_downpayment")
        self.assertEqual(line.quantity, -0.33)
        self.assertAlmostEqual(line.quantity * line.price_unit, -33.33, 6)
        self.assertEqual(line.price_subtotal, -33.33)

    def test_deduction_tells_how_much_of_the_down_payment_it_is(self):
        order = self._crm_order((self.goods, 3), confirm=True)
        self._down_payment(order, 100, "fixed")
        lines = self._parts(order, 1, 2).invoice_line_ids.filtered("is_downpayment")
        first, last = (name.split("\n")[-1].replace("\xa0", " ") for name in lines.mapped("name"))
        self.assertEqual(first, "$ 33.33 of $ 100.00; $ 66.67 left for the next invoices")
        self.assertEqual(last, "The last $ 66.67 of $ 100.00")

    def test_notes_invoiced_in_one_call_deduct_their_share_each(self):
        order = self._crm_order(confirm=True)
        self._down_payment(order, 50)
        first = self._crm_note(order, {self.goods: 4}, validate=True)
        second = self._crm_note(order, validate=True)
        self.assertEqual(self._crm_invoice(first | second).mapped("amount_total"), [200, 300])

    def test_preview_deducts_the_share_too(self):
        order = self._crm_order(confirm=True)
        self._down_payment(order, 50)
        notes = self._crm_note(order, {self.goods: 4}, validate=True)
        notes |= self._crm_note(order, validate=True)
        action = notes.action_crm_convert()
        wizard = (
            self.env[action["res_model"]].with_user(self.user_salesman).browse(action["res_id"])
        )
        for grouping, totals in (("document", [200, 300]), ("customer", [500])):
            wizard.grouping = grouping
            self.assertEqual(wizard.line_ids.mapped("amount_total"), totals)
        self.assertEqual(self._crm_invoices(wizard.action_convert()).amount_total, 500)

    def test_order_deducts_the_share_of_what_it_invoices(self):
        order = self._crm_order(confirm=True)
        self._down_payment(order, 50)
        self._crm_note(order, {self.goods: 1}, validate=True)
        self.assertRecordValues(
            self._crm_invoice(order), [{"move_type": "out_invoice", "amount_untaxed": 50}]
        )
        self._crm_note(order, validate=True)
        self.assertEqual(self._crm_invoice(order).amount_untaxed, 450)

    def test_odoos_wizard_deducts_the_share_too(self):
        order = self._crm_order(confirm=True)
        self._down_payment(order, 50)
        self._crm_note(order, {self.goods: 1}, validate=True)
        invoice = order._create_invoices(final=True)
        self.assertRecordValues(invoice, [{"move_type": "out_invoice", "amount_total": 50}])

    def test_nothing_is_deducted_where_a_person_wants_none(self):
        order = self._crm_order(confirm=True)
        self._down_payment(order, 50)
        self._crm_note(order, {self.goods: 1}, validate=True)
        self.assertEqual(order._create_invoices(final=False).amount_total, 100)

    def test_the_smallest_invoice_of_an_order_paid_in_advance_deducts_itself(self):
        cable = self._crm_product("Cable", 0.07)
        order = self._crm_order((self.goods, 1), (cable, 3), confirm=True)
        self._down_payment(order, 100)
        invoices = self._parts(order, 2, product=cable) | self._parts(order, 1)
        invoices |= self._parts(order, 1, product=cable)
        self.assertEqual(invoices.mapped("amount_total"), [0, 0, 0])
        self.assertEqual(self._charged(order), 100.21)

    def test_second_click_does_not_give_the_rest_back(self):
        order = self._crm_order(confirm=True)
        self._down_payment(order, 50)
        self._parts(order, 1)
        with self.assertRefused("No items are available to invoice"):
            order._create_invoices(final=True)

    def test_several_down_payments(self):
        order = self._crm_order(confirm=True)
        self._down_payment(order, 30)
        self._down_payment(order, 100, "fixed")
        self.assertEqual(self._parts(order, 5, 5).mapped("amount_total"), [300, 300])

    def test_down_payment_that_comes_late(self):
        order = self._crm_order(confirm=True)
        first = self._parts(order, 5)
        self._down_payment(order, 200, "fixed")
        others = self._parts(order, 1, 4)
        self.assertEqual((first | others).mapped("amount_total"), [500, 60, 240])
        self.assertEqual(self._charged(order), 1000)

    def test_credited_down_payment_is_not_deducted(self):
        order = self._crm_order(confirm=True)
        self._reverse(self._down_payment(order, 50)).action_post()
        self.assertEqual(self._parts(order, 4, 6).mapped("amount_total"), [400, 600])

    def test_down_payment_credited_after_a_share_was_deducted(self):
        order = self._crm_order(confirm=True)
        down_payment = self._down_payment(order, 50)
        self._parts(order, 4)
        self._reverse(down_payment).action_post()
        self._parts(order, 6)
        self.assertEqual(self._charged(order), 1000)

    def test_down_payment_cancelled_although_it_was_credited_and_deducted(self):
        order = self._crm_order(confirm=True)
        down_payment = self._down_payment(order, 50)
        self._parts(order, 10)
        self._reverse(down_payment)
        down_payment.button_draft()
        down_payment.button_cancel()
        # deducted once and credited once, but never charged
        self.assertEqual(self._charged(order), 0)
        order._create_invoices(final=True)
        self.assertEqual(self._charged(order), 1000)

    def test_cancelled_invoice_leaves_its_share_to_the_next(self):
        order = self._crm_order(confirm=True)
        self._down_payment(order, 50)
        invoice = self._parts(order, 4)
        invoice.button_cancel()
        note = order.crm_delivery_note_ids
        self.assertEqual(self._crm_invoice(note).amount_total, 200)
        self.assertEqual(self._parts(order, 6).amount_total, 300)

    def test_down_payment_that_was_replaced_by_somebody_else(self):
        order = self._crm_order(confirm=True)
        replacement = self._reverse(self._down_payment(order, 50), modify=True)
        replacement.invoice_user_id = self.user_salesman_other
        replacement.action_post()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self._parts(order, 4, 6).mapped("amount_total"), [200, 300])
        self.assertEqual(self._charged(order), 1000)

    def test_lines_of_several_notes_on_one_invoice(self):
        order = self._crm_order((self.goods, 8, {"price_unit": 33.335}))
        self._crm_note(order, {self.goods: 5}, validate=True)
        self._crm_note(order, validate=True)
        invoice = self._crm_invoice(order)
        self.assertEqual(len(invoice.invoice_line_ids), 2)
        self.assertEqual(invoice.amount_total, order.amount_total)

    def test_each_tax_rate_deducts_what_was_paid_for_it(self):
        other = self._crm_product("Book", 100.0, taxes_id=[Command.set(self.tax_sale_b.ids)])
        self.goods.taxes_id = self.tax_sale_a
        self.tax_sale_b.amount = 5
        order = self._crm_order((self.goods, 1), (other, 1), confirm=True)
        self._down_payment(order, 50)
        first = self._parts(order, 1)
        self.assertEqual(first.invoice_line_ids.tax_ids, self.tax_sale_a)
        self.assertEqual(first.amount_total, 57.5)
        second = self._parts(order, 1, product=other)
        self.assertEqual(second.amount_total, 52.5)

    def test_the_whole_paid_in_advance_leaves_no_credit_note(self):
        self.goods.taxes_id = self.tax_sale_a
        for included in (False, True):
            for method in ("round_per_line", "round_globally"):
                self.env.company.tax_calculation_rounding_method = method
                self.tax_sale_a.price_include_override = (
                    "tax_included" if included else "tax_excluded"
                )
                order = self._crm_order((self.goods, 7, {"price_unit": 33.37}), confirm=True)
                self._down_payment(order, 100)
                invoices = self._parts(order, 1, 2, 1, 3)
                self.assertEqual(set(invoices.mapped("move_type")), {"out_invoice"})
                self.assertEqual(self._charged(order), order.amount_total)

    def test_more_paid_than_the_order_is_worth_in_the_end(self):
        order = self._crm_order(confirm=True)
        self._down_payment(order, 80)
        order.order_line[0].product_uom_qty = 5
        invoice = self._parts(order, 5)
        self.assertRecordValues(invoice, [{"move_type": "out_invoice", "amount_total": 0}])
        # Odoo's own wizard gives back what is left
        credit = order._create_invoices(final=True)
        self.assertRecordValues(credit, [{"move_type": "out_refund", "amount_total": 300}])
        self.assertEqual(self._charged(order), 500)

    # === RETURNS ===#
    def test_return_of_goods_that_are_delivered_again_gives_the_share_back(self):
        order = self._crm_order(confirm=True)
        self._down_payment(order, 50)
        self._parts(order, 10)
        returned = self._return(order.crm_delivery_note_ids, 4, deliver_again=True)
        credit = self._crm_invoice(returned)
        self.assertRecordValues(credit, [{"move_type": "out_refund", "amount_total": 200}])
        self.assertEqual(self._parts(order, 4).amount_total, 200)
        self.assertEqual(self._charged(order), 1000)

    def test_return_of_goods_that_nobody_wants_any_more_is_paid_back(self):
        order = self._crm_order(confirm=True)
        self._down_payment(order, 50)
        self._parts(order, 10)
        credit = self._crm_invoice(self._return(order.crm_delivery_note_ids, 4))
        # nothing is left to invoice: the down payment stays deducted
        self.assertRecordValues(credit, [{"move_type": "out_refund", "amount_total": 400}])
        self.assertEqual(self._charged(order), 600)

    def test_goods_on_the_invoice_of_a_colleague_are_credited(self):
        order = self._crm_order(confirm=True)
        self._parts(order, 10).sudo().invoice_user_id = self.user_salesman_other
        self.env.flush_all()
        self.env.invalidate_all()
        credit = self._crm_invoice(self._return(order.crm_delivery_note_ids, 4))
        self.assertRecordValues(credit, [{"move_type": "out_refund", "amount_total": 400}])

    # === THE OTHER POLICIES ===#
    def test_policy_on_the_last_invoice(self):
        self.env.company.crm_down_payment_policy = "last"
        order = self._crm_order(confirm=True)
        self._down_payment(order, 30)
        invoices = self._parts(order, 1, 9)
        self.assertEqual(invoices.mapped("amount_total"), [100, 600])

    def test_policy_on_the_last_invoice_of_the_order(self):
        self.env.company.crm_down_payment_policy = "last"
        order = self._crm_order(confirm=True)
        self._down_payment(order, 50)
        self._crm_note(order, {self.goods: 1}, validate=True)
        self.assertEqual(self._crm_invoice(order).amount_total, 100)
        self._crm_note(order, validate=True)
        self.assertEqual(self._crm_invoice(order).amount_total, 400)

    def test_policy_of_odoo(self):
        self.env.company.crm_down_payment_policy = "core"
        order = self._crm_order(confirm=True)
        self._down_payment(order, 50)
        self.assertRecordValues(
            self._parts(order, 1), [{"move_type": "out_refund", "amount_total": 400}]
        )

    def test_policy_of_odoo_after_a_share_was_deducted(self):
        order = self._crm_order(confirm=True)
        self._down_payment(order, 50)
        self._parts(order, 4)
        self.env.company.crm_down_payment_policy = "core"
        self.assertEqual(self._parts(order, 6).amount_total, 300)

    # === DISCOUNTS AND FEES ===#
    def test_discount_of_the_whole_waits_for_the_last_invoice_of_the_order(self):
        order = self._crm_order(confirm=True)
        self.env["sale.order.discount"].create(
            {"sale_order_id": order.id, "discount_type": "so_discount", "discount_percentage": 0.1}
        ).action_apply_discount()
        self._crm_note(order, {self.goods: 1}, validate=True)
        invoice = self._crm_invoice(order)
        self.assertEqual(invoice.amount_total, 100)
        # nothing more comes out before the rest is delivered, and a second click opens the same one
        wizard = self.env["crm.conversion.wizard"].browse(order.action_crm_convert()["res_id"])
        self.assertFalse(wizard.line_ids)
        self.assertEqual(self._crm_invoice(order), invoice)
        self._crm_note(order, validate=True)
        self.assertEqual(self._crm_invoice(order).amount_total, 800)
        self.assertEqual(order.invoice_status, "invoiced")

    def test_down_payment_of_a_discounted_order(self):
        order = self._crm_order(confirm=True)
        self.env["sale.order.discount"].create(
            {"sale_order_id": order.id, "discount_type": "so_discount", "discount_percentage": 0.1}
        ).action_apply_discount()
        self._down_payment(order, 50)
        self._parts(order, 4, 6)
        self.assertEqual(self._charged(order), 900)

    # === CENTS ===#
    def test_last_invoice_takes_the_cents_of_the_tax(self):
        self.tax_sale_a.amount = 16
        self.goods.taxes_id = self.tax_sale_a
        for method in ("round_per_line", "round_globally"):
            self.env.company.tax_calculation_rounding_method = method
            order = self._crm_order((self.goods, 3, {"price_unit": 33.35}), confirm=True)
            self.assertEqual(order.amount_total, 116.06)
            invoices = self._parts(order, 1, 1, 1)
            self.assertEqual(invoices.mapped("amount_total"), [38.69, 38.69, 38.68])
            self.assertEqual(invoices.mapped("amount_untaxed"), [33.35] * 3)

    def test_cents_of_an_invoice_that_is_rounded_as_a_whole(self):
        self.env.company.tax_calculation_rounding_method = "round_globally"
        self.tax_sale_b.amount = 8.5
        self.tax_sale_a.write({"amount": 16, "price_include_override": "tax_included"})
        book = self._crm_product("Book", 9.99, taxes_id=[Command.set(self.tax_sale_b.ids)])
        cable = self._crm_product("Cable", 0.07, taxes_id=[Command.set(self.tax_sale_a.ids)])
        order = self._crm_order(
            (self.goods, 7, {"price_unit": 33.335, "discount": 10}),
            (self.service, 12, {"price_unit": 9.99, "discount": 33.3}),
            (cable, 7),
            (book, 12, {"discount": 33.3}),
            confirm=True,
        )
        for quantities in (
            {self.goods: 7, self.service: 8, cable: 7, book: 8},
            {book: 3},
            {self.service: 4, book: 1},
        ):
            self._crm_invoice(self._crm_note(order, quantities, validate=True))
        self.assertEqual(self._charged(order), order.amount_total)

    def test_odoo_alone_loses_those_cents(self):
        """The reason for taking the rest: three invoices of Odoo's own come to 116.07."""
        self.tax_sale_a.amount = 16
        self.env.company.crm_delivery_control = False
        self.goods.taxes_id = self.tax_sale_a
        order = self._crm_order((self.goods, 3, {"price_unit": 33.35}), confirm=True)
        vals = {
            "move_type": "out_invoice",
            "partner_id": self.customer.id,
            "invoice_line_ids": [
                Command.create(order.order_line._prepare_invoice_line(quantity=1))
            ],
        }
        invoices = self.env["account.move"].create([vals, vals, vals])
        self.assertAlmostEqual(sum(invoices.mapped("amount_total")), 116.07, 6)

    def test_price_that_the_accountant_changed_is_not_made_up_for(self):
        order = self._crm_order(confirm=True)
        self._parts(order, 5).invoice_line_ids.price_unit = 90
        self.assertEqual(self._parts(order, 5).amount_total, 500)
