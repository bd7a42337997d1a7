# SPDX-License-Identifier: LGPL-3.0-or-later
from . import crm_case_tag
from . import crm_case_type
from . import crm_case_stage
from . import crm_case_team
from . import crm_solution
from . import crm_case_solution
from . import crm_case
from . import crm_account_event
from . import res_company
from . import res_partner
