# SPDX-License-Identifier: LGPL-3.0-or-later
"""Many people press the same button at the same moment, over connections of their own."""

import xmlrpc.client
from concurrent.futures import ThreadPoolExecutor

import server

CLICKS = 12


def click(call, model, method, ids):
    """Return the answers of as many simultaneous calls as there are people."""
    with ThreadPoolExecutor(CLICKS) as people:
        futures = [people.submit(call, model, method, ids) for _number in range(CLICKS)]
    return [future.result() for future in futures]


def test_twelve_clicks_on_a_note_make_one_invoice(salesperson, new_order):
    order = new_order()
    note = salesperson("sale.order", "action_crm_create_delivery_note", [order])["res_id"]
    salesperson("crm.delivery.note", "action_validate", [note])
    answers = click(salesperson, "crm.delivery.note", "action_create_invoice", [note])
    assert len({answer["res_id"] for answer in answers}) == 1
    (row,) = salesperson("sale.order", "read", [order], fields=["invoice_ids"])
    assert row["invoice_ids"] == [answers[0]["res_id"]]


def test_twelve_clicks_on_a_quote_make_one_invoice(salesperson, new_order):
    order = new_order()
    answers = click(salesperson, "sale.order", "action_crm_create_invoice", [order])
    assert len({answer["res_id"] for answer in answers}) == 1
    (row,) = salesperson(
        "sale.order", "read", [order], fields=["invoice_ids", "crm_delivery_note_ids"]
    )
    assert row["invoice_ids"] == [answers[0]["res_id"]]
    assert len(row["crm_delivery_note_ids"]) <= 1


def test_twelve_clicks_on_a_quote_make_one_delivery_note(salesperson, new_order):
    order = new_order()
    answers = click(salesperson, "sale.order", "action_crm_create_delivery_note", [order])
    assert len({answer["res_id"] for answer in answers}) == 1
    (row,) = salesperson("sale.order", "read", [order], fields=["crm_delivery_note_ids"])
    assert row["crm_delivery_note_ids"] == [answers[0]["res_id"]]


def test_twelve_clicks_on_validate_take_one_number(salesperson, new_order):
    order = new_order()
    note = salesperson("sale.order", "action_crm_create_delivery_note", [order])["res_id"]
    assert all(click(salesperson, "crm.delivery.note", "action_validate", [note]))
    (row,) = salesperson("crm.delivery.note", "read", [note], fields=["name"])
    following = salesperson("sale.order", "action_crm_create_delivery_note", [new_order()])[
        "res_id"
    ]
    salesperson("crm.delivery.note", "action_validate", [following])
    (after,) = salesperson("crm.delivery.note", "read", [following], fields=["name"])
    assert int(after["name"].removeprefix("NE-")) == int(row["name"].removeprefix("NE-")) + 1


def test_twelve_clicks_on_return_make_one_return(salesperson, new_order):
    order = new_order()
    note = salesperson("sale.order", "action_crm_create_delivery_note", [order])["res_id"]
    salesperson("crm.delivery.note", "action_validate", [note])
    answers = click(salesperson, "crm.delivery.note", "action_return", [note])
    assert len({answer["res_id"] for answer in answers}) == 1
    (row,) = salesperson("crm.delivery.note", "read", [note], fields=["return_ids"])
    assert row["return_ids"] == [answers[0]["res_id"]]
    returned = answers[0]["res_id"]
    assert all(click(salesperson, "crm.delivery.note", "action_validate", [returned]))
    (row,) = salesperson("crm.delivery.note", "read", [returned], fields=["name", "line_ids"])
    assert row["name"].startswith("DEV-")
    lines = salesperson(
        "sale.order.line", "search_read", [["order_id", "=", order]], ["qty_delivered"]
    )
    assert {line["qty_delivered"] for line in lines} == {0}


def test_note_is_cancelled_or_returned_never_both(salesperson, new_order):
    note = salesperson("sale.order", "action_crm_create_delivery_note", [new_order()])["res_id"]
    salesperson("crm.delivery.note", "action_validate", [note])
    returned = salesperson("crm.delivery.note", "action_return", [note])["res_id"]

    def press(method, ids):
        try:
            return salesperson("crm.delivery.note", method, ids)
        except xmlrpc.client.Fault as fault:
            return fault.faultString

    with ThreadPoolExecutor(2) as people:
        answers = [
            people.submit(press, "action_validate", [returned]),
            people.submit(press, "action_cancel", [note]),
        ]
    answers = [answer.result() for answer in answers]
    rows = salesperson("crm.delivery.note", "read", [note, returned], fields=["state"])
    assert [row["state"] for row in rows] in (["done", "done"], ["cancel", "cancel"]), answers
    assert answers.count(True) == 1, answers


def test_twelve_clicks_on_a_price_book_never_make_the_same_version_twice(salesperson):
    book = salesperson("crm.price.book", "create", {"name": "Everything"})

    def press(*arguments):
        try:
            salesperson(*arguments)
        except xmlrpc.client.Fault as fault:
            return fault.faultString
        return "made"

    answers = click(press, "crm.price.book", "action_create_version", [book])
    versions = salesperson(
        "crm.price.book.version",
        "search_read",
        [["book_id", "=", book]],
        ["number", "state"],
        order="number",
    )
    made = answers.count("made")
    assert [version["number"] for version in versions] == [*range(1, made + 1)]
    assert {version["state"] for version in versions} == {"done"}
    told = [answer for answer in answers if answer != "made"]
    assert told
    assert all("is being made at this moment" in answer for answer in told), told


VALIDATE = """
import json, threading
from odoo import api
from odoo.modules.registry import Registry
from odoo.service.model import retrying

class Stop(Exception):
    pass

registry, uid = Registry(env.cr.dbname), env.ref("base.user_admin").id
note_ids = NOTE_IDS
barrier = threading.Barrier(len(note_ids))
outcomes = {}

def validate(position, note_id):
    barrier.wait()
    try:
        with registry.cursor() as cr:
            own = api.Environment(cr, uid, {})
            def job():
                own["crm.delivery.note"].browse(note_id).action_validate()
                own.flush_all()
                if position % 2:
                    raise Stop
            retrying(job, own)
        outcomes[note_id] = "done"
    except Stop:
        outcomes[note_id] = "rolled back"
    except Exception as error:
        outcomes[note_id] = repr(error)

threads = [
    threading.Thread(target=validate, args=entry) for entry in enumerate(note_ids)
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
env.cr.rollback()
names = {
    note.id: note.name
    for note in env["crm.delivery.note"].search(
        [("company_id", "=", COMPANY), ("note_type", "=", "delivery")]
    )
}
print(json.dumps([outcomes, names]))
"""


def test_twenty_validations_with_half_rolled_back_leave_no_gap(demo_server, salesperson, new_order):
    notes = [
        salesperson("sale.order", "action_crm_create_delivery_note", [new_order()])["res_id"]
        for _number in range(20)
    ]
    (row,) = salesperson("crm.delivery.note", "read", [notes[0]], fields=["company_id"])
    code = VALIDATE.replace("NOTE_IDS", str(notes)).replace("COMPANY", str(row["company_id"][0]))
    outcomes, names = server.run_python(demo_server.database, code)
    assert sorted(outcomes.values()) == ["done"] * 10 + ["rolled back"] * 10
    numbers = sorted(int(name.removeprefix("NE-")) for name in names.values() if name)
    assert numbers == list(range(1, len(numbers) + 1))
    for note_id, outcome in outcomes.items():
        assert bool(names[note_id]) == (outcome == "done")


def test_twelve_clicks_on_a_quote_make_one_revision(salesperson, new_order):
    order = new_order()
    answers = click(salesperson, "sale.order", "action_crm_new_revision", [order])
    assert len({answer["res_id"] for answer in answers}) == 1
    (row,) = salesperson("sale.order", "read", [order], fields=["state", "crm_superseded_by_id"])
    assert row["state"] == "cancel"
    assert row["crm_superseded_by_id"][0] == answers[0]["res_id"]
