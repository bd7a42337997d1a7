# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models


class ProductProduct(models.Model):
    _name = "product.product"
    _inherit = ["product.product", "crm.price.source"]

    # The sales price is the template's: a variant changes it there.
    _crm_price_fields = frozenset({"standard_price"})

    # Not the inherited one, which counts what the user may not see.
    crm_price_change_count = fields.Integer(
        "Price Changes",
        compute="_compute_crm_price_change_count",
        groups="sales_team.group_sale_salesman,product.group_product_manager",
    )

    @api.depends_context("uid", "allowed_company_ids")
    @api.depends("product_tmpl_id")
    def _compute_crm_price_change_count(self):
        for product in self:
            product.crm_price_change_count = product.product_tmpl_id.crm_price_change_count

    def action_crm_price_history(self):
        """Return the price history of these variants' products."""
        return self.product_tmpl_id.action_crm_price_history()

    def _crm_price_subjects(self):
        return {
            product.id: {
                "kind": "cost",
                "product_tmpl_id": product.product_tmpl_id.id,
                "product_id": product.id,
                "currency_id": product.cost_currency_id.id,
                "company_id": self.env.company.id,
            }
            for product in self
        }

    def _crm_price_confidential(self):
        return True

    def _crm_price_whole(self):
        return ("standard_price", self.standard_price, None) if self.standard_price else ()
