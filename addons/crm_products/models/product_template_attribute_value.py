# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class ProductTemplateAttributeValue(models.Model):
    _name = "product.template.attribute.value"
    _inherit = ["product.template.attribute.value", "crm.price.source"]

    _crm_price_fields = frozenset({"price_extra"})

    def _crm_price_subjects(self):
        return {
            value.id: {
                "kind": "sales",
                "target": self.env._(
                    "%(product)s, %(attribute)s",
                    product=value.product_tmpl_id.display_name,
                    attribute=value.display_name,
                ),
                "product_tmpl_id": value.product_tmpl_id.id,
                "currency_id": value.currency_id.id,
                "company_id": value.product_tmpl_id.company_id.id or None,
            }
            for value in self
        }

    def _crm_price_whole(self):
        return ("price_extra", self.price_extra, None) if self.price_extra else ()
