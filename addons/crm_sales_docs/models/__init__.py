# SPDX-License-Identifier: LGPL-3.0-or-later
from . import crm_conversion_mixin
from . import crm_system_fields_mixin
from . import crm_account_event
from . import crm_delivery_note
from . import crm_delivery_series
from . import crm_delivery_note_line
from . import account_move
from . import account_move_line
from . import ir_actions_report
from . import res_company
from . import res_config_settings
from . import res_partner
from . import sale_order
from . import sale_order_line
