# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models

# The field that holds the price of a rule, where it is a number.
_NUMBER = {"fixed": "fixed_price", "percentage": "percent_price"}


class ProductPricelistItem(models.Model):
    _name = "product.pricelist.item"
    _inherit = ["product.pricelist.item", "crm.price.source"]

    _crm_price_fields = frozenset(
        {
            "applied_on",
            "base",
            "base_pricelist_id",
            "categ_id",
            "compute_price",
            "date_end",
            "date_start",
            "fixed_price",
            "min_quantity",
            "percent_price",
            "price_discount",
            "price_max_margin",
            "price_min_margin",
            "price_round",
            "price_surcharge",
            "product_id",
            "product_tmpl_id",
        }
    )

    def _crm_price_subjects(self):
        return {
            rule.id: {
                "kind": "rule",
                "target": None if rule.product_tmpl_id else rule.name,
                "source": rule.pricelist_id.display_name,
                "product_tmpl_id": rule.product_tmpl_id.id or None,
                "product_id": rule.product_id.id or None,
                "pricelist_id": rule.pricelist_id.id or None,
                "min_quantity": rule.min_quantity,
                "date_from": fields.Datetime.to_string(rule.date_start) or None,
                "currency_id": rule.currency_id.id or None,
                "company_id": rule.company_id.id or None,
            }
            for rule in self
        }

    def _crm_price_confidential(self):
        return self.compute_price != "fixed" and self.base == "standard_price"

    def _crm_price_whole(self):
        name = _NUMBER.get(self.compute_price)
        if name == "fixed_price":
            return name, self[name], None
        return name or "price_discount", name and self[name], self.price
