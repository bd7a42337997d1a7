# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    crm_pipeline_count = fields.Integer(
        "Open Opportunities",
        compute="_compute_crm_pipeline",
        groups="sales_team.group_sale_salesman",
    )
    crm_pipeline_amount = fields.Monetary(
        "Open Pipeline",
        compute="_compute_crm_pipeline",
        currency_field="crm_currency_id",
        groups="sales_team.group_sale_salesman",
        help="Expected revenue of the open opportunities that you may see.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_crm_pipeline(self):
        figures = self._origin._crm_pipeline_figures()
        for partner in self:
            values = figures.get(partner._origin.id, {})
            partner.crm_pipeline_count = values.get("opportunities", 0)
            partner.crm_pipeline_amount = values.get("pipeline", 0.0)

    def action_crm_view_pipeline(self):
        """Return the open opportunities of this account or contact."""
        return self._crm_documents_action(
            self.env._("Open Opportunities"), "crm.lead", self._crm_pipeline_domain()
        )

    @api.model
    def _crm_pipeline_domain(self):
        return [("type", "=", "opportunity"), ("won_status", "=", "pending")]

    def _crm_pipeline_figures(self):
        found = self._crm_figures_by_account(
            "crm.lead", self._crm_pipeline_domain(), ["__count", "expected_revenue:sum"]
        )
        return {
            partner_id: {
                "opportunities": sum(count for _company, count, _amount in rows),
                "pipeline": sum(
                    self._crm_in_company_currency(amount, company)
                    for company, _count, amount in rows
                ),
            }
            for partner_id, rows in found.items()
        }

    def _crm_account_figures(self):
        figures = super()._crm_account_figures()
        for partner_id, values in self._crm_pipeline_figures().items():
            figures[partner_id].update(values)
        return figures

    @api.model
    def _crm_branch_columns(self):
        return super()._crm_branch_columns() + [
            ("pipeline", self.env._("Pipeline"), "monetary"),
        ]
