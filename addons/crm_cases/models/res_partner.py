# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    crm_case_count = fields.Integer(
        "Cases", compute="_compute_crm_case_count", groups="crm_cases.crm_cases_group_agent"
    )

    def _compute_crm_case_count(self):
        counts = self._crm_count_by_account("crm.case", "crm_account_id", "partner_id")
        for partner in self:
            partner.crm_case_count = counts.get(partner.id, 0)

    def _compute_application_statistics_hook(self):
        data_list = super()._compute_application_statistics_hook()
        if not self.env.user.has_group("crm_cases.crm_cases_group_agent"):
            return data_list
        counts = self._crm_count_by_account(
            "crm.case", "crm_account_id", "partner_id", [("is_closed", "=", False)]
        )
        for partner in self.filtered(lambda partner: counts.get(partner.id)):
            data_list[partner.id].append(
                {
                    "iconClass": "fa-life-ring",
                    "value": counts[partner.id],
                    "label": self.env._("Open Cases"),
                    "tagClass": "o_tag_color_3",
                }
            )
        return data_list

    def action_crm_view_cases(self):
        """Return the cases of this account and everything below it, or of this person."""
        action = self.env["crm.case"]._crm_list_action()
        action["domain"] = self._crm_account_domain("crm_account_id", "partner_id")
        action["context"] = {"default_partner_id": self.id}
        return action
