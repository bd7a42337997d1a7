# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from lxml import html

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, tagged

from . import common


class CustomerCodesMixin:
    """``goods`` is 4711 for the customer, ``service`` has a name there; a department in it."""

    @classmethod
    def _crm_create_codes(cls):
        cls.department = cls.env["res.partner"].create(
            {"name": "Purchasing", "type": "department", "parent_id": cls.customer.id}
        )
        cls.buyer = cls.env["res.partner"].create(
            {"name": "Luis Gil", "parent_id": cls.department.id}
        )
        cls.row = cls._crm_code(cls.goods, "4711", customer_name="Lector")

    @classmethod
    def _crm_code(cls, product, code, account=None, **values):
        return cls.env["crm.customer.product"].create(
            {
                "account_id": (account or cls.customer).id,
                "product_tmpl_id": product.product_tmpl_id.id,
                "customer_code": code,
                **values,
            }
        )


@tagged("post_install", "-at_install")
class TestPrintedCodes(CustomerCodesMixin, common.CrmSalesDocsCommon):
    """Each document says how the customer calls what it is about."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_codes()

    def _text(self, report, documents, user=None):
        report = (
            self.env["ir.actions.report"]
            .with_user(user or self.user_salesman)
            ._render_qweb_html(report, documents.ids)
        )
        return " ".join(html.fromstring(report[0]).text_content().split())

    def _quote(self, order, user=None):
        return self._text("sale.report_saleorder", order, user)

    def _note(self, note, user=None):
        return self._text("crm_sales_docs.report_crm_delivery_note", note, user)

    def _invoice(self, invoice, user=None):
        return self._text("account.report_invoice", invoice, user)

    def test_code_is_printed_from_the_quote_to_the_invoice(self):
        order = self._crm_order()
        self.assertIn("Scanner Your code: 4711 · Lector 10.00", self._quote(order))
        note = self._crm_note(order, validate=True)
        self.assertIn("Scanner Your code: 4711 · Lector 10.00", self._note(note))
        invoice = self._crm_invoice(note)
        self.assertIn(
            "Scanner Your code: 4711 · Lector 10.00", self._invoice(invoice, self.user_invoice)
        )

    def test_code_alone_and_name_alone_are_printed(self):
        self.row.customer_name = False
        self._crm_code(self.service, False, customer_name="Puesta en marcha")
        text = self._quote(self._crm_order((self.goods, 1), (self.service, 1)))
        self.assertIn("Scanner Your code: 4711 1.00", text)
        self.assertIn("Installation Your description: Puesta en marcha 1.00", text)

    def test_customer_without_codes_gets_the_plain_document(self):
        self._crm_code(self.goods_on_order, False)
        for order in (
            self._crm_order((self.goods_on_order, 1)),
            self._crm_order(partner_id=self.person.id),
        ):
            self.assertNotIn("Your", self._quote(order))

    def test_documents_of_a_department_print_its_own_code(self):
        self._crm_code(self.goods, "PUR-1", account=self.department)
        order = self._crm_order(partner_id=self.buyer.id, partner_invoice_id=self.customer.id)
        self.assertIn("Your code: PUR-1", self._quote(order))
        note = self._crm_note(order, validate=True)
        self.assertIn("Your code: PUR-1", self._note(note))
        invoice = self._crm_invoice(note)
        self.assertEqual(invoice.partner_id, self.customer)
        self.assertIn("Your code: PUR-1", self._invoice(invoice, self.user_invoice))

    def test_document_prints_the_code_of_its_day(self):
        order = self._crm_order()
        day = order.date_order.date()
        self.row.date_end = day
        self._crm_code(self.goods, "4712", date_start=day + timedelta(days=1))
        self.assertIn("Your code: 4711", self._quote(order))
        order.date_order += timedelta(days=2)
        self.assertIn("Your code: 4712", self._quote(order))
        order.date_order -= timedelta(days=2)
        self.row.active = False
        self.assertNotIn("Your code", self._quote(order))

    def test_code_of_another_company_is_not_printed(self):
        self.row.company_id = self.company_b
        self.assertNotIn("Your code", self._quote(self._crm_order()))

    def test_people_who_read_no_codes_print_them(self):
        note = self._crm_delivered()
        self.assertIn("Your code: 4711", self._note(note, self.user_delivery))

    def test_label_is_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("es_419")
        view = self.env.ref("crm_sales_docs.customer_code").with_context(lang="es_419")
        term = next(
            term
            for term in view._fields["arch_db"].get_trans_terms(
                view.with_context(lang="en_US").arch_db
            )
            if term.startswith("Your code")
        )
        view.update_field_translations("arch_db", {"es_419": {term: "Su código:"}})
        self.customer.lang = "es_419"
        order = self._crm_order()
        self.assertIn("Su código: 4711", self._quote(order))
        self.assertIn("Su código: 4711", self._note(self._crm_note(order)))

    def test_credit_note_prints_the_code(self):
        invoice = self._crm_invoice(self._crm_delivered()).with_user(self.user_invoice)
        invoice.action_post()
        refund = invoice._reverse_moves()
        self.assertIn("Your code: 4711", self._invoice(refund, self.user_invoice))

    def test_vendor_bill_prints_no_code(self):
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [Command.create({"product_id": self.goods.id})],
            }
        )
        self.assertFalse(bill._crm_customer_products())

    def test_invoice_without_customer_has_no_codes(self):
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "invoice_line_ids": [Command.create({"product_id": self.goods.id})],
            }
        )
        self.assertFalse(invoice._crm_customer_products())

    def test_queries_do_not_grow_with_the_lines(self):
        products = [self._crm_product(f"Product {number}", 1.0) for number in range(20)]
        for number, product in enumerate(products):
            self._crm_code(product, f"N{number}")
        note = self._crm_delivered(*[(product, 1) for product in products])
        short_note = self._crm_delivered(*[(product, 1) for product in products[:2]])
        long = [note.order_ids, note, self._crm_invoice(note)]
        short = [short_note.order_ids, short_note, self._crm_invoice(short_note)]

        def count(document, lines):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            codes = document.browse(document.ids)._crm_customer_products()
            self.assertEqual(len(codes), lines)
            self.assertTrue(all(row.customer_code for row in codes.values()))
            return self.env.cr.sql_log_count - before

        for few, many in zip(short, long, strict=True):
            count(few, 2)
            with self.subTest(document=few._name):
                self.assertLessEqual(count(many, 20), count(few, 2))


@tagged("post_install", "-at_install")
class TestAssortmentOnQuotes(CustomerCodesMixin, common.CrmSalesDocsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_codes()

    def _set_policy(self, policy):
        self.customer.crm_assortment_policy = policy

    def test_quote_without_policy_says_nothing(self):
        self.assertFalse(self._crm_order((self.service, 1)).crm_assortment_warning)

    def test_warning_names_every_product_outside_and_lets_confirm(self):
        self._set_policy("warn")
        order = self._crm_order((self.goods, 1), (self.service, 1), (self.goods_on_order, 1))
        self.assertIn("Distribuidora Norte: Installation, Printer.", order.crm_assortment_warning)
        order.action_quotation_send()
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertFalse(order.crm_assortment_warning)

    def test_first_policy_of_the_database_counts_at_once(self):
        first, second = (self._crm_order((self.service, 1)) for _number in range(2))
        first.action_confirm()
        self._set_policy("block")
        with self.assertRaisesRegex(UserError, "Installation"):
            second.action_confirm()

    def test_only_the_assortment_is_confirmed(self):
        self._set_policy("block")
        orders = self._crm_order((self.goods, 1), (self.service, 1), (self.goods_on_order, 1))
        for action in (
            orders.action_confirm,
            orders.action_quotation_send,
            orders.action_crm_create_delivery_note,
            orders.action_crm_create_invoice,
        ):
            with self.assertRaises(UserError) as caught:
                action()
            self.assertIn("Distribuidora Norte: Installation, Printer.", str(caught.exception))
        orders.order_line[1:].unlink()
        orders.action_confirm()
        self.assertEqual(orders.state, "sale")

    def test_policy_of_the_company_holds_for_its_people(self):
        self._set_policy("block")
        order = self._crm_order((self.service, 1), partner_id=self.buyer.id)
        with self.assertRaises(UserError):
            order.action_confirm()

    def test_product_that_is_not_allowed_is_named_without_policy(self):
        self.row.allowed = False
        order = self._crm_order()
        self.assertIn("Scanner", order.crm_assortment_warning)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_discounts_and_sections_need_no_assortment(self):
        self._set_policy("block")
        order = self._crm_order(("line_section", "Equipment"), (self.goods, 1))
        wizard = self.env["sale.order.discount"].create(
            {"sale_order_id": order.id, "discount_type": "amount", "discount_amount": 5}
        )
        wizard.action_apply_discount()
        self.assertEqual(len(order.order_line), 3)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_line_offers_the_assortment_of_its_customer(self):
        self._set_policy("block")
        fields_get = self.env["sale.order.line"].fields_get(["product_id", "product_template_id"])
        for name, choice in (
            ("product_id", self.goods),
            ("product_template_id", self.goods.product_tmpl_id),
        ):
            domain = fields_get[name]["domain"]
            self.assertIn("('crm_allowed_for_id', '=', order_partner_id)", domain)
            self.assertIn("company_id", domain)
            found = choice.search([("crm_allowed_for_id", "=", self.buyer.id)])
            self.assertEqual(found, choice)
        arch = self.env["sale.order"].get_view(self.env.ref("sale.view_order_form").id)["arch"]
        self.assertIn('name="order_partner_id"', arch)

    def test_quote_is_written_on_the_form(self):
        self._set_policy("warn")
        with Form(self.env["sale.order"].with_user(self.user_salesman)) as form:
            form.partner_id = self.customer
            with form.order_line.new() as line:
                line.product_template_id = self.service.product_tmpl_id
                line.product_id = self.service
            self.assertIn("Installation", form.crm_assortment_warning)

    def test_catalog_offers_the_assortment_and_finds_codes(self):
        order = self._crm_order()
        action = order.action_add_from_catalog()
        products = self.env["product.product"].with_user(self.user_salesman)
        self.assertIn(self.service, products.search(action["domain"]))
        self._set_policy("block")
        action = order.action_add_from_catalog()
        self.assertEqual(products.search(action["domain"]), self.goods)
        found = products.with_context(**action["context"]).search(
            [("crm_customer_code", "ilike", "4711")]
        )
        self.assertEqual(found, self.goods)

    def test_catalog_marks_what_the_customer_does_not_buy(self):
        self._set_policy("warn")
        info = self._crm_order()._get_product_catalog_order_line_info([self.service.id])
        self.assertEqual(info[self.service.id]["warning"], "Not in the assortment of the customer")

    def test_salesperson_finds_the_product_on_note_and_invoice_by_its_code(self):
        for view in ("crm_sales_docs.crm_delivery_note_view_form", "account.view_move_form"):
            model = self.env[self.env.ref(view).model]
            arch = html.fromstring(model.get_view(self.env.ref(view).id)["arch"])
            nodes = arch.xpath("//list/field[@name='product_id'][@context]")
            self.assertTrue(any("partner_id" in node.get("context") for node in nodes), view)


@tagged("post_install", "-at_install")
class TestCodesInPortal(CustomerCodesMixin, common.CrmSalesDocsMixin, HttpCase):
    def test_customer_reads_the_own_code_on_the_quote(self):
        self._crm_create_sales_data()
        self._crm_create_codes()
        order = self._crm_order()
        order.sudo().action_quotation_sent()
        page = self.url_open(order.get_portal_url()).text
        self.assertIn("4711", " ".join(html.fromstring(page).text_content().split()))
