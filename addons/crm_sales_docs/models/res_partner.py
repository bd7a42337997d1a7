# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    crm_delivery_note_count = fields.Integer(
        "Delivery Notes",
        compute="_compute_crm_delivery_note_count",
        groups="sales_team.group_sale_salesman,account.group_account_invoice,"
        "crm_sales_docs.crm_sales_docs_group_delivery",
    )

    def _compute_crm_delivery_note_count(self):
        below = self.with_context(active_test=False).search_fetch(
            [("id", "child_of", self.ids)], ["parent_id"]
        )
        self.crm_delivery_note_count = 0
        for partner, count in self.env["crm.delivery.note"]._read_group(
            [("partner_id", "in", below.ids)], ["partner_id"], ["__count"]
        ):
            while partner:
                if partner in self:
                    partner.crm_delivery_note_count += count
                partner = partner.parent_id

    def action_crm_view_delivery_notes(self):
        """Return the delivery notes of this customer and of everything below it."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_sales_docs.crm_delivery_note_action"
        )
        action["domain"] = [("partner_id", "child_of", self.ids)]
        action["context"] = {"default_partner_id": self.id}
        return action
