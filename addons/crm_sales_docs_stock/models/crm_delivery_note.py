# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmDeliveryNote(models.Model):
    _inherit = "crm.delivery.note"

    picking_ids = fields.Many2many(
        "stock.picking",
        string="Transfers",
        compute="_compute_picking_ids",
        compute_sudo=True,
    )
    picking_count = fields.Integer(
        "Number of Transfers", compute="_compute_picking_ids", compute_sudo=True
    )

    @api.depends("line_ids.move_id.picking_id")
    def _compute_picking_ids(self):
        for note in self:
            note.picking_ids = note.line_ids.move_id.picking_id
            note.picking_count = len(note.picking_ids)

    def action_view_pickings(self):
        """Return the action that opens the transfers of these notes."""
        return self.picking_ids._get_records_action(
            name=self.env._("Transfers"), context={"create": False}
        )

    def _crm_create_orders(self):
        # what has left already needs an order, but no other transfer
        moved = self.filtered(
            lambda note: any(line.move_id and not line.sale_line_id for line in note.line_ids)
        )
        result = super(CrmDeliveryNote, self - moved)._crm_create_orders()
        super(CrmDeliveryNote, moved.with_context(skip_procurement=True))._crm_create_orders()
        for line in moved.line_ids.filtered("move_id"):
            line.move_id.sale_line_id = line.sale_line_id
        return result

    def _crm_hand_over(self):
        """Validate the transfers of the goods, where the notes were made before them."""
        result = super()._crm_hand_over()
        for note in self:
            note._crm_move_goods()
        return result

    def _crm_move_goods(self):
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line._crm_is_stock() and not line.move_id)
        if not lines:
            return
        if self.note_type == "return":
            moves = lines._crm_make_return_moves()
        else:
            self._crm_merge_lines(lines)
            moves = self.env["stock.move"]
            for line in lines.exists():
                moves |= line._crm_take_moves()
        for picking in moves.picking_id:
            self._crm_validate_picking(picking, moves & picking.move_ids)
        for line in self.line_ids.filtered("move_id"):
            line.lot_text = line.sale_line_id._crm_moves_of(line.move_id)._crm_lot_text()
        if not self.delivery_datetime:
            self.delivery_datetime = max(moves.picking_id.mapped("date_done"))

    def _crm_merge_lines(self, lines):
        """Put all that the note delivers of one order line on one line."""
        for order_line, same in lines.grouped("sale_line_id").items():
            if len(same) > 1:
                unit = order_line.product_uom_id
                same[0].write(
                    {"quantity": same._crm_total_quantity(unit), "product_uom_id": unit.id}
                )
                same[1:].unlink()

    def _crm_validate_picking(self, picking, moves):
        """Validate a transfer with these of its moves; the others stay open.

        :raise UserError: if it needs a decision or lots that only a person can give
        """
        without_lot = moves.move_line_ids.filtered(
            lambda line: line.product_id.tracking != "none" and not (line.lot_id or line.lot_name)
        )
        if without_lot:
            raise UserError(
                self.env._(
                    "%(note)s: choose the lots or serial numbers of %(products)s on the transfer "
                    "%(transfer)s first, and validate it there.",
                    note=self.display_name,
                    products=", ".join(without_lot.product_id.mapped("display_name")),
                    transfer=picking.name,
                )
            )
        (picking.move_ids - moves).filtered(
            lambda move: move.state not in ("done", "cancel")
        ).picked = False
        moves.picked = True
        picking.with_context(skip_backorder=True).button_validate()
        if picking.state != "done":
            raise UserError(
                self.env._(
                    "%(note)s: the transfer %(transfer)s asks something that a person has to "
                    "answer. Open the transfer and validate it there.",
                    note=self.display_name,
                    transfer=picking.name,
                )
            )

    def _crm_cancel(self):
        # the goods of a draft that is given up may go on another note
        lines = self.filtered(lambda note: note.state == "draft").line_ids.filtered("move_id")
        lines.write({"move_id": False})
        lines.flush_recordset(["move_id"])
        return super()._crm_cancel()

    def _crm_cancellation_blockers(self):
        blockers = super()._crm_cancellation_blockers()
        for note in self.filtered(lambda note: note.state == "done"):
            pickings = note.line_ids.filtered(lambda line: line._crm_has_left()).move_id.picking_id
            if not pickings:
                continue
            if note.note_type == "return":
                message = self.env._(
                    "The goods of %(note)s came back with %(transfers)s. Deliver them again with a "
                    "new transfer.",
                    note=note.display_name,
                    transfers=", ".join(pickings.mapped("name")),
                )
            else:
                message = self.env._(
                    "The goods of %(note)s left with %(transfers)s. Return them instead of "
                    "cancelling the note.",
                    note=note.display_name,
                    transfers=", ".join(pickings.mapped("name")),
                )
            blockers.append({"code": "moved", "message": message})
        return blockers
