# SPDX-License-Identifier: LGPL-3.0-or-later
"""A company that has worked with Odoo for a while adds the suite."""

import pytest

import server

# What must not move: quantities, amounts and states of the documents that were there.
DOCUMENTS = {
    "sale_order": "id, name, state, invoice_status, amount_untaxed, amount_tax, amount_total",
    "sale_order_line": "id, product_uom_qty, qty_delivered, qty_invoiced, qty_to_invoice,"
    " price_unit, price_subtotal, price_total, qty_delivered_method, invoice_status",
    "account_move": "id, name, state, payment_state, amount_untaxed, amount_tax, amount_total,"
    " amount_residual",
    "account_move_line": "id, quantity, price_unit, debit, credit, balance, amount_residual",
    "crm_lead": "id, type, stage_id, partner_id, expected_revenue, probability",
    "res_partner": "id, name, type, parent_id, commercial_partner_id, is_company, vat, phone,"
    " email, lang",
}
# Some of the goods of the demo orders were delivered by hand, and one order is partly invoiced.
PREPARE = """
import json
orders = env["sale.order"].search([("state", "=", "sale")])
lines = orders.order_line.filtered(lambda line: line.qty_delivered_method == "manual")
for line in lines[: len(lines) // 2]:
    line.qty_delivered = line.product_uom_qty / 2
orders[:1]._create_invoices()
env.cr.commit()
print(json.dumps([len(orders), len(lines)]))
"""


def snapshot(database):
    return {
        table: server.query(database, f"SELECT {columns} FROM {table} ORDER BY id")
        for table, columns in DOCUMENTS.items()
    }


@pytest.fixture(scope="module")
def taken_over(make_database):
    """Before and after installing the suite on Odoo's own demo data."""
    database = make_database("CRM_SUITE_ODOO_DEMO")
    orders, lines = server.run_python(database, PREPARE)
    assert orders and lines
    before = snapshot(database)
    noise = server.run_odoo("-d", database, "-i", ",".join(server.SUITE))
    return database, before, snapshot(database), noise


def test_takes_the_suite_without_a_warning(taken_over):
    assert taken_over[3] == []


@pytest.mark.parametrize("table", DOCUMENTS)
def test_installation_changes_no_existing_quantity_total_or_state(taken_over, table):
    _database, before, after, _noise = taken_over
    there = {row[0] for row in before[table]}
    assert there
    assert [row for row in after[table] if row[0] in there] == before[table]


def test_goods_delivered_by_hand_stay_delivered_when_the_line_is_written(taken_over):
    database = taken_over[0]
    changed = server.run_python(
        database,
        """
import json
lines = env["sale.order.line"].search(
    [("qty_delivered_method", "=", "manual"), ("qty_delivered", ">", 0)]
)
before = {line.id: line.qty_delivered for line in lines}
for line in lines:
    line.write({"name": line.name + " ", "is_expense": False, "product_id": line.product_id.id})
env.flush_all()
env.invalidate_all()
moved = [line.id for line in lines if line.qty_delivered != before[line.id]]
print(json.dumps([len(lines), moved]))
""",
    )
    count, moved = changed
    assert count
    assert moved == []
