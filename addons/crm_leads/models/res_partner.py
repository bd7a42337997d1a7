# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    # A lead is matched with the accounts and contacts that exist by these two. A hash holds an
    # address of any length; the usual index would refuse the whole partner.
    _crm_email_normalized_idx = models.Index(
        "USING hash (email_normalized) WHERE email_normalized IS NOT NULL"
    )
    _crm_phone_sanitized_idx = models.Index("(phone_sanitized) WHERE phone_sanitized IS NOT NULL")
