# SPDX-License-Identifier: LGPL-3.0-or-later
from . import res_company
from . import res_config_settings
from . import crm_delivery_note_line
from . import crm_delivery_note
from . import sale_order_line
from . import sale_order
from . import stock_move
from . import stock_move_line
from . import stock_picking
