# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class StockMove(models.Model):
    _inherit = "stock.move"

    crm_delivery_note_line_ids = fields.One2many(
        "crm.delivery.note.line", "move_id", "Delivery Note Lines"
    )

    def write(self, vals):
        # they change what the order counts as delivered
        for name in {"to_refund", "sale_line_id"} & vals.keys():
            changed = self.filtered(
                lambda move, name=name: (
                    move._fields[name].convert_to_write(move[name], move) != vals[name]
                )
            )
            changed._crm_check_not_on_note()
        return super().write(vals)

    def _crm_check_not_on_note(self):
        """Raise an error if a validated note says what these moves handed over."""
        done = self.filtered(lambda move: move.state == "done")
        notes = done.sudo().crm_delivery_note_line_ids.note_id.filtered(
            lambda note: note.state == "done"
        )
        if notes:
            raise UserError(
                self.env._(
                    "The delivery note %(notes)s says what %(transfers)s delivered: that cannot be "
                    "changed any more. Return the goods instead.",
                    notes=", ".join(notes.mapped("name")),
                    transfers=", ".join(done.picking_id.mapped("name")),
                )
            )

    def _crm_leaves(self):
        """Tell whether the move hands the goods over, as the order counts it: the last step to the
        customer, also from a vendor.
        """
        self.ensure_one()
        return (
            self.location_dest_id._is_outgoing()
            and not self._is_dropshipped_returned()
            and (not self.origin_returned_move_id or self.to_refund)
        )

    def _crm_comes_back(self):
        """Tell whether the move takes goods back that the order then counts as not delivered."""
        self.ensure_one()
        return bool(self.to_refund and not self._crm_leaves() and self.location_id._is_outgoing())

    def _crm_return_vals_list(self):
        """Return the values of the return notes of what these moves took back: one for each note
        that had delivered it. What was delivered without a note comes back without one.
        """
        lines_by_note = defaultdict(list)
        taken = defaultdict(float)
        for order_line, moves in self.grouped("sale_line_id").items():
            if order_line._crm_is_kit(moves):
                parts = [(moves, -order_line._crm_kits_without_note(), order_line.product_uom_id)]
            else:
                parts = [(move, move.quantity, move.product_uom) for move in moves]
            for part, quantity, unit in parts:
                origin, returned = part._crm_find_returned_line(quantity, unit, taken)
                if not origin:
                    continue
                taken[origin] += returned
                lines_by_note[origin.note_id].append(
                    {
                        **origin._prepare_return_line_vals(),
                        "quantity": returned,
                        "move_id": part[0].id,
                        "lot_text": part._crm_lot_text(),
                    }
                )
        return [
            {
                **note._prepare_return_vals(),
                "delivery_datetime": self.picking_id.date_done,
                "line_ids": [
                    Command.create({**vals, "sequence": sequence})
                    for sequence, vals in enumerate(lines, 1)
                ],
            }
            for note, lines in lines_by_note.items()
        ]

    def _crm_find_returned_line(self, quantity, unit, taken):
        """Return the note line that delivered what came back, and the quantity in its unit.

        The line of the move that was returned, else the newest of the order line.
        """
        issued = self.sale_line_id.crm_delivery_note_line_ids.filtered(
            lambda line: line.state == "done" and line.note_type == "delivery"
        )
        own = issued.filtered(lambda line: line.move_id in self.origin_returned_move_id)
        for line in own + (issued - own).sorted("id", reverse=True):
            returned = unit._compute_quantity(
                quantity, line.product_uom_id, rounding_method="HALF-UP"
            )
            rest = line.qty_returnable - taken[line]
            if returned > 0 and line.product_uom_id.compare(returned, rest) <= 0:
                return line, returned
        return self.env["crm.delivery.note.line"], 0.0

    def _crm_lot_text(self):
        """Return the lots or serial numbers of the goods, with their quantities where one lot is
        not all of it.
        """
        quantities = defaultdict(float)
        for line in self.move_line_ids.filtered("lot_id"):
            quantities[line.lot_id] += line.quantity_product_uom
        return (
            ", ".join(
                lot.name
                if lot.product_id.tracking == "serial" or len(quantities) == 1
                else f"{lot.name} ({quantity:g})"
                for lot, quantity in quantities.items()
            )
            or False
        )
