# SPDX-License-Identifier: LGPL-3.0-or-later
"""What stops a conversion is told in one readable answer, and nothing is written."""

import pytest

from conftest import SALESPERSON


def test_person_without_account(salesperson, new_order, refused):
    stranger = salesperson("res.partner", "create", {"name": "Walk-in Person"})
    order = new_order(partner_id=stranger)
    for action in ("action_crm_create_delivery_note", "action_crm_create_invoice"):
        text = refused(salesperson, "sale.order", action, [order])
        assert "Walk-in Person" in text


def test_quote_without_lines(salesperson, new_order, refused):
    order = new_order(order_line=[])
    for action in ("action_crm_create_delivery_note", "action_crm_create_invoice"):
        assert "nothing to" in refused(salesperson, "sale.order", action, [order])


def test_cancelled_order(salesperson, new_order, refused):
    order = new_order()
    salesperson("sale.order", "action_cancel", [order])
    for action in ("action_crm_create_delivery_note", "action_crm_create_invoice"):
        assert "cancelled" in refused(salesperson, "sale.order", action, [order])


def test_archived_product(demo_server, salesperson, new_order, put_back, refused):
    order = new_order()
    put_back("product.product", demo_server.salesperson["ids"]["labels"], active=False)
    text = refused(salesperson, "sale.order", "action_crm_create_delivery_note", [order])
    assert "archived" in text


def test_line_without_product(demo_server, salesperson, refused):
    note = salesperson(
        "crm.delivery.note",
        "create",
        {
            "partner_id": demo_server.salesperson["ids"]["andes"],
            "line_ids": [(0, 0, {"name": "Something", "quantity": 1})],
        },
    )
    text = refused(salesperson, "crm.delivery.note", "action_validate", [note])
    assert "product" in text


def test_more_than_ordered(salesperson, new_order, refused):
    order = new_order()
    note = salesperson("sale.order", "action_crm_create_delivery_note", [order])["res_id"]
    (row,) = salesperson("crm.delivery.note", "read", [note], ["line_ids"])
    salesperson("crm.delivery.note.line", "write", row["line_ids"][:1], {"quantity": 99})
    text = refused(salesperson, "crm.delivery.note", "action_validate", [note])
    assert "99" in text


def test_note_not_validated(salesperson, new_order, refused):
    note = salesperson("sale.order", "action_crm_create_delivery_note", [new_order()])["res_id"]
    text = refused(salesperson, "crm.delivery.note", "action_create_invoice", [note])
    assert "not validated" in text


def test_cancelled_note(salesperson, validated_note, refused):
    salesperson("crm.delivery.note", "action_cancel", [validated_note])
    refused(salesperson, "crm.delivery.note", "action_create_invoice", [validated_note])


@pytest.fixture(scope="module")
def new_company(demo_server, admin, salesperson):
    """A company without any accounting, and a function that calls as the salesperson in it."""
    company = admin("res.company", "create", {"name": "Nueva Empresa"})
    (user,) = admin("res.users", "search", [("login", "=", SALESPERSON)])
    admin("res.users", "write", [user], {"company_ids": [(4, company)]})

    def call(model, method, *args):
        return salesperson(model, method, *args, context={"allowed_company_ids": [company]})

    return company, call


@pytest.fixture
def order_in_new_company(demo_server, new_company, new_order):
    company, call = new_company
    product = demo_server.salesperson["ids"]["training"]
    return call(
        "sale.order",
        "create",
        {
            "partner_id": demo_server.salesperson["ids"]["andes"],
            "company_id": company,
            "order_line": [(0, 0, {"product_id": product, "product_uom_qty": 1})],
        },
    )


def test_company_without_sales_journal(new_company, order_in_new_company, refused):
    _company, call = new_company
    text = refused(call, "sale.order", "action_crm_create_invoice", [order_in_new_company])
    assert "Nueva Empresa" in text
    assert "journal" in text


def test_product_without_income_account(admin, new_company, order_in_new_company, refused):
    company, call = new_company
    journal = admin(
        "account.journal",
        "create",
        {"name": "Ventas", "code": "VEN", "type": "sale", "company_id": company},
    )
    text = refused(call, "sale.order", "action_crm_create_invoice", [order_in_new_company])
    admin("account.journal", "unlink", [journal])
    assert "income account" in text
    assert "receivable account" in text


def test_locked_period(salesperson, validated_note, put_back, refused):
    (note,) = salesperson("crm.delivery.note", "read", [validated_note], ["company_id"])
    put_back("res.company", note["company_id"][0], sale_lock_date="2099-12-31")
    text = refused(salesperson, "crm.delivery.note", "action_create_invoice", [validated_note])
    assert "closed" in text


def test_all_blockers_of_all_documents_at_once(
    demo_server, salesperson, new_order, put_back, refused
):
    stranger = salesperson("res.partner", "create", {"name": "Walk-in Person"})
    orders = [new_order(partner_id=stranger), new_order(), new_order(order_line=[])]
    put_back("product.product", demo_server.salesperson["ids"]["labels"], active=False)
    text = refused(salesperson, "sale.order", "action_crm_create_delivery_note", orders)
    for word in ("Walk-in Person", "archived", "nothing to"):
        assert word in text
    for row in salesperson("sale.order", "read", orders, ["name"]):
        assert row["name"] in text
