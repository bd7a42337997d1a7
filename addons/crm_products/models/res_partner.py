# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models, tools
from odoo.fields import Domain

_ROW_FIELDS = (
    *("account_id", "product_tmpl_id", "product_id", "company_id"),
    *("customer_code", "customer_name", "allowed"),
)


class ResPartner(models.Model):
    _inherit = "res.partner"

    crm_assortment_policy = fields.Selection(
        [("warn", "Warn of other products"), ("block", "Only products of the assortment")],
        "Assortment",
        prefetch=False,
        groups="base.group_user",
        help="What quotes for this company and its departments do with a product that is not "
        "among the products below.",
    )
    crm_customer_product_ids = fields.One2many(
        "crm.customer.product",
        "account_id",
        "Customer Codes",
        groups="sales_team.group_sale_salesman",
    )

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        partners._crm_forget_assortments()
        return partners

    def write(self, vals):
        result = super().write(vals)
        if vals.get("crm_assortment_policy"):
            self._crm_forget_assortments()
        return result

    def unlink(self):
        # The database deletes the prices of a vendor, without telling them.
        self.env["product.supplierinfo"]._crm_log_cascade("partner_id", "in", self)
        return super().unlink()

    def action_crm_view_customer_products(self):
        """Return the action that opens the codes that hold for this account."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_products.crm_customer_product_action"
        )
        action["domain"] = [("account_id", "in", self._crm_code_account_ids())]
        action["context"] = {"default_account_id": self.id}
        return action

    def _crm_code_account_ids(self):
        """Return whose codes hold for this record, the nearest first: its own, and those of all
        it belongs to up to the company.
        """
        self.ensure_one()
        ids, above = [self.id], self
        while above != above.commercial_partner_id and above.parent_id.id not in ids:
            above = above.parent_id
            ids.append(above.id)
        return ids

    def _crm_customer_products(self, products, date=None):
        """Return ``{product id: row}``: of each product the ``crm.customer.product`` that holds
        for this customer, if there is one. In a constant number of queries.

        :param products: products or templates
        :param date: a day, today by default
        """
        self.ensure_one()
        return self._crm_customer_products_of_each(products, date)[self.id]

    def _crm_customer_products_of_each(self, products, date=None):
        """Return ``{partner id: {product id: row}}`` for several customers at once."""
        return {
            partner_id: {
                product.id: row
                for product in products
                if (row := self._crm_first_for(product, by_template))
            }
            for partner_id, by_template in self._crm_customer_rows(products, date).items()
        }

    def _crm_first_for(self, product, by_template):
        if product._name == "product.product":
            template, variant = product.product_tmpl_id, product
        else:
            # A product with a single variant stands for it.
            template, variant = product, product.product_variant_ids
        variant_ids = variant.ids if len(variant) == 1 else []
        rows = by_template.get(template.id, ())
        return next((row for row in rows if row.product_id.id in (False, *variant_ids)), None)

    def _crm_customer_rows(self, products=None, date=None):
        """Return ``{partner id: {template id: rows}}`` of what is said of the products, or of all
        there are; what counts comes first: the nearest account, there the variant before the
        product, and the own company before all companies.
        """
        accounts = {partner.id: partner._crm_code_account_ids() for partner in self}
        Row = self.env["crm.customer.product"]
        domain = Row._crm_valid_domain(date) & Domain(
            "account_id", "in", {account_id for ids in accounts.values() for account_id in ids}
        )
        if products is not None:
            templates = products
            if products._name == "product.product":
                templates = products.product_tmpl_id
            domain &= Domain("product_tmpl_id", "in", templates.ids)
        own_company = self.env.company
        by_account = (
            Row.search_fetch(domain, _ROW_FIELDS)
            .sorted(lambda row: (not row.product_id, row.company_id != own_company, row.id))
            .grouped(lambda row: row.account_id.id)
        )
        result = {}
        for partner_id, account_ids in accounts.items():
            by_template = result[partner_id] = {}
            for account_id in account_ids:
                for row in by_account.get(account_id, ()):
                    by_template.setdefault(row.product_tmpl_id.id, []).append(row)
        return result

    @api.model
    @tools.ormcache()
    def _crm_assortments_block(self):
        """Return whether any company buys nothing but its assortment."""
        partners = self.sudo().with_context(active_test=False)
        return bool(partners.search([("crm_assortment_policy", "=", "block")], limit=1))

    def _crm_forget_assortments(self):
        if any(partner.crm_assortment_policy for partner in self.sudo()):
            self.env.registry.clear_cache()
            # Another thread may have filled it again without what this transaction writes.
            self.env.cr.postcommit.add(self.env.registry.clear_cache)

    def _crm_outside_assortment(self, products, date=None):
        """Return those of the products that this customer does not buy: taken out of its
        assortment, or not in it where the company buys nothing else.
        """
        self.ensure_one()
        rows = self._crm_customer_products(products, date)
        policy = self.commercial_partner_id.crm_assortment_policy
        return products.filtered(
            lambda product: not rows[product.id].allowed if product.id in rows else policy
        )

    def _crm_assortment_domain(self, model):
        """Return the domain, on products or templates, of what may be chosen for this customer.

        :param model: ``"product.product"`` or ``"product.template"``
        """
        self.ensure_one()
        if self.commercial_partner_id.crm_assortment_policy != "block":
            return Domain.TRUE
        template_ids, allowed_ids, refused_ids = [], [], []
        with_variants = set()
        for template_id, rows in self._crm_customer_rows()[self.id].items():
            decided = set()
            for row in rows:
                if not row.product_id:
                    if row.allowed:
                        template_ids.append(template_id)
                    break
                if row.product_id.id not in decided:
                    decided.add(row.product_id.id)
                    (allowed_ids if row.allowed else refused_ids).append(row.product_id.id)
                    if row.allowed:
                        with_variants.add(template_id)
        if model == "product.template":
            return Domain("id", "in", [*template_ids, *with_variants])
        return Domain("id", "in", allowed_ids) | (
            Domain("product_tmpl_id", "in", template_ids) & Domain("id", "not in", refused_ids)
        )
