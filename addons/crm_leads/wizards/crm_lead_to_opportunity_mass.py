# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class CrmLead2opportunityPartnerMass(models.TransientModel):
    _inherit = "crm.lead2opportunity.partner.mass"

    _crm_one_lead = False
