# SPDX-License-Identifier: LGPL-3.0-or-later
"""What stops a conversion is told in one readable answer, and nothing is written."""

import xmlrpc.client

import pytest

import server

TABLES = (
    "sale_order",
    "sale_order_line",
    "crm_delivery_note",
    "crm_delivery_note_line",
    "account_move",
    "account_move_line",
    "res_partner",
)


def state_of(database):
    """Return a fingerprint of every row of the documents."""
    return {
        table: server.query(
            database, f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY id)) FROM {table} t"
        )
        for table in TABLES
    }


@pytest.fixture
def refused(demo_server):
    """Return a function that calls, expects a refusal that writes nothing, and gives its text."""

    def call_refused(call, *args):
        before = state_of(demo_server.database)
        with pytest.raises(xmlrpc.client.Fault) as raised:
            call(*args)
        assert state_of(demo_server.database) == before
        text = raised.value.faultString
        assert "Traceback" not in text
        return text

    return call_refused


@pytest.fixture
def validated_note(salesperson, new_order):
    note = salesperson("sale.order", "action_crm_create_delivery_note", [new_order()])["res_id"]
    salesperson("crm.delivery.note", "action_validate", [note])
    return note


@pytest.fixture
def put_back(admin):
    """Return a function that writes as the administrator; the old values come back at the end."""
    undo = []

    def write(model, record, **values):
        (old,) = admin(model, "read", [record], list(values), load="")
        undo.append((model, [record], {name: old[name] for name in values}))
        admin(model, "write", [record], values)

    yield write
    for arguments in reversed(undo):
        model, ids, values = arguments
        admin(model, "write", ids, values)


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
    for action in ("action_crm_create_delivery_note", "action_crm_create_invoice"):
        assert "archived" in refused(salesperson, "sale.order", action, [order])


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


def test_company_without_sales_journal(
    admin, salesperson, validated_note, new_order, put_back, refused
):
    order = new_order()
    for journal in admin("account.journal", "search", [("type", "=", "sale")]):
        put_back("account.journal", journal, active=False)
    assert "journal" in refused(
        salesperson, "crm.delivery.note", "action_create_invoice", [validated_note]
    )
    assert "journal" in refused(salesperson, "sale.order", "action_crm_create_invoice", [order])


def test_product_without_income_account(admin, salesperson, validated_note, put_back, refused):
    for journal in admin("account.journal", "search", [("type", "=", "sale")]):
        put_back("account.journal", journal, default_account_id=False)
    for category in admin("product.category", "search", []):
        put_back("product.category", category, property_account_income_categ_id=False)
    (company,) = admin("res.company", "search", [], limit=1)
    put_back("res.company", company, income_account_id=False)
    text = refused(salesperson, "crm.delivery.note", "action_create_invoice", [validated_note])
    assert "income account" in text


def test_locked_period(admin, salesperson, validated_note, put_back, refused):
    (company,) = admin("res.company", "search", [], limit=1)
    put_back("res.company", company, sale_lock_date="2099-12-31")
    text = refused(salesperson, "crm.delivery.note", "action_create_invoice", [validated_note])
    assert "closed" in text


def test_all_blockers_of_all_documents_at_once(
    demo_server, salesperson, new_order, put_back, refused
):
    stranger = salesperson("res.partner", "create", {"name": "Walk-in Person"})
    orders = [new_order(partner_id=stranger), new_order(), new_order(order_line=[])]
    put_back("product.product", demo_server.salesperson["ids"]["labels"], active=False)
    text = refused(salesperson, "sale.order", "action_crm_create_invoice", orders)
    for word in ("Walk-in Person", "archived", "nothing to"):
        assert word in text
    for row in salesperson("sale.order", "read", orders, ["name"]):
        assert row["name"] in text
