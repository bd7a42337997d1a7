# SPDX-License-Identifier: LGPL-3.0-or-later
from . import crm_price_book_compare
from . import base_partner_merge_automatic_wizard
from . import crm_price_explanation
