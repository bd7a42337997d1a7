# SPDX-License-Identifier: LGPL-3.0-or-later
"""Odoo's own tests on Odoo as it is and on Odoo with the suite: which ones fail on one side only?

    bin/odoo-suites [--limit MINUTES] [MODULE…]

Both databases hold the same modules of Odoo, so that what differs comes from the suite. The exit
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

MODULES = ("sale", "sale_management", "sale_stock", "stock", "account")
# What is added to the modules that the suite depends on.
ADDED = "sale_stock"

# Tests that pass without the suite and not with it, each with the reason why that is right.
ACCEPTED: dict[str, str] = {}

_LINE = r" odoo\.addons\.(?P<module>\w+)\.tests\.(?P<file>[\w.]+): "
STARTED = re.compile(_LINE + r"Starting (?P<test>\S+) \.\.\.")
FAILED = re.compile(
    _LINE + r"(?:FAIL|ERROR): (?:Subtest )?(?P<test>[^\s(]+)(?: \((?P<where>\S*)\))?"
)


class Outcome(NamedTuple):
    ran: set
    failed: set
    complete: bool


def read_log(lines):
    """Return what ran and what failed, by ``module/file: Class.method``.

    >>> started = "INFO db odoo.addons.sale.tests.test_x: Starting TestA.test_1 ... "
    >>> failed = "ERROR db odoo.addons.sale.tests.test_x: FAIL: Subtest TestA.test_1 (<subtest>)"
    >>> class_failed = "ERROR db odoo.addons.sale.tests.test_y: ERROR: setUpClass (o.TestB)"
    >>> outcome = read_log([started, failed, class_failed])
    >>> outcome.ran, sorted(outcome.failed)
    ({'sale/test_x: TestA.test_1'}, ['sale/test_x: TestA.test_1', 'sale/test_y: setUpClass TestB'])
    """
    ran, failed, complete = set(), set(), False
    for line in lines:
        if match := STARTED.search(line):
            ran.add("{module}/{file}: {test}".format(**match.groupdict()))
        elif match := FAILED.search(line):
            test = "{module}/{file}: {test}".format(**match.groupdict())
            if match["test"] in ("setUpClass", "tearDownClass"):
                test += " " + (match["where"] or "").rpartition(".")[2]
            failed.add(test)
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


def compare(module, plain, suite):
    """Print both sets and what differs; return the differences that nobody accepted."""
    for name, outcome in (("without", plain), ("with", suite)):
        note = "" if outcome.complete else ", stopped at the limit"
        print(
            f"{module} {name} the suite: {len(outcome.ran)} ran, {len(outcome.failed)} failed{note}"
        )
        for test in sorted(outcome.failed):
            print(f"    {test}")
    if not (plain.ran and suite.ran):
        return {f"{module}: no test ran"}
    broken = suite.failed - plain.failed
    if plain.complete and suite.complete:
        broken |= {f"{test} (did not run)" for test in plain.ran - suite.ran}
    for test in sorted(broken):
        print(f"  only with the suite: {test}\n    {ACCEPTED.get(test, 'NOT ACCEPTED')}")
    for test in sorted(plain.failed - suite.failed):
        print(f"  only without the suite: {test}")
    outdated = {
        f"{test} (accepted, but passes)"
        for test in ACCEPTED.keys() & suite.ran - suite.failed
        if test.startswith(f"{module}/")
    }
    return broken - ACCEPTED.keys() | outdated


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", default=MODULES)
    parser.add_argument("--limit", type=float, metavar="MINUTES", help="for each run")
    options = parser.parse_args()
    limit = options.limit and options.limit * 60
    names = {side: f"{os.environ['CRM_SUITE_RUN']}_{side}" for side in ("plain", "suite")}
    problems = set()
    try:
        for side, name in names.items():
            server.run_tool("createdb", "-T", os.environ[f"CRM_SUITE_{side.upper()}"], name)
            server.run_odoo("-d", name, "-i", ADDED)
        with tempfile.TemporaryFile("w+") as log:
            for module in options.modules:
                outcomes = [run_tests(name, module, limit, log) for name in names.values()]
                problems |= compare(module, *outcomes)
                sys.stdout.flush()
    finally:
        for name in names.values():
            server.run_tool("dropdb", "--force", "--if-exists", name)
    for problem in sorted(problems):
        print(f"Not accepted: {problem}")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
