# SPDX-License-Identifier: LGPL-3.0-or-later
"""The suite beside Inventory: many transfers at once, orders from before, and the way back."""

import pytest

import server

# A company delivers by notes for a while, and has a quote open, when it adds Inventory.
BEFORE = """
import json
customer = env["res.partner"].create({"name": "Distribuidora Norte", "is_company": True})
goods, service = env["product.product"].create([
    {"name": "Scanner", "type": "consu", "invoice_policy": "delivery", "taxes_id": False},
    {"name": "Installation", "type": "service", "invoice_policy": "delivery", "taxes_id": False},
])
def order():
    return env["sale.order"].create({
        "partner_id": customer.id,
        "order_line": [
            (0, 0, {"product_id": goods.id, "product_uom_qty": 10, "price_unit": 5.0}),
            (0, 0, {"product_id": service.id, "product_uom_qty": 2, "price_unit": 5.0}),
        ],
    })
delivered, quote = order(), order()
delivered.action_crm_create_delivery_note()
note = delivered.crm_delivery_note_ids
note.line_ids[0].quantity = 4
note.action_validate()
env.cr.commit()
print(json.dumps([delivered.id, quote.id, customer.id, goods.id]))
"""
TABLES = {
    "sale_order": "id, state, invoice_status, amount_total, crm_delivery_state",
    "sale_order_line": "id, product_uom_qty, qty_delivered, qty_delivered_method, qty_invoiced,"
    " qty_to_invoice, price_unit, invoice_status",
    "crm_delivery_note": "id, name, state, invoice_state, amount_total",
    "crm_delivery_note_line": "id, quantity, qty_invoiced, qty_to_invoice, state",
}
VALIDATE = """
import json, threading
from odoo import api
from odoo.modules.registry import Registry
from odoo.service.model import retrying

class Stop(Exception):
    pass

orders = env["sale.order"].create([
    {
        "partner_id": CUSTOMER,
        "order_line": [(0, 0, {"product_id": GOODS, "product_uom_qty": 1, "price_unit": 5.0})],
    }
    for _number in range(12)
])
orders.action_confirm()
orders.picking_ids.move_ids.write({"quantity": 1, "picked": True})
ids = orders.picking_ids.ids
env.cr.commit()
registry, uid = Registry(env.cr.dbname), env.ref("base.user_admin").id
barrier = threading.Barrier(len(ids))
outcomes = {}

def validate(position, picking_id):
    barrier.wait()
    try:
        with registry.cursor() as cr:
            own = api.Environment(cr, uid, {})
            def job():
                own["stock.picking"].browse(picking_id).button_validate()
                own.flush_all()
                if position % 3 == 2:
                    raise Stop
            retrying(job, own)
        outcomes[picking_id] = "done"
    except Stop:
        outcomes[picking_id] = "rolled back"
    except Exception as error:
        outcomes[picking_id] = repr(error)

threads = [threading.Thread(target=validate, args=entry) for entry in enumerate(ids)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
env.cr.rollback()
names = env["crm.delivery.note"].search([("note_type", "=", "delivery")]).mapped("name")
states = env["stock.picking"].browse(ids).mapped("state")
print(json.dumps([sorted(outcomes.values()), names, states.count("done")]))
"""


def snapshot(database):
    return {
        table: server.query(database, f"SELECT {columns} FROM {table} ORDER BY id")
        for table, columns in TABLES.items()
    }


@pytest.fixture(scope="module")
def with_stock(make_database):
    """A database that had delivery notes before Inventory, and what they were."""
    database = make_database("CRM_SUITE_BASE")
    assert server.run_odoo("-d", database, "-i", "crm_sales_docs") == []
    ids = server.run_python(database, BEFORE)
    before = snapshot(database)
    assert server.run_odoo("-d", database, "-i", "sale_stock") == []
    return database, ids, before


def test_inventory_changes_nothing_that_was_there(with_stock):
    database, _ids, before = with_stock
    assert snapshot(database) == before


def test_quote_from_before_is_delivered_by_the_warehouse_and_the_order_by_notes(with_stock):
    database, (delivered, quote, _customer, _goods), _before = with_stock
    code = f"""
import json
delivered, quote = env["sale.order"].browse([{delivered}, {quote}])
quote.action_confirm()
quote.picking_ids.move_ids.write({{"quantity": 10, "picked": True}})
quote.picking_ids.button_validate()
delivered.action_crm_create_delivery_note()
delivered.crm_delivery_note_ids.filtered(lambda note: note.state == "draft").action_validate()
env.cr.commit()
print(json.dumps([
    delivered.order_line.mapped("qty_delivered"), len(delivered.picking_ids),
    quote.order_line.mapped("qty_delivered"), quote.crm_delivery_note_ids.mapped("name"),
]))
"""
    assert server.run_python(database, code) == [
        [10, 2],
        0,
        [10, 0],
        ["NE-00000002"],
    ]


def test_transfers_validated_at_once_leave_no_gap_in_the_numbers(with_stock):
    database, (_delivered, _quote, customer, goods), _before = with_stock
    code = VALIDATE.replace("CUSTOMER", str(customer)).replace("GOODS", str(goods))
    outcomes, names, done = server.run_python(database, code)
    assert outcomes == ["done"] * 8 + ["rolled back"] * 4
    assert done == 8
    numbers = sorted(int(name.removeprefix("NE-")) for name in names)
    assert numbers == list(range(1, len(numbers) + 1))


def test_without_inventory_the_notes_stay(with_stock):
    database, _ids, _before = with_stock
    before = server.query(database, "SELECT id, name, state FROM crm_delivery_note ORDER BY id")
    server.run_python(
        database,
        """
import json
env["ir.module.module"].search([("name", "=", "crm_sales_docs_stock")]).button_immediate_uninstall()
print(json.dumps(True))
""",
    )
    assert before == server.query(
        database, "SELECT id, name, state FROM crm_delivery_note ORDER BY id"
    )
    columns = server.query(
        database,
        "SELECT count(*) FROM information_schema.columns"
        " WHERE table_name = 'crm_delivery_note_line' AND column_name = 'move_id'",
    )
    assert columns == [["0"]]
