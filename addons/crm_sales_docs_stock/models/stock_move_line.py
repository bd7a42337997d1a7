# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

# what the delivery note says of the goods
NOTED_FIELDS = {"quantity", "product_uom_id", "product_id", "lot_id", "move_id", "picking_id"}


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.move_id._crm_check_not_on_note()
        return lines

    def write(self, vals):
        if names := NOTED_FIELDS & vals.keys():
            changed = self.filtered(
                lambda line: (
                    line.state == "done"
                    and any(
                        line._fields[name].convert_to_write(line[name], line) != vals[name]
                        for name in names
                    )
                )
            )
            changed.move_id._crm_check_not_on_note()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_on_delivery_note(self):
        self.move_id._crm_check_not_on_note()
