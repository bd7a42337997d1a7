# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class ResCompany(models.Model):
    """The switch from deliveries that are typed in to deliveries by note, and back."""

    _inherit = "res.company"

    def write(self, vals):
        control = bool(vals.get("crm_delivery_control"))
        switched = self.filtered(
            lambda company: (
                "crm_delivery_control" in vals and company.crm_delivery_control != control
            )
        )
        result = super().write(vals)
        if switched and control:
            switched._crm_start_delivery_control()
        elif switched:
            switched._crm_stop_delivery_control()
        return result

    def _crm_undelivered_lines(self, method):
        """Return the order lines of which nothing was delivered yet, whoever's they are."""
        return (
            self.env["sale.order.line"]
            .sudo()
            .search(
                [
                    ("company_id", "in", self.ids),
                    ("state", "in", ("draft", "sent", "sale")),
                    ("qty_delivered_method", "=", method),
                    ("qty_delivered", "=", 0),
                    ("display_type", "=", False),
                ]
            )
        )

    def _crm_start_delivery_control(self):
        """Let notes deliver the open lines. What was delivered by hand stays as it is."""
        lines = self._crm_undelivered_lines("manual")
        self.env.add_to_compute(lines._fields["qty_delivered_method"], lines)

    def _crm_stop_delivery_control(self):
        """Let people type in again what they deliver, except where a note has delivered."""
        lines = self._crm_undelivered_lines("delivery_note")
        # delivered and taken back in full is delivered by notes, too
        noted = lines.crm_delivery_note_line_ids.filtered(lambda line: line.state == "done")
        (lines - noted.sale_line_id).write({"qty_delivered_method": "manual"})
