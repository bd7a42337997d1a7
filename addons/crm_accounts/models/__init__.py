# SPDX-License-Identifier: LGPL-3.0-or-later
from . import crm_account_event
from . import crm_timeline_source
from . import crm_timeline_backfill
from . import crm_account_kind
from . import crm_account_role
from . import crm_account_contact
from . import crm_salutation
from . import crm_call
from . import calendar_event
from . import mail_activity
from . import mail_message
from . import res_config_settings
from . import res_partner
from . import crm_module_capacity
from . import ir_module_module
from . import res_groups
from . import res_users
