# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models
from odoo.exceptions import UserError


class CrmDeliveryNoteLine(models.Model):
    _inherit = "crm.delivery.note.line"

    move_id = fields.Many2one(
        "stock.move",
        "Stock Move",
        copy=False,
        readonly=True,
        ondelete="restrict",
        check_company=True,
        help="The move of the warehouse that hands over, or takes back, what the line says.",
    )

    _move_uniq = models.UniqueIndex(
        "(move_id) WHERE move_id IS NOT NULL", "A delivery note lists this stock move already."
    )

    @property
    def _crm_system_fields(self):
        return super()._crm_system_fields | {"move_id"}

    def write(self, vals):
        if {"quantity", "product_uom_id", "product_id"} & vals.keys():
            moved = self.filtered(lambda line: line._crm_has_left())
            if moved and not self.env.su:
                raise UserError(
                    self.env._(
                        "%(products)s left with %(transfers)s: the note says the same quantity. "
                        "Return goods, or delete the draft.",
                        products=", ".join(moved.product_id.mapped("display_name")),
                        transfers=", ".join(moved.sudo().move_id.picking_id.mapped("name")),
                    )
                )
        return super().write(vals)

    def _crm_has_left(self):
        return super()._crm_has_left() or self.sudo().move_id.state == "done"

    def _crm_is_stock(self):
        """Tell whether the delivered quantity of the order line follows from stock moves."""
        self.ensure_one()
        return self.sale_line_id.qty_delivered_method == "stock_move"

    def _crm_validation_blockers(self):
        blockers = super()._crm_validation_blockers()
        if self._crm_has_left():
            # done is done: the note only says so
            return [b for b in blockers if b["code"] not in ("archived_product", "not_deliverable")]
        if self.origin_line_id and self._crm_is_stock():
            return [b for b in blockers if b["code"] != "not_deliverable"]
        return blockers

    # === THE NOTE LEADS ===#
    def _crm_take_moves(self):
        """Set the open moves of the order line to the quantity of this line, which is then of the
        first move; for each other move a line of its own is added.

        :return: the moves
        :raise UserError: if less waits in the transfers of the order
        """
        self.ensure_one()
        moves = self.sale_line_id._crm_open_moves()
        moves.filtered(lambda move: move.state != "assigned")._action_assign()
        if self.sale_line_id._crm_is_kit(moves):
            return self._crm_take_kit(moves)
        line, taken, rest = self, moves.browse(), self.quantity
        for move in moves:
            unit = move.product_uom
            wanted = self.product_uom_id._compute_quantity(rest, unit, rounding_method="HALF-UP")
            part = min(wanted, move.product_uom_qty)
            if unit.compare(part, 0.0) <= 0:
                continue
            move.quantity = part
            part = unit._compute_quantity(part, self.product_uom_id, rounding_method="HALF-UP")
            if taken:
                line = self.copy({"note_id": self.note_id.id, "quantity": part})
            else:
                line.quantity = min(part, rest)
            line.move_id = move
            taken |= move
            rest = self.product_uom_id.round(rest - part)
        if not moves or self.product_uom_id.compare(rest, 0.0) > 0:
            self._crm_raise_nothing_waits(rest)
        return taken

    def _crm_take_kit(self, moves):
        """Set the moves of the components to the part of the kits that this line delivers."""
        order_line = self.sale_line_id
        share = self._crm_quantity_in_order_unit() / (order_line._crm_qty_to_deliver() or 1.0)
        for move in moves:
            move.quantity = move.product_uom.round(move.product_uom_qty * min(share, 1.0))
        self.move_id = moves[:1]
        return moves

    def _crm_raise_nothing_waits(self, quantity):
        order = self.order_id
        steps = order.picking_ids.filtered(
            lambda picking: (
                picking.state not in ("done", "cancel")
                and not any(move._crm_leaves() for move in picking.move_ids)
            )
        )
        if steps:
            raise UserError(
                self.env._(
                    "%(note)s: %(product)s is not ready to leave. Validate %(transfers)s first.",
                    note=self.note_id.display_name,
                    product=self.product_id.display_name,
                    transfers=", ".join(steps.mapped("name")),
                )
            )
        raise UserError(
            self.env._(
                "%(note)s: no transfer of %(order)s waits with %(quantity)s %(unit)s of "
                "%(product)s. Lower the quantity, or plan a transfer in Inventory.",
                note=self.note_id.display_name,
                order=order.name,
                quantity=f"{quantity:g}",
                unit=self.product_uom_id.name,
                product=self.product_id.display_name,
            )
        )

    def _crm_make_return_moves(self):
        """Make the return transfers of what these lines take back.

        :return: their moves, with their quantities
        """
        moves = self.env["stock.move"]
        for picking, lines in self.grouped(lambda ln: ln.origin_line_id.move_id.picking_id).items():
            if not picking:
                lines[0]._crm_raise_without_transfer()
            quantities = {}
            for line in lines:
                quantities |= line._crm_quantities_to_return()
            wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
            for choice in wizard.product_return_moves:
                choice.write({"quantity": quantities.get(choice.move_id, 0.0), "to_refund": True})
            made = wizard._create_return().move_ids
            for line in lines:
                own = made.filtered(
                    lambda move, line=line: (
                        move.origin_returned_move_id in line._crm_quantities_to_return()
                    )
                )
                line.move_id = own[:1]
            for move in made:
                move.quantity = move.product_uom_qty
            moves |= made
        return moves

    def _crm_quantities_to_return(self):
        """Return ``{move: quantity}`` of what the line takes back; for a kit, of its components."""
        self.ensure_one()
        origin = self.origin_line_id
        move = origin.move_id
        if move.product_id == self.product_id:
            return {
                move: self.product_uom_id._compute_quantity(
                    self.quantity, move.product_uom, rounding_method="HALF-UP"
                )
            }
        share = self.quantity / origin.quantity
        return {
            part: part.product_uom.round(part.quantity * share)
            for part in move.picking_id.move_ids
            if part.sale_line_id == self.sale_line_id and part.state == "done"
        }

    def _crm_raise_without_transfer(self):
        raise UserError(
            self.env._(
                "%(note)s: %(origin)s delivered %(product)s without a transfer that could be "
                "returned. Take the line off.",
                note=self.note_id.display_name,
                origin=self.origin_line_id.note_id.display_name,
                product=self.product_id.display_name,
            )
        )
