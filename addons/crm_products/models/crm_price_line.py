# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, Query, formatLang, split_every

from ..pricing.margins import margin_percent

# In this order, and each row of the view in these types: rows come from three tables.
_COLUMNS = {
    "id": "bigint",
    "kind": "varchar",
    "applied_on": "varchar",
    "product_tmpl_id": "integer",
    "product_id": "integer",
    "categ_id": "integer",
    "pricelist_id": "integer",
    "partner_id": "integer",
    "vendor_code": "varchar",
    "min_quantity": "numeric",
    "date_start": "date",
    "date_end": "date",
    "currency_id": "integer",
    "company_id": "integer",
    "item_id": "integer",
    "supplierinfo_id": "integer",
}
_FORMS = {
    "product.pricelist.item": "crm_products.product_pricelist_item_view_form_line",
    "product.supplierinfo": "product.product_supplierinfo_form_view",
}
_COSTS = "crm_products.crm_products_group_cost"
_FILTERED_AT_A_TIME = 2000


class CrmPriceLine(models.Model):
    """Every price in one table: sales prices, rules of price lists and prices of vendors.

    The rows are made of what the user finds in those models, by all their access rules; nobody
    writes here.
    """

    _name = "crm.price.line"
    _description = "Price"
    _auto = False
    _order = "product_tmpl_id, kind, pricelist_id, partner_id, min_quantity, id"

    name = fields.Char("List or Vendor", compute="_compute_prices")
    kind = fields.Selection(
        [("base", "Sales Price"), ("customer", "Price List"), ("vendor", "Vendor")],
        readonly=True,
    )
    applied_on = fields.Selection(
        [
            ("0_product_variant", "Variant"),
            ("1_product", "Product"),
            ("2_product_category", "Category"),
            ("3_global", "All Products"),
        ],
        "Level",
        readonly=True,
    )
    applies_to = fields.Char("Applied On", compute="_compute_prices")
    product_tmpl_id = fields.Many2one("product.template", "Product", readonly=True)
    product_id = fields.Many2one("product.product", "Variant", readonly=True)
    categ_id = fields.Many2one("product.category", "Category", readonly=True)
    applies_to_id = fields.Many2one(
        "product.template",
        "Applies to Product",
        compute="_compute_applies_to_id",
        search="_search_applies_to_id",
        help="Finds the prices of a product, and those of its category or of all products.",
    )
    pricelist_id = fields.Many2one("product.pricelist", "Price List", readonly=True)
    partner_id = fields.Many2one("res.partner", "Vendor", readonly=True)
    vendor_code = fields.Char(readonly=True)
    min_quantity = fields.Float(
        "Min. Quantity",
        digits="Product Unit",
        readonly=True,
        aggregator=None,
        help="In the unit of the product.",
    )
    uom_id = fields.Many2one("uom.uom", "Unit", compute="_compute_prices")
    date_start = fields.Date("Valid From", readonly=True)
    date_end = fields.Date("Valid Until", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    item_id = fields.Many2one("product.pricelist.item", "Price Rule", readonly=True)
    supplierinfo_id = fields.Many2one("product.supplierinfo", "Vendor Price", readonly=True)
    unit_price = fields.Float(
        compute="_compute_prices",
        min_display_digits="Product Price",
        help="Today, per unit of the product, at the minimum quantity; of variants that cost "
        "differently, the price of the dearest. Rules for several products have a price for the "
        "product that was searched for.",
    )
    price_label = fields.Char("Calculation", compute="_compute_prices")
    state = fields.Selection(
        [
            ("current", "In Use"),
            ("low", "Low Margin"),
            ("beaten", "Not Used"),
            ("later", "Starts Later"),
            ("expired", "Ended"),
        ],
        compute="_compute_prices",
        help="Not used: another rule of the price list counts for this product and quantity. "
        "Low margin: in use, and under the minimum margin of the category or company.",
    )
    under_margin = fields.Boolean(
        "Under the Minimum Margin", compute="_compute_under_margin", search="_search_under_margin"
    )
    cost = fields.Float(
        compute="_compute_margins",
        min_display_digits="Product Price",
        groups=_COSTS,
        help="Today, in the currency of the price.",
    )
    margin = fields.Float(
        compute="_compute_margins",
        min_display_digits="Product Price",
        groups=_COSTS,
        help="Of a price for customers: what is left over the cost.",
    )
    margin_percent = fields.Float(
        "Margin %",
        compute="_compute_margins",
        groups=_COSTS,
        help="Of a price for customers: the part of it that is left over the cost. Of the price of "
        "a vendor: the part of the sales price that is left over it.",
    )

    @property
    def _table_query(self):
        parts = [self._select_sales_prices(), self._select_rules()]
        if self.env.su or self._crm_may_see_costs():
            parts.append(self._select_vendor_prices())
        return SQL(" UNION ALL ").join(parts)

    @api.depends_context(
        "uid", "lang", "company", "allowed_company_ids", "crm_price_product_id", "crm_price_tmpl_id"
    )
    def _compute_prices(self):
        today = fields.Date.context_today(self)
        products = self._crm_priced_products()
        shown = self.env["product.pricelist.item"]._crm_product_in_context()
        for line in self:
            product = products[line]
            line.uom_id = product.uom_id
            line.applies_to = line._crm_applies_to(product, shown)
            line.price_label = False
            line.state = "current"
            if line.kind == "customer":
                rule = line.item_id
                line.name = line.pricelist_id.display_name
                line.unit_price = rule.crm_unit_price
                if rule.compute_price != "fixed":
                    line.price_label = rule.price
                line.state = rule.crm_state
            elif line.kind == "vendor":
                line.name = line.partner_id.display_name
                line.unit_price = line.supplierinfo_id.price_discounted
                if line.supplierinfo_id.discount:
                    line.price_label = line._crm_vendor_label()
                if line.date_start and line.date_start > today:
                    line.state = "later"
                elif line.date_end and line.date_end < today:
                    line.state = "expired"
            else:
                line.name = self.env._("Sales price")
                line.unit_price = product.crm_sales_price
            if line.under_margin and line.state == "current":
                line.state = "low"

    @api.depends_context("uid", "company", "crm_price_product_id", "crm_price_tmpl_id")
    def _compute_under_margin(self):
        if not self._crm_may_see_costs():
            self.under_margin = False
            return
        # Rules and vendor prices know their products.
        products = self.filtered(lambda line: line.kind == "base")._crm_priced_products()
        for line in self:
            source = line.item_id or line.supplierinfo_id or products[line]
            line.under_margin = source.crm_under_margin

    @api.depends_context("company", "crm_price_product_id", "crm_price_tmpl_id")
    def _compute_margins(self):
        products = self._crm_priced_products()
        for line in self:
            line.cost = line.margin = 0.0
            if line.kind == "vendor":
                line.margin_percent = line.supplierinfo_id.crm_margin_percent
                continue
            if products[line]:
                line.cost = products[line]._crm_cost(line.currency_id)
            if line.cost:
                line.margin = line.unit_price - line.cost
            line.margin_percent = margin_percent(line.unit_price, line.cost)

    @api.depends_context("crm_price_tmpl_id")
    def _compute_applies_to_id(self):
        for line in self:
            line.applies_to_id = line.product_tmpl_id

    def _search_applies_to_id(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        products = self.env["product.template"].with_context(active_test=False)
        wanted = Domain("id", "in", value) if operator == "in" else Domain(value)
        categories = [category.id for [category] in products._read_group(wanted, ["categ_id"])]
        shared = Domain("categ_id", "=", False) | Domain("categ_id", "parent_of", categories)
        found = list(value) if operator == "in" else products._search(wanted)
        return Domain("product_tmpl_id", "in", found) | (
            Domain("product_tmpl_id", "=", False) & shared
        )

    @api.depends("name", "applies_to")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.applies_to}: {line.name}"

    def _search_under_margin(self, operator, value):
        if operator != "in":
            return NotImplemented
        if not self._crm_may_see_costs():
            return Domain.FALSE
        found = []
        # Cached prices of many thousand lines would be held in memory together.
        # Those of a product are next to each other, and share what is read of it.
        candidates = self.search([("product_tmpl_id", "!=", False)], order="product_tmpl_id.id, id")
        for ids in split_every(_FILTERED_AT_A_TIME, candidates.ids, list):
            found += self._crm_ids_under_margin(ids)
        return Domain("id", "in", found)

    @api.model
    def _crm_ids_under_margin(self, ids):
        """Return which of these lines are under the margin, without reading the lines: their ids
        say whose price they are.
        """
        of_source = [[], [], []]
        for line_id in ids:
            of_source[line_id % 3].append(line_id // 3)
        templates = self.env["product.template"].browse(of_source[0])
        shown = self.env["product.pricelist.item"]._crm_product_in_context()
        rules = self.env["product.pricelist.item"].browse(of_source[1])
        vendor_prices = self.env["product.supplierinfo"].browse(of_source[2])
        return [
            *(
                3 * template.id
                for template in templates
                if self._crm_base_product(template, shown).crm_under_margin
            ),
            *(3 * rule.id + 1 for rule in rules if rule.crm_under_margin),
            *(3 * price.id + 2 for price in vendor_prices if price.crm_under_margin),
        ]

    @api.model
    def _crm_base_product(self, template, shown):
        """Return the product or variant that the sales price of a product is shown for."""
        return (shown if template == shown._crm_template() else template)._crm_dearest()

    def action_open(self):
        """Return the action that opens where the price is written down."""
        self.ensure_one()
        if self.kind == "base":
            return self.product_tmpl_id.get_formview_action()
        record = self.item_id or self.supplierinfo_id
        return self._crm_dialog(record, self.name) | {"res_id": record.id}

    def action_explain(self):
        """Return the action that explains the price of a customer at this line's quantity."""
        self.ensure_one()
        product = self._crm_priced_products()[self]
        return product.with_context(
            default_pricelist_id=self.pricelist_id.id,
            default_quantity=self.min_quantity or 1.0,
        ).action_crm_explain_price()

    def action_new_rule(self):
        """Return the action that adds a price to a price list, for the product in the context."""
        return self._crm_new_action("product.pricelist.item", self.env._("New Price"))

    def action_new_vendor_price(self):
        """Return the action that adds the price of a vendor, for the product in the context."""
        return self._crm_new_action("product.supplierinfo", self.env._("New Vendor Price"))

    @api.model
    def _crm_new_action(self, model_name, name):
        product = self.env["product.pricelist.item"]._crm_product_in_context()
        context = {"visible_product_tmpl_id": False}
        if product:
            context["default_product_tmpl_id"] = product._crm_template().id
            if product._name == "product.product":
                context["default_product_id"] = product.id
        return self._crm_dialog(self.env[model_name], name) | {"context": context}

    @api.model
    def _crm_dialog(self, record, name):
        view = _FORMS[record._name]
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": record._name,
            "views": [(self.env.ref(view).id, "form")],
            "target": "new",
        }

    def _crm_priced_products(self):
        """Return ``{line: product or variant}``, what the price of the line is shown for; none
        for rules of several products where the screen is not about one.
        """
        nothing = self.env["product.template"]
        shown = self.env["product.pricelist.item"]._crm_product_in_context()
        of_rules = self.item_id._crm_priced_products()
        products = {}
        for line in self:
            own = line.product_id or line.product_tmpl_id
            if line.kind == "customer":
                products[line] = of_rules.get(line.item_id, nothing)
            elif line.kind == "base":
                products[line] = self._crm_base_product(own, shown)
            else:
                products[line] = own
        return products

    def _crm_applies_to(self, product, shown):
        """Return what the price is for, in short where the screen is about one product; with the
        variant of which the price is.
        """
        own = self.product_tmpl_id
        if not own:
            text = self.item_id.name
        elif own == shown._crm_template():
            text = self.env._("This product")
        else:
            text = own.display_name
        if product._name == "product.product" and product != shown:
            values = product.product_template_attribute_value_ids._get_combination_name()
            if values:
                return self.env._("%(product)s (%(variant)s)", product=text, variant=values)
        return text

    def _crm_vendor_label(self):
        return self.env._(
            "%(price)s less %(percent)s %%",
            price=formatLang(self.env, self.supplierinfo_id.price, currency_obj=self.currency_id),
            percent=formatLang(self.env, self.supplierinfo_id.discount, digits=2),
        )

    @api.model
    def _crm_valid_domain(self):
        """Return the domain of the prices that are valid at some time today."""
        today = fields.Date.context_today(self)
        started = Domain("date_start", "=", False) | Domain("date_start", "<=", today)
        return started & (Domain("date_end", "=", False) | Domain("date_end", ">=", today))

    @api.model
    def _crm_may_see_costs(self):
        return self.env["product.pricelist.item"]._crm_may_see_costs()

    # --- The rows -----------------------------------------------------------------------------

    @api.model
    def _search(self, domain, *args, **kwargs):
        # Tables are read by their own keys: what is calculated from them has no index.
        return super()._search(
            Domain(domain).map_conditions(self._crm_condition_on_source), *args, **kwargs
        )

    @api.model
    def _crm_condition_on_source(self, condition):
        value = condition.value
        if condition.field_expr != "id" or condition.operator != "in" or isinstance(value, Query):
            return condition
        ids = [[], [], []]
        for line_id in filter(None, value):
            ids[line_id % 3].append(line_id // 3)
        return (
            (Domain("kind", "=", "base") & Domain("product_tmpl_id", "in", ids[0]))
            | Domain("item_id", "in", ids[1])
            | Domain("supplierinfo_id", "in", ids[2])
        )

    def _select_sales_prices(self):
        products = self.env["product.template"]
        query = products._search([("active", "=", True), ("sale_ok", "=", True)])
        column = self._crm_columns(products, query)
        main_currency = self.env["res.company"]._get_main_company().sudo().currency_id
        company = query.left_join(query.table, "company_id", "res_company", "id", "company_id")
        return self._crm_select(
            query,
            id=SQL("%s::bigint * 3", column("id")),
            kind=SQL("'base'"),
            applied_on=SQL("'1_product'"),
            product_tmpl_id=column("id"),
            categ_id=column("categ_id"),
            currency_id=SQL(
                "COALESCE(%s, %s)",
                self.env["res.company"].sudo()._field_to_sql(company, "currency_id", query),
                main_currency.id,
            ),
            company_id=column("company_id"),
        )

    def _select_rules(self):
        rules = self.env["product.pricelist.item"]
        query = rules._search([("pricelist_id.active", "=", True)])
        column = self._crm_columns(rules, query)
        product = self._crm_join_product(query, rules, "product_tmpl_id", "categ_id")
        self._crm_join_product(query, rules, "product_id")
        day = SQL("AT TIME ZONE 'UTC' AT TIME ZONE %s", str(self.env.tz))
        return self._crm_select(
            query,
            id=SQL("%s::bigint * 3 + 1", column("id")),
            kind=SQL("'customer'"),
            applied_on=column("applied_on"),
            product_tmpl_id=column("product_tmpl_id"),
            product_id=column("product_id"),
            categ_id=SQL("COALESCE(%s, %s)", column("categ_id"), product("categ_id")),
            pricelist_id=column("pricelist_id"),
            min_quantity=column("min_quantity"),
            date_start=SQL("%s %s", column("date_start"), day),
            date_end=SQL("%s %s", column("date_end"), day),
            currency_id=column("currency_id"),
            company_id=column("company_id"),
            item_id=column("id"),
        )

    def _select_vendor_prices(self):
        vendor_prices, units = self.env["product.supplierinfo"], self.env["uom.uom"]
        query = vendor_prices._search(Domain.TRUE)
        column = self._crm_columns(vendor_prices, query)
        product = self._crm_join_product(
            query, vendor_prices, "product_tmpl_id", "categ_id", "uom_id"
        )
        self._crm_join_product(query, vendor_prices, "product_id")
        unit = query.join(query.table, "product_uom_id", "uom_uom", "id", "product_uom_id")
        own_unit = query.make_alias(query.table, "uom_id")
        query.add_join(
            "JOIN",
            own_unit,
            "uom_uom",
            SQL("%s = %s", SQL.identifier(own_unit, "id"), product("uom_id")),
        )
        return self._crm_select(
            query,
            id=SQL("%s::bigint * 3 + 2", column("id")),
            kind=SQL("'vendor'"),
            product_tmpl_id=column("product_tmpl_id"),
            product_id=column("product_id"),
            categ_id=product("categ_id"),
            partner_id=column("partner_id"),
            vendor_code=column("product_code"),
            min_quantity=SQL(
                "%s * %s / %s",
                column("min_qty"),
                units._field_to_sql(unit, "factor", query),
                units._field_to_sql(own_unit, "factor", query),
            ),
            date_start=column("date_start"),
            date_end=column("date_end"),
            currency_id=column("currency_id"),
            company_id=column("company_id"),
            supplierinfo_id=column("id"),
        )

    def _crm_join_product(self, query, model, name, *columns):
        """Leave out the rows whose product is archived or hidden from the user; return what gives
        the columns of the product.
        """
        products = self.env[model._fields[name].comodel_name]
        found = products._search([("active", "=", True)])
        own = self._crm_columns(products, found)
        alias = query.make_alias(query.table, name)
        column = model._field_to_sql(query.table, name, query)
        product_id = SQL.identifier(alias, "id")
        query.add_join(
            "LEFT JOIN",
            alias,
            SQL(
                "(%s)",
                found.select(
                    *(SQL("%s AS %s", own(each), SQL.identifier(each)) for each in ("id", *columns))
                ),
            ),
            SQL("%s = %s", column, product_id),
        )
        query.add_where(SQL("(%s IS NULL OR %s IS NOT NULL)", column, product_id))
        return lambda each: SQL.identifier(alias, each)

    @staticmethod
    def _crm_columns(model, query):
        return lambda name: model._field_to_sql(query.table, name, query)

    @staticmethod
    def _crm_select(query, **values):
        null = SQL("NULL")
        return query.select(
            *(
                SQL("(%s)::%s AS %s", values.get(name, null), SQL(kind), SQL.identifier(name))
                for name, kind in _COLUMNS.items()
            )
        )
