# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.fields import Domain


class ProductTemplate(models.Model):
    _name = "product.template"
    _inherit = ["product.template", "crm.customer.code.mixin", "crm.price.source"]

    _crm_price_fields = frozenset({"list_price"})

    crm_shared_price_rule_ids = fields.Many2many(
        "product.pricelist.item",
        string="Rules for Several Products",
        compute="_compute_crm_shared_price_rule_ids",
        help="Price rules of a category of this product, or of all products.",
    )
    crm_price_change_count = fields.Integer(
        "Price Changes",
        compute="_compute_crm_price_change_count",
        groups="sales_team.group_sale_salesman,product.group_product_manager",
    )
    crm_customer_product_ids = fields.One2many(
        "crm.customer.product",
        "product_tmpl_id",
        "Customer Codes",
        groups="sales_team.group_sale_salesman",
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

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_crm_price_change_count(self):
        counts = dict(
            self.env["crm.price.history"]._read_group(
                [("product_tmpl_id", "in", self.ids)], ["product_tmpl_id"], ["__count"]
            )
        )
        for template in self:
            template.crm_price_change_count = counts.get(template._origin, 0)

    @api.model
    def _search_crm_customer_code(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        Row = self.env["crm.customer.product"]
        rows = Row._search(Row._crm_find_domain(operator, value))
        return Domain("id", "in", rows.subselect("product_tmpl_id"))

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        found = self._crm_customer_name_search(name, domain, operator, limit)
        others = super().name_search(name, domain, operator, limit)
        return self._crm_join_pairs(found, others, limit) if found else others

    @api.model
    def web_name_search(self, name, specification, domain=None, operator="ilike", limit=100):
        results = super().web_name_search(name, specification, domain, operator, limit)
        return self._crm_show_customer_codes(results)

    def unlink(self):
        self.env["crm.price.history"]._crm_let_go(self)
        return super().unlink()

    def action_crm_price_history(self):
        """Return the price history of these products."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_products.crm_price_history_action_product"
        )
        action["domain"] = [("product_tmpl_id", "in", self.ids)]
        return action

    def _crm_price_subjects(self):
        return {
            template.id: {
                "kind": "sales",
                "product_tmpl_id": template.id,
                "currency_id": template.currency_id.id,
                "company_id": template.company_id.id or None,
            }
            for template in self
        }

    def _crm_price_whole(self):
        return ("list_price", self.list_price, None) if self.list_price else ()
