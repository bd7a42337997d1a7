# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class ProductSupplierinfo(models.Model):
    _inherit = "product.supplierinfo"

    # The list of all vendor prices has no product to start from, so it needs its own order,
    # and the prices of one vendor are looked up from the vendor.
    _crm_list_order_idx = models.Index("(sequence, min_qty DESC, price, id)")
    _crm_partner_idx = models.Index("(partner_id)")
