# SPDX-License-Identifier: LGPL-3.0-or-later
import os
from pathlib import Path

import pytest

# pytest-odoo reads ODOO_RC when the session starts; bin/test sets the rest of the environment.
os.environ.setdefault("ODOO_RC", str(Path(__file__).parent / "config/odoo-test.conf"))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    """Fail the run for a skip that bin/test did not announce: what did not run proves nothing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or session.exitstatus != pytest.ExitCode.OK:
        return
    planned = os.environ.get("CRM_SUITE_PLANNED_SKIP")
    for report in reporter.stats.get("skipped", []):
        if not planned or planned not in str(report.longrepr):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
