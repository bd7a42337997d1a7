# SPDX-License-Identifier: LGPL-3.0-or-later
import itertools
import os

import pytest

import server

_serial = itertools.count(1)


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
    """A real Odoo process on a database with all addons and demo data."""
    with server.Server(make_database("CRM_SUITE_DEMO")) as running:
        yield running
