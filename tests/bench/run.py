# SPDX-License-Identifier: LGPL-3.0-or-later
"""Measure the suite beside Odoo alone, turn by turn in one run, and print the ratios."""

import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
REGISTRY = """
import sys, time
import odoo
from odoo.modules.registry import Registry
odoo.tools.config.parse_config(["--log-level=critical"])
start = time.perf_counter()
Registry(sys.argv[1])
print(time.perf_counter() - start)
"""
ASSETS = """
import gzip, sys
import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
odoo.tools.config.parse_config(["--log-level=critical"])
with Registry(sys.argv[1]).cursor() as cr:
    env = api.Environment(cr, SUPERUSER_ID, {})
    bundle = env["ir.qweb"]._get_asset_bundle("web.assets_backend", css=True, js=True)
    files = bundle.js() + bundle.css()
    print(sum(len(gzip.compress(file.raw)) for file in files) / 1024)
    cr.rollback()
"""
DOCUMENTS = [
    # row, what the worker does, how many, rounds, the most that the ratio may be
    ("note to invoice, one by one (20)", "invoice_one_by_one", 20, 5, 1.15),
    ("200 notes to 200 invoices, one call", "invoice_in_one_call", 200, 3, 1.25),
    ("validate 200 notes / write quantities", "deliver_in_one_call", 200, 3, None),
    # In small turns, so that what else the machine does meets both sides.
    ("post 500 notes and 500 e-mails in turn", "post_messages", 50, 20, 1.15),
    ("post 500 notes, which nobody is told of", "post_notes", 25, 20, 1.15),
    ("confirm 300 orders, one by one", "confirm_orders", 15, 20, 1.15),
    ("confirm and invoice 300 orders, no notes", "sell_without_notes", 15, 20, 1.05),
]
# Large selections: 1,000 must take ten times as long as 100, and no more memory.
FEW, MANY = 100, 1_000
LINEAR, MORE_MEMORY = 1.20, 1.10


class Side:
    """A worker process on one database."""

    def __init__(self, database, script="worker.py", **environment):
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", HERE / script, database],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit("a worker stopped; its message is above")
        return line

    def measure(self, name, count):
        self.process.stdin.write(f"{name} {count}\n")
        self.process.stdin.flush()
        return float(self.answer())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def alternate(ours, theirs, rounds):
    """Return (seconds, seconds) of each round after one that only warms up."""
    pairs = [(ours(), theirs()) for _round in range(rounds + 1)]
    return pairs[1:]


def run_script(script, database):
    # A server finds its modules compiled from the second start on.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, database],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(done.stdout)


def row(title, pairs, unit, limit):
    ours = statistics.median(pair[0] for pair in pairs)
    theirs = statistics.median(pair[1] for pair in pairs)
    ratio = statistics.median(pair[0] / pair[1] for pair in pairs)
    over = limit is not None and ratio > limit
    bound = "" if limit is None else f"{limit:.2f}"
    print(
        f"{title:40} {ours:9.3f} {theirs:9.3f} {unit:3} {ratio:7.2f} {bound:>6}{' OVER' * over}",
        flush=True,
    )
    return over


def measure_many(ours, theirs):
    """Invoice 1,000 documents on both sides, after 100; tell whether a figure is over."""
    for side in (ours, theirs):
        side.measure("invoice_many", FEW)
        side.measure("count_rows", 0)
    few = ours.measure("invoice_many", FEW), theirs.measure("invoice_many", FEW)
    memory = ours.measure("memory", 0)
    many = ours.measure("invoice_many", MANY), theirs.measure("invoice_many", MANY)
    failed = row("1,000 notes to 1,000 invoices", [many], "s", 1.10)
    pairs = [(many[0], few[0] * MANY / FEW)]
    failed |= row("  1,000 notes / ten times 100 notes", pairs, "s", LINEAR)
    pairs = [(ours.measure("memory", 0), memory)]
    failed |= row("  memory after 1,000 / after 200", pairs, "MB", MORE_MEMORY)
    return failed


def compare(sides, rows, other):
    """Measure each row on both sides and print it; return whether one is over its limit."""
    print(f"{'':40} {'suite':>9} {other:>9}     {'ratio':>7} {'most':>6}")
    failed = False
    for side in sides:
        side.answer()
    for title, name, count, rounds, limit in rows:
        pairs = alternate(
            *(
                lambda side=side, name=name, count=count: side.measure(name, count)
                for side in sides
            ),
            rounds,
        )
        failed |= row(title, pairs, "s", limit)
    return failed


def main():
    suite, alone = os.environ["CRM_BENCH_SUITE"], os.environ["CRM_BENCH_ODOO"]
    many = {"CRM_BENCH_MANY": str(2 * FEW + MANY)}
    sides = Side(suite, **many), Side(alone, **many)
    failed = compare(sides, DOCUMENTS, "Odoo")
    failed |= measure_many(*sides)
    for side in sides:
        side.close()

    pairs = alternate(lambda: run_script(REGISTRY, suite), lambda: run_script(REGISTRY, alone), 7)
    failed |= row("load the registry", pairs, "s", 1.10)
    ours, theirs = run_script(ASSETS, suite), run_script(ASSETS, alone)
    failed |= row("backend assets, compressed", [(ours, theirs)], "KB", (theirs + 40) / theirs)
    print(f"{'  added by the suite':40} {ours - theirs:9.1f}           KB")
    sys.exit(failed)


if __name__ == "__main__":
    main()
