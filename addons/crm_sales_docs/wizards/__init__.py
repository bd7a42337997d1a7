# SPDX-License-Identifier: LGPL-3.0-or-later
from . import crm_quote_comparison
from . import crm_quote_refusal
from . import sale_mass_cancel_orders
from . import crm_delivery_note_cancel
from . import crm_delivery_note_sign
from . import crm_conversion_wizard
from . import crm_conversion_wizard_blocker
from . import crm_conversion_wizard_line
