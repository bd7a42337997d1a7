# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    crm_delivery_note_line_ids = fields.One2many(
        "crm.delivery.note.line", "sale_line_id", "Delivery Note Lines"
    )
    crm_note_opening_qty = fields.Float(
        "Delivered before the First Note",
        digits="Product Unit",
        copy=False,
        readonly=True,
        help="What was delivered by hand before delivery notes took over the line.",
    )
    qty_delivered_method = fields.Selection(
        selection_add=[("delivery_note", "Delivery Notes")],
        ondelete={"delivery_note": "set manual"},
    )

    # === COMPUTES ===#
    def _domain_product_id(self):
        # A text, which the client evaluates: the customer of the quote decides.
        return f"({super()._domain_product_id()}) + [('crm_allowed_for_id', '=', order_partner_id)]"

    def _compute_qty_delivered_method(self):
        before = {line: line.qty_delivered_method for line in self}
        result = super()._compute_qty_delivered_method()
        for line in self.filtered(lambda line: line.qty_delivered_method == "manual"):
            # a line that was delivered by hand keeps its quantity: core computes the method again
            # when the product or the expense flag is written
            by_hand = before[line] == "manual" and line.qty_delivered
            controlled = line.company_id.crm_delivery_control and not by_hand
            if line._crm_can_be_on_note() and (before[line] == "delivery_note" or controlled):
                line.qty_delivered_method = "delivery_note"
        return result

    @api.depends(
        "crm_note_opening_qty",
        "crm_delivery_note_line_ids.state",
        "crm_delivery_note_line_ids.quantity",
        "crm_delivery_note_line_ids.product_uom_id",
    )
    def _compute_qty_delivered(self):
        return super()._compute_qty_delivered()

    def _prepare_qty_delivered(self):
        delivered = super()._prepare_qty_delivered()
        lines = self.filtered(lambda line: line.qty_delivered_method == "delivery_note")
        noted = lines._crm_noted_quantities()
        for line in lines:
            # core keeps the old quantity of a line that is not in the result
            delivered[line] = line.crm_note_opening_qty + noted[line.id or line._origin.id]
        return delivered

    def _crm_noted_quantities(self):
        """Return what validated notes delivered of each line, less what came back, by id, in the
        line's unit.

        Added up in the product's unit and converted once: twelve times one unit is one dozen.
        """
        quantities = defaultdict(float)
        domain = [("sale_line_id", "in", self.ids), ("state", "=", "done")]
        if accrual_date := self.env.context.get("accrual_entry_date"):
            domain.append(("note_id.date", "<=", accrual_date))
        sums = (
            self.env["crm.delivery.note.line"]
            .sudo()
            ._read_group(domain, ["sale_line_id", "product_uom_id", "note_type"], ["quantity:sum"])
        )
        in_product_unit = defaultdict(float)
        for line, unit, note_type, total in sums:
            quantity = -total if note_type == "return" else total
            if unit == line.product_uom_id:
                quantities[line.id] += quantity
            else:
                in_product_unit[line] += unit._compute_quantity(
                    quantity, line.product_id.uom_id, round=False
                )
        for line, quantity in in_product_unit.items():
            unit = line.product_id.uom_id
            own = line.product_uom_id._compute_quantity(quantities[line.id], unit, round=False)
            quantities[line.id] = unit._compute_quantity(
                quantity + own, line.product_uom_id, rounding_method="HALF-UP"
            )
        return quantities

    # === CRUD ===#
    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        for line, vals in zip(lines, vals_list, strict=True):
            # delivered before the line came here, as in an import of open orders
            if vals.get("qty_delivered") and line.qty_delivered_method == "delivery_note":
                line.sudo().crm_note_opening_qty = line.qty_delivered
        return lines

    def write(self, vals):
        refused = {"crm_note_opening_qty", "qty_delivered_method"} & vals.keys() or (
            "qty_delivered" in vals
            and any(line.qty_delivered_method == "delivery_note" for line in self)
        )
        if refused and not self.env.su:
            raise UserError(
                self.env._(
                    "The delivered quantity of %(products)s follows from delivery notes. Validate "
                    "or cancel a note to change it.",
                    products=", ".join(self.product_id.mapped("display_name")),
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_on_delivery_note(self):
        note_lines = self.sudo().crm_delivery_note_line_ids
        if note_lines:
            raise UserError(
                self.env._(
                    "%(products)s cannot be deleted from the order: delivery notes %(notes)s "
                    "list it.",
                    products=", ".join(note_lines.product_id.mapped("display_name")),
                    notes=", ".join(note_lines.note_id.mapped("display_name")),
                )
            )

    def _update_line_quantity(self, values):
        for line in self.filtered(lambda line: line.qty_delivered_method == "delivery_note"):
            if line.product_uom_id.compare(values["product_uom_qty"], line.qty_delivered) < 0:
                raise UserError(
                    self.env._(
                        "%(order)s: %(delivered)s of %(product)s are delivered by delivery notes; "
                        "the ordered quantity cannot be less. Cancel a note first.",
                        order=line.order_id.name,
                        delivered=f"{line.qty_delivered:g}",
                        product=line.product_id.display_name,
                    )
                )
        return super()._update_line_quantity(values)

    # === DELIVERY ===#
    def _crm_can_be_on_note(self):
        """Tell whether the line is something that a person hands over."""
        self.ensure_one()
        return (
            not self.display_type
            and not self.is_downpayment
            and not self.is_expense
            and self.product_id.type in ("consu", "service")
            and self._can_be_invoiced_alone()
        )

    def _crm_is_deliverable(self):
        """Tell whether delivery notes may deliver the line; others have their own source."""
        self.ensure_one()
        return (
            self.qty_delivered_method in ("manual", "delivery_note") and self._crm_can_be_on_note()
        )

    def _crm_is_to_deliver(self):
        """Tell whether the line is delivered at all, by a delivery note or another document."""
        self.ensure_one()
        return self._crm_is_deliverable()

    def _crm_ordered_after(self, change):
        """Return what is ordered once a return changed it by ``change``."""
        self.ensure_one()
        return max(self.product_uom_qty + change, 0.0)

    def _crm_qty_in_the_end(self):
        """Return what the line will have invoiced when it is complete."""
        self.ensure_one()
        ordered = self.product_uom_qty
        if self.product_id.invoice_policy == "order" or ordered < 0:
            return ordered
        return max(ordered, self.qty_delivered)

    def _crm_qty_to_deliver(self):
        """Return what is ordered and not delivered, in the line's unit, never negative."""
        self.ensure_one()
        rest = self.product_uom_qty - self.qty_delivered
        return rest if self.product_uom_id.compare(rest, 0.0) > 0 else 0.0

    def _crm_switch_to_delivery_notes(self):
        """Let notes count the delivered quantity, on top of what was delivered by hand."""
        manual = self.filtered(lambda line: line.qty_delivered_method == "manual")
        for quantity, lines in manual.grouped("qty_delivered").items():
            lines.write({"crm_note_opening_qty": quantity, "qty_delivered_method": "delivery_note"})

    def _prepare_delivery_note_line_vals(self):
        """Return the values of a note line for all that is still to deliver of this line."""
        self.ensure_one()
        if self.display_type:
            return {"display_type": self.display_type, "name": self.name, "quantity": 0.0}
        return {
            "sale_line_id": self.id,
            "product_id": self.product_id.id,
            "name": self.name,
            "product_uom_id": self.product_uom_id.id,
            "quantity": self._crm_qty_to_deliver(),
        }

    # === INVOICING ===#
    def _crm_waits_for_invoice(self):
        """Tell whether an invoice is due: less than nothing only where the order takes back, or a
        return did.
        """
        self.ensure_one()
        return self.qty_to_invoice > 0 or (
            self.qty_to_invoice < 0
            and (self.product_uom_qty < 0 or bool(self._crm_note_lines_to_invoice()))
        )

    def _crm_note_lines_to_invoice(self):
        """Return the validated note lines of this line that the current conversion invoices."""
        self.ensure_one()
        note_ids = self.env.context.get("crm_note_ids")
        # what the order has invoiced does not depend on which notes a person may see
        return self.sudo().crm_delivery_note_line_ids.filtered(
            lambda line: line.qty_to_invoice and (not note_ids or line.note_id.id in note_ids)
        )

    def _crm_noted_quantity(self):
        return sum(self._crm_note_lines_to_invoice().mapped("qty_to_invoice"))

    def _prepare_invoice_lines_vals_list(self, **optional_values):
        vals_list = super()._prepare_invoice_lines_vals_list(**optional_values)
        if self.is_downpayment or len(vals_list) != 1 or "quantity" in optional_values:
            return vals_list
        by_note = self.env.context.get("crm_note_ids")
        if self.product_type == "combo":
            return self._crm_combo_vals_list(vals_list[0], by_note)
        if self.display_type:
            return vals_list
        note_lines = self._crm_note_lines_to_invoice()
        if not note_lines:
            return vals_list
        result = [
            {
                **vals_list[0],
                "quantity": note_line.qty_to_invoice,
                "crm_delivery_note_line_id": note_line.id,
            }
            for note_line in note_lines.sorted("id")
        ]
        rest = vals_list[0]["quantity"] - sum(vals["quantity"] for vals in result)
        if not by_note and not self.product_uom_id.is_zero(rest):
            # goods that are invoiced before a note delivers them
            result.append({**vals_list[0], "quantity": rest})
        return result

    def _crm_combo_vals_list(self, vals, by_note):
        """Return the heading of a combo, with how many of it there are: one for each note that
        delivers some of its items, or one for all.
        """
        parts = defaultdict(float)
        for item in self.linked_line_ids.filtered("product_uom_qty"):
            if by_note:
                quantities = [
                    (line.note_id, line.qty_to_invoice)
                    for line in item._crm_note_lines_to_invoice()
                ]
            else:
                quantities = [(self.env["crm.delivery.note"], item.qty_to_invoice)]
            for note, quantity in quantities:
                parts[note] = max(parts[note], quantity / item.product_uom_qty, key=abs)
        result = []
        for note, share in parts.items():
            quantity = self.product_uom_id.round(self.product_uom_qty * share)
            heading = {
                **vals,
                "name": f"{self.product_id.name} x {abs(quantity):g}",
                "quantity": quantity,
            }
            if note:
                heading["crm_delivery_note_id"] = note.id
            result.append(heading)
        return result
