# SPDX-License-Identifier: LGPL-3.0-or-later
"""A server converts in the background while PostgreSQL goes down and comes back."""

import os
import time

import cluster
import pytest
from test_conversion_run_concurrency import (
    assert_whole,
    prepare,
    some_done,
    start,
    states_of,
    wait_until,
)

import server
from conftest import _ADD_SALESPERSON

NOTES = 150

pytestmark = pytest.mark.skipif(
    not cluster.programs(), reason="there are no programs to make a PostgreSQL of"
)


@pytest.fixture(scope="module")
def own_cluster():
    with cluster.Cluster() as running:
        yield running


@pytest.fixture(scope="module")
def database(own_cluster):
    """A database on a cluster of its own, which the environment points to meanwhile."""
    name = os.environ["CRM_SUITE_DEMO"]
    own_cluster.copy(name)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PGHOST", "127.0.0.1")
        environment.setenv("PGPORT", own_cluster.port)
        server.run_python(name, _ADD_SALESPERSON)
        yield name


@pytest.mark.parametrize("mode", ["immediate", "fast"])
def test_restart_of_postgresql_leaves_nothing_half_and_the_run_goes_on(own_cluster, database, mode):
    notes = prepare(database, NOTES)
    runs = start(database, notes)
    odoo = server.Server(database, "--max-cron-threads", "1")
    with odoo:
        wait_until(lambda: some_done(database, runs), 240)
        own_cluster.stop(mode)
        time.sleep(1)
        own_cluster.start()
    done = assert_whole(database, runs, notes)
    assert 0 < done < NOTES
    # Odoo without PostgreSQL ends, and whoever looks after services starts it again. Nobody does
    # anything else.
    with odoo:
        wait_until(lambda: states_of(database, runs) == {"done": NOTES}, 240)
    assert assert_whole(database, runs, notes) == NOTES
