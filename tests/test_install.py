# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every addon of the suite, alone and with the others, on a database that has nothing else."""

import pytest

import server

SETS = [(addon,) for addon in server.SUITE] + [server.SUITE]


@pytest.mark.parametrize("template", ["CRM_SUITE_BASE", "CRM_SUITE_BASE_DEMO"])
@pytest.mark.parametrize("addons", SETS, ids="+".join)
def test_installs_on_a_fresh_database_without_a_warning(make_database, addons, template):
    database = make_database(template)
    assert server.run_odoo("-d", database, "-i", ",".join(addons)) == []
    wanted = set(addons)
    installed = server.query(
        database, "SELECT name FROM ir_module_module WHERE state = 'installed'"
    )
    assert wanted <= {name for (name,) in installed}
