# SPDX-License-Identifier: LGPL-3.0-or-later
"""The history of accounts at two million events, beside a search of Odoo's own models.

Half of the events are messages (half of them on contacts, which every salesperson reads, half on
orders), the rest calls, orders, invoices and opportunities. One document in fifty is the user's
own: the user has *Own Documents Only*. One account has 300,000 events, one 60, the others the rest.
"""

import os
import resource
import statistics
import subprocess
import sys
import time

import odoo
from odoo import SUPERUSER_ID, api
from odoo.fields import Domain
from odoo.modules.registry import Registry

ACCOUNTS = 30_000
LARGE_SHARE = 0.15
SOURCES = {
    # table: documents, of them on the account with few
    # Every other one from the eleventh on is about an order of another account.
    "mail_message": (1_000_000, 50),
    "crm_call": (400_000, 10),
    "sale_order": (300_000, 10),
    "account_move": (200_000, 5),
    "crm_lead": (100_000, 5),
}
BACKFILLED = ("crm.call", "crm.lead")
CALLS = 31
PAGE_MS, PAGE_QUERIES, FASTER = 25.0, 8, 15.0
LIST_MS = 60.0


def environment(database):
    odoo.tools.config.parse_config(["--log-level=critical"])
    registry = Registry(database)
    return api.Environment(registry.cursor(), SUPERUSER_ID, {})


def generate(env):
    """Make accounts, documents and their events by SQL; return (user, large, small)."""
    cr = env.cr
    user = env["res.users"].create(
        {
            "name": "Bench Salesperson",
            "login": "bench_history",
            "group_ids": [(6, 0, [env.ref("sales_team.group_sale_salesman").id])],
        }
    )
    others = env["res.users"].create({"name": "Bench Other", "login": "bench_history_other"})
    journal = env["account.journal"].search([("type", "=", "sale")], limit=1)
    if not journal:
        env["account.chart.template"].try_loading("generic_coa", env.company, install_demo=False)
        journal = env["account.journal"].search([("type", "=", "sale")], limit=1)
    env.flush_all()
    cr.execute(
        """
        INSERT INTO res_partner (name, complete_name, is_company, active, type, partner_share,
                                 crm_is_account, create_date, autopost_bills)
        SELECT 'Account ' || n, 'Account ' || n, TRUE, TRUE, 'contact', TRUE, TRUE, now(), 'ask'
          FROM generate_series(1, %s) AS n RETURNING id
        """,
        [ACCOUNTS],
    )
    first = cr.fetchone()[0]
    cr.execute(
        "UPDATE res_partner SET commercial_partner_id = id, crm_account_id = id WHERE id >= %s",
        [first],
    )
    values = {
        "user": user.id,
        "other": others.id,
        "author": others.partner_id.id,
        "company": env.company.id,
        "currency": env.company.currency_id.id,
        "journal": journal.id,
        "stage": env["crm.stage"].search([], limit=1).id,
        "subtype": env.ref("mail.mt_comment").id,
        "first": first,
        "accounts": ACCOUNTS,
        "share": LARGE_SHARE,
    }
    # The first account is the large one, the second the one with few.
    documents = """
        SELECT n, CASE WHEN n <= {few} THEN %(first)s + 1
                       WHEN n %% 100 < %(share)s * 100 THEN %(first)s
                       ELSE %(first)s + 2 + n %% (%(accounts)s - 2) END AS partner_id,
               CASE WHEN n %% 53 = 0 THEN %(user)s ELSE %(other)s END AS user_id,
               now()::timestamp(0) - n * interval '90 seconds' AS moment
          FROM generate_series(1, {count}) AS n
    """
    inserts = {
        "crm_call": """
            INSERT INTO crm_call (company_id, direction, outcome, state, date, partner_id,
                                  crm_account_id, user_id, name, duration)
            SELECT %(company)s, 'out', 'answered', 'done', moment, partner_id, partner_id, user_id,
                   'Call number ' || n, 5 FROM documents""",
        "sale_order": """
            INSERT INTO sale_order (company_id, partner_id, partner_invoice_id,
                                    partner_shipping_id, name, date_order, user_id, state,
                                    amount_total, currency_id)
            SELECT %(company)s, partner_id, partner_id, partner_id, 'B' || n, moment, user_id,
                   'sale', n %% 9000, %(currency)s FROM documents""",
        "account_move": """
            INSERT INTO account_move (journal_id, state, move_type, auto_post, date, invoice_date,
                                      currency_id, company_id, partner_id, commercial_partner_id,
                                      invoice_user_id, amount_total, name)
            SELECT %(journal)s, 'draft', 'out_invoice', 'no', moment::date, moment::date,
                   %(currency)s, %(company)s, partner_id, partner_id, user_id, n %% 9000, 'F' || n
              FROM documents""",
        "crm_lead": """
            INSERT INTO crm_lead (name, type, partner_id, user_id, company_id, stage_id, active,
                                  create_date, expected_revenue, crm_account_id)
            SELECT 'Opportunity ' || n, 'opportunity', partner_id, user_id, %(company)s, %(stage)s,
                   TRUE, moment, n %% 9000, partner_id FROM documents""",
        "mail_message": """
            INSERT INTO mail_message (message_type, model, res_id, date, author_id, subtype_id,
                                      body, create_date)
            SELECT 'comment', CASE WHEN n %% 2 = 0 OR ordered.id IS NULL THEN 'res.partner'
                                   ELSE 'sale.order' END,
                   CASE WHEN n %% 2 = 0 OR ordered.id IS NULL THEN partner_id ELSE ordered.id END,
                   moment, %(author)s, %(subtype)s, '<p>Message number ' || n || '</p>', moment
              FROM documents
         LEFT JOIN (SELECT name, id FROM sale_order) AS ordered
                ON ordered.name = 'B' || n""",
    }
    for table in ("crm_call", "sale_order", "account_move", "crm_lead", "mail_message"):
        count, few = SOURCES[table]
        source = documents.format(count=count, few=few)
        cr.execute(f"WITH documents AS ({source}) {inserts[table]}", values)
        cr.execute(f"ANALYZE {table}")
    cr.execute("ANALYZE res_partner")
    events = env["crm.account.event"]
    for model_name in ("crm.call", "sale.order", "account.move", "crm.lead", "mail.message"):
        seconds, count = backfill(env, model_name)
        print(f"  {model_name}: {count} events in {seconds:.0f} s", file=sys.stderr, flush=True)
    cr.execute("ANALYZE crm_account_event")
    cr.execute("SELECT COUNT(*) FROM crm_account_event")
    total = cr.fetchone()[0]
    cr.commit()
    counts = [events.search_count([("root_partner_id", "=", first + offset)]) for offset in (0, 1)]
    print(f"{total} events; {counts[0]} on the large account, {counts[1]} on the small one")
    return user.id, first, first + 1


def backfill(env, model_name):
    """Take every document of the model over, a commit a chunk; return (seconds, events)."""
    env["crm.timeline.backfill"].search([("model", "=", model_name)]).unlink()
    env["crm.timeline.backfill"]._crm_register_sources()
    job = env["crm.timeline.backfill"].search([("model", "=", model_name)])
    start = time.perf_counter()
    while job.next_id:
        job._crm_take_chunk()
        env.cr.commit()
    return time.perf_counter() - start, job.event_count


def page(env, partner_id, cursor=None, filters=None):
    return env["crm.account.event"].crm_history(partner_id, filters, cursor)


def federated(env, partner_id):
    """The newest 40 of each of Odoo's models, merged: what is left of them after 40."""
    found = []
    below = Domain("partner_id", "child_of", partner_id)
    for model_name, domain, date in (
        ("crm.call", below, "date"),
        ("sale.order", below, "date_order"),
        ("account.move", below & Domain("move_type", "!=", "entry"), "invoice_date"),
        ("crm.lead", below, "create_date"),
        ("calendar.event", Domain("partner_ids", "child_of", partner_id), "start"),
        (
            "mail.message",
            Domain("message_type", "in", ["comment", "email", "email_outgoing"])
            & (
                (Domain("model", "=", "res.partner") & Domain("res_id", "=", partner_id))
                | (
                    Domain("model", "=", "sale.order")
                    & Domain("res_id", "in", env["sale.order"]._search(below))
                )
            ),
            "date",
        ),
    ):
        model = env[model_name]
        records = model.search_fetch(domain, [date], order=f"{date} DESC, id DESC", limit=40)
        for record in records:
            found.append((str(record[date]), model_name, record.display_name))
    return sorted(found, reverse=True)[:40]


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


def row(title, value, unit, limit=None, least=False):
    over = limit is not None and (value < limit if least else value > limit)
    bound = "" if limit is None else f"{'at least' if least else 'at most'} {limit:g}"
    print(f"{title:58} {value:10.1f} {unit:8} {bound}{'  MISSED' * over}", flush=True)
    return over


def main(database):
    env = environment(database)
    print(f"load before: {os.getloadavg()[0]:.1f}")
    user, large, small = generate(env)
    mine = env(user=user)
    failed = False
    ours = {}
    for name, partner_id in (("large", large), ("small", small)):
        cursor = page(mine, partner_id)["next"]
        for title, calls in (
            ("first page", lambda partner_id=partner_id: page(mine, partner_id)),
            ("next page", lambda partner_id=partner_id, c=cursor: page(mine, partner_id, c)),
        ):
            if title == "next page" and not cursor:
                continue
            spent, queries = measure(mine, calls)
            failed |= row(f"{title}, {name} account", spent, "ms", PAGE_MS)
            failed |= row(f"{title}, {name} account", queries, "queries", PAGE_QUERIES)
            ours.setdefault(name, spent)
        spent, queries = measure(mine, lambda p=partner_id: federated(mine, p), 7)
        row(f"search of Odoo's models, {name} account", spent, "ms")
        row(f"search of Odoo's models, {name} account", queries, "queries")
        limit = FASTER if name == "large" else None
        failed |= row(f"faster, {name} account", spent / ours[name], "times", limit, least=True)
    spent, _queries = measure(mine, lambda: page(mine, large, None, {"kinds": ["payment"]}), 7)
    row("a kind without any document, large account", spent, "ms")
    others = env["res.users"].search([("login", "=", "bench_history_other")])
    filters = {"kinds": ["call"], "user_id": others.id}
    spent, _queries = measure(mine, lambda: page(mine, large, None, filters), 7)
    row("only what the user may not read, large account", spent, "ms")
    partners = mine["res.partner"]
    silent = [("is_company", "=", True), ("crm_days_silent", ">=", 30)]
    accounts = partners.search([("is_company", "=", True)], limit=80, order="id DESC")
    events = mine["crm.account.event"]
    own = [("rank", "=", 0), ("user_id", "=", user)]
    for title, calls in (
        ("first 80 accounts silent for 30 days", lambda: partners.search(silent, limit=80)),
        ("last contact of 80 accounts", lambda: accounts.mapped("crm_days_silent")),
        ("last contact, large account", lambda: partners.browse(large).crm_days_silent),
        ("first 80 of one's own events", lambda: events.search_fetch(own, ["date"], limit=80)),
    ):
        spent, _queries = measure(mine, calls, 7)
        failed |= row(title, spent, "ms", LIST_MS)
    spent, _queries = measure(mine, lambda: partners.search_count(silent), 7)
    row("count all accounts silent for 30 days", spent, "ms")
    env.cr.close()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", __file__, database, "backfill"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    print(done.stdout, end="")
    print(f"load after: {os.getloadavg()[0]:.1f}")
    sys.exit(failed)


def main_backfill(database):
    env = environment(database)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for model_name in BACKFILLED:
        env.cr.execute("DELETE FROM crm_account_event WHERE res_model = %s", [model_name])
        env.cr.commit()
    seconds = documents = 0
    for model_name in BACKFILLED:
        spent, count = backfill(env, model_name)
        seconds, documents = seconds + spent, documents + count
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    row(f"take over {documents} documents", documents / seconds, "a second")
    row("  peak memory", peak, "MB")
    row("  of it before the first document", before, "MB")


if __name__ == "__main__":
    if sys.argv[2:] == ["backfill"]:
        main_backfill(sys.argv[1])
    else:
        main(sys.argv[1])
