# SPDX-License-Identifier: LGPL-3.0-or-later
from . import crm_delivery_note_cancel
from . import crm_delivery_note_sign
