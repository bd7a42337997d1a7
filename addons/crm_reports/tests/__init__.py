# SPDX-License-Identifier: LGPL-3.0-or-later
from . import test_crm_report
from . import test_definition
from . import test_engine
from . import test_export
from . import test_gate
from . import test_ready_made
from . import test_rights
from . import test_tours
