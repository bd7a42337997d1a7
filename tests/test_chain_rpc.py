# SPDX-License-Identifier: LGPL-3.0-or-later
"""Quote, delivery note, invoice: as a salesperson, from another program, on a running server."""

import pytest


@pytest.fixture(params=["xmlrpc", "json2"])
def call(request, demo_server, salesperson):
    """Return ``call(model, method, ids, **kwargs)`` over one of Odoo's two interfaces."""
    if request.param == "json2":
        return demo_server.json2(demo_server.salesperson["key"])

    def over_xmlrpc(model, method, ids, **kwargs):
        return salesperson(model, method, ids, **kwargs)

    return over_xmlrpc


def test_quote_to_two_notes_to_two_invoices(call, new_order):
    order = new_order()
    note = call("sale.order", "action_crm_create_delivery_note", [order])["res_id"]
    assert call("sale.order", "read", [order], fields=["state"])[0]["state"] == "sale"

    (line_ids,) = (
        row["line_ids"] for row in call("crm.delivery.note", "read", [note], fields=["line_ids"])
    )
    lines = call("crm.delivery.note.line", "read", line_ids, fields=["quantity"])
    assert sorted(line["quantity"] for line in lines) == [2, 3, 10]
    ten = next(line["id"] for line in lines if line["quantity"] == 10)
    call("crm.delivery.note.line", "write", [ten], vals={"quantity": 4})
    call("crm.delivery.note", "action_validate", [note])
    first = call("crm.delivery.note", "action_create_invoice", [note])["res_id"]

    rest = call("sale.order", "action_crm_create_delivery_note", [order])["res_id"]
    assert rest != note
    call("crm.delivery.note", "action_validate", [rest])
    second = call("crm.delivery.note", "action_create_invoice", [rest])["res_id"]
    assert second != first

    notes = call("crm.delivery.note", "read", [note, rest], fields=["name", "invoice_state"])
    assert [row["invoice_state"] for row in notes] == ["done", "done"]
    numbers = [int(row["name"].removeprefix("NE-")) for row in notes]
    assert numbers[1] == numbers[0] + 1
    invoices = call("account.move", "read", [first, second], fields=["amount_untaxed", "state"])
    assert [row["state"] for row in invoices] == ["draft", "draft"]
    assert [row["amount_untaxed"] for row in invoices] == [2 * 150 + 4 * 8 + 3 * 60, 6 * 8]
    assert call("sale.order", "read", [order], fields=["invoice_status"])[0] == {
        "id": order,
        "invoice_status": "invoiced",
    }


def test_quote_to_invoice_in_one_click_delivers_everything(call, new_order):
    order = new_order()
    invoice = call("sale.order", "action_crm_create_invoice", [order])["res_id"]
    assert call("sale.order", "action_crm_create_invoice", [order])["res_id"] == invoice
    (row,) = call("sale.order", "read", [order], fields=["order_line", "amount_total"])
    lines = call(
        "sale.order.line",
        "read",
        row["order_line"],
        fields=["product_uom_qty", "qty_invoiced"],
    )
    assert all(line["qty_invoiced"] == line["product_uom_qty"] for line in lines)
    (made,) = call("account.move", "read", [invoice], fields=["amount_total"])
    assert made["amount_total"] == row["amount_total"]


def test_second_click_opens_what_the_first_made(call, new_order):
    order = new_order()
    note = call("sale.order", "action_crm_create_delivery_note", [order])
    assert call("sale.order", "action_crm_create_delivery_note", [order]) == note
    call("crm.delivery.note", "action_validate", [note["res_id"]])
    call("crm.delivery.note", "action_validate", [note["res_id"]])
    invoice = call("crm.delivery.note", "action_create_invoice", [note["res_id"]])
    assert call("crm.delivery.note", "action_create_invoice", [note["res_id"]]) == invoice
    assert call("sale.order", "action_crm_create_invoice", [order])["res_id"] == invoice["res_id"]
