# SPDX-License-Identifier: LGPL-3.0-or-later
from . import test_crm_case
from . import test_crm_case_mail
from . import test_crm_case_rights
from . import test_crm_case_stage
from . import test_crm_case_team
from . import test_crm_solution
from . import test_performance
from . import test_res_partner
from . import test_views
from . import test_history
from . import test_history_property
