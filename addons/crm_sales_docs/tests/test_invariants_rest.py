# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from . import common_money


@tagged("post_install", "-at_install")
class TestReturnOfReturn(common_money.CrmMoneyCommon):
    """What came back does not come back: a new delivery note of the order delivers it again."""

    def test_return_of_a_return_says_what_to_do(self):
        note = self._crm_delivered()
        returned = self._return(note, 4)
        with self.assertRefused(
            f"^{returned.name} is a return itself. To deliver its goods again, make a new delivery "
            f"note of {note.origin}, .*ordered quantity.*$"
        ):
            returned.action_return()

    def test_goods_of_an_exchange_go_out_by_a_new_note(self):
        note = self._crm_delivered()
        self._crm_invoice(note)
        returned = self._return(note, 4, deliver_again=True)
        credit = self._crm_invoice(returned)
        again = self._crm_note(note.order_ids, validate=True)
        self.assertEqual(again.line_ids.quantity, 4)
        self.assertEqual((note | returned | again).mapped("invoice_state"), ["done", "done", "to"])
        invoice = self._crm_invoice(again)
        self.assertEqual((credit | invoice).mapped("amount_untaxed"), [400, 400])
        self.assertEqual(
            (note | returned | again).mapped("invoice_state"), ["done", "done", "done"]
        )
        self.assertRecordValues(
            note.order_ids.order_line,
            [{"product_uom_qty": 10, "qty_delivered": 10, "qty_invoiced": 10, "qty_to_invoice": 0}],
        )

    def test_goods_that_were_taken_off_the_order_go_out_once_it_orders_them_again(self):
        note = self._crm_delivered()
        self._crm_invoice(note)
        self._crm_invoice(self._return(note, 4))
        order = note.order_ids
        self.assertEqual(order.crm_delivery_state, "done")
        order.order_line.product_uom_qty = 10
        again = self._crm_note(order, validate=True)
        self.assertEqual(again.line_ids.quantity, 4)
        self.assertEqual(self._crm_invoice(again).amount_untaxed, 400)
        self.assertRecordValues(
            order.order_line, [{"qty_delivered": 10, "qty_invoiced": 10, "qty_to_invoice": 0}]
        )
        self.assertEqual(self._charged(order), 1000)

    def test_exchange_before_the_invoice_is_invoiced_once(self):
        note = self._crm_delivered()
        returned = self._return(note, 4, deliver_again=True)
        again = self._crm_note(note.order_ids, validate=True)
        self.assertEqual((note | returned | again).mapped("invoice_state"), ["to", "no", "to"])
        self.assertEqual(self._crm_invoice(note | again).mapped("amount_untaxed"), [600, 400])
        self.assertEqual((note | returned | again).mapped("invoice_state"), ["done", "no", "done"])

    def test_goods_come_back_a_second_time_from_the_new_note(self):
        note = self._crm_delivered()
        self._return(note, 4, deliver_again=True)
        again = self._crm_note(note.order_ids, validate=True)
        second = self._return(again)
        self.assertEqual(second.line_ids.quantity, 4)
        self.assertEqual(second.line_ids.origin_line_id, again.line_ids)
        self.assertFalse(again.is_returnable)
        self.assertTrue(note.is_returnable)
        self.assertRecordValues(
            note.order_ids.order_line, [{"product_uom_qty": 6, "qty_delivered": 6}]
        )


@tagged("post_install", "-at_install")
class TestMergedInvoiceReversed(common_money.CrmMoneyCommon):
    """Each of the notes on one invoice follows what the accountant does with it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.notes = cls.env["crm.delivery.note"].with_user(cls.user_salesman)
        for quantity in (2, 3, 5):
            cls.notes |= cls._crm_delivered((cls.goods, quantity))
        action = cls.notes.action_crm_convert()
        wizard = cls.env[action["res_model"]].with_user(cls.user_salesman).browse(action["res_id"])
        wizard.grouping = "customer"
        cls.invoice = cls._crm_invoices(wizard.action_convert()).with_user(cls.user_invoice)
        cls.invoice.action_post()

    def _states(self):
        return self.notes.mapped("invoice_state")

    def _reversed(self, modify):
        """Return the draft that the accountant comes to: the credit note, or the new invoice."""
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.user_invoice)
            .with_context(active_model="account.move", active_ids=self.invoice.ids)
            .create({"journal_id": self.invoice.journal_id.id})
        )
        move_id = wizard.reverse_moves(is_modify=modify)["res_id"]
        return self.env["account.move"].with_user(self.user_invoice).browse(move_id)

    def _line_of(self, move, note):
        return move.invoice_line_ids.filtered(
            lambda line: line.crm_delivery_note_line_id.note_id.id == note.id
        )

    def test_one_invoice_has_all_of_them(self):
        self.assertEqual(len(self.invoice), 1)
        self.assertEqual(self._states(), ["done", "done", "done"])

    def test_reverse_opens_every_note(self):
        credit = self._reversed(modify=False)
        self.assertEqual(credit.move_type, "out_refund")
        self.assertEqual(self._states(), ["to", "to", "to"])
        credit.action_post()
        self.assertEqual(self._states(), ["to", "to", "to"])
        again = self._crm_invoice(self.notes.with_context(crm_invoice_grouping="customer"))
        self.assertRecordValues(again, [{"move_type": "out_invoice", "amount_untaxed": 1000}])
        self.assertEqual(self._states(), ["done", "done", "done"])

    def test_credit_note_cut_to_one_note_opens_that_note(self):
        credit = self._reversed(modify=False)
        second = self._line_of(credit, self.notes[1])
        (credit.invoice_line_ids - second).unlink()
        self.assertEqual(self._states(), ["done", "to", "done"])
        second.quantity = 1
        self.assertEqual(self._states(), ["done", "partial", "done"])
        self.assertEqual(self.notes[1].line_ids.qty_to_invoice, 1)

    def test_credit_note_that_is_cancelled_leaves_every_note_invoiced(self):
        self._reversed(modify=False).button_cancel()
        self.assertEqual(self._states(), ["done", "done", "done"])

    def test_reverse_and_create_invoice_leaves_every_note_invoiced(self):
        replacement = self._reversed(modify=True)
        self.assertEqual(replacement.move_type, "out_invoice")
        self.assertEqual(self._states(), ["done", "done", "done"])
        self.assertEqual(self.notes.line_ids.mapped("qty_invoiced"), [2, 3, 5])
        self.assertEqual(replacement.crm_delivery_note_ids.ids, self.notes.ids)
        self.assertEqual(self._crm_invoice(self.notes), replacement.with_user(self.user_salesman))

    def test_line_taken_off_the_new_invoice_opens_its_note(self):
        replacement = self._reversed(modify=True)
        self._line_of(replacement, self.notes[2]).unlink()
        self._line_of(replacement, self.notes[1]).quantity = 1
        self.assertEqual(self._states(), ["done", "partial", "to"])
        self.assertEqual(self.notes.line_ids.mapped("qty_to_invoice"), [0, 2, 5])

    def test_new_invoice_that_is_deleted_opens_every_note(self):
        self._reversed(modify=True).unlink()
        self.assertEqual(self._states(), ["to", "to", "to"])


@tagged("post_install", "-at_install")
class TestBranch(common_money.CrmMoneyCommon):
    """A branch sells with the books of its parent and has notes of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.branch = cls.env["res.company"].create(
            {"name": "Branch", "parent_id": cls.env.company.id}
        )
        # Odoo loads the accounts of a branch at the end of the transaction that makes it
        cls.cr.precommit.run()
        cls.user_branch = cls._crm_new_user(
            "user_branch",
            "sales_team.group_sale_salesman",
            company_id=cls.branch.id,
            company_ids=[Command.set(cls.branch.ids)],
        )

    def test_order_note_and_invoice_of_the_branch(self):
        note = self._crm_delivered(user=self.user_branch)
        invoice = self._crm_invoice(note)
        self.assertEqual(note.company_id.id, self.branch.id)
        self.assertRecordValues(
            invoice.sudo(),
            [{"company_id": self.branch.id, "amount_untaxed": 1000, "state": "draft"}],
        )
        self.assertEqual(invoice.sudo().journal_id.company_id, self.env.company)
        self.assertEqual(note.invoice_state, "done")
        self.assertEqual(note.order_ids.order_line.qty_invoiced, 10)

    def test_direct_note_of_the_branch(self):
        note = self._crm_direct_note(user=self.user_branch)
        note.action_validate()
        self.assertEqual(note.order_ids.company_id.id, self.branch.id)
        self.assertRecordValues(
            self._crm_invoice(note).sudo(),
            [{"company_id": self.branch.id, "amount_untaxed": 300}],
        )

    def test_branch_counts_its_notes_and_returns_by_itself(self):
        of_parent = self._crm_delivered() | self._crm_delivered()
        self._return(of_parent[0])
        of_branch = self._crm_delivered(user=self.user_branch)
        returned = self._return(of_branch)
        self.assertEqual(of_parent.mapped("name"), ["NE-00000001", "NE-00000002"])
        self.assertEqual((of_branch.name, returned.name), ("NE-00000001", "DEV-00000001"))
        self.assertEqual(self._crm_delivered().name, "NE-00000003")

    def test_user_of_the_parent_alone_sees_no_note_of_the_branch(self):
        note = self._crm_delivered(user=self.user_branch)
        for user in (self.user_salesman_all, self.user_invoice, self.user_delivery):
            self.assertFalse(note.with_user(user).search([("id", "=", note.id)]))
            with self.assertRaises(AccessError):
                note.with_user(user).action_create_invoice()
            with self.assertRaises(AccessError):
                note.with_user(user).action_return()

    def test_user_of_the_branch_alone_sees_no_note_of_the_parent(self):
        self.user_branch.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        note = self._crm_delivered()
        self.assertFalse(note.with_user(self.user_branch).search([("id", "=", note.id)]))
        with self.assertRaises(AccessError):
            note.with_user(self.user_branch).action_cancel()

    def test_notes_of_parent_and_branch_are_never_on_one_invoice(self):
        notes = self._crm_delivered() | self._crm_delivered(user=self.user_branch)
        both = self._crm_new_user(
            "user_both",
            "sales_team.group_sale_salesman_all_leads",
            company_ids=[Command.set((self.env.company | self.branch).ids)],
        )
        notes = notes.with_user(both).with_context(allowed_company_ids=both.company_ids.ids)
        invoices = self._crm_invoice(notes.with_context(crm_invoice_grouping="customer"))
        self.assertEqual(len(invoices), 2)
        self.assertEqual(invoices.company_id, both.company_ids)

    def test_note_of_the_branch_lists_no_order_of_the_parent(self):
        order = self._crm_order(confirm=True)
        both = self._crm_new_user(
            "user_both",
            "sales_team.group_sale_salesman_all_leads",
            company_id=self.branch.id,
            company_ids=[Command.set((self.env.company | self.branch).ids)],
        )
        with self.assertRefused("does not fit|incompatible|belong"):
            self._crm_direct_note((self.goods, 1, {"sale_line_id": order.order_line.id}), user=both)


@tagged("post_install", "-at_install")
class TestNeverMixed(common_money.CrmMoneyCommon):
    """Currencies, and the taxes and accounts of a fiscal position."""

    def test_orders_in_two_currencies_never_share_an_invoice(self):
        currency = self.setup_other_currency("EUR")
        euros = self.env["product.pricelist"].create({"name": "Euros", "currency_id": currency.id})
        orders = self._crm_order() | self._crm_order(pricelist_id=euros.id) | self._crm_order()
        action = orders.action_crm_convert()
        wizard = (
            self.env[action["res_model"]].with_user(self.user_salesman).browse(action["res_id"])
        )
        wizard.grouping = "customer"
        self.assertEqual(len(wizard.line_ids), 2)
        self.assertTrue(all(line.apart for line in wizard.line_ids))
        invoices = self._crm_invoices(wizard.action_convert()).sorted("id")
        self.assertEqual(
            {(move.currency_id.id, len(move.line_ids.sale_line_ids.order_id)) for move in invoices},
            {(currency.id, 1), (self.env.company.currency_id.id, 2)},
        )

    def test_direct_note_is_invoiced_with_the_taxes_and_accounts_of_an_order(self):
        self.goods.taxes_id = self.tax_sale_a
        self.goods.property_account_income_id = self.product_a.property_account_income_id
        self.customer.property_account_position_id = self.fiscal_pos_a
        direct = self._crm_direct_note()
        direct.action_validate()
        of_direct = self._crm_invoice(direct)
        of_order = self._crm_invoice(self._crm_delivered((self.goods, 3)))
        line = of_order.invoice_line_ids
        self.assertEqual(line.tax_ids, self.tax_sale_b.with_env(line.env))
        self.assertEqual(line.account_id.id, self.product_b.property_account_income_id.id)
        self.assertRecordValues(
            of_direct,
            [
                {
                    "fiscal_position_id": self.fiscal_pos_a.id,
                    "amount_untaxed": of_order.amount_untaxed,
                    "amount_tax": of_order.amount_tax,
                }
            ],
        )
        self.assertRecordValues(
            of_direct.invoice_line_ids,
            [
                {
                    "tax_ids": line.tax_ids.ids,
                    "account_id": line.account_id.id,
                    "price_unit": line.price_unit,
                }
            ],
        )

    def test_fiscal_position_written_on_a_direct_note_reaches_its_invoice(self):
        self.goods.taxes_id = self.tax_sale_a
        note = self._crm_direct_note(fiscal_position_id=self.fiscal_pos_a.id)
        note.action_validate()
        invoice = self._crm_invoice(note)
        self.assertEqual(invoice.fiscal_position_id.id, self.fiscal_pos_a.id)
        self.assertEqual(invoice.invoice_line_ids.tax_ids.ids, self.tax_sale_b.ids)


@tagged("post_install", "-at_install")
class TestCombo(common_money.CrmMoneyCommon):
    """Each invoice of a part of a combo says what it is a part of."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        parts = [cls._crm_product(f"Part {name}", price) for name, price in (("A", 20), ("B", 30))]
        cls.part_a, cls.part_b = parts
        combos = cls.env["product.combo"].create(
            [
                {"name": part.name, "combo_item_ids": [Command.create({"product_id": part.id})]}
                for part in parts
            ]
        )
        cls.combo = cls._crm_product("Set", 40.0, type="combo", combo_ids=combos.ids)
        cls.order = cls._crm_order(
            ("line_section", "Sets"), (cls.combo, 4), ("line_section", "Work"), (cls.service, 1)
        )
        head = cls.order.order_line[1]
        for item in combos.combo_item_ids:
            cls.env["sale.order.line"].with_user(cls.user_salesman).create(
                {
                    "order_id": cls.order.id,
                    "product_id": item.product_id.id,
                    "product_uom_qty": 4,
                    "combo_item_id": item.id,
                    "linked_line_id": head.id,
                    "sequence": head.sequence,
                }
            )
        cls.order.order_line.filtered(lambda line: line.name == "Work").sequence = 50
        cls.order.order_line.filtered(lambda line: line.product_id == cls.service).sequence = 51
        cls.order.action_confirm()

    def _sets(self, quantity, **others):
        return self._crm_note(
            self.order, {self.part_a: quantity, self.part_b: quantity, **others}, validate=True
        )

    def _told(self, invoice):
        return [(line.display_type, line.name.split("\n")[0]) for line in invoice.invoice_line_ids]

    def _expected(self, quantity):
        return [
            ("line_section", "Sets"),
            ("line_section", f"Set x {quantity}"),
            ("product", "Part A"),
            ("product", "Part B"),
        ]

    def test_each_invoice_of_a_note_has_the_heading_with_its_quantity(self):
        for quantity in (1, 2, 1):
            invoice = self._crm_invoice(self._sets(quantity))
            self.assertEqual(self._told(invoice), self._expected(quantity))
            self.assertEqual(invoice.amount_untaxed, 40 * quantity)

    def test_heading_stays_where_only_one_item_is_delivered(self):
        note = self._crm_note(self.order, {self.part_b: 2}, validate=True)
        self.assertEqual(
            self._told(self._crm_invoice(note)),
            [("line_section", "Sets"), ("line_section", "Set x 2"), ("product", "Part B")],
        )

    def test_no_heading_where_no_item_is_delivered(self):
        note = self._crm_note(self.order, {self.service: 1}, validate=True)
        self.assertEqual(
            self._told(self._crm_invoice(note)),
            [("line_section", "Work"), ("product", "Installation")],
        )

    def test_notes_invoiced_in_one_call_have_a_heading_each(self):
        notes = self._sets(1) | self._sets(3)
        self.assertEqual(
            [self._told(invoice) for invoice in self._crm_invoice(notes)],
            [self._expected(1), self._expected(3)],
        )

    def test_merged_notes_have_a_heading_each(self):
        notes = self._sets(1) | self._sets(3)
        invoice = self._crm_invoice(notes.with_context(crm_invoice_grouping="customer"))
        names = [name for _kind, name in self._told(invoice)]
        self.assertEqual(len(invoice), 1)
        self.assertEqual(
            [name for name in names if name.startswith("Set x")], ["Set x 1", "Set x 3"]
        )
        self._assert_documents_agree(self.order)

    def test_each_invoice_of_the_order_has_the_heading_with_its_quantity(self):
        for quantity in (1, 2, 1):
            self._sets(quantity)
            invoice = self._crm_invoice(self.order)
            self.assertEqual(self._told(invoice), self._expected(quantity))
            self._assert_documents_agree(self.order)

    def test_order_and_note_invoices_in_turn_have_the_heading(self):
        self.assertEqual(self._told(self._crm_invoice(self._sets(1))), self._expected(1))
        self._sets(2)
        self.assertEqual(self._told(self._crm_invoice(self.order)), self._expected(2))
        self.assertEqual(self._told(self._crm_invoice(self._sets(1))), self._expected(1))

    def test_items_delivered_one_after_the_other_have_the_heading_each(self):
        for part in (self.part_a, self.part_b):
            self._crm_note(self.order, {part: 4}, validate=True)
            self.assertEqual(
                self._told(self._crm_invoice(self.order)),
                [("line_section", "Sets"), ("line_section", "Set x 4"), ("product", part.name)],
            )

    def test_credit_note_has_the_heading_of_what_came_back(self):
        note = self._sets(3)
        self._crm_invoice(note)
        credit = self._crm_invoice(self._return(note, 1))
        self.assertRecordValues(credit, [{"move_type": "out_refund", "amount_untaxed": 40}])
        self.assertEqual(self._told(credit), self._expected(1))
