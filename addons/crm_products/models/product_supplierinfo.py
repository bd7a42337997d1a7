# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


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
