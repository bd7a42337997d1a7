# SPDX-License-Identifier: LGPL-3.0-or-later
"""Odoo's own tests on Odoo as it is and on Odoo with the suite: which ones fail on one side only?

    bin/odoo-suites [--limit MINUTES] [MODULE…]

All databases hold the same modules of Odoo, so that what differs comes from the suite. The exit
code is 0 when every difference is one of ``ACCEPTED`` and none of these is out of date.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from typing import NamedTuple

import server

MODULES = ("sale", "sale_management", "account")
# With these, Inventory stands beside the suite; name them, or "stock", to add it.
STOCK = ("sale_stock",)
# The databases: Odoo as it is; with the suite, where new companies deliver by hand as in Odoo; and
# where they deliver by note, which is the default.
PLAIN, BY_HAND, BY_NOTE = "plain", "by_hand", "by_note"
_DELIVER_BY_HAND = """
env["ir.default"].set("res.company", "crm_delivery_control", False)
env.cr.commit()
print(1)
"""

# Tests that pass without the suite and not with it, each with the reason why that is right: they
# write the delivered quantity of a line by hand, which only the notes of such a company do.
_TYPED_IN_REASON = "types in a delivered quantity in a company that delivers by note"
_TYPED_IN = {
    "sale/test_accrued_sale_orders: TestAccruedSaleOrders": (
        "test_accrued_order",
        "test_analytic_account_accrued_order",
        "test_multi_currency_accrued_order",
        "test_product_name_in_accrued_revenue_entry",
    ),
    "sale/test_sale_to_invoice: TestSaleToInvoice": (
        "test_amount_to_invoice_multiple_so",
        "test_amount_to_invoice_one_line_multiple_so",
        "test_amount_to_invoice_price_unit_change",
        "test_credit_note_automatic_matching",
        "test_credit_note_no_automatic_matching",
        "test_downpayment",
        "test_downpayment_fixed_amount_with_zero_total_amount",
        "test_downpayment_line_name",
        "test_downpayment_line_remains_on_SO",
        "test_downpayment_storno",
        "test_downpayment_validation",
        "test_invoice_analytic_rule_with_account_prefix",
        "test_invoice_combo_product",
        "test_invoice_with_discount",
        "test_invoice_with_sections",
        "test_negative_amount_storno",
        "test_qty_invoiced",
        "test_sale_order_standard_flow_with_invoicing",
    ),
}
# They pin the number of queries of a call that makes orders. The suite adds seven to ten to a call,
# for one order as for many: history, revisions, approvals, margins.
_PINNED_REASON = "the suite adds a fixed number of queries to a call"
_PINNED = {
    "sale_stock/test_create_perf: TestPERF": (
        "test_dummy_sales_orders_batch_creation_perf",
        "test_empty_sale_order_creation_perf",
        "test_empty_sales_orders_batch_creation_perf",
        "test_light_sales_orders_batch_creation_perf_without_taxes",
    ),
}


def _accept(reason, tests):
    return {f"{where}.{name}": reason for where, names in tests.items() for name in names}


ACCEPTED = {
    BY_HAND: _accept(_PINNED_REASON, _PINNED),
    BY_NOTE: _accept(_PINNED_REASON, _PINNED) | _accept(_TYPED_IN_REASON, _TYPED_IN),
}

_LINE = r" odoo\.addons\.(?P<module>\w+)\.tests\.(?P<file>[\w.]+): "
STARTED = re.compile(_LINE + r"Starting (?P<test>\S+) \.\.\.")
FAILED = re.compile(_LINE + r"(?:FAIL|ERROR): (?:Subtest )?(?P<test>[^\s(]+)")
CLASS_FAILED = re.compile(
    r" ERROR: (?P<what>setUpClass|tearDownClass) "
    r"\(odoo\.addons\.(?P<module>\w+)\.tests\.(?P<file>[\w.]+)\.(?P<name>\w+)\)"
)


class Outcome(NamedTuple):
    ran: set
    failed: set
    complete: bool


def read_log(lines):
    """Return what ran and what failed, by ``module/file: Class.method``.

    >>> started = "INFO db odoo.addons.sale.tests.test_x: Starting TestA.test_1 ... "
    >>> failed = "ERROR db odoo.addons.sale.tests.test_x: FAIL: Subtest TestA.test_1 (<subtest>)"
    >>> class_failed = "odoo.tests.suite: ERROR: setUpClass (odoo.addons.sale.tests.test_y.TestB)"
    >>> outcome = read_log([started, failed, class_failed])
    >>> outcome.ran, sorted(outcome.failed)
    ({'sale/test_x: TestA.test_1'}, ['sale/test_x: TestA.test_1', 'sale/test_y: setUpClass TestB'])
    """
    ran, failed, complete = set(), set(), False
    for line in lines:
        if match := STARTED.search(line):
            ran.add("{module}/{file}: {test}".format(**match.groupdict()))
        elif match := CLASS_FAILED.search(line):
            failed.add("{module}/{file}: {what} {name}".format(**match.groupdict()))
        elif match := FAILED.search(line):
            failed.add("{module}/{file}: {test}".format(**match.groupdict()))
        complete |= " post-tests in " in line
    return Outcome(ran, failed, complete)


def run_tests(database, module, limit, log):
    """Run the tests of one module, the ones at installation too."""
    log.seek(0)
    log.truncate()
    command = [*server.ODOO, "-d", database, f"--test-tags=/{module}", "--stop-after-init"]
    command += ["--http-port", str(server.free_port()), "--max-cron-threads", "0"]
    try:
        subprocess.run(command, check=False, stdout=log, stderr=log, timeout=limit)
    except subprocess.TimeoutExpired:
        pass
    log.seek(0)
    return read_log(log)


def compare(module, side, plain, suite, stock):
    """Print what differs; return the differences that nobody accepted.

    :param stock: whether Inventory delivers goods, so that some of the accepted tests pass
    """
    accepted = ACCEPTED.get(side, {})
    if not (plain.ran and suite.ran):
        return {f"{module} {side}: no test ran"}
    broken = suite.failed - plain.failed
    if plain.complete and suite.complete:
        broken |= {f"{test} (did not run)" for test in plain.ran - suite.ran}
    for test in sorted(broken):
        print(f"  {side}, only with the suite: {test}\n    {accepted.get(test, 'NOT ACCEPTED')}")
    for test in sorted((plain.failed & suite.ran) - suite.failed):
        print(f"  {side}, only without the suite: {test}")
    outdated = {
        f"{test} (accepted, but passes)"
        for test in accepted.keys() & suite.ran - suite.failed
        if test.startswith(f"{module}/") and not stock
    }
    return {f"{side}: {test}" for test in broken - accepted.keys() | outdated}


def print_outcome(module, side, outcome):
    note = "" if outcome.complete else ", stopped at the limit"
    print(f"{module} {side}: {len(outcome.ran)} ran, {len(outcome.failed)} failed{note}")
    for test in sorted(outcome.failed):
        print(f"    {test}")
    sys.stdout.flush()


def prepare(added):
    """Make the databases; return their names by side."""
    names = {}
    for side in (PLAIN, BY_HAND, BY_NOTE):
        names[side] = f"{os.environ['CRM_SUITE_RUN']}_{side}"
        template = os.environ["CRM_SUITE_PLAIN" if side == PLAIN else "CRM_SUITE_SUITE"]
        server.run_tool("createdb", "-T", template, names[side])
        if added:
            server.run_odoo("-d", names[side], "-i", ",".join(added))
    server.run_python(names[BY_HAND], _DELIVER_BY_HAND)
    return names


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", default=MODULES)
    parser.add_argument("--limit", type=float, metavar="MINUTES", help="for each run")
    options = parser.parse_args()
    limit = options.limit and options.limit * 60
    added = STOCK if set(options.modules) & {"stock", *STOCK} else ()
    names = {}
    problems = set()
    try:
        names = prepare(added)
        with tempfile.TemporaryFile("w+") as log:
            for module in options.modules:
                plain = run_tests(names[PLAIN], module, limit, log)
                print_outcome(module, PLAIN, plain)
                for side in (BY_HAND, BY_NOTE):
                    suite = run_tests(names[side], module, limit, log)
                    print_outcome(module, side, suite)
                    problems |= compare(module, side, plain, suite, added)
    finally:
        for name in names.values():
            server.run_tool("dropdb", "--force", "--if-exists", name)
    for problem in sorted(problems):
        print(f"Not accepted: {problem}")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
