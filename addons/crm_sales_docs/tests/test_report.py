# SPDX-License-Identifier: LGPL-3.0-or-later
from lxml import html

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from . import common


@tagged("post_install", "-at_install")
class TestReport(common.CrmSalesDocsCommon):
    """The printed note."""

    def _text(self, note, user=None):
        report = self.env["ir.actions.report"].with_user(user or self.user_salesman)
        content, _kind = report._render_qweb_html(
            "crm_sales_docs.report_crm_delivery_note", note.ids
        )
        return " ".join(html.fromstring(content).text_content().split())

    def _assert_texts(self, text, *parts):
        for part in parts:
            self.assertIn(part, text)

    def test_note_shows_what_a_delivery_note_must(self):
        self.env.company.partner_id.sudo().write(
            {"vat": "J-98765432-1", "street": "Av. Bolívar 7", "phone": "+58 212 5550000"}
        )
        self.goods.default_code = "SCN"
        note = self._crm_note(self._crm_order(client_order_ref="PO 7"), {self.goods: 4})
        note.write(
            {
                "carrier_id": self.person.id,
                "vehicle": "AB123CD",
                "driver": "Pedro Gil",
                "driver_identification": "V-11222333",
                "parcels": 3,
                "weight": 12.5,
                "note": "Ring twice",
                "delivery_datetime": "2026-03-04 15:00:00",
            }
        )
        note.action_validate()
        text = self._text(note)
        self._assert_texts(
            text,
            "Delivery Note NE-00000001",
            note.origin,
            "PO 7",
            "J-98765432-1",
            "Av. Bolívar 7",
            "+58 212 5550000",
            "Distribuidora Norte",
            "J-12345678-9",
            "Delivery place",
            "Delivered On",
            "SCN",
            "4.00",
            "Units",
            "400.00",
            "Reason of TransferSale",
            "Parcels 3",
            "12.50 kg",
            "Person without account",
            "AB123CD",
            "Pedro Gil V-11222333",
            "Ring twice",
            "Received by Name Identification Date Signature and stamp",
        )
        self.assertNotIn("CANCELLED", text)
        self.assertNotIn("[SCN]", text)

    def test_prices_are_left_out_when_not_wanted(self):
        note = self._crm_delivered()
        note.show_prices = False
        text = self._text(note)
        self.assertNotIn("Unit Price", text)
        self.assertNotIn("1,000.00", text)

    def test_delivery_role_prints_without_prices(self):
        text = self._text(self._crm_delivered(), self.user_delivery)
        self.assertIn("Scanner", text)
        self.assertNotIn("Unit Price", text)

    def test_cancelled_note_says_so(self):
        note = self._crm_delivered()
        note.action_cancel()
        self._assert_texts(self._text(note), "CANCELLED", "NE-00000001")

    def test_draft_says_so(self):
        self._assert_texts(self._text(self._crm_note(self._crm_order())), "Delivery Note (draft)")

    def test_several_notes_print_in_one_go_with_sections_and_discount(self):
        order = self._crm_order(("line_section", "Equipment"), (self.goods, 1, {"discount": 10}))
        text = self._text(self._crm_note(order, validate=True) | self._crm_delivered())
        self._assert_texts(
            text, "NE-00000001", "NE-00000002", "Equipment", "Disc.%", "10.00", "90.00"
        )

    def test_customer_reads_the_own_language(self):
        self.env["res.lang"]._activate_lang("es_419")
        self.env["ir.module.module"]._load_module_terms(["crm_sales_docs"], ["es_419"])
        self.customer.lang = "es_419"
        text = self._text(self._crm_delivered())
        self._assert_texts(text, "Nota de entrega NE-00000001", "Cantidad", "Recibido por")

    def test_title_and_legal_text_of_the_company(self):
        company = self.env.company.sudo()
        note = self._crm_delivered()
        titles = dict(company._fields["crm_delivery_title"].selection)
        for value, title in titles.items():
            company.crm_delivery_title = value
            self._assert_texts(self._text(note), f"{title} NE-00000001")
            self.assertEqual(note._crm_report_name(), f"{title} NE-00000001")
        company.crm_delivery_legal_text = "Prov. SNAT/2011/0071"
        self._assert_texts(self._text(note), "Prov. SNAT/2011/0071")
        note.action_return()
        self._assert_texts(self._text(note.return_ids), "Return", "Handed over by")

    def test_first_print_is_the_original_and_the_next_a_copy(self):
        note = self._crm_note(self._crm_order())
        self.assertEqual(note._crm_copy_mark(), "DRAFT")
        note.action_validate()
        report = self.env["ir.actions.report"].with_user(self.user_delivery)
        report = report.with_context(crm_copy=True)
        name = "crm_sales_docs.report_crm_delivery_note"
        self.assertIn("COPY", str(report._render_qweb_pdf(name, note.ids)[0]))
        self.assertFalse(note.printed_on)
        report = report.with_context(crm_copy=False)
        self.assertIn("ORIGINAL", str(report._render_qweb_pdf(name, note.ids)[0]))
        content = str(report._render_qweb_pdf(name, note.ids)[0])
        self.assertIn("COPY", content)
        self.assertNotIn("ORIGINAL", content)

    def test_lots_measures_and_control_number(self):
        note = self._crm_note(self._crm_order())
        note.line_ids.lot_text = "L-2026-04, L-2026-05"
        note.write({"net_weight": 11.5, "volume": 0.25, "control_number": "00-123"})
        note.action_validate()
        self._assert_texts(
            self._text(note), "L-2026-04, L-2026-05", "11.5", "0.25", "Control Number00-123"
        )
        with self.assertRaises(UserError):
            note.line_ids.lot_text = "other"
        note.action_return()
        self.assertEqual(note.return_ids.line_ids.lot_text, "L-2026-04, L-2026-05")

    def test_cancelled_note_tells_why(self):
        note = self._crm_delivered()
        note.action_cancel(reason="Wrong branch")
        self._assert_texts(self._text(note), "CANCELLED", "Wrong branch", "COPY")

    def test_button_prints_the_note_under_its_number(self):
        note = self._crm_delivered()
        action = note.action_print()
        self.assertEqual(action["report_name"], "crm_sales_docs.report_crm_delivery_note")
        self.assertEqual(note._crm_report_name(), "Delivery Note NE-00000001")


@tagged("post_install", "-at_install")
class TestReportPdf(common.CrmSalesDocsMixin, HttpCase):
    """The PDF as wkhtmltopdf makes it; needs the server for its style sheets."""

    def test_note_and_quote_print_as_pdf(self):
        self._crm_create_sales_data()
        note = self._crm_delivered(*[(self.goods, 1)] * 60)
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        for name, record in (
            ("crm_sales_docs.report_crm_delivery_note", note),
            ("sale.report_saleorder", note.order_ids),
        ):
            content, kind = report._render_qweb_pdf(name, record.ids)
            self.assertEqual(kind, "pdf")
            self.assertTrue(content.startswith(b"%PDF"))
