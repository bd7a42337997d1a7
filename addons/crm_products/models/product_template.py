# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.fields import Domain

from ..pricing.margins import is_under_margin, margin_percent

_COSTS = "crm_products.crm_products_group_cost"
_PRICES = "sales_team.group_sale_salesman,product.group_product_manager"


class ProductTemplate(models.Model):
    _name = "product.template"
    _inherit = ["crm.customer.code.mixin", "product.template", "crm.price.source"]

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
    crm_sales_price = fields.Float(related="list_price", string="Current Sales Price")
    crm_margin_percent = fields.Float(
        "Margin",
        compute="_compute_crm_margin",
        groups=_COSTS,
        help="The part of the sales price that is left over the cost; of several variants, over "
        "the highest cost.",
    )
    crm_under_margin = fields.Boolean(
        "Under the Minimum Margin", compute="_compute_crm_margin", groups=_COSTS
    )
    crm_pricelist_count = fields.Integer(
        "Number of Price Lists",
        compute="_compute_crm_pricelist_count",
        groups=_PRICES,
        help="How many price lists have a price or a discount for this product today.",
    )
    crm_vendor_count = fields.Integer(
        "Number of Vendors",
        compute="_compute_crm_vendor_count",
        groups=_COSTS,
        help="How many vendors have a price for this product today.",
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
            template.crm_shared_price_rule_ids = rules.filtered(
                lambda rule, category=template.categ_id: category._crm_is_in(rule.categ_id)
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

    @api.depends("list_price", "standard_price", "product_variant_ids.standard_price", "categ_id")
    @api.depends_context("company")
    def _compute_crm_margin(self):
        minimum = self.categ_id._crm_min_margins()
        for template in self:
            cost = template._crm_cost(template.currency_id)
            template.crm_margin_percent = margin_percent(template.list_price, cost)
            template.crm_under_margin = is_under_margin(
                template.list_price, cost, minimum[template.categ_id]
            )

    @api.depends("categ_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_crm_pricelist_count(self):
        lines = self.env["crm.price.line"]
        valid = lines._crm_valid_domain() & Domain("kind", "=", "customer")
        own = dict(
            lines._read_group(
                valid & Domain("product_tmpl_id", "in", self.ids),
                ["product_tmpl_id"],
                ["pricelist_id:recordset"],
            )
        )
        shared = lines._read_group(
            valid & Domain("product_tmpl_id", "=", False), ["categ_id"], ["pricelist_id:recordset"]
        )
        for template in self:
            found = own.get(template._origin, self.env["product.pricelist"])
            for category, pricelists in shared:
                if template.categ_id._crm_is_in(category):
                    found |= pricelists
            template.crm_pricelist_count = len(found)

    @api.depends("seller_ids")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_crm_vendor_count(self):
        lines = self.env["crm.price.line"]
        counts = dict(
            lines._read_group(
                lines._crm_valid_domain()
                & Domain("kind", "=", "vendor")
                & Domain("product_tmpl_id", "in", self.ids),
                ["product_tmpl_id"],
                ["partner_id:count_distinct"],
            )
        )
        for template in self:
            template.crm_vendor_count = counts.get(template._origin, 0)

    def web_read(self, specification):
        # On the page of a product, rules for several products show what they make of this one.
        page = self.with_context(crm_price_tmpl_id=self.id) if len(self) == 1 else self
        return super(ProductTemplate, page).web_read(specification)

    def action_crm_prices(self):
        """Return the action that shows every price of the product."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "crm_products.crm_price_line_action_product"
        )
        return action | {
            "domain": [("applies_to_id", "=", self.id)],
            "context": {"crm_price_tmpl_id": self.id},
        }

    def action_crm_explain_price(self):
        """Return the action that explains the price of the product, if any. Defaults in the
        context say for whom: ``default_pricelist_id``, ``default_partner_id``,
        ``default_quantity``, ``default_uom_id``, ``default_date``.
        """
        action = self.env["ir.actions.actions"]._for_xml_id(
            "crm_products.crm_price_explanation_action"
        )
        action["context"] = {"default_product_tmpl_id": self.id}
        for name in ("pricelist_id", "partner_id", "quantity", "uom_id", "date"):
            if f"default_{name}" in self.env.context:
                action["context"][f"default_{name}"] = self.env.context[f"default_{name}"]
        return action

    def _crm_template(self):
        """Return the product itself; of a variant, its product."""
        return self

    def _crm_dearest(self):
        """Return the variant that costs most, or the product itself where all cost the same: a
        product whose variants differ has no price and cost that belong together.
        """
        variants = self.product_variant_ids
        if len(set(variants.mapped("standard_price"))) < 2:
            return self
        return max(variants, key=lambda variant: variant.standard_price)

    def _crm_cost(self, currency):
        """Return the cost of the product today in a currency, 0 where it is not known; of several
        variants the highest, so that no margin looks better than it is.
        """
        self.ensure_one()
        cost = self.standard_price or max(
            self.product_variant_ids.mapped("standard_price"), default=0.0
        )
        return self.cost_currency_id._convert(
            cost, currency, self.env.company, fields.Date.context_today(self), round=False
        )
