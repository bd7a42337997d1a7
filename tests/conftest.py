# SPDX-License-Identifier: LGPL-3.0-or-later
import contextlib
import itertools
import os
import xmlrpc.client

import pytest

import server

_serial = itertools.count(1)
SALESPERSON = "vendedora"
# What a refused call must leave as it was.
_DOCUMENTS = (
    "sale_order",
    "sale_order_line",
    "crm_delivery_note",
    "crm_delivery_note_line",
    "account_move",
    "account_move_line",
    "res_partner",
)
_ADD_SALESPERSON = """
import datetime, json
user = env["res.users"].create({
    "name": "Valentina Rivas",
    "login": "vendedora",
    "password": "vendedora",
    "lang": "en_US",
    "group_ids": [(6, 0, [env.ref("sales_team.group_sale_salesman").id])],
})
key = env(user=user)["res.users.apikeys"]._generate(
    "rpc", "test", datetime.datetime.now() + datetime.timedelta(days=1)
)
ids = {
    name: env.ref(name).id
    for name in (
        "crm_accounts.res_partner_demo_andes",
        "crm_accounts.res_partner_demo_maria",
        "crm_products.product_product_demo_scanner",
        "crm_products.product_product_demo_labels",
        "crm_products.product_product_demo_training",
    )
}
env["res.partner"].browse(ids["crm_accounts.res_partner_demo_andes"]).user_id = user
env.cr.commit()
print(json.dumps({"key": key, "ids": {name.split("_demo_")[1]: ids[name] for name in ids}}))
"""


@pytest.fixture(scope="module")
def make_database():
    """Return a function that copies a prepared database (see bin/test) and names the copy."""
    made = []

    def make(template):
        name = f"{os.environ['CRM_SUITE_RUN']}_{os.getpid()}_{next(_serial)}"
        server.run_tool("createdb", "-T", os.environ[template], name)
        made.append(name)
        return name

    yield make
    for name in made:
        server.run_tool("dropdb", "--force", "--if-exists", name)


@pytest.fixture(scope="module")
def demo_server(make_database):
    """A real Odoo process on a database with all addons, demo data and a salesperson.

    ``demo_server.salesperson`` holds the API ``key`` of the salesperson and the ``ids`` of some
    demo records by their short names; the password is the login.
    """
    database = make_database("CRM_SUITE_DEMO")
    salesperson = server.run_python(database, _ADD_SALESPERSON)
    with server.Server(database) as running:
        running.salesperson = salesperson
        yield running


@pytest.fixture(scope="module")
def salesperson(demo_server):
    """Return ``call(model, method, *args, **kwargs)`` of the salesperson over XML-RPC."""
    return demo_server.xmlrpc(SALESPERSON, SALESPERSON)


@pytest.fixture(scope="module")
def admin(demo_server):
    """Return ``call(model, method, *args, **kwargs)`` of the administrator over XML-RPC."""
    return demo_server.xmlrpc("admin", "admin")


@pytest.fixture
def new_order(demo_server, salesperson):
    """Return a function that makes a quote of goods and services for the demo customer."""
    ids = demo_server.salesperson["ids"]

    def make(**values):
        lines = [("scanner", 2, 150.0), ("labels", 10, 8.0), ("training", 3, 60.0)]
        return salesperson(
            "sale.order",
            "create",
            {
                "partner_id": ids["andes"],
                "order_line": [
                    (
                        0,
                        0,
                        {"product_id": ids[name], "product_uom_qty": quantity, "price_unit": price},
                    )
                    for name, quantity, price in lines
                ],
                **values,
            },
        )

    return make


def state_of(database):
    """Return a fingerprint of every row of the documents."""
    return {
        table: server.query(
            database, f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY id)) FROM {table} t"
        )
        for table in _DOCUMENTS
    }


@pytest.fixture
def unchanged(demo_server):
    """Return a context manager that fails where a document is not what it was."""

    @contextlib.contextmanager
    def watch():
        before = state_of(demo_server.database)
        yield
        assert state_of(demo_server.database) == before

    return watch


@pytest.fixture
def refused(unchanged):
    """Return a function that calls, expects a refusal that writes nothing, and gives its text."""

    def call_refused(call, *args):
        with unchanged(), pytest.raises(xmlrpc.client.Fault) as raised:
            call(*args)
        text = raised.value.faultString
        assert "Traceback" not in text
        return text

    return call_refused


@pytest.fixture
def validated_note(salesperson, new_order):
    note = salesperson("sale.order", "action_crm_create_delivery_note", [new_order()])["res_id"]
    salesperson("crm.delivery.note", "action_validate", [note])
    return note


@pytest.fixture
def put_back(admin):
    """Return a function that writes as the administrator; the old values come back at the end."""
    undo = []

    def write(model, record, **values):
        (old,) = admin(model, "read", [record], list(values), load="")
        undo.append((model, [record], {name: old[name] for name in values}))
        admin(model, "write", [record], values)

    yield write
    for arguments in reversed(undo):
        model, ids, values = arguments
        admin(model, "write", ids, values)
