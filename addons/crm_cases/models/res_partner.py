# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    crm_case_count = fields.Integer(
        "Cases", compute="_compute_crm_case_count", groups="crm_cases.crm_cases_group_agent"
    )

    crm_open_case_count = fields.Integer(
        "Open Cases",
        compute="_compute_crm_open_case_count",
        groups="crm_cases.crm_cases_group_agent",
    )

    def _compute_crm_case_count(self):
        counts = self._crm_count_by_account("crm.case", "crm_account_id", "partner_id")
        for partner in self:
            partner.crm_case_count = counts.get(partner.id, 0)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_crm_open_case_count(self):
        figures = self._origin._crm_case_figures()
        for partner in self:
            values = figures.get(partner._origin.id, {})
            partner.crm_open_case_count = values.get("open_cases", 0)

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

    def action_crm_view_open_cases(self):
        """Return the open cases of this account or contact."""
        return self._crm_documents_action(
            self.env._("Open Cases"),
            "crm.case",
            [("is_closed", "=", False)],
            company_path="commercial_partner_id",
            account_path="crm_account_id",
        )

    def _crm_case_figures(self):
        found = self._crm_figures_by_account(
            "crm.case",
            [("is_closed", "=", False)],
            ["__count"],
            company_path="commercial_partner_id",
            account_path="crm_account_id",
        )
        return {
            partner_id: {"open_cases": sum(count for _company, count in rows)}
            for partner_id, rows in found.items()
        }

    def _crm_account_figures(self):
        figures = super()._crm_account_figures()
        for partner_id, values in self._crm_case_figures().items():
            figures[partner_id].update(values)
        return figures

    @api.model
    def _crm_branch_columns(self):
        return super()._crm_branch_columns() + [
            ("open_cases", self.env._("Open cases"), "integer"),
        ]
