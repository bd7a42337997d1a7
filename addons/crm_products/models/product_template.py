# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    crm_shared_price_rule_ids = fields.Many2many(
        "product.pricelist.item",
        string="Rules for Several Products",
        compute="_compute_crm_shared_price_rule_ids",
        help="Price rules of a category of this product, or of all products.",
    )

    @api.depends("categ_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_crm_shared_price_rule_ids(self):
        rules = self.env["product.pricelist.item"].search(
            [
                ("pricelist_id.active", "=", True),
                ("product_tmpl_id", "=", False),
                ("product_id", "=", False),
                "|",
                ("categ_id", "=", False),
                ("categ_id", "parent_of", self.categ_id.ids),
            ]
        )
        for template in self:
            category_path = template.categ_id.parent_path or ""
            template.crm_shared_price_rule_ids = rules.filtered(
                lambda rule, path=category_path: (
                    not rule.categ_id or path.startswith(rule.categ_id.parent_path)
                )
            )
