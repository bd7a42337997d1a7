# SPDX-License-Identifier: LGPL-3.0-or-later
import os
import random
from collections import Counter

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from . import common_money


@tagged("post_install", "-at_install")
class TestMoneyProperty(common_money.CrmMoneyCommon):
    """Whatever order is sold, delivered, returned and invoiced in whatever steps: quantities and
    documents agree after each step, and in the end the invoices come to the total of the order.

    A failure prints the seed and the steps; CRM_MONEY_SEED repeats one, CRM_MONEY_RUNS tries more.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dozen = cls.env.ref("uom.product_uom_dozen")
        cls.tax_sale_a.amount = 16
        cls.tax_sale_b.amount = 8.5
        cls.tax_included = cls.tax_sale_a.copy(
            {"name": "16 % included", "price_include_override": "tax_included"}
        )
        cls.taxes = [
            cls.env["account.tax"],
            cls.tax_sale_a,
            cls.tax_sale_b,
            cls.tax_sale_a | cls.tax_sale_b,
            cls.tax_included,
        ]
        cls.products = [cls.goods, cls.goods_on_order, cls.service]
        cls.part_a = cls._crm_product("Part A", 20.0)
        cls.part_b = cls._crm_product("Part B", 30.0)
        combos = cls.env["product.combo"].create(
            [
                {"name": part.name, "combo_item_ids": [Command.create({"product_id": part.id})]}
                for part in (cls.part_a, cls.part_b)
            ]
        )
        cls.combo = cls._crm_product("Set", 49.99, type="combo", combo_ids=combos.ids)
        currencies = [
            cls.setup_other_currency(code, rounding=rounding, rates=[("2020-01-01", rate)])
            for code, rounding, rate in [("EUR", 0.01, 0.37), ("JPY", 1, 151), ("KWD", 0.001, 0.3)]
        ]
        cls.pricelists = cls.env["product.pricelist"].create(
            [{"name": currency.name, "currency_id": currency.id} for currency in currencies]
        )

    def test_any_order_of_steps(self):
        self._run_all(["proportional", "proportional", "last"], 30)

    def test_any_order_of_steps_where_odoo_deducts(self):
        """What is paid in advance comes off the next invoice, which may become a credit note."""
        self._run_all(["core"], 20)

    def _run_all(self, policies, runs):
        seed = os.environ.get("CRM_MONEY_SEED")
        seeds = [int(seed)] if seed else range(int(os.environ.get("CRM_MONEY_RUNS", runs)))
        self.seen = Counter()
        self.policies = policies
        for seed in seeds:
            self.random = random.Random(seed)
            self.steps = []
            with self.subTest(seed=seed):
                try:
                    self._run()
                except Exception as error:
                    told = "; ".join(self.steps) + self._told(self.order)
                    error.add_note(f"CRM_MONEY_SEED={seed}: {told}")
                    raise
        if len(seeds) > 1:
            expected = {*self.STEPS, *self.pricelists.currency_id.mapped("name")}
            expected |= {"round_per_line", "round_globally", *policies}
            expected |= {"taxes included", "taxes excluded", "percentage", "fixed"}
            expected |= {"discount on the whole", "invoice with that discount"}
            if policies != ["core"]:
                expected.add("shares")
            self.assertFalse(expected - (+self.seen).keys(), "what no random order came across")

    def _run(self):
        self.env.company.tax_calculation_rounding_method = self.random.choice(
            ["round_per_line", "round_globally"]
        )
        self.env.company.crm_down_payment_policy = self.random.choice(self.policies)
        order = self.order = self._random_order()
        total = order.amount_total
        self.seen.update(
            [
                self.env.company.tax_calculation_rounding_method,
                self.env.company.crm_down_payment_policy,
                order.currency_id.name,
            ]
        )
        self.seen.update(
            "taxes included" if tax.price_include else "taxes excluded"
            for tax in order.order_line.tax_ids
        )
        self.steps.append(
            f"{self.env.company.tax_calculation_rounding_method} "
            f"{self.env.company.crm_down_payment_policy} {total} {order.currency_id.name} "
            + str(
                [
                    (
                        line.product_id.name,
                        line.product_uom_qty,
                        line.product_uom_id.name,
                        line.price_unit,
                        line.discount,
                        line.tax_ids.mapped("name"),
                    )
                    for line in order.order_line
                ]
            )
        )
        if self.random.random() < 0.5:
            self._step(order, "down_payment")
        for _number in range(self.random.randint(4, 14)):
            self._step(order)
        self._finish(order)
        # goods that came back for good are not on the order any more
        self.assertEqual(self._charged(order), order.amount_total)
        self.assertFalse(
            [line for line in order.order_line if not line.display_type and line.qty_to_invoice]
        )
        self.assertLessEqual(
            set(order.crm_delivery_note_ids.mapped("invoice_state")), {"done", "no"}
        )

    def _random_order(self):
        draw = self.random
        lines = []
        for _number in range(draw.randint(1, 4)):
            if draw.random() < 0.2:
                lines.append(("line_section", f"Section {len(lines)}"))
            product = draw.choice(self.products)
            values = {
                "price_unit": draw.choice([100, 33.35, 9.99, 0.07, 1234.56, 33.335]),
                "discount": draw.choice([0, 0, 10, 33.3]),
                "tax_ids": [Command.set(draw.choice(self.taxes).ids)],
            }
            if draw.random() < 0.2:
                values["product_uom_id"] = self.dozen.id
            lines.append((product, draw.choice([1, 3, 7, 12]), values))
        values = {}
        if draw.random() < 0.5:
            values["pricelist_id"] = draw.choice(self.pricelists.ids)
        order = self._crm_order(*lines, **values)
        if draw.random() < 0.2:
            self._add_combo(order)
        if draw.random() < 0.2:
            self.env["sale.order.discount"].create(
                {
                    "sale_order_id": order.id,
                    "discount_type": "so_discount",
                    "discount_percentage": 0.07,
                }
            ).action_apply_discount()
            self.seen["discount on the whole"] += 1
        order.action_confirm()
        return order

    def _add_combo(self, order):
        quantity = self.random.choice([2, 3])
        head = self.env["sale.order.line"].create(
            {"order_id": order.id, "product_id": self.combo.id, "product_uom_qty": quantity}
        )
        for item in self.combo.combo_ids.combo_item_ids:
            self.env["sale.order.line"].create(
                {
                    "order_id": order.id,
                    "product_id": item.product_id.id,
                    "product_uom_qty": quantity,
                    "combo_item_id": item.id,
                    "linked_line_id": head.id,
                }
            )

    # === STEPS ===#
    STEPS = {  # with how often they come
        "note": 4,
        "bill_note": 3,
        "return": 2,
        "down_payment": 2,
        "bill_order": 1,
        "wizard": 2,
        "post": 1,
        "cancel": 1,
        "undo": 1,
        "reverse": 1,
        "cut": 1,
        "cancel_note": 1,
    }

    def _step(self, order, name=None):
        if not name:
            [name] = self.random.choices([*self.STEPS], weights=self.STEPS.values())
        self.steps.append(name)
        before = self._documents(order)
        try:
            with self.env.cr.savepoint():
                getattr(self, f"_step_{name}")(order)
        except UserError as refusal:
            # a clear sentence, and nothing written
            self.env.invalidate_all()
            self.steps[-1] += f" refused ({str(refusal).splitlines()[0][:60]})"
        self._assert_documents_agree(order)
        if self._documents(order) != before:
            self.seen[name] += 1
        lines = order.sudo().invoice_ids.invoice_line_ids.filtered("is_downpayment")
        self.seen["shares"] += any(line.quantity % 1 for line in lines)

    def _documents(self, order):
        """Return what tells whether a step did something."""
        moves, notes = order.sudo().invoice_ids, order.crm_delivery_note_ids
        return [(move.id, move.state, move.amount_total) for move in moves], [
            (note.id, note.state) for note in notes
        ]

    def _some(self, records):
        return records.browse(self.random.choice(records.ids)) if records else records

    def _open_moves(self, order, state):
        return self._some(
            order.sudo().invoice_ids.filtered(
                lambda move: move.state == state and move.move_type == "out_invoice"
            )
        )

    def _step_note(self, order):
        if not order._crm_lines_to_deliver():
            return
        order.action_crm_create_delivery_note()
        note = order._crm_notes("draft")[:1]
        for line in note.line_ids.filtered("product_id"):
            if self.random.random() < 0.7 and not line.sale_line_id.combo_item_id:
                line.quantity = self.random.randint(0, int(line.quantity))
        if any(line.quantity for line in note.line_ids if line.product_id):
            note.action_validate()
        else:
            note.action_cancel()

    def _step_bill_note(self, order):
        notes = order.crm_delivery_note_ids.filtered(
            lambda note: note.invoice_state in ("to", "partial")
        )
        if notes:
            notes = self.random.choice([notes, self._some(notes)])
            self._bill(order, notes)
            self.assertFalse(any(note.invoice_state == "to" for note in notes))

    def _bill(self, order, notes):
        """Invoice notes: only goods that came back make a credit note, or a discount on the whole
        that is more than the last goods.
        """
        self._forget_what_was_seen(order)
        before = order.sudo().invoice_ids
        notes.action_create_invoice()
        self._forget_what_was_seen(order)
        for move in order.sudo().invoice_ids - before:
            note_types = move.crm_delivery_note_ids.mapped("note_type")
            discounts = move.invoice_line_ids.sale_line_ids.filtered(
                lambda line: not line.is_downpayment and not line._can_be_invoiced_alone()
            )
            self.seen["invoice with that discount"] += bool(discounts)
            expected = discounts or "return" in note_types or self.policies == ["core"]
            if move.move_type == "out_refund" and not expected:
                self.fail(f"{move.amount_total} is a credit note of a delivery")

    def _step_bill_order(self, order):
        order.action_crm_create_invoice()

    def _step_wizard(self, order):
        # Odoo's own wizard does not wait for the goods with a discount on the whole
        if all(line._can_be_invoiced_alone() for line in order._crm_goods_lines()):
            order._create_invoices(final=self.random.random() < 0.7)

    def _step_return(self, order):
        note = self._some(order.crm_delivery_note_ids.filtered(lambda note: note.is_returnable))
        if note and not note.line_ids.sale_line_id.combo_item_id:
            returned = note.browse(note.action_return()["res_id"])
            if self.random.random() < 0.5:
                for line in returned.line_ids.filtered("product_id"):
                    line.quantity = self.random.randint(0, int(line.quantity))
            if not any(line.quantity for line in returned.line_ids if line.product_id):
                returned.action_cancel()
                return
            returned.deliver_again = self.random.random() < 0.5
            returned.action_validate()

    def _step_down_payment(self, order):
        if order.amount_total <= 0:
            return
        made = order.order_line.filtered(lambda line: line.is_downpayment and line.display_type)
        if not made or self._charged(order) < order.amount_total / 2:
            method = self.random.choice(["percentage", "fixed"])
            amount = self.random.choice([10, 33.33, 50, 100])
            if method == "fixed":
                amount = order.currency_id.round(order.amount_total * amount / 100 * 0.3)
            self.steps[-1] += f" {method} {amount}"
            self.seen[method] += 1
            self._down_payment(order, amount, method, post=self.random.random() < 0.7)

    def _step_post(self, order):
        self._open_moves(order, "draft").action_post()

    def _step_cancel(self, order):
        self._open_moves(order, "draft").button_cancel()

    def _step_undo(self, order):
        move = self._open_moves(order, "posted")
        move.button_draft()
        if self.random.random() < 0.5:
            move.button_cancel()

    def _step_reverse(self, order):
        move = self._open_moves(order, "posted")
        if move and not move.reversal_move_ids:
            modify = self.random.random() < 0.5
            self.steps[-1] += f" {move.amount_total} modify={modify}"
            self._reverse(move.with_env(self.env), modify)

    def _step_cut(self, order):
        move = self._open_moves(order, "draft")
        line = move.invoice_line_ids.filtered(
            lambda line: line.quantity > 1 and not line.is_downpayment
        )[:1]
        if line:
            line.quantity -= 1

    def _step_cancel_note(self, order):
        note = self._some(order.crm_delivery_note_ids.filtered(lambda note: note.state == "done"))
        if note:
            note.action_cancel()

    def _finish(self, order):
        """Deliver and invoice all that is left."""
        self.steps.append("finish")
        if order._crm_lines_to_deliver():
            order.action_crm_create_delivery_note()
            order._crm_notes("draft").action_validate()
        for _number in range(3):
            pending = order.crm_delivery_note_ids.filtered(
                lambda note: note.invoice_state in ("to", "partial")
            )
            if pending:
                self._bill(order, pending)
            if order._crm_has_to_invoice():
                order.action_crm_create_invoice()
            if any(
                line.qty_to_invoice
                for line in order.order_line
                if line.is_downpayment and not line.display_type
            ):
                # what is left of a down payment, where nothing is left to deduct it from
                order._create_invoices(final=True)
        self._assert_documents_agree(order)
