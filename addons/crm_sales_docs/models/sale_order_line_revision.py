# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models


class SaleOrderLine(models.Model):
    """Lines of revisions: each knows what it was before."""

    _inherit = "sale.order.line"

    crm_revised_line_id = fields.Many2one(
        "sale.order.line",
        "Line of the Revision Before",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        prefetch="crm_sales",
    )

    # === CRUD ===#
    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if not self.env.su:
            lines.order_id._crm_check_not_superseded()
        return lines

    def write(self, vals):
        if not self.env.su:
            self.order_id._crm_check_not_superseded()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_superseded(self):
        if not self.env.su:
            self.order_id._crm_check_not_superseded()

    # === REVISIONS ===#
    def _crm_line_in(self, order):
        """Return what this line was in an earlier revision, if it was in it."""
        line = self
        while line and line.order_id != order:
            line = line.crm_revised_line_id
        return line
