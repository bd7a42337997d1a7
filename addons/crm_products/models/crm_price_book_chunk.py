# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class CrmPriceBookChunk(models.Model):
    """Some of the rows of a version: a version of any length is made and read in pieces."""

    _name = "crm.price.book.chunk"
    _description = "Rows of a Price Book"
    _inherit = ["crm.system.fields.mixin"]
    _order = "version_id, sequence"
    _rec_name = "sequence"
    _log_access = False

    version_id = fields.Many2one(
        "crm.price.book.version", required=True, readonly=True, ondelete="cascade"
    )
    sequence = fields.Integer(required=True, readonly=True, aggregator=None)
    product_ids = fields.Json("Products", readonly=True, help="Those whose rows are still missing.")
    # Lists of the values of price_book.rows.PriceRow.
    data = fields.Json("Rows", readonly=True)

    _version_idx = models.UniqueIndex("(version_id, sequence)")

    @property
    def _crm_system_fields(self):
        return frozenset(self._fields)
