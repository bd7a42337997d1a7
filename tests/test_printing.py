# SPDX-License-Identifier: LGPL-3.0-or-later
"""The three papers as the customer gets them, printed by a running server."""

import os
import re
from pathlib import Path

import pypdfium2
import pytest
import requests

from conftest import SALESPERSON

LINES = 60
LANGUAGES = {
    "es_419": {"page": "Página", "sale.order": "Cotización", "crm.delivery.note": "Nota de entrega",
               "account.move": "Factura", "heading": "Cantidad", "received": "Recibido"},
    "en_US": {"page": "Page", "sale.order": "Quotation", "crm.delivery.note": "Delivery Note",
              "account.move": "Invoice", "heading": "Quantity", "received": "Received"},
}  # fmt: skip
REPORTS = {
    "sale.order": "sale.report_saleorder",
    "crm.delivery.note": "crm_sales_docs.report_crm_delivery_note",
    "account.move": "account.report_invoice_with_payments",
}


@pytest.fixture(scope="module")
def browser(demo_server):
    session = requests.Session()
    session.post(
        f"{demo_server.url}/web/session/authenticate",
        json={
            "params": {
                "db": demo_server.database,
                "login": SALESPERSON,
                "password": SALESPERSON,
            }
        },
        timeout=60,
    ).raise_for_status()
    return session


@pytest.fixture(scope="module", params=LANGUAGES)
def papers(request, demo_server, salesperson, admin, browser):
    """A long quote, its delivery note and its invoice, printed in the language of the customer."""
    lang = request.param
    ids = demo_server.salesperson["ids"]
    customer = salesperson(
        "res.partner",
        "create",
        {"name": "Imprenta Bolívar", "is_company": True, "lang": lang, "street": "Av. Urdaneta 12",
         "city": "Caracas", "vat": "J-30599991-0"},
    )  # fmt: skip
    order = salesperson(
        "sale.order",
        "create",
        {
            "partner_id": customer,
            "order_line": [
                (0, 0, {"product_id": ids["labels"], "product_uom_qty": number, "price_unit": 8})
                for number in range(1, LINES + 1)
            ],
        },
    )
    printed = {}

    def keep(model, record):
        answer = browser.get(f"{demo_server.url}/report/pdf/{REPORTS[model]}/{record}", timeout=120)
        assert answer.ok, demo_server.read_log()[-4000:]
        printed[model] = answer.content

    keep("sale.order", order)
    note = salesperson("sale.order", "action_crm_create_delivery_note", [order])["res_id"]
    salesperson("crm.delivery.note", "action_validate", [note])
    keep("crm.delivery.note", note)
    invoice = salesperson("crm.delivery.note", "action_create_invoice", [note])["res_id"]
    admin("account.move", "action_post", [invoice])
    keep("account.move", invoice)
    (total,) = salesperson("sale.order", "read", [order], ["amount_untaxed"])
    if folder := os.environ.get("CRM_SUITE_PICTURES"):
        for model, content in printed.items():
            for number, page in enumerate(pypdfium2.PdfDocument(content), 1):
                name = f"{model.replace('.', '_')}_{lang}_{number}.png"
                page.render(scale=1.5).to_pil().save(Path(folder, name))
    return LANGUAGES[lang], printed, total["amount_untaxed"]


def pages(content):
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(content)]


@pytest.mark.parametrize("model", REPORTS)
def test_every_page_has_its_number_and_the_company_and_the_table_headings(papers, model):
    words, printed, _total = papers
    texts = pages(printed[model])
    assert len(texts) > 1
    for number, text in enumerate(texts, 1):
        assert re.search(rf"{words['page']}:?\s*{number}\s*/\s*{len(texts)}", text), text
        assert "YourCompany" in text
    with_lines = [text for text in texts if re.search(r"\[?.*8[.,]00", text)]
    assert len(with_lines) > 1
    for text in with_lines:
        assert words["heading"].lower() in text.lower()


@pytest.mark.parametrize("model", REPORTS)
def test_every_page_has_the_logo(papers, model):
    _words, printed, _total = papers
    for page in pypdfium2.PdfDocument(printed[model]):
        assert any(page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=5))


@pytest.mark.parametrize("model", REPORTS)
def test_title_is_in_the_language_of_the_customer(papers, model):
    words, printed, _total = papers
    assert words[model].lower() in pages(printed[model])[0].lower()


@pytest.mark.parametrize("model", REPORTS)
def test_total_is_the_one_of_the_order(papers, model):
    _words, printed, total = papers
    digits = re.sub(r"[^0-9]", "", "".join(pages(printed[model])[-2:]))
    assert re.sub(r"[^0-9]", "", f"{total:.2f}") in digits


def test_delivery_note_has_a_place_to_sign(papers):
    words, printed, _total = papers
    assert words["received"].lower() in pages(printed["crm.delivery.note"])[-1].lower()
