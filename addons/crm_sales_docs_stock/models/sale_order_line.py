# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _compute_qty_delivered_method(self):
        before = {line: line.qty_delivered_method for line in self}
        result = super()._compute_qty_delivered_method()
        for line in self:
            # confirmed before there was a warehouse: no transfer waits for it
            if (
                line.qty_delivered_method == "stock_move"
                and before[line] in ("manual", "delivery_note")
                and line.state == "sale"
                and not line.move_ids
            ):
                line.qty_delivered_method = before[line]
        return result

    def _action_launch_stock_rule(self, *, previous_product_uom_qty=False):
        # what notes deliver, transfers do not
        lines = self.filtered(
            lambda line: (
                line.qty_delivered_method not in ("manual", "delivery_note") or line.move_ids
            )
        )
        return super(SaleOrderLine, lines)._action_launch_stock_rule(
            previous_product_uom_qty=previous_product_uom_qty
        )

    def _crm_give_to_stock(self):
        """Let stock moves count what these lines of quotes from before the warehouse deliver."""
        self.filtered(
            lambda line: (
                line.product_id.type == "consu"
                and not line.is_expense
                and line.qty_delivered_method in ("manual", "delivery_note")
                and not line.qty_delivered
                and not line.crm_delivery_note_line_ids
            )
        ).sudo().write({"qty_delivered_method": "stock_move"})

    # === DELIVERY ===#
    def _crm_is_deliverable(self):
        if self.qty_delivered_method == "stock_move":
            return self.company_id.crm_delivery_lead == "note" and self._crm_can_be_on_note()
        return super()._crm_is_deliverable()

    def _crm_is_to_deliver(self):
        return super()._crm_is_to_deliver() or (
            self.qty_delivered_method == "stock_move" and self._crm_can_be_on_note()
        )

    def _crm_is_closed_short(self):
        """Tell whether the transfers are all done or cancelled, so that nothing more will come."""
        self.ensure_one()
        moves = self.sudo().move_ids
        return (
            self.qty_delivered_method == "stock_move"
            and any(move.state == "done" for move in moves)
            and all(move.state in ("done", "cancel") for move in moves)
        )

    def _crm_qty_to_deliver(self):
        return 0.0 if self._crm_is_closed_short() else super()._crm_qty_to_deliver()

    def _crm_qty_in_the_end(self):
        quantity = super()._crm_qty_in_the_end()
        if self.product_id.invoice_policy == "delivery" and self._crm_is_closed_short():
            return min(quantity, self.qty_delivered)
        return quantity

    def _crm_ordered_after(self, change):
        """What was delivered or is still under way stays ordered: the goods of an exchange go out
        again.
        """
        quantity = super()._crm_ordered_after(change)
        if self.qty_delivered_method != "stock_move":
            return quantity
        planned = max(self._get_qty_procurement(), self.qty_delivered, quantity)
        return min(planned, self.product_uom_qty)

    def _crm_open_moves(self):
        """Return the moves that wait to hand the goods over, the earliest first."""
        self.ensure_one()
        return self.move_ids.filtered(
            lambda move: (
                move.state not in ("draft", "done", "cancel")
                and move._crm_leaves()
                and all(origin.state in ("done", "cancel") for origin in move.move_orig_ids)
            )
        ).sorted(lambda move: (move.date, move.id))

    def _crm_is_kit(self, moves):
        """Tell whether these moves of the line are of its components."""
        self.ensure_one()
        return any(move.product_id != self.product_id for move in moves)

    def _crm_moves_of(self, move):
        """Return the moves that a note line with ``move`` stands for."""
        self.ensure_one()
        if move.product_id == self.product_id:
            return move
        return move.picking_id.move_ids.filtered(
            lambda part: part.sale_line_id == self and part.state == "done"
        )

    def _crm_kits_without_note(self):
        """Return the kits that were delivered, or came back if negative, and are on no note."""
        self.ensure_one()
        return self.product_uom_id.round(
            self.qty_delivered - self.crm_note_opening_qty - self._crm_noted_quantities()[self.id]
        )

    def _prepare_note_line_vals_of_moves(self, moves):
        """Return the values of the note lines for what these moves handed over of this line."""
        self.ensure_one()
        vals = self._prepare_delivery_note_line_vals()
        if not self._crm_is_kit(moves):
            return [{**vals, **self._crm_moved_quantity(move)} for move in moves]
        quantity = self._crm_kits_without_note()
        if self.product_uom_id.compare(quantity, 0.0) <= 0:
            return []
        components = "\n".join(
            f"{move.quantity:g} {move.product_uom.name}  {move.product_id.display_name}"
            for move in moves
        )
        return [
            {
                **vals,
                "quantity": quantity,
                "move_id": moves[0].id,
                "lot_text": moves._crm_lot_text(),
            },
            {"display_type": "line_note", "name": components, "quantity": 0.0},
        ]

    def _crm_moved_quantity(self, move):
        """Return what a move handed over, in the unit of the order where that is exact."""
        quantity, unit = move.quantity, move.product_uom
        converted = unit._compute_quantity(quantity, self.product_uom_id, round=False)
        if abs(self.product_uom_id.round(converted) - converted) < 1e-9:
            quantity, unit = self.product_uom_id.round(converted), self.product_uom_id
        return {
            "quantity": quantity,
            "product_uom_id": unit.id,
            "move_id": move.id,
            "lot_text": move._crm_lot_text(),
        }
