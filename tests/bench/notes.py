# SPDX-License-Identifier: LGPL-3.0-or-later
"""The lists of what is left to do at 500,000 delivery notes and 300,000 orders.

One note in ten is to be invoiced, one order in fifteen to be delivered, half of these late. Fifty
salespeople share them; one document in a hundred belongs to nobody. The salesperson has *Own
Documents Only*, and so has a new one, who has no document yet.
"""

import os
import statistics
import sys
import time

from lxml import etree

import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools.safe_eval import safe_eval

NOTES, ORDERS, CUSTOMERS, SALESPEOPLE = 500_000, 300_000, 5_000, 50
CALLS = 31
PAGE_MS, PAGE_QUERIES, GROUP_MS = 20.0, 20, 100.0
PAGES = [
    # row, action, search default or none
    ("notes to invoice", "crm_delivery_note_action_to_invoice", []),
    ("my notes to invoice", "crm_delivery_note_action_my_to_invoice", []),
    ("not invoiced in their period", "crm_delivery_note_action", ["not_invoiced_in_period"]),
    ("delivery notes", "crm_delivery_note_action", []),
    ("orders to deliver", "sale_order_action_crm_to_deliver", []),
    ("late orders", "sale_order_action_crm_to_deliver", ["crm_late"]),
]


def environment(database):
    odoo.tools.config.parse_config(["--log-level=critical"])
    registry = Registry(database)
    return api.Environment(registry.cursor(), SUPERUSER_ID, {})


def generate(env):
    """Make customers, notes and orders by SQL; return a salesperson, a new one and a manager."""
    cr = env.cr
    users = env["res.users"].create(
        [
            {
                "name": f"Bench {name}",
                "login": f"bench_notes_{name}",
                "group_ids": [(6, 0, [env.ref(f"sales_team.{group}").id])],
            }
            for name, group in [
                *((f"seller_{n}", "group_sale_salesman") for n in range(SALESPEOPLE)),
                ("new", "group_sale_salesman"),
                ("manager", "group_sale_manager"),
            ]
        ]
    )
    env.flush_all()
    cr.execute(
        """
        INSERT INTO res_partner (name, complete_name, is_company, active, type, partner_share,
                                 crm_is_account, create_date, autopost_bills)
        SELECT 'Account ' || n, 'Account ' || n, TRUE, TRUE, 'contact', TRUE, TRUE, now(), 'ask'
          FROM generate_series(1, %s) AS n RETURNING id
        """,
        [CUSTOMERS],
    )
    first = cr.fetchone()[0]
    cr.execute(
        "UPDATE res_partner SET commercial_partner_id = id, crm_account_id = id WHERE id >= %s",
        [first],
    )
    values = {
        "notes": NOTES,
        "orders": ORDERS,
        "first": first,
        "customers": CUSTOMERS,
        "company": env.company.id,
        "currency": env.company.currency_id.id,
        "sellers": users.ids[:SALESPEOPLE],
        "share": SALESPEOPLE,
    }
    # Spread by a multiplier that has no factor in common with what the shares are counted by.
    spread = """
        SELECT n, %(first)s + ((n::bigint * 7919) %% %(customers)s)::int AS partner_id,
               CASE WHEN n %% 101 = 0 THEN NULL
                    ELSE (%(sellers)s::int[])[1 + (n * 31) %% %(share)s] END AS user_id
          FROM generate_series(1, {count}) AS n
    """
    cr.execute(
        f"""
        WITH documents AS ({spread.format(count="%(notes)s")})
        INSERT INTO crm_delivery_note (
            company_id, partner_id, partner_invoice_id, partner_shipping_id, currency_id, user_id,
            note_type, state, reason, date, name, invoice_state, origin, amount_untaxed,
            amount_untaxed_signed, amount_total, amount_total_signed, amount_to_invoice,
            invoiced_on, create_date)
        SELECT %(company)s, partner_id, partner_id, partner_id, %(currency)s, user_id,
               CASE WHEN n %% 97 = 0 THEN 'return' ELSE 'delivery' END,
               CASE WHEN n %% 103 = 0 THEN 'draft' WHEN n %% 107 = 0 THEN 'cancel' ELSE 'done' END,
               'sale', current_date - ((%(notes)s - n) / 500)::int,
               CASE WHEN n %% 103 = 0 THEN NULL ELSE 'NE-' || lpad(n::text, 8, '0') END,
               CASE WHEN n %% 103 = 0 OR n %% 107 = 0 THEN 'no'
                    WHEN n %% 11 = 0 THEN CASE WHEN n %% 5 = 0 THEN 'partial' ELSE 'to' END
                    ELSE 'done' END,
               'S' || n, n %% 9000, n %% 9000, n %% 9000, n %% 9000,
               CASE WHEN n %% 11 = 0 THEN n %% 9000 ELSE 0 END,
               CASE WHEN n %% 11 <> 0 AND n %% 103 <> 0 AND n %% 107 <> 0
                    THEN current_date - ((%(notes)s - n) / 500)::int + (n %% 3)::int END,
               now()
          FROM documents
        """,
        values,
    )
    cr.execute(
        f"""
        WITH documents AS ({spread.format(count="%(orders)s")})
        INSERT INTO sale_order (
            company_id, partner_id, partner_invoice_id, partner_shipping_id, name, date_order,
            user_id, state, amount_total, currency_id, crm_delivery_state, crm_promised_date)
        SELECT %(company)s, partner_id, partner_id, partner_id, 'B' || n,
               now()::timestamp(0) - (%(orders)s - n) * interval '3 minutes', user_id, 'sale',
               n %% 9000, %(currency)s,
               CASE WHEN n %% 15 <> 0 THEN 'done' WHEN n %% 2 = 0 THEN 'to' ELSE 'partial' END,
               now()::timestamp(0) + (n %% 61 - 30) * interval '1 day'
          FROM documents
        """,
        values,
    )
    for table in ("crm_delivery_note", "sale_order", "res_partner"):
        cr.execute(f"ANALYZE {table}")
    cr.commit()
    # As autovacuum does, without which no index alone answers.
    cr._cnx.autocommit = True
    for table in ("crm_delivery_note", "sale_order"):
        cr.execute(f"VACUUM {table}")
    cr._cnx.autocommit = False
    return users[0], users[-2], users[-1]


def first_page(env, action_name, filters):
    """Return the call that the web client makes for the first page of a list."""
    action = env["ir.actions.act_window"]._for_xml_id(f"crm_sales_docs.{action_name}")
    Model = env[action["res_model"]]
    views = {kind: view_id for view_id, kind in action["views"]}
    got = Model.get_views([(views["list"], "list"), (action["search_view_id"][0], "search")])
    tree = etree.fromstring(got["views"]["list"]["arch"])
    specification = {}
    for node in tree.iter("field"):
        field = Model._fields[node.get("name")]
        shown = node.get("optional") != "hide"
        if shown and field.type in ("many2one", "many2many"):
            specification[field.name] = {"fields": {"display_name": {}}}
        elif shown:
            specification[field.name] = {}
    domain = safe_eval(action["domain"] or "[]", {"uid": env.uid})
    search = etree.fromstring(got["views"]["search"]["arch"])
    for name in filters:
        domain += safe_eval(search.xpath(f"//filter[@name='{name}']")[0].get("domain"))
    order = tree.get("default_order") or ""
    return lambda: Model.web_search_read(
        domain, specification, order=order, limit=80, count_limit=10001
    )


def kanban_groups(env, action_name, field_name, progress, amount):
    """Return the call that the web client makes for the columns of a kanban."""
    action = env["ir.actions.act_window"]._for_xml_id(f"crm_sales_docs.{action_name}")
    domain = safe_eval(action["domain"], {"uid": env.uid})
    Model = env[action["res_model"]]
    return lambda: Model.formatted_read_group(
        domain, [field_name, progress], ["__count", f"{amount}:sum"]
    )


def measure(env, call, times=CALLS):
    """Return the median in milliseconds, with an empty record cache, and the most queries."""
    call()
    spent, queries = [], []
    for _turn in range(times):
        env.invalidate_all()
        before, start = env.cr.sql_log_count, time.perf_counter()
        call()
        spent.append((time.perf_counter() - start) * 1000)
        queries.append(env.cr.sql_log_count - before)
    return statistics.median(spent), max(queries)


def row(title, value, unit, limit=None):
    over = limit is not None and value > limit
    bound = "" if limit is None else f"at most {limit:g}"
    print(f"{title:58} {value:10.1f} {unit:8} {bound}{'  MISSED' * over}", flush=True)
    return over


def main(database):
    env = environment(database)
    print(f"load before: {os.getloadavg()[0]:.1f}")
    salesperson, newcomer, manager = generate(env)
    failed = False
    for who, user in (("salesperson", salesperson), ("new", newcomer), ("manager", manager)):
        mine = env(user=user.id, context={"allowed_company_ids": user.company_ids.ids})
        for title, action, filters in PAGES:
            spent, queries = measure(mine, first_page(mine, action, filters))
            failed |= row(f"{title}, {who}", spent, "ms", PAGE_MS)
            failed |= row(f"{title}, {who}", queries, "queries", PAGE_QUERIES)
        columns = kanban_groups(
            mine,
            "crm_delivery_note_action_to_invoice",
            "invoice_state",
            "note_type",
            "amount_to_invoice",
        )
        spent, _queries = measure(mine, columns, 7)
        failed |= row(f"columns of notes to invoice, {who}", spent, "ms", GROUP_MS)
    start = time.perf_counter()
    due = env["crm.delivery.note"]._crm_due_by_owner()
    row(f"who is to be told of tax periods ({len(due)})", (time.perf_counter() - start) * 1e3, "ms")
    start = time.perf_counter()
    late = env["sale.order"]._crm_search_late_to_remind()
    row(f"late orders to remind of ({len(late)})", (time.perf_counter() - start) * 1e3, "ms")
    print(f"load after: {os.getloadavg()[0]:.1f}")
    env.cr.rollback()
    sys.exit(failed)


if __name__ == "__main__":
    main(sys.argv[1])
