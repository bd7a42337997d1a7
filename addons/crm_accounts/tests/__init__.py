# SPDX-License-Identifier: LGPL-3.0-or-later
from . import test_history_screens
from . import test_account_header
from . import test_merge
from . import test_duplicates
from . import test_res_partner
from . import test_crm_account_contact
from . import test_crm_call
from . import test_calendar_event
from . import test_views
from . import test_tours
from . import test_capacity
from . import test_crm_change_job
from . import test_birthdays
from . import test_crm_account_event
from . import test_history_pages
from . import test_history_rights
from . import test_history_property
