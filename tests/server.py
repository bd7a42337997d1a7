# SPDX-License-Identifier: LGPL-3.0-or-later
"""A real Odoo server process and the clients that talk to it, for tests and benchmarks."""

import ast
import json
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import xmlrpc.client
from pathlib import Path

SUITE = (
    "crm_accounts",
    "crm_leads",
    "crm_products",
    "crm_sales_docs",
    "crm_cases",
    "crm_reports",
)
# Installed by Odoo itself where an app of Odoo stands beside the suite.
GLUE = (
    "crm_accounts_crm",
    "crm_accounts_sale",
    "crm_accounts_account",
    "crm_accounts_purchase",
    "crm_sales_docs_stock",
)
ODOO = (sys.executable, "-W", "ignore", "-m", "odoo")
NOISE = re.compile(r" (?:WARNING|ERROR|CRITICAL) ")


def manifest(addon):
    """Return the manifest of an addon of the suite."""
    addons = Path(__file__).parent.parent / "addons"
    return ast.literal_eval((addons / addon / "__manifest__.py").read_text())


def run_tool(*command):
    """Run a program of PostgreSQL; its message is the error."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr.strip()}")


def run_odoo(*options):
    """Run Odoo to its end; return the lines of its log that are warnings or worse.

    :raise RuntimeError: when it ends with an exit code other than 0
    """
    command = [*ODOO, *options]
    command += ["--stop-after-init", "--no-http", "--log-level=warn"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-4000:])
    return [line for line in done.stderr.splitlines() if NOISE.search(line)]


def query(database, statement):
    """Return the rows of an SQL statement as lists of text."""
    done = subprocess.run(
        ["psql", "-XqAt", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement],
        capture_output=True,
        text=True,
        check=True,
    )
    return [line.split("\x1f") for line in done.stdout.splitlines()]


def run_python(database, code):
    """Run code in ``odoo shell`` on a database; return the JSON that it prints on its last line."""
    done = subprocess.run(
        [*ODOO, "shell", "-d", database, "--no-http", "--log-level=error"],
        check=False,
        input=code,
        capture_output=True,
        text=True,
    )
    if done.returncode or not done.stdout.strip():
        raise RuntimeError(done.stderr[-4000:] or done.stdout[-4000:])
    return json.loads(done.stdout.strip().splitlines()[-1])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """Odoo in a process of its own on a free port; a context manager."""

    def __init__(self, database, *options):
        self.database = database
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [*ODOO, "-d", database]
        command += ["--db-filter", f"^{database}$", "--http-port", str(self.port)]
        command += ["--max-cron-threads", "0", "--db_maxconn", "64", *options]
        self._command = command

    def __enter__(self):
        # wkhtmltopdf fetches the styles of a page from here
        query(
            self.database,
            f"INSERT INTO ir_config_parameter (key, value) VALUES ('report.url', '{self.url}')"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(self._command, stdout=self.log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/web/login", timeout=60):
                    return self
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.2)
        self.__exit__()
        raise RuntimeError("Odoo did not start:\n" + self.read_log()[-4000:])

    def __exit__(self, *exc_info):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def read_log(self):
        self.log.seek(0)
        return self.log.read()

    def xmlrpc(self, login, password):
        """Return a function ``call(model, method, *args, **kwargs)`` over XML-RPC."""
        common = xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/2/common")
        uid = common.authenticate(self.database, login, password, {})
        if not uid:
            raise RuntimeError(f"{login} may not log in")

        def call(model, method, *args, **kwargs):
            # One connection a call: a ServerProxy must not be shared by threads.
            with xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/2/object", allow_none=True) as proxy:
                return proxy.execute_kw(
                    self.database, uid, password, model, method, list(args), kwargs
                )

        return call

    def json2(self, api_key):
        """Return a function ``call(model, method, ids=(), **kwargs)`` over Odoo's JSON-2 API."""

        def call(model, method, ids=(), **kwargs):
            request = urllib.request.Request(
                f"{self.url}/json/2/{model}/{method}",
                data=json.dumps({"ids": list(ids), **kwargs} if ids else kwargs).encode(),
                headers={
                    "Authorization": f"bearer {api_key}",
                    "Content-Type": "application/json",
                    "X-Odoo-Database": self.database,
                },
            )
            try:
                with urllib.request.urlopen(request, timeout=120) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                raise RuntimeError(json.load(error)["message"]) from error

        return call
