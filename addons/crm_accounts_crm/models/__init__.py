# SPDX-License-Identifier: LGPL-3.0-or-later
from . import crm_account_event, crm_lead, res_partner
