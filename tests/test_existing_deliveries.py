# SPDX-License-Identifier: LGPL-3.0-or-later
"""A company that delivers by hand, by Inventory and by timesheets adds the addon and drops it."""

import json
import os

import pytest

import server

# Every row of these, in every column that there was before: what must not move.
TABLES = (
    "sale_order",
    "sale_order_line",
    "account_move",
    "account_move_line",
    "stock_picking",
    "stock_move",
    "stock_move_line",
    "account_analytic_line",
)
# Who wrote last, and when, is no content.
UNCOMPARED = {"write_date", "write_uid"}
# Half of the goods of the demo orders was delivered by hand, and one order is partly invoiced.
BY_HAND = """
import json
orders = env["sale.order"].search([("state", "=", "sale")])
lines = orders.order_line.filtered(lambda line: line.qty_delivered_method == "manual")
for line in lines[: len(lines) // 2 + 1]:
    line.qty_delivered = line.product_uom_qty / 2
orders[:1]._create_invoices()
env.cr.commit()
print(json.dumps([len(orders), len(lines)]))
"""
# Then Inventory and timesheets came: an order with a part of its goods sent, hours that were
# logged, and a service delivered by hand.
BY_OTHERS = """
import json
Product = env["product.product"]
goods = Product.create({"name": "Stocked", "type": "consu", "is_storable": True})
hours = Product.create({
    "name": "Hours",
    "type": "service",
    "service_type": "timesheet",
    "service_tracking": "task_global_project",
    "invoice_policy": "delivery",
    "project_id": env["project.project"].search([("allow_timesheets", "=", True)], limit=1).id,
})
service = Product.create({"name": "By hand", "type": "service", "service_type": "manual"})
expense = Product.create({"name": "Travel", "type": "service", "expense_policy": "sales_price"})
order = env["sale.order"].create({
    "partner_id": env["res.partner"].search([("is_company", "=", True)], limit=1).id,
    "order_line": [
        (0, 0, {"product_id": goods.id, "product_uom_qty": 10}),
        (0, 0, {"product_id": hours.id, "product_uom_qty": 8}),
        (0, 0, {"product_id": service.id, "product_uom_qty": 7}),
        (0, 0, {"product_id": expense.id, "product_uom_qty": 1, "is_expense": True}),
    ],
})
order.action_confirm()
move = order.picking_ids.move_ids
move.quantity = 4
move.picked = True
move.picking_id.with_context(skip_backorder=True, skip_sms=True).button_validate()
task = order.order_line[1].task_id
env["account.analytic.line"].create({
    "name": "Worked",
    "task_id": task.id,
    "project_id": task.project_id.id,
    "unit_amount": 3,
    "employee_id": env["hr.employee"].search([], limit=1).id,
})
order.order_line[2].qty_delivered = 5
env.flush_all()
methods = sorted(set(env["sale.order.line"].search([]).mapped("qty_delivered_method")))
quantities = order.order_line.mapped("qty_delivered")
env.cr.commit()
print(json.dumps([methods, quantities]))
"""
# What core computes the delivery method of a line anew for, with the values that are there.
WRITE = """
import json
lines = env["sale.order.line"].search([("display_type", "=", False)])
for line in lines:
    line.write({"is_expense": line.is_expense})
    if line.product_id:
        line.write({"product_id": line.product_id.id})
env.flush_all()
env.add_to_compute(lines._fields["qty_delivered_method"], lines)
env.flush_all()
env.cr.commit()
print(json.dumps(len(lines)))
"""
DELIVER_BY_NOTE = """
import json
env["res.company"].search([]).crm_delivery_control = True
account = env["res.partner"].create({"name": "By note", "is_company": True})
product = env["product.product"].create({"name": "Noted service", "type": "service"})
order = env["sale.order"].create({
    "partner_id": account.id,
    "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": 9})],
})
order.action_crm_create_delivery_note()
note = order.crm_delivery_note_ids
note.line_ids.quantity = 6
note.action_validate()
env.cr.commit()
print(json.dumps([order.order_line.id, order.order_line.qty_delivered_method]))
"""
UNINSTALL = """
env["ir.module.module"].search([("name", "=", "crm_sales_docs")]).button_immediate_uninstall()
print(1)
"""


def columns_of(database):
    """Return ``{table: columns}`` of what is compared."""
    columns = {}
    for table in TABLES:
        names = server.query(
            database,
            "SELECT column_name FROM information_schema.columns"
            f" WHERE table_schema = 'public' AND table_name = '{table}'",
        )
        columns[table] = sorted({name for (name,) in names} - UNCOMPARED)
    return columns


def snapshot(database, columns):
    """Return ``{table: {id: {column: value}}}``."""
    result = {}
    for table, names in columns.items():
        listed = ", ".join(f'"{name}"' for name in names)
        rows = server.query(
            database, f"SELECT row_to_json(t) FROM (SELECT {listed} FROM {table}) t"
        )
        result[table] = {row["id"]: row for row in (json.loads(text) for (text,) in rows)}
    return result


def moved(before, after):
    """Return ``[(table, id, column, old, new)]`` of what is not as it was."""
    return [
        (table, key, column, old, after[table].get(key, {}).get(column))
        for table, rows in before.items()
        for key, row in rows.items()
        for column, old in row.items()
        if after[table].get(key, {}).get(column) != old
    ]


@pytest.fixture(scope="module")
def history(make_database):
    """Return the snapshots of each step, by name."""
    database = make_database("CRM_SUITE_ODOO_DEMO")
    assert all(server.run_python(database, BY_HAND))
    server.run_odoo("-d", database, "-i", "sale_stock,sale_timesheet")
    methods, quantities = server.run_python(database, BY_OTHERS)
    assert {"analytic", "manual", "stock_move", "timesheet"} <= set(methods)
    assert quantities[:3] == [4, 3, 5]
    columns = columns_of(database)
    steps = {"before": snapshot(database, columns)}
    assert all(steps["before"].values())
    # what Odoo does by itself with the same writes
    os.environ["CRM_SUITE_PREPARED"] = database
    odoo = make_database("CRM_SUITE_PREPARED")
    for step in ("written by Odoo", "written again by Odoo"):
        assert server.run_python(odoo, WRITE)
        steps[step] = snapshot(odoo, columns)
    server.run_odoo("-d", database, "-i", "crm_sales_docs")
    steps["installed"] = snapshot(database, columns)
    assert server.run_python(database, WRITE)
    steps["written"] = snapshot(database, columns)
    steps["line"], method = server.run_python(database, DELIVER_BY_NOTE)
    assert method == "delivery_note"
    steps["noted"] = snapshot(database, columns)
    server.run_python(database, UNINSTALL)
    steps["uninstalled"] = snapshot(database, columns)
    assert server.run_python(database, WRITE)
    steps["written again"] = snapshot(database, columns)
    return steps


def test_installation_changes_nothing(history):
    assert moved(history["before"], history["installed"]) == []


def test_later_writes_change_what_they_change_in_odoo_and_no_more(history):
    lines = history["written"]["sale_order_line"]
    for table, key, column, old, new in moved(history["written by Odoo"], history["written"]):
        if (column, old, new) == ("qty_delivered_method", "manual", "delivery_note"):
            # a line of which nothing was delivered may be delivered by notes from now on
            assert not lines[key]["qty_delivered"]
        else:
            # hours of the demo orders that nobody logged, and what was delivered by hand before
            # there was a warehouse: Odoo itself forgets them
            assert new == history["installed"][table][key][column]


def test_uninstallation_leaves_the_quantities_and_gives_the_lines_back(history):
    # the demo data of the addon leaves with it
    kept = {
        table: {
            key: row
            for key, row in rows.items()
            if key in history["before"][table]
            or (table, key) == ("sale_order_line", history["line"])
        }
        for table, rows in history["noted"].items()
    }
    changes = moved(kept, history["uninstalled"])
    assert {change[2:] for change in changes} == {
        ("qty_delivered_method", "delivery_note", "manual")
    }
    line = history["uninstalled"]["sale_order_line"][history["line"]]
    assert line["qty_delivered_method"] == "manual"
    assert line["qty_delivered"] == 6


def test_writes_after_the_uninstallation_do_what_they_do_in_odoo(history):
    assert moved(history["written again by Odoo"], history["written again"]) == []
