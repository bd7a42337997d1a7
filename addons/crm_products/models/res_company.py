# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models

# Portal users and visitors of a web site read companies, too.
_MANAGERS = "sales_team.group_sale_manager,base.group_system"


class ResCompany(models.Model):
    _inherit = "res.company"

    crm_min_margin = fields.Float(
        "Minimum Margin",
        digits=(16, 4),
        groups="crm_products.crm_products_group_cost,base.group_system",
        help="Prices that leave less than this part of themselves over the cost are marked.",
        prefetch="crm_settings",
    )
    crm_price_approval = fields.Boolean(
        "Approval of Price Updates",
        groups=_MANAGERS,
        help="A price update that changes a price by more than the limit has to be approved by "
        "another sales manager than its author.",
        prefetch="crm_settings",
    )
    crm_price_approval_limit = fields.Float(
        "Change without Approval",
        default=0.1,
        digits=(16, 4),
        groups=_MANAGERS,
        prefetch="crm_settings",
    )

    _crm_min_margin_below_all = models.Constraint(
        "CHECK (crm_min_margin IS NULL OR crm_min_margin < 1)",
        "The minimum margin must be less than 100 % of the price.",
    )
    _crm_price_approval_limit_positive = models.Constraint(
        "CHECK (crm_price_approval_limit IS NULL OR crm_price_approval_limit >= 0)",
        "The change that needs no approval cannot be less than 0 %.",
    )
