# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class StockPicking(models.Model):
    _inherit = "stock.picking"

    crm_delivery_note_ids = fields.Many2many(
        "crm.delivery.note",
        string="Delivery Notes",
        compute="_compute_crm_delivery_note_ids",
        compute_sudo=True,
    )
    crm_delivery_note_count = fields.Integer(
        "Number of Delivery Notes", compute="_compute_crm_delivery_note_ids", compute_sudo=True
    )
    crm_delivery_note_numbers = fields.Char(
        "Delivery Note", compute="_compute_crm_delivery_note_ids", compute_sudo=True
    )
    crm_needs_note = fields.Boolean(compute="_compute_crm_needs_note", compute_sudo=True)

    @api.depends("move_ids.crm_delivery_note_line_ids.note_id.name")
    def _compute_crm_delivery_note_ids(self):
        for picking in self:
            notes = picking.move_ids.crm_delivery_note_line_ids.note_id
            picking.crm_delivery_note_ids = notes
            picking.crm_delivery_note_count = len(notes)
            picking.crm_delivery_note_numbers = ", ".join(notes.filtered("name").mapped("name"))

    @api.depends("state", "partner_id", "move_ids.state", "move_ids.crm_delivery_note_line_ids")
    def _compute_crm_needs_note(self):
        for picking in self:
            picking.crm_needs_note = bool(picking.partner_id and picking._crm_moves_without_note())

    # === ACTIONS ===#
    def action_crm_view_delivery_notes(self):
        """Return the action that opens the delivery notes of these transfers."""
        return self.crm_delivery_note_ids._crm_open()

    def action_crm_create_delivery_note(self):
        """Prepare draft notes of what these transfers handed over and no note says yet.

        Goods that were sent without an order get one behind them when the note is validated.

        :return: the action that opens the notes; those of before if nothing is missing
        :raise UserError: if nothing was handed over to a customer
        """
        self.check_access("read")
        self.env["crm.delivery.note"].check_access("create")
        orders = self.move_ids.sale_line_id.order_id
        orders.check_access("write")
        orders.sudo()._crm_lock()
        notes = self.crm_delivery_note_ids
        # the link to the moves is nobody's to write
        notes |= self.sudo()._crm_create_delivery_notes()
        notes |= self.sudo()._crm_create_direct_notes()
        if not notes:
            raise UserError(
                self.env._(
                    "%(transfers)s handed nothing over to a customer that a delivery note could "
                    "say. Only validated transfers with an address have notes.",
                    transfers=", ".join(self.mapped("name")),
                )
            )
        return notes.with_env(self.env)._crm_open()

    # === BUSINESS ===#
    def _action_done(self):
        result = super()._action_done()
        # whoever works in the warehouse has no right on notes, and decides nothing on them: they
        # say what the transfer did
        self.sudo()._crm_issue_delivery_notes()
        return result

    def _crm_issue_delivery_notes(self):
        """Issue the notes of what these transfers handed over or took back.

        A note that cannot be issued does not stop the warehouse: the transfer says why, and has a
        button to make it later.
        """
        notes = self.env["crm.delivery.note"]
        for picking in self:
            if picking.state != "done" or picking.company_id.crm_delivery_lead == "off":
                continue
            for note in picking._crm_create_delivery_notes():
                blockers = note._crm_conversion_blockers("note")
                if not blockers:
                    notes |= note
                    continue
                picking.message_post(
                    body=self.env._(
                        "No delivery note: %(reasons)s",
                        reasons=" ".join(blocker["message"] for blocker in blockers),
                    )
                )
                note.unlink()
        if notes:
            notes.action_validate()

    def _crm_moves_without_note(self):
        """Return the done moves that handed goods over, or took them back, and are on no note."""
        moves = self.move_ids
        # all at once, not each by itself
        moves.fetch(["state"])
        done = moves.filtered(lambda move: move.state == "done")
        noted = done.crm_delivery_note_line_ids.move_id
        return (done - noted).filtered(lambda move: move._crm_leaves() or move._crm_comes_back())

    def _crm_create_delivery_notes(self):
        """Return new draft notes of the orders that these transfers deliver or take back."""
        Note = self.env["crm.delivery.note"]
        vals_list = []
        for picking in self:
            moves = picking._crm_moves_without_note().filtered(
                lambda move: move.sale_line_id.qty_delivered_method == "stock_move"
            )
            # the components of a kit are on a note with the first of them
            noted = picking.move_ids.crm_delivery_note_line_ids.sale_line_id
            moves = moves.filtered(
                lambda move, noted=noted: (
                    move.sale_line_id not in noted
                    or move.product_id == move.sale_line_id.product_id
                )
            )
            leaving = moves.filtered(lambda move: move._crm_leaves())
            for order, own in leaving.grouped(lambda move: move.sale_line_id.order_id).items():
                vals = order._prepare_note_vals_of_moves(own)
                if vals["line_ids"]:
                    vals_list.append(vals)
            vals_list += (moves - leaving)._crm_return_vals_list()
        return Note.create(vals_list) if vals_list else Note

    def _crm_create_direct_notes(self):
        """Return new draft notes of what these transfers handed over without an order."""
        vals_list = []
        for picking in self.filtered("partner_id"):
            moves = picking._crm_moves_without_note().filtered(
                lambda move: move._crm_leaves() and not move.sale_line_id
            )
            if not moves:
                continue
            vals_list.append(
                {
                    "company_id": picking.company_id.id,
                    "partner_id": picking.partner_id.id,
                    "partner_shipping_id": picking.partner_id.id,
                    "delivery_datetime": picking.date_done,
                    "weight": picking.shipping_weight,
                    "parcels": len(moves.move_line_ids.result_package_id),
                    "line_ids": [
                        Command.create(
                            {
                                "product_id": move.product_id.id,
                                "product_uom_id": move.product_uom.id,
                                "quantity": move.quantity,
                                "move_id": move.id,
                                "lot_text": move._crm_lot_text(),
                                "sequence": sequence,
                            }
                        )
                        for sequence, move in enumerate(moves, 1)
                    ],
                }
            )
        Note = self.env["crm.delivery.note"]
        return Note.create(vals_list) if vals_list else Note
