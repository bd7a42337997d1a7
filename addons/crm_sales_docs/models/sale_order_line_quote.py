# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class SaleOrderLine(models.Model):
    """What of a line of a quote follows from the quote's buttons alone."""

    _name = "sale.order.line"
    _inherit = ["sale.order.line", "crm.system.fields.mixin", "crm.typed.values.mixin"]

    _crm_system_fields = frozenset(
        {
            "crm_approved_discount",
            "crm_discount",
            "crm_margin",
            "crm_margin_percent",
            "crm_revised_line_id",
            "crm_unit_cost",
        }
    )
