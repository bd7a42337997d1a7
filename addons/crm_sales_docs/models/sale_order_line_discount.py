# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import UserError

_PRICE_FIELDS = {
    "discount",
    "is_downpayment",
    "price_unit",
    "product_id",
    "product_uom_id",
    "product_uom_qty",
    "technical_price_unit",
}


class SaleOrderLine(models.Model):
    """How much less than the price list a line costs."""

    _inherit = "sale.order.line"

    crm_discount = fields.Float(
        "Discount on the Price List (%)",
        digits="Discount",
        compute="_compute_crm_discount",
        store=True,
        copy=False,
        aggregator="avg",
        help="What the customer pays less than the price list says, whether by a discount or by a "
        "lower price. Computed where the company has a limit.",
        prefetch="crm_sales",
    )
    crm_approved_discount = fields.Float(
        "Approved Discount (%)",
        digits="Discount",
        copy=False,
        readonly=True,
        aggregator="avg",
        prefetch="crm_sales",
    )

    # === COMPUTES ===#
    @api.depends(
        "product_id",
        "product_uom_id",
        "product_uom_qty",
        "price_unit",
        "discount",
        "order_id.pricelist_id",
    )
    def _compute_crm_discount(self):
        for line in self:
            limited = line.company_id.sudo().crm_discount_limit
            line.crm_discount = line._crm_given_discount() if limited else 0.0

    def _crm_given_discount(self):
        """Return by how many percent this line is cheaper than the price list, 0 if dearer."""
        self.ensure_one()
        if not self._crm_has_list_price():
            return 0.0
        listed = self._crm_list_price()
        if listed <= 0:
            return 0.0
        net = self.price_unit * (1 - (self.discount or 0.0) / 100)
        return max(0.0, 100 * (1 - net / listed))

    def _crm_has_list_price(self):
        # what a quote has is a product; down payments and expenses come to a confirmed order
        return bool(
            self.product_id
            and not self.display_type
            and self.product_type != "combo"
            and not (self.state == "sale" and (self.is_downpayment or self.is_expense))
        )

    def _crm_list_price(self):
        """Return the price list's price after its own discount, with the taxes of the quote."""
        line = self.with_company(self.company_id)
        if line.combo_item_id:
            price = line._get_display_price()
        else:
            price = line._get_pricelist_price()
        return line.product_id._get_tax_included_unit_price_from_price(
            price,
            product_taxes=line.product_id.taxes_id._filter_taxes_by_company(line.company_id),
            fiscal_position=line.order_id.fiscal_position_id,
        )

    # === CRUD ===#
    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if not self.env.su:
            lines._crm_check_confirmed_discounts({})
        return lines

    def write(self, vals):
        if "product_id" in vals:
            # what was approved was approved for the product
            others = self.filtered(lambda line: line.product_id.id != vals["product_id"])
            approved = others.filtered("crm_approved_discount")
            if approved:
                approved.sudo().crm_approved_discount = 0.0
        if self.env.su or not vals.keys() & _PRICE_FIELDS:
            return super().write(vals)
        before = {
            line: line._crm_given_discount()
            for line in self
            if line.state == "sale" and line.company_id.sudo().crm_discount_limit
        }
        result = super().write(vals)
        self._crm_check_confirmed_discounts(before)
        return result

    def _crm_check_confirmed_discounts(self, before):
        """Refuse a discount that would have needed an approval, once the order is confirmed."""
        lines = self.filtered(
            lambda line: line.state == "sale" and line.company_id.sudo().crm_discount_limit
        )
        for order in lines.order_id:
            if order._crm_decides_discounts():
                continue
            own = lines.filtered(lambda line, order=order: line.order_id == order)
            excessive = order._crm_excessive_discounts()
            if not any(line.price_subtotal < 0 for line in own):
                excessive = {
                    line: percent
                    for line, percent in excessive.items()
                    if line in own and percent > before.get(line, 0.0) + 0.01
                }
            if excessive:
                raise UserError(
                    self.env._(
                        "%(order)s is confirmed: a sales manager must give the discount of "
                        "%(discounts)s, more than %(limit)s%% is not yours to give.",
                        order=order.name,
                        discounts=order._crm_name_discounts(excessive),
                        limit=f"{order.company_id.sudo().crm_discount_limit:g}",
                    )
                )
