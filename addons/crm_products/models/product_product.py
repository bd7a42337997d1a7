# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class ProductProduct(models.Model):
    _name = "product.product"
    _inherit = ["product.product", "crm.customer.code.mixin"]

    @api.model
    def _search_crm_customer_code(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        Row = self.env["crm.customer.product"]
        domain = Row._crm_find_domain(operator, value)
        of_product = Row._search(domain & Domain("product_id", "=", False))
        of_variant = Row._search(domain & Domain("product_id", "!=", False))
        return self._crm_any_of(
            Domain("product_tmpl_id", "in", of_product.subselect("product_tmpl_id")),
            Domain("id", "in", of_variant.subselect("product_id")),
        )

    @api.model
    def _search_display_name(self, operator, value):
        domain = super()._search_display_name(operator, value)
        if operator in Domain.NEGATIVE_OPERATORS or not value or not self._crm_customer():
            return domain
        return self._crm_any_of(domain, Domain("crm_customer_code", operator, value))

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        found = self._crm_customer_name_search(name, domain, operator, limit)
        others = super().name_search(name, domain, operator, limit)
        return self._crm_join_pairs(found, others, limit) if found else others

    @api.model
    def web_name_search(self, name, specification, domain=None, operator="ilike", limit=100):
        results = super().web_name_search(name, specification, domain, operator, limit)
        return self._crm_show_customer_codes(results)

    @api.model
    def _crm_any_of(self, *domains):
        """Return the domain of what any of them finds, which is faster than a mere "or"."""
        products = self.with_context(active_test=False)
        return Domain(
            "id",
            "in",
            SQL(
                "(%s)",
                SQL(" UNION ALL ").join(
                    SQL("(%s)", products._search(domain).select()) for domain in domains
                ),
            ),
        )
