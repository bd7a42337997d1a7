# SPDX-License-Identifier: LGPL-3.0-or-later
"""Many people on the delivery notes of the same orders, over connections of their own."""

import time
import xmlrpc.client
from concurrent.futures import ThreadPoolExecutor

import pytest
from test_concurrency import VALIDATE

import server

NOTE = "crm.delivery.note"


def at_once(*calls):
    """Return what each of the calls ``(function, *arguments)`` answers: refusals as their text."""

    def run(function, *arguments):
        try:
            return function(*arguments)
        except xmlrpc.client.Fault as fault:
            return fault.faultString

    with ThreadPoolExecutor(len(calls)) as people:
        futures = [people.submit(run, *call) for call in calls]
    return [future.result() for future in futures]


def press(people, method, selections):
    """Return the answers of as many people as there are selections of notes, one each."""
    calls = people[: len(selections)]
    return at_once(
        *((call, NOTE, method, ids) for call, ids in zip(calls, selections, strict=True))
    )


@pytest.fixture(scope="module")
def colleagues(demo_server, admin):
    """Return the ``call`` of eight people who see all documents of sales."""
    (group,) = admin(
        "ir.model.data", "search_read", [("name", "=", "group_sale_salesman_all_leads")], ["res_id"]
    )
    calls = []
    for number in range(8):
        login = f"colega{number}"
        admin(
            "res.users",
            "create",
            {
                "name": login,
                "login": login,
                "password": login,
                "group_ids": [(6, 0, [group["res_id"]])],
            },
        )
        calls.append(demo_server.xmlrpc(login, login))
    return calls


@pytest.fixture
def notes_of_one_line(demo_server, salesperson, new_order):
    """Return a function that makes an order of one line, and draft notes of a part of it each."""
    product = demo_server.salesperson["ids"]["scanner"]

    def make(ordered, *quantities):
        line = {"product_id": product, "product_uom_qty": ordered, "price_unit": 10.0}
        order = new_order(order_line=[(0, 0, line)])
        first = salesperson("sale.order", "action_crm_create_delivery_note", [order])["res_id"]
        notes = [first]
        for _number in quantities[1:]:
            notes += salesperson(NOTE, "copy", [first])
        for note, quantity in zip(notes, quantities, strict=True):
            lines = salesperson("crm.delivery.note.line", "search", [("note_id", "=", note)])
            salesperson("crm.delivery.note.line", "write", lines, {"quantity": quantity})
        return order, notes

    return make


def order_line(call, order):
    (line,) = call(
        "sale.order.line",
        "search_read",
        [("order_id", "=", order)],
        ["qty_delivered", "qty_invoiced", "invoice_lines"],
    )
    return line


def test_eight_people_on_eight_notes_of_one_line(admin, colleagues, notes_of_one_line):
    order, notes = notes_of_one_line(8, *[1] * 8)
    selections = [[note] for note in notes]
    assert press(colleagues, "action_validate", selections) == [True] * len(notes)
    assert order_line(admin, order)["qty_delivered"] == 8
    answers = press(colleagues, "action_create_invoice", selections)
    assert all(isinstance(answer, dict) for answer in answers), answers
    assert len({answer["res_id"] for answer in answers}) == 8
    line = order_line(admin, order)
    assert line["qty_invoiced"] == 8
    assert len(line["invoice_lines"]) == 8


def test_overlapping_selections_in_opposite_order(admin, colleagues, notes_of_one_line):
    orders, notes = [], []
    for _number in range(2):
        order, own = notes_of_one_line(2, 1, 1)
        orders.append(order)
        notes += own
    a, b, c, d = notes
    selections = [[a, b, c], [c, b, a], [b, d, c], [d, c, b], [a, d], [d, a]]
    assert press(colleagues, "action_validate", selections) == [True] * len(selections)
    rows = admin(NOTE, "read", notes, ["name", "state"])
    assert {row["state"] for row in rows} == {"done"}
    assert len({row["name"] for row in rows}) == len(notes)
    answers = press(colleagues, "action_create_invoice", selections)
    assert all(isinstance(answer, dict) for answer in answers), answers
    rows = admin(NOTE, "read", notes, ["invoice_ids", "invoice_state"])
    assert [len(row["invoice_ids"]) for row in rows] == [1] * len(notes)
    assert {row["invoice_state"] for row in rows} == {"done"}
    for order in orders:
        assert order_line(admin, order)["qty_invoiced"] == 2


def test_never_more_is_delivered_than_ordered(admin, colleagues, notes_of_one_line):
    order, notes = notes_of_one_line(10, *[4] * 6)
    answers = press(colleagues, "action_validate", [[note] for note in notes])
    assert answers.count(True) == 2, answers
    told = [answer for answer in answers if answer is not True]
    assert all("would be delivered in all" in answer for answer in told), told
    assert order_line(admin, order)["qty_delivered"] == 8


def test_never_more_comes_back_than_was_delivered(admin, colleagues, notes_of_one_line):
    order, (note,) = notes_of_one_line(10, 10)
    admin(NOTE, "action_validate", [note])
    everybody = len(colleagues)
    answers = press(colleagues, "action_return", [[note]] * everybody)
    (returned,) = {answer["res_id"] for answer in answers}
    assert press(colleagues, "action_validate", [[returned]] * everybody) == [True] * everybody
    assert order_line(admin, order)["qty_delivered"] == 0


# === SERIES ===#
def numbers_of(names, prefix):
    """Return the numbers of a series in their order."""
    return sorted(
        int(name.removeprefix(prefix)) for name in names.values() if name.startswith(prefix)
    )


def validate_half(demo_server, note_ids, company, note_type):
    """Validate all notes at once and roll half of them back; return outcomes and all names."""
    code = VALIDATE.replace("NOTE_IDS", str(note_ids)).replace("COMPANY", str(company))
    code = code.replace('("note_type", "=", "delivery")', f'("note_type", "=", "{note_type}")')
    outcomes, names = server.run_python(demo_server.database, code)
    assert sorted(outcomes.values()) == ["done"] * 10 + ["rolled back"] * 10
    for note_id, outcome in outcomes.items():
        assert bool(names[note_id]) == (outcome == "done")
    return {note_id: name for note_id, name in names.items() if name}


@pytest.fixture
def twenty_notes(salesperson, new_order):
    return [
        salesperson("sale.order", "action_crm_create_delivery_note", [new_order()])["res_id"]
        for _number in range(20)
    ]


def test_numbers_of_returns_have_no_gap(demo_server, salesperson, twenty_notes):
    salesperson(NOTE, "action_validate", twenty_notes)
    returns = [salesperson(NOTE, "action_return", [note])["res_id"] for note in twenty_notes]
    (row,) = salesperson(NOTE, "read", twenty_notes[:1], ["company_id"])
    names = validate_half(demo_server, returns, row["company_id"][0], "return")
    numbers = numbers_of(names, "DEV-")
    assert len(numbers) == len(names)
    assert numbers == list(range(1, len(numbers) + 1))


def test_numbers_of_a_yearly_series_have_no_gap(demo_server, admin, salesperson, twenty_notes):
    (row,) = salesperson(NOTE, "read", twenty_notes[:1], ["company_id", "date"])
    company = row["company_id"][0]
    series = admin(
        "crm.delivery.series",
        "search",
        [("company_id", "=", company), ("note_type", "=", "delivery")],
    )
    admin("crm.delivery.series", "write", series, {"prefix": "AN", "yearly": True})
    last_year = f"{int(row['date'][:4]) - 1}-12-31"
    salesperson(NOTE, "write", twenty_notes[:4], {"date": last_year})
    names = validate_half(demo_server, twenty_notes, company, "delivery")
    this = numbers_of(names, f"AN/{row['date'][:4]}/")
    last = numbers_of(names, f"AN/{last_year[:4]}/")
    assert this == list(range(1, 9))
    assert last == [1, 2]


# === A PROCESS THAT DIES ===#
def locked(database):
    """Tell whether a transaction is writing delivery notes at this moment."""
    return server.query(
        database,
        "SELECT 1 FROM pg_locks l JOIN pg_class c ON c.oid = l.relation"
        " WHERE c.relname = 'crm_delivery_note' AND l.mode = 'RowExclusiveLock' LIMIT 1",
    )


@pytest.mark.parametrize("delay", [0.0, 0.5])
def test_killed_process_leaves_nothing_half_done(make_database, delay):
    database = make_database("CRM_SUITE_DEMO")
    with server.Server(database) as running:
        admin = running.xmlrpc("admin", "admin")
        (product,) = admin("product.product", "search", [("sale_ok", "=", True)], limit=1)
        (partner,) = admin("res.partner", "search", [("is_company", "=", True)], limit=1)
        line = (0, 0, {"product_id": product, "product_uom_qty": 1})
        orders = admin(
            "sale.order", "create", [{"partner_id": partner, "order_line": [line]}] * 300
        )
        admin("sale.order", "action_crm_create_delivery_note", orders)
        domain = [("order_ids", "in", orders)]
        notes = admin(NOTE, "search", domain)
        assert len(notes) == len(orders)
        before = server.query(database, "SELECT name, state FROM crm_delivery_note ORDER BY id")
        with ThreadPoolExecutor(1) as person:
            answer = person.submit(admin, NOTE, "action_validate", notes)
            while not locked(database):
                assert not answer.done()
            time.sleep(delay)
            assert not answer.done()
            running.process.kill()
            with pytest.raises((OSError, xmlrpc.client.ProtocolError)):
                answer.result()
        running.process.wait()
        deadline = time.monotonic() + 30
        while locked(database) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert (
            server.query(database, "SELECT name, state FROM crm_delivery_note ORDER BY id")
            == before
        )
        with running:
            admin(NOTE, "action_validate", notes)
            rows = admin(NOTE, "search_read", [("note_type", "=", "delivery")], ["name", "state"])
            numbers = sorted(
                int(row["name"].removeprefix("NE-")) for row in rows if row["state"] != "draft"
            )
            assert len(numbers) >= len(notes)
            assert numbers == list(range(1, len(numbers) + 1))
