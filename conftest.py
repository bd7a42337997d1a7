# SPDX-License-Identifier: LGPL-3.0-or-later
import os
from pathlib import Path

# pytest-odoo reads ODOO_RC when the session starts; bin/test sets the rest of the environment.
os.environ.setdefault("ODOO_RC", str(Path(__file__).parent / "config/odoo-test.conf"))
