# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every addon of the suite, alone and with the others, on a database that has nothing else."""

import pytest

import server

SETS = [(addon,) for addon in server.SUITE]
SETS += [
    ("crm_accounts", "purchase"),
    ("crm_sales_docs", "sale_stock"),
    server.SUITE + ("purchase", "sale_stock"),
]


def expected_glue(installed):
    """Return the addons that Odoo must have installed by itself beside these."""
    depends = {name: server.manifest(name)["depends"] for name in server.GLUE}
    expected = set()
    while more := {
        name for name in depends.keys() - expected if installed | expected >= set(depends[name])
    }:
        expected |= more
    return expected


def install(database, addons):
    """Install the addons; return what the log complains of and which modules are there then."""
    noise = server.run_odoo("-d", database, "-i", ",".join(addons))
    installed = server.query(
        database, "SELECT name FROM ir_module_module WHERE state = 'installed'"
    )
    return noise, {name for (name,) in installed}


# Two classes, so that two workers share the work.
class TestFreshDatabase:
    @pytest.mark.parametrize("addons", SETS, ids="+".join)
    def test_installs_without_a_warning(self, make_database, addons):
        noise, installed = install(make_database("CRM_SUITE_BASE"), addons)
        assert noise == []
        assert set(addons) <= installed
        assert expected_glue(installed) <= installed


class TestFreshDatabaseWithDemoData:
    @pytest.mark.parametrize("addons", SETS, ids="+".join)
    def test_installs_without_a_warning(self, make_database, addons):
        noise, installed = install(make_database("CRM_SUITE_BASE_DEMO"), addons)
        assert noise == []
        assert set(addons) <= installed
        assert expected_glue(installed) <= installed
