# SPDX-License-Identifier: LGPL-3.0-or-later
from . import crm_lead_to_opportunity
from . import crm_lead_to_opportunity_mass
