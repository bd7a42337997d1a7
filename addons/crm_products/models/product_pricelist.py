# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models
from odoo.tools import split_every

from ..pricing.explanation import PriceExplanation
from ..pricing.rule_index import RuleIndex, overriding_modules

# How many products are looked at together: with an index of the rules, and without one, where
# every product is compared with every rule of the others as well.
_INDEXED_AT_A_TIME = 2000
_AT_A_TIME = 20


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    def unlink(self):
        # The database deletes the rules of a price list, without telling them.
        self.env["product.pricelist.item"]._crm_log_cascade("pricelist_id", "in", self)
        return super().unlink()

    def _get_applicable_rules(self, products, date, crm_rule_index=None, **kwargs):
        if crm_rule_index is not None and self:
            return crm_rule_index.candidates(self, products)
        return super()._get_applicable_rules(products, date, **kwargs)

    def _crm_price_table(self, products, quantities, date=None, currency=None):
        """Return ``{product id: [(price, rule id or False) for each quantity]}``: what core's
        ``_compute_price_rule`` returns, at once for many products. Without a price list, the
        sales prices.

        Rules are read once and looked up by product and category, unless another addon changes
        how rules apply: then core compares them, a few products at a time.

        :param products: products or templates
        :param quantities: in the unit of each product
        :param date: a moment (UTC), now by default
        :param currency: that of the price list by default
        """
        date = date or fields.Datetime.now()
        table = {}
        if overriding_modules(self.env):
            for some in self._crm_split(products, _AT_A_TIME):
                found = [
                    self._compute_price_rule(some, quantity, date=date, currency=currency)
                    for quantity in quantities
                ]
                table |= {product.id: [prices[product.id] for prices in found] for product in some}
            return table
        for some in self._crm_split(products, _INDEXED_AT_A_TIME):
            index = RuleIndex(some, date)
            for product in some:
                table[product.id] = [
                    self._compute_price_rule(
                        product, quantity, date=date, currency=currency, crm_rule_index=index
                    )[product.id]
                    for quantity in quantities
                ]
        return table

    def _crm_explain_price(self, product, quantity=1.0, date=None, uom=None, currency=None):
        """Return how core's price of a product comes about, as JSON in the user's language.
        Without a price list, of its sales price.

        - ``price`` and ``rule_id``: as core's ``_get_product_price_rule`` returns them
        - ``steps``: from the base to the price, each with ``kind``, ``label``, ``detail``, the
          price after it (``value``, and as text ``amount``), and ``chain``: the explanation of the
          price of another list
        - ``rule``: the rule that counts (``name``, ``label``, ``conditions``) or False
        - ``lost``: the other rules for the product, each with ``reason`` (code),
          ``reason_text`` and ``price_text``, what it would give
        - ``product``, ``pricelist``, ``price_text``, ``unit_text``, ``notes``: texts

        :param product: one product or template
        :param quantity: in ``uom``, that of the product by default
        :param date: a moment (UTC), now by default
        :param currency: that of the price list by default
        """
        self and self.ensure_one()  # self is at most one record
        product.ensure_one()
        date = date or fields.Datetime.now()
        return PriceExplanation(self, product, quantity, date, uom, currency).to_dict()

    def _crm_split(self, products, size):
        for ids in split_every(size, products.ids):
            yield products.browse(ids)
