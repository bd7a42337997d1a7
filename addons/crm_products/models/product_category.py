# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class ProductCategory(models.Model):
    _inherit = "product.category"

    crm_min_margin = fields.Float(
        "Minimum Margin",
        digits=(16, 4),
        # copy() takes it along, or only who may read it could duplicate a category
        copy=False,
        groups="crm_products.crm_products_group_cost",
        help="Prices of products of this category that leave less than this part of themselves "
        "over the cost are marked. 0: as in the category above, or else in the company.",
    )

    _crm_min_margin_below_all = models.Constraint(
        "CHECK (crm_min_margin IS NULL OR crm_min_margin < 1)",
        "The minimum margin must be less than 100 % of the price.",
    )

    def copy(self, default=None):
        copies = super().copy(default)
        if "crm_min_margin" not in (default or {}):
            for category, copied in zip(self.sudo(), copies.sudo(), strict=True):
                copied.crm_min_margin = category.crm_min_margin
        return copies

    def unlink(self):
        # The database deletes the rules of a category, without telling them.
        self.env["product.pricelist.item"]._crm_log_cascade("categ_id", "child_of", self)
        return super().unlink()

    def _crm_get_min_margin(self):
        """Return the smallest margin that prices of the category, if any, shall leave."""
        category = self
        while category and not category.crm_min_margin:
            category = category.parent_id
        return category.crm_min_margin or self.env.company.crm_min_margin

    def _crm_min_margins(self):
        """Return ``{category: its minimum margin}`` of these categories and of none."""
        return {category: category._crm_get_min_margin() for category in [self.browse(), *self]}

    def _crm_is_in(self, other):
        """Return whether a rule of the other category, or of none, is one for this one too."""
        return not other or (self.parent_path or "").startswith(other.parent_path)
