# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models


class CrmPriceExplanation(models.TransientModel):
    _name = "crm.price.explanation"
    _description = "Why This Price?"

    product_tmpl_id = fields.Many2one("product.template", "Product")
    product_id = fields.Many2one(
        "product.product",
        "Variant",
        compute="_compute_product_id",
        store=True,
        readonly=False,
        domain="[('product_tmpl_id', '=', product_tmpl_id)]",
    )
    product_variant_count = fields.Integer(related="product_tmpl_id.product_variant_count")
    partner_id = fields.Many2one("res.partner", "Customer", help="Brings the price list along.")
    pricelist_id = fields.Many2one(
        "product.pricelist",
        "Price List",
        compute="_compute_pricelist_id",
        store=True,
        readonly=False,
        help="Without one, the sales price counts.",
    )
    quantity = fields.Float(digits="Product Unit", default=1.0)
    uom_id = fields.Many2one(
        "uom.uom",
        "Unit",
        compute="_compute_uom_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', allowed_uom_ids)]",
    )
    allowed_uom_ids = fields.Many2many("uom.uom", compute="_compute_allowed_uom_ids")
    date = fields.Datetime(default=fields.Datetime.now)
    explanation = fields.Json(compute="_compute_explanation")

    @api.depends("product_tmpl_id")
    def _compute_product_id(self):
        for wizard in self:
            if wizard.product_id.product_tmpl_id != wizard.product_tmpl_id:
                variants = wizard.product_tmpl_id.product_variant_ids
                wizard.product_id = variants if len(variants) == 1 else False

    @api.depends("partner_id")
    def _compute_pricelist_id(self):
        for wizard in self:
            if wizard.partner_id:
                wizard.pricelist_id = wizard.partner_id.property_product_pricelist

    @api.depends("product_tmpl_id")
    def _compute_uom_id(self):
        for wizard in self:
            if wizard.uom_id not in wizard.allowed_uom_ids:
                wizard.uom_id = wizard.product_tmpl_id.uom_id

    @api.depends("product_tmpl_id")
    def _compute_allowed_uom_ids(self):
        for wizard in self:
            product = wizard.product_tmpl_id
            wizard.allowed_uom_ids = product.uom_id | product.uom_ids

    @api.depends("product_tmpl_id", "product_id", "pricelist_id", "quantity", "uom_id", "date")
    @api.depends_context("uid", "lang", "company")
    def _compute_explanation(self):
        for wizard in self:
            # Those of the database: of a new record's, no rule would be found.
            product = (wizard.product_id or wizard.product_tmpl_id)._origin
            wizard.explanation = product and wizard.pricelist_id._origin._crm_explain_price(
                product, wizard.quantity, wizard.date, wizard.uom_id._origin
            )
