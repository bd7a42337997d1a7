# SPDX-License-Identifier: LGPL-3.0-or-later
from . import crm_account_kind
from . import crm_account_role
from . import crm_account_contact
from . import crm_call
from . import calendar_event
from . import res_partner
