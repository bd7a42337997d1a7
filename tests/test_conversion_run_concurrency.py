# SPDX-License-Identifier: LGPL-3.0-or-later
"""Background conversions in processes of their own, which are killed in the middle."""

import os
import signal
import subprocess
import time

import pytest

import server

NOTES = 24
CHUNK = 4

_PREPARE = """
import json
company = env.company
customers = env["res.partner"].create(
    [{"name": f"Killed {number}", "is_company": True} for number in range(3)]
)
product = env["product.product"].create(
    {"name": "Killed", "type": "consu", "invoice_policy": "delivery", "list_price": 10.0}
)
user = env["res.users"].search([("login", "=", "vendedora")])
orders = env(user=user)["sale.order"].create([
    {
        "partner_id": customers[number % 3].id,
        "user_id": user.id,
        "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": 2.0})],
    }
    for number in range(NOTES)
])
orders.action_crm_create_delivery_note()
notes = orders.crm_delivery_note_ids
notes.action_validate()
env.cr.commit()
print(json.dumps(sorted(notes.ids)))
"""

_START = """
import json
user = env["res.users"].search([("login", "=", "vendedora")])
own = env(user=user)
runs = own["crm.conversion.run"]
for ids in BATCHES:
    runs |= own["crm.conversion.run"]._crm_start(
        own["crm.delivery.note"].browse(ids), "invoice", GROUPING
    )
env.cr.commit()
print(json.dumps(runs.ids))
"""

# A scheduler with small chunks, each of which takes a while when its invoices are written.
_WORKER = """
import time
from odoo.addons.crm_sales_docs.models import crm_conversion_run
crm_conversion_run.CHUNK = CHUNK_SIZE
Line = env.registry["crm.conversion.run.line"]
convert = Line._crm_convert

def slowly(lines):
    convert(lines)
    lines.env.flush_all()
    time.sleep(PAUSE)

Line._crm_convert = slowly
from odoo.addons.base.models.ir_cron import IrCron
print("ready", flush=True)
cron = env.ref("crm_sales_docs.ir_cron_convert_documents")
cr = env.registry.cursor()
job = IrCron._acquire_one_job(cr, cron.id, include_not_ready=True)
env.registry["ir.cron"]._process_job(cr, job)
cr.commit()
"""

_CONVERT = """
import json, threading
from odoo import api
from odoo.modules.registry import Registry
from odoo.service.model import retrying

registry = Registry(env.cr.dbname)
uid = env["res.users"].search([("login", "=", "vendedora")]).id
barrier = threading.Barrier(len(BATCHES))
outcomes = []

def convert(ids):
    barrier.wait()
    try:
        with registry.cursor() as cr:
            own = api.Environment(cr, uid, {"crm_invoice_grouping": "customer"})
            notes = own["crm.delivery.note"].browse(ids)
            retrying(notes.action_create_invoice, own)
        outcomes.append("done")
    except Exception as error:
        outcomes.append(repr(error))

threads = [threading.Thread(target=convert, args=[ids]) for ids in BATCHES]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps(outcomes))
"""


def fill(code, **values):
    for name, value in values.items():
        code = code.replace(name, repr(value))
    return code


def worker(database, pause):
    """Return a process that does the scheduled job once, with a name that PostgreSQL knows."""
    process = subprocess.Popen(
        [*server.ODOO, "shell", "-d", database, "--no-http", "--log-level=critical"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PGAPPNAME": f"conversion-{database}"},
        start_new_session=True,
    )
    process.stdin.write(fill(_WORKER, CHUNK_SIZE=CHUNK, PAUSE=pause))
    process.stdin.close()
    return process


def wait_until(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.1)
    raise AssertionError("it did not happen")


def invoices_of(database, note_ids):
    """Return ``{note id: [(invoice id, quantity)]}`` of the invoices that are not cancelled."""
    ids = ", ".join(map(str, note_ids))
    rows = server.query(
        database,
        f"""SELECT nl.note_id, ml.move_id, ml.quantity
              FROM account_move_line ml
              JOIN crm_delivery_note_line nl ON nl.id = ml.crm_delivery_note_line_id
              JOIN account_move m ON m.id = ml.move_id AND m.state <> 'cancel'
             WHERE nl.note_id IN ({ids})""",
    )
    result = {}
    for note_id, move_id, quantity in rows:
        result.setdefault(int(note_id), []).append((int(move_id), float(quantity)))
    return result


def states_of(database, run_ids):
    ids = ", ".join(map(str, run_ids))
    rows = server.query(
        database,
        f"""SELECT state, count(*) FROM crm_conversion_run_line
             WHERE run_id IN ({ids}) GROUP BY state""",
    )
    return {state: int(count) for state, count in rows}


def some_done(database, run_ids):
    """Return how many documents are done, once a chunk is, while others are left."""
    states = states_of(database, run_ids)
    return states.get("done") if states.get("todo") else None


def assert_whole(database, run_ids, note_ids):
    """What is said to be done is invoiced once, and nothing else is; return how many that are."""
    ids = ", ".join(map(str, run_ids))
    done = {
        int(row[0])
        for row in server.query(
            database,
            f"""SELECT note_id FROM crm_conversion_run_line
                 WHERE run_id IN ({ids}) AND state = 'done'""",
        )
    }
    found = invoices_of(database, note_ids)
    assert set(found) == done
    assert all([quantity for _move, quantity in lines] == [2.0] for lines in found.values()), found
    return len(done)


def prepare(database, count):
    """Return the ids of new validated notes of one line each, of three customers."""
    return server.run_python(database, fill(_PREPARE, NOTES=count))


@pytest.fixture
def notes(demo_server):
    return prepare(demo_server.database, NOTES)


def start(database, *batches, grouping="document"):
    return server.run_python(database, fill(_START, BATCHES=list(batches), GROUPING=grouping))


def finish(database, run_ids):
    """Let a new process do what is left."""
    process = worker(database, 0.0)
    assert process.wait(300) == 0
    return states_of(database, run_ids)


def test_overlapping_batches_in_opposite_order_invoice_each_note_once(demo_server, notes):
    batches = [notes, notes[::-1], notes[6:] + notes[:6], notes[::-2] + notes[::2]]
    outcomes = server.run_python(demo_server.database, fill(_CONVERT, BATCHES=batches))
    assert outcomes == ["done"] * len(batches)
    found = invoices_of(demo_server.database, notes)
    assert set(found) == set(notes)
    assert all([quantity for _move, quantity in lines] == [2.0] for lines in found.values()), found


@pytest.mark.parametrize("grouping", ["document", "customer"])
def test_killed_worker_leaves_nothing_half_and_the_run_goes_on(demo_server, notes, grouping):
    database = demo_server.database
    runs = start(database, notes, grouping=grouping)
    process = worker(database, 1.0)
    try:
        wait_until(lambda: some_done(database, runs))
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert_whole(database, runs, notes)
    assert states_of(database, runs).get("todo")
    assert finish(database, runs) == {"done": NOTES}
    assert_whole(database, runs, notes)


def test_lost_connection_leaves_nothing_half_and_the_run_goes_on(demo_server, notes):
    database = demo_server.database
    runs = start(database, notes)
    process = worker(database, 1.0)
    try:
        wait_until(lambda: some_done(database, runs))
        ended = server.query(
            database,
            f"""SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                 WHERE application_name = 'conversion-{database}'
                   AND datname = '{database}'""",
        )
        assert int(ended[0][0])
        process.wait(120)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert_whole(database, runs, notes)
    assert states_of(database, runs).get("todo")
    assert finish(database, runs) == {"done": NOTES}
    assert_whole(database, runs, notes)


def test_stopping_a_run_keeps_what_is_done_and_nothing_more(demo_server, notes, salesperson):
    database = demo_server.database
    runs = start(database, notes)
    process = worker(database, 1.0)
    try:
        wait_until(lambda: some_done(database, runs))
        salesperson("crm.conversion.run", "action_cancel", runs)
        done = states_of(database, runs)["done"]
        assert process.wait(120) == 0
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert states_of(database, runs) == {"done": done, "todo": NOTES - done}
    assert_whole(database, runs, notes)


def test_postgresql_knows_how_many_invoices_there_are(demo_server, notes):
    """It cannot count by itself what came in the last minute, and plans badly without."""
    database = demo_server.database
    tables = "'account_move'::regclass", "'account_move_line'::regclass"
    for table in ("account_move", "account_move_line"):
        server.query(database, f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
    server.query(database, f"UPDATE pg_class SET reltuples = 0 WHERE oid IN ({', '.join(tables)})")
    runs = start(database, notes)
    assert finish(database, runs) == {"done": NOTES}
    believed, counted = server.query(
        database,
        """SELECT reltuples FROM pg_class WHERE relname = 'account_move_line'
           UNION ALL SELECT count(*) FROM account_move_line""",
    )
    # it was told before the last chunk
    assert float(believed[0]) > 0.9 * float(counted[0])
