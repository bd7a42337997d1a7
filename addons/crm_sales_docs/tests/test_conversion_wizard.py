# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, tagged

from . import common


@tagged("post_install", "-at_install")
class TestConversionWizard(common.CrmSalesDocsCommon):
    """Several documents become few, and a person sees which before it is done."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_customer = cls.env["res.partner"].create(
            {"name": "Comercial Sur", "is_company": True}
        )
        cls.branch = cls.env["res.partner"].create(
            {"name": "Branch", "type": "delivery", "parent_id": cls.customer.id}
        )

    def _wizard(self, documents, user=None, **values):
        action = documents.with_user(user or self.user_salesman).action_crm_convert()
        wizard = (
            self.env[action["res_model"]]
            .with_user(user or self.user_salesman)
            .browse(action["res_id"])
        )
        wizard.write(values)
        return wizard

    def _convert(self, documents, grouping="customer", **values):
        wizard = self._wizard(documents, grouping=grouping, **values)
        return self._crm_invoices(wizard.action_convert()).sorted("id")

    def _names(self, invoice):
        return [(line.display_type, line.name.split("\n")[0]) for line in invoice.invoice_line_ids]

    # === MERGING ===#
    def test_one_invoice_for_each_customer(self):
        first, second = self._crm_delivered(), self._crm_delivered((self.service, 2))
        other = self._crm_delivered(partner_id=self.other_customer.id)
        invoices = self._convert(first | second | other)
        self.assertEqual(len(invoices), 2)
        self.assertEqual(
            invoices.mapped(lambda move: (move.partner_id, move.amount_untaxed)),
            [(self.customer, 1100), (self.other_customer, 1000)],
        )
        self.assertEqual(invoices[0].crm_delivery_note_ids, (first | second).with_env(self.env))
        self.assertEqual(invoices[0].invoice_origin, f"{first.name}, {second.name}")

    def test_each_line_keeps_the_link_to_its_note_line(self):
        notes = self._crm_delivered((self.goods, 2), (self.service, 1)) | self._crm_delivered()
        invoice = self._convert(notes)
        products = invoice.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        self.assertEqual(
            products.mapped(lambda line: (line.crm_delivery_note_line_id.id, line.quantity)),
            notes.line_ids.mapped(lambda line: (line.id, line.quantity)),
        )
        self.assertEqual(set(notes.mapped("invoice_state")), {"done"})

    def test_each_note_has_a_section_with_its_headings_inside(self):
        first = self._crm_delivered(("line_section", "Equipment"), (self.goods, 1))
        second = self._crm_delivered((self.service, 1))
        (first | second).sudo().flush_recordset()
        invoice = self._convert(second | first)
        self.assertEqual(
            [kind for kind, _name in self._names(invoice)],
            ["line_section", "line_subsection", "product", "line_section", "product"],
        )
        titles = [name for kind, name in self._names(invoice) if kind == "line_section"]
        self.assertRegex(titles[0], f"^Delivery Note {first.name} — ")
        self.assertRegex(titles[1], f"^Delivery Note {second.name} — ")

    def test_delivery_date_is_the_last_one(self):
        first, second = self._crm_note(self._crm_order()), self._crm_note(self._crm_order())
        first.date, second.date = "2026-03-05", "2026-03-02"
        (first | second).action_validate()
        invoice = self._convert(first | second)
        self.assertEqual(str(invoice.delivery_date), "2026-03-05")

    def test_second_conversion_opens_the_same_invoices(self):
        notes = self._crm_delivered() | self._crm_delivered()
        invoice = self._convert(notes)
        self.assertEqual(self._convert(notes), invoice)
        self.assertEqual(self._convert(notes, "document"), invoice)
        self.assertEqual(self._crm_invoice(notes[1]), invoice)

    def test_payment_terms_are_never_mixed(self):
        term = self.env.ref("account.account_payment_term_30days")
        notes = self._crm_delivered() | self._crm_delivered(payment_term_id=term.id)
        invoices = self._convert(notes)
        self.assertEqual(len(invoices), 2)
        self.assertIn(term, invoices.invoice_payment_term_id)

    def test_currencies_are_never_mixed(self):
        currency = self.setup_other_currency("EUR")
        pricelist = self.env["product.pricelist"].create(
            {"name": "Euros", "currency_id": currency.id}
        )
        notes = self._crm_delivered() | self._crm_delivered(pricelist_id=pricelist.id)
        invoices = self._convert(notes)
        self.assertEqual(
            invoices.currency_id, self.env.company.currency_id | currency.with_env(self.env)
        )
        self.assertEqual(len(invoices), 2)

    def test_fiscal_positions_are_never_mixed(self):
        notes = self._crm_delivered() | self._crm_delivered(fiscal_position_id=self.fiscal_pos_a.id)
        self.assertEqual(len(self._convert(notes)), 2)

    def test_invoice_addresses_are_never_mixed(self):
        notes = self._crm_delivered() | self._crm_delivered(partner_invoice_id=self.contact.id)
        invoices = self._convert(notes)
        self.assertEqual(invoices.partner_id, self.customer | self.contact)

    def test_note_of_orders_with_different_terms_has_an_invoice_for_each(self):
        term = self.env.ref("account.account_payment_term_30days")
        orders = self._crm_order(confirm=True) | self._crm_order(
            payment_term_id=term.id, confirm=True
        )
        note = self._crm_direct_note(
            *[(self.goods, 10, {"sale_line_id": order.order_line.id}) for order in orders]
        )
        note.action_validate()
        invoices = self._crm_invoice(note)
        self.assertEqual(len(invoices), 2)
        self.assertEqual(self._crm_invoice(note), invoices)

    def test_delivery_addresses_apart_where_asked(self):
        notes = self._crm_delivered(partner_shipping_id=self.customer.id)
        notes |= self._crm_delivered(partner_shipping_id=self.branch.id)
        self.assertEqual(
            set(self._wizard(notes, grouping="address").line_ids.mapped("document_count")), {1}
        )
        self.assertEqual(len(self._convert(notes, "address")), 2)

    def test_delivery_addresses_together_are_named_in_the_sections(self):
        notes = self._crm_delivered(partner_shipping_id=self.customer.id)
        notes |= self._crm_delivered(partner_shipping_id=self.branch.id)
        invoice = self._convert(notes)
        titles = [name for kind, name in self._names(invoice) if kind == "line_section"]
        self.assertTrue(titles[1].endswith(self.branch.display_name), titles)
        self.assertFalse(invoice.partner_shipping_id)

    # === RETURNS ===#
    def _return(self, note, quantity):
        note.action_return()
        back = note.return_ids
        back.line_ids.quantity = quantity
        back.action_validate()
        return back

    def test_return_is_deducted_where_an_invoice_is_left(self):
        invoiced = self._crm_delivered()
        self._crm_invoice(invoiced)
        back = self._return(invoiced, 4)
        notes = self._crm_delivered() | back
        invoice = self._convert(notes)
        self.assertRecordValues(invoice, [{"move_type": "out_invoice", "amount_untaxed": 600}])
        self.assertEqual(back.invoice_state, "done")
        self.assertEqual(self._convert(notes), invoice)

    def test_larger_return_has_a_credit_note_of_its_own(self):
        invoiced = self._crm_delivered()
        self._crm_invoice(invoiced)
        back = self._return(invoiced, 4)
        invoices = self._convert(self._crm_delivered((self.goods, 3)) | back)
        self.assertRecordValues(
            invoices,
            [
                {"move_type": "out_invoice", "amount_untaxed": 300},
                {"move_type": "out_refund", "amount_untaxed": 400},
            ],
        )

    def test_taxes_decide_whether_an_invoice_is_left(self):
        invoiced = self._crm_delivered(
            (self.goods, 10, {"tax_ids": [Command.set(self.tax_sale_a.ids)]})
        )
        self._crm_invoice(invoiced)
        back = self._return(invoiced, 10)
        notes = self._crm_delivered((self.goods, 11)) | back
        self.assertEqual(
            set(self._convert(notes).mapped("move_type")), {"out_invoice", "out_refund"}
        )

    # === PREVIEW ===#
    def test_preview_says_what_comes_out(self):
        first, second = self._crm_delivered(), self._crm_delivered((self.service, 2))
        other = self._crm_delivered(partner_id=self.other_customer.id)
        notes = first | second | other
        for grouping in ("customer", "address", "document"):
            with self.subTest(grouping), self.env.cr.savepoint() as savepoint:
                wizard = self._wizard(notes, grouping=grouping)
                expected = [
                    (line.partner_id, line.amount_untaxed, line.currency_id, set(line.note_ids.ids))
                    for line in wizard.line_ids
                ]
                self.assertFalse(notes.invoice_ids)
                invoices = self._crm_invoices(wizard.action_convert()).sorted("id")
                self.assertEqual(
                    expected,
                    [
                        (
                            move.partner_id,
                            move.amount_untaxed,
                            move.currency_id,
                            set(move.crm_delivery_note_ids.ids),
                        )
                        for move in invoices
                    ],
                )
                savepoint.rollback()

    def test_preview_says_why_a_customer_gets_two_invoices(self):
        term = self.env.ref("account.account_payment_term_30days")
        first, second = self._crm_delivered(), self._crm_delivered(payment_term_id=term.id)
        other = self._crm_delivered(partner_id=self.other_customer.id)
        lines = self._wizard(first | second | other).line_ids
        of_second = lines.filtered(lambda line: line.note_ids == second)
        self.assertIn(term.display_name, of_second.apart)
        self.assertTrue(lines.filtered(lambda line: line.note_ids == first).apart)
        self.assertFalse(lines.filtered(lambda line: line.note_ids == other).apart)

    def test_preview_names_the_first_documents(self):
        notes = self.env["crm.delivery.note"].union(*(self._crm_delivered() for _note in range(6)))
        self.assertEqual(
            self._wizard(notes).line_ids.documents,
            ", ".join(notes[:4].mapped("name")) + " and 2 more",
        )

    def test_preview_shows_totals_with_taxes(self):
        note = self._crm_delivered()
        line = self._wizard(note).line_ids
        self.assertEqual(line.amount_total, self._crm_invoice(note).amount_total)

    def test_preview_writes_no_document(self):
        notes = self._crm_delivered() | self._crm_delivered()
        moves = self.env["account.move"].sudo().search_count([])
        self.assertEqual(self._wizard(notes).line_ids.document_count, 2)
        self.assertEqual(self.env["account.move"].sudo().search_count([]), moves)
        self.assertEqual(set(notes.mapped("invoice_state")), {"to"})

    def test_preview_follows_the_choice(self):
        wizard = self._wizard(self._crm_delivered() | self._crm_delivered())
        with Form(wizard) as form:
            self.assertEqual(len(form.line_ids), 1)
            form.grouping = "document"
            self.assertEqual(len(form.line_ids), 2)
        self.assertEqual(len(wizard.line_ids), 2)

    def test_blocked_notes_are_named_with_every_reason(self):
        ready = self._crm_delivered()
        draft = self._crm_note(self._crm_order(partner_id=self.other_customer.id))
        self.other_customer.is_company = False
        wizard = self._wizard(ready | draft)
        self.assertEqual(wizard.blocker_ids.note_id, draft)
        self.assertRegex(wizard.blocker_ids.message, "is not validated(.|\n)*|a person without")
        self.assertEqual(len(wizard.blocker_ids.message.split("\n")), 2)
        self.assertEqual(wizard.line_ids.note_ids, ready)
        invoices = self._crm_invoices(wizard.action_convert())
        self.assertEqual(invoices, ready.invoice_ids.with_env(self.env))
        self.assertFalse(draft.invoice_ids)

    def test_nothing_ready_is_refused_with_every_reason(self):
        drafts = self._crm_note(self._crm_order()) | self._crm_note(self._crm_order())
        with self.assertRefused("2 things must be settled first"):
            self._wizard(drafts).action_convert()

    def test_closed_books_block_every_note(self):
        notes = self._crm_delivered() | self._crm_delivered() | self._crm_delivered()
        self.env.company.sudo().sale_lock_date = fields.Date.today()
        wizard = self._wizard(notes)
        self.assertEqual(wizard.blocked_count, 3)
        self.assertEqual(wizard.ready_count, 0)

    def test_notes_converted_before_are_counted(self):
        first, second = self._crm_delivered(), self._crm_delivered()
        invoice = self._crm_invoice(first)
        wizard = self._wizard(first | second)
        self.assertEqual((wizard.ready_count, wizard.done_count), (2, 1))
        self.assertEqual(wizard.line_ids.note_ids, second)
        self.assertIn(invoice, self._crm_invoices(wizard.action_convert()))

    # === ORDERS ===#
    def test_orders_to_notes(self):
        orders = self._crm_order() | self._crm_order((self.service, 2))
        wizard = self._wizard(orders, target="note")
        self.assertEqual(wizard.line_ids.mapped("kind"), ["note", "note"])
        self.assertEqual(wizard.line_ids.mapped("amount_untaxed"), [1000, 100])
        self.assertEqual(orders.mapped("state"), ["draft", "draft"])
        action = wizard.action_convert()
        self.assertEqual(action["res_model"], "crm.delivery.note")
        self.assertEqual(len(orders.crm_delivery_note_ids), 2)

    def test_orders_to_one_invoice(self):
        orders = self._crm_order() | self._crm_order((self.goods_on_order, 1), confirm=True)
        wizard = self._wizard(orders, grouping="customer")
        self.assertEqual(wizard.line_ids.amount_untaxed, 1200)
        invoice = self._crm_invoices(wizard.action_convert())
        self.assertEqual(len(invoice), 1)
        self.assertEqual(invoice.amount_untaxed, 1200)
        self.assertEqual(invoice.invoice_origin, ", ".join(sorted(orders.mapped("name"))))
        self.assertEqual(self._convert(orders), invoice)

    # === RIGHTS ===#
    def test_billing_converts_the_notes_of_salespeople(self):
        notes = self._crm_delivered() | self._crm_delivered()
        wizard = self._wizard(notes, user=self.user_invoice)
        self.assertEqual(wizard.line_ids.amount_untaxed, 2000)
        self.assertEqual(len(self._crm_invoices(wizard.action_convert())), 1)

    def test_whoever_only_delivers_may_not_convert(self):
        note = self._crm_delivered()
        with self.assertRaises(AccessError):
            note.with_user(self.user_delivery).action_crm_convert()

    def test_notes_of_a_colleague_are_not_shown(self):
        note = self._crm_delivered()
        with self.assertRaises(AccessError):
            note.with_user(self.user_salesman_other).action_crm_convert()
