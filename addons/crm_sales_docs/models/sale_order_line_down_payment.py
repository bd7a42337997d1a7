# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models

from .invoiced_amounts import Amounts


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _prepare_qty_invoiced(self):
        # What a salesperson may see of the invoices is what the cache may hold: without this,
        # goods on the invoice of a colleague would count as not invoiced.
        self.invalidate_recordset(["invoice_lines"], flush=False)
        result = super(SaleOrderLine, self.sudo())._prepare_qty_invoiced()
        self.invalidate_recordset(["invoice_lines"], flush=False)
        return result

    def _prepare_invoice_line(self, **optional_values):
        # core looks at the invoices of a down payment, which may be another salesperson's
        line = self.sudo() if self.is_downpayment else self
        return super(SaleOrderLine, line)._prepare_invoice_line(**optional_values)

    def _crm_is_goods(self):
        """Tell whether the line is what is sold: no heading, no combo, no down payment."""
        self.ensure_one()
        return not self.display_type and not self.is_downpayment and self.product_type != "combo"

    def _crm_net_price(self):
        self.ensure_one()
        return self.price_unit * (1 - self.discount / 100)

    def _crm_proportional_taxes(self):
        """Return the taxes by which Odoo splits a down payment."""
        self.ensure_one()
        return self.tax_ids.flatten_taxes_hierarchy().filtered(lambda tax: tax._can_be_discounted())

    def _crm_deduction_vals(self, part):
        """Return the values of the invoice line that deducts ``part`` of this down payment."""
        self.ensure_one()
        quantity, price = -part.quantity, part.price_amount / part.quantity
        key = (self.extra_tax_data or {}).get("computation_key") or f"down_payment,{self.id}"
        return {
            "quantity": quantity,
            "price_unit": price,
            "extra_tax_data": Amounts()
            .plus(part, -1)
            .extra_tax_data(self.currency_id, quantity, price, key=key),
        }
