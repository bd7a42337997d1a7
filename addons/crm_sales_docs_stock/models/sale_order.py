# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models
from odoo.fields import Command


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === COMPUTES ===#
    @api.depends("order_line.move_ids.state")
    def _compute_crm_delivery_state(self):
        return super()._compute_crm_delivery_state()

    @api.depends("company_id.crm_delivery_lead")
    def _compute_crm_next_step(self):
        result = super()._compute_crm_next_step()
        for order in self.filtered(lambda order: order.crm_next_step == "deliver"):
            # what is left is the warehouse's
            if not order._crm_lines_to_deliver():
                order.crm_next_step = False
        return result

    # === DELIVERY ===#
    def _action_confirm(self):
        self.order_line._crm_give_to_stock()
        return super()._action_confirm()

    def _crm_waits_for_first_delivery(self):
        # an invoice does not send goods out of the warehouse
        return (
            not any(
                line.qty_delivered_method == "stock_move" and line._crm_qty_to_deliver()
                for line in self.order_line
                if line._crm_is_to_deliver()
            )
            and super()._crm_waits_for_first_delivery()
        )

    def _crm_goods_to_transfer(self):
        """Return the lines whose goods the warehouse has still to deliver."""
        return self.order_line.filtered(
            lambda line: (
                line.product_id.type == "consu"
                and line._crm_is_to_deliver()
                and line._crm_qty_to_deliver()
            )
        )

    def _crm_transfer_sentence(self):
        """Return what the warehouse has still to do for this order."""
        self.ensure_one()
        goods = self._crm_goods_to_transfer().product_id.mapped("display_name")
        pickings = self.picking_ids.filtered(
            lambda picking: picking.state not in ("done", "cancel")
        )
        if pickings:
            return self.env._(
                "%(order)s: %(products)s wait in the warehouse. Validate the transfer "
                "%(transfers)s.",
                order=self.name,
                products=", ".join(goods),
                transfers=", ".join(pickings.mapped("name")),
            )
        return self.env._(
            "%(order)s: %(products)s are delivered by the warehouse. Confirm the order and "
            "validate its transfer.",
            order=self.name,
            products=", ".join(goods),
        )

    def _crm_nothing_to_deliver_blockers(self):
        waiting = self.filtered(
            lambda order: (
                not order._crm_lines_to_deliver()
                and order._crm_goods_to_transfer()
                and not any(note.state != "cancel" for note in order.crm_delivery_note_ids)
            )
        )
        return super(SaleOrder, self - waiting)._crm_nothing_to_deliver_blockers() + [
            {"code": "in_warehouse", "message": order._crm_transfer_sentence()} for order in waiting
        ]

    def _crm_nothing_to_invoice_blockers(self):
        blocked = super()._crm_nothing_to_invoice_blockers()
        if not blocked:
            return blocked
        result = []
        for order in self:
            own = super(SaleOrder, order)._crm_nothing_to_invoice_blockers()
            if own and order._crm_goods_to_transfer():
                own = [{"code": "in_warehouse", "message": order._crm_transfer_sentence()}]
            result += own
        return result

    def _prepare_note_vals_of_moves(self, moves):
        """Return the values of a note of what these moves handed over of this order.

        Without lines if that is no complete kit yet.
        """
        self.ensure_one()
        picking = moves.picking_id
        vals_by_line = {}
        for line, own in moves.grouped("sale_line_id").items():
            if line_vals := line._prepare_note_line_vals_of_moves(own):
                vals_by_line[line] = line_vals
        if vals_by_line and self.company_id.crm_delivery_with_services:
            vals_by_line |= self._crm_service_vals()
        vals = self._prepare_delivery_note_vals()
        if picking.partner_id.commercial_partner_id == self.partner_id.commercial_partner_id:
            vals["partner_shipping_id"] = picking.partner_id.id
        return {
            **vals,
            "delivery_datetime": picking.date_done,
            "parcels": len(moves.move_line_ids.result_package_id),
            "weight": picking.shipping_weight,
            "line_ids": [
                Command.create({**line_vals, "sequence": sequence})
                for sequence, line_vals in enumerate(self._crm_note_lines_vals(vals_by_line), 1)
            ],
        }

    def _crm_service_vals(self):
        """Return the note lines of the services still open, once all goods are delivered."""
        if self._crm_goods_to_transfer():
            return {}
        services = self._crm_lines_to_deliver().filtered(
            lambda line: line.product_id.type == "service"
        )
        return {line: [line._prepare_delivery_note_line_vals()] for line in services}
