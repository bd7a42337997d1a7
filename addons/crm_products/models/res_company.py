# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    crm_min_margin = fields.Float(
        "Minimum Margin",
        digits=(16, 4),
        help="Prices that leave less than this part of themselves over the cost are marked.",
    )

    _crm_min_margin_below_all = models.Constraint(
        "CHECK (crm_min_margin IS NULL OR crm_min_margin < 1)",
        "The minimum margin must be less than 100 % of the price.",
    )
