# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class SaleOrder(models.Model):
    """What of a quote follows from its buttons alone."""

    _name = "sale.order"
    _inherit = ["sale.order", "crm.system.fields.mixin", "crm.typed.values.mixin"]

    _crm_system_fields = frozenset(
        {
            "crm_approval_decision",
            "crm_approval_reason",
            "crm_approval_state",
            "crm_approval_user_id",
            "crm_expiry_reminded",
            "crm_late_reminded",
            "crm_margin",
            "crm_margin_percent",
            "crm_promised_date",
            "crm_revision",
            "crm_revision_last",
            "crm_revision_root_id",
            "crm_superseded_by_id",
        }
    )
