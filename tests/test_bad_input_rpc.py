# SPDX-License-Identifier: LGPL-3.0-or-later
"""Input that makes no sense gets one clear sentence, and nothing is written."""

import json
import urllib.request

import pytest

import server

CUSTOMER = "cliente"


@pytest.fixture
def draft_note(salesperson, new_order):
    return salesperson("sale.order", "action_crm_create_delivery_note", [new_order()])["res_id"]


@pytest.fixture
def first_line(salesperson, draft_note):
    (line,) = salesperson(
        "crm.delivery.note.line", "search", [("note_id", "=", draft_note)], limit=1
    )
    return line


# === QUANTITIES ===#
def test_quantity_below_zero(salesperson, first_line, refused):
    text = refused(salesperson, "crm.delivery.note.line", "write", [first_line], {"quantity": -1})
    assert "cannot be negative" in text


def test_quantity_zero_on_every_line(salesperson, draft_note, refused):
    lines = salesperson("crm.delivery.note.line", "search", [("note_id", "=", draft_note)])
    salesperson("crm.delivery.note.line", "write", lines, {"quantity": 0})
    text = refused(salesperson, "crm.delivery.note", "action_validate", [draft_note])
    assert "has nothing to deliver" in text


def test_more_than_ordered(salesperson, draft_note, first_line, refused):
    salesperson("crm.delivery.note.line", "write", [first_line], {"quantity": 3})
    text = refused(salesperson, "crm.delivery.note", "action_validate", [draft_note])
    assert "3 of" in text
    assert "would be delivered in all" in text


@pytest.mark.parametrize(
    "quantity", ["many", "1,5", "nan", float("nan"), float("inf"), [2], {"a": 1}]
)
def test_no_number_as_the_quantity_of_a_line(salesperson, first_line, refused, quantity):
    text = refused(
        salesperson, "crm.delivery.note.line", "write", [first_line], {"quantity": quantity}
    )
    assert text == f"Quantity must be a number, not “{quantity}”."


def test_text_for_every_number_of_a_new_note_at_once(demo_server, salesperson, refused):
    ids = demo_server.salesperson["ids"]
    text = refused(
        salesperson,
        "crm.delivery.note",
        "create",
        {
            "partner_id": ids["andes"],
            "parcels": "two",
            "weight": "heavy",
            "date": "tomorrow",
            "line_ids": [
                (0, 0, {"product_id": "Scanner", "quantity": 1}),
                (0, 0, {"product_id": ids["scanner"], "quantity": "one", "price_unit": "dear"}),
            ],
        },
    )
    assert text.splitlines() == [
        "Parcels must be a number, not “two”.",
        "Gross Weight must be a number, not “heavy”.",
        "Date must be a date such as 2026-01-31, not “tomorrow”.",
        "Product must be the id of a record, not “Scanner”.",
        "Quantity must be a number, not “one”.",
        "Unit Price must be a number, not “dear”.",
    ]


def test_text_for_the_numbers_of_a_quote(demo_server, salesperson, new_order, refused):
    product = demo_server.salesperson["ids"]["scanner"]
    line = {"product_id": product, "product_uom_qty": "two", "discount": "half"}
    values = {"partner_id": demo_server.salesperson["ids"]["andes"], "order_line": [(0, 0, line)]}
    text = refused(salesperson, "sale.order", "create", values)
    assert "Quantity must be a number, not “two”." in text
    assert "Discount (%) must be a number, not “half”." in text
    text = refused(
        salesperson, "sale.order", "write", [new_order()], {"order_line": [(0, 0, line)]}
    )
    assert "Quantity must be a number, not “two”." in text


def test_number_that_is_written_as_text_is_taken(salesperson, first_line):
    salesperson("crm.delivery.note.line", "write", [first_line], {"quantity": "1.5"})
    (row,) = salesperson("crm.delivery.note.line", "read", [first_line], ["quantity"])
    assert row["quantity"] == 1.5


def test_signature_that_is_no_picture(salesperson, draft_note, refused):
    salesperson("crm.delivery.note", "action_validate", [draft_note])
    values = {"note_id": draft_note, "signed_by": "Ana", "signature": "bm8gcGljdHVyZQ=="}
    text = refused(salesperson, "crm.delivery.note.sign", "create", values)
    assert "could not be decoded as an image" in text


# === WHAT WAS PUT AWAY ===#
def test_archived_product_on_a_quote(demo_server, salesperson, new_order, put_back, refused):
    order = new_order()
    put_back("product.product", demo_server.salesperson["ids"]["scanner"], active=False)
    for action in ("action_crm_create_delivery_note", "action_crm_create_invoice"):
        assert "is archived. Restore it" in refused(salesperson, "sale.order", action, [order])


def test_archived_tax(demo_server, admin, salesperson, new_order, put_back, refused):
    order = new_order()
    (line,) = admin("sale.order.line", "search", [("order_id", "=", order)], limit=1)
    (company,) = admin("sale.order", "read", [order], ["company_id"], load="")
    tax = admin(
        "account.tax",
        "create",
        {
            "name": "Old VAT",
            "amount": 12,
            "type_tax_use": "sale",
            "company_id": company["company_id"],
        },
    )
    admin("sale.order.line", "write", [line], {"tax_ids": [(6, 0, [tax])]})
    note = salesperson("sale.order", "action_crm_create_delivery_note", [order])["res_id"]
    salesperson("crm.delivery.note", "action_validate", [note])
    put_back("account.tax", tax, active=False)
    for model, method, ids in (
        ("sale.order", "action_crm_create_invoice", [order]),
        ("crm.delivery.note", "action_create_invoice", [note]),
    ):
        assert "the tax Old VAT of" in refused(salesperson, model, method, ids)


@pytest.mark.parametrize("what", ["income", "receivable"])
def test_archived_account(demo_server, admin, salesperson, new_order, put_back, refused, what):
    order = new_order()
    (company,) = admin("sale.order", "read", [order], ["company_id"], load="")
    kind = "asset_receivable" if what == "receivable" else "income"
    account = admin(
        "account.account",
        "create",
        {"name": f"Old {what}", "code": f"9{len(what)}9{len(what)}", "account_type": kind},
        context={"allowed_company_ids": [company["company_id"]]},
    )
    if what == "income":
        product = demo_server.salesperson["ids"]["scanner"]
        put_back("product.product", product, property_account_income_id=account)
    else:
        partner = demo_server.salesperson["ids"]["andes"]
        put_back("res.partner", partner, property_account_receivable_id=account)
    put_back("account.account", account, active=False)
    text = refused(salesperson, "sale.order", "action_crm_create_invoice", [order])
    assert f"Old {what}" in text
    assert "is archived. Restore it" in text


def test_currency_without_a_rate(admin, salesperson, new_order, refused):
    currency = admin(
        "res.currency", "create", {"name": "XTS", "symbol": "X", "full_name": "No rate"}
    )
    pricelist = admin(
        "product.pricelist", "create", {"name": "Without a rate", "currency_id": currency}
    )
    order = new_order(pricelist_id=pricelist)
    text = refused(salesperson, "sale.order", "action_crm_create_invoice", [order])
    assert "the currency XTS has no exchange rate" in text
    admin("res.currency.rate", "create", {"currency_id": currency, "name": "2020-01-01", "rate": 2})
    salesperson("sale.order", "action_crm_create_invoice", [order])


# === WHAT BELONGS TO OTHERS ===#
@pytest.fixture(scope="module")
def foreign_order(demo_server, admin):
    """A quote of a company that the salesperson does not work for."""
    company = admin("res.company", "create", {"name": "Empresa Ajena"})
    (me,) = admin("res.users", "search", [("login", "=", "admin")])
    admin("res.users", "write", [me], {"company_ids": [(4, company)]})
    partner = admin("res.partner", "create", {"name": "Cliente Ajeno", "is_company": True})
    product = demo_server.salesperson["ids"]["training"]
    return admin(
        "sale.order",
        "create",
        {
            "partner_id": partner,
            "company_id": company,
            "order_line": [(0, 0, {"product_id": product, "product_uom_qty": 1})],
        },
        context={"allowed_company_ids": [company]},
    )


def test_order_of_another_company(salesperson, foreign_order, refused):
    for action in ("action_crm_create_delivery_note", "action_crm_create_invoice"):
        text = refused(salesperson, "sale.order", action, [foreign_order])
        assert "access" in text.lower()


def test_line_of_another_company_on_a_note(admin, salesperson, foreign_order, draft_note, refused):
    (line,) = admin("sale.order.line", "search", [("order_id", "=", foreign_order)])
    refused(
        salesperson,
        "crm.delivery.note.line",
        "create",
        {"note_id": draft_note, "sale_line_id": line, "quantity": 1},
    )


@pytest.fixture(scope="module")
def customer(demo_server):
    """Return ``call(path, **params)``: the portal of the customer of another account."""
    server.run_python(
        demo_server.database,
        f"""
env["res.users"].create({{
    "name": "Otra Cliente",
    "login": "{CUSTOMER}",
    "password": "{CUSTOMER}",
    "group_ids": [(6, 0, [env.ref("base.group_portal").id])],
}})
env.cr.commit()
print(1)
""",
    )
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())

    def call(path, **params):
        request = urllib.request.Request(
            demo_server.url + path,
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with opener.open(request, timeout=120) as answer:
            return json.load(answer)

    session = call(
        "/web/session/authenticate", db=demo_server.database, login=CUSTOMER, password=CUSTOMER
    )
    assert session["result"]["uid"]
    return call


def test_customer_with_the_token_of_another_note(
    demo_server, admin, salesperson, new_order, customer, unchanged
):
    notes = []
    for _number in range(2):
        order = new_order()
        note = salesperson("sale.order", "action_crm_create_delivery_note", [order])["res_id"]
        salesperson("crm.delivery.note", "action_validate", [note])
        notes.append(note)
    token = server.run_python(
        demo_server.database,
        f"""
import json
token = env["crm.delivery.note"].browse({notes[0]})._portal_ensure_token()
env.cr.commit()
print(json.dumps(token))
""",
    )
    with unchanged():
        for wrong in (token, "", None, "x"):
            answer = customer(
                f"/my/delivery-notes/{notes[1]}/sign",
                access_token=wrong,
                name="Otra Cliente",
                signature="iVBORw0KGgo=",
            )
            assert "belongs to another customer" in answer["result"]["error"]


def test_customer_reads_and_writes_no_note_of_others(demo_server, draft_note, customer, refused):
    call = demo_server.xmlrpc(CUSTOMER, CUSTOMER)
    assert call("crm.delivery.note", "search", []) == []
    for method, *arguments in (
        ("read", ["name"]),
        ("write", {"note": "mine"}),
        ("action_validate",),
        ("action_create_invoice",),
        ("unlink",),
    ):
        text = refused(call, "crm.delivery.note", method, [draft_note], *arguments)
        assert "access" in text.lower() or "not allowed" in text.lower()
