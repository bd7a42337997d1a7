# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

from ..pricing.margins import is_under_margin, margin_percent


class ProductSupplierinfo(models.Model):
    _name = "product.supplierinfo"
    _inherit = ["product.supplierinfo", "crm.price.source"]

    _crm_price_fields = frozenset(
        {
            "currency_id",
            "date_end",
            "date_start",
            "discount",
            "min_qty",
            "partner_id",
            "price",
            "product_id",
            "product_tmpl_id",
            "product_uom_id",
        }
    )

    crm_margin_percent = fields.Float(
        "Margin",
        compute="_compute_crm_margin",
        groups="crm_products.crm_products_group_cost",
        help="The part of the sales price of today that is left over the price of the vendor.",
    )
    crm_under_margin = fields.Boolean(
        "Under the Minimum Margin",
        compute="_compute_crm_margin",
        groups="crm_products.crm_products_group_cost",
    )

    # The list of all vendor prices has no product to start from, so it needs its own order,
    # and the prices of one vendor are looked up from the vendor.
    _crm_list_order_idx = models.Index("(sequence, min_qty DESC, price, id)")
    _crm_partner_idx = models.Index("(partner_id)")

    def _crm_price_subjects(self):
        return {
            price.id: {
                "kind": "vendor",
                "source": price.partner_id.display_name,
                "product_tmpl_id": price.product_tmpl_id.id,
                "product_id": price.product_id.id or None,
                "partner_id": price.partner_id.id,
                "min_quantity": price.min_qty,
                "date_from": fields.Date.to_string(price.date_start) or None,
                "currency_id": price.currency_id.id,
                "company_id": price.company_id.id or None,
            }
            for price in self
        }

    def _crm_price_confidential(self):
        return True

    def _crm_price_whole(self):
        return ("price", self.price, None) if self.price else ()

    @api.depends("price", "discount", "product_uom_id", "currency_id", "product_id")
    @api.depends_context("company")
    def _compute_crm_margin(self):
        today = fields.Date.context_today(self)
        minimum = self.product_tmpl_id.categ_id._crm_min_margins()
        for vendor_price in self:
            product = vendor_price.product_id or vendor_price.product_tmpl_id
            if not product.sale_ok:
                vendor_price.update({"crm_margin_percent": 0.0, "crm_under_margin": False})
                continue
            cost = vendor_price.currency_id._convert(
                vendor_price.price_discounted,
                product.currency_id,
                self.env.company,
                today,
                round=False,
            )
            price = product._price_compute("list_price")[product.id]
            vendor_price.crm_margin_percent = margin_percent(price, cost)
            vendor_price.crm_under_margin = is_under_margin(price, cost, minimum[product.categ_id])
