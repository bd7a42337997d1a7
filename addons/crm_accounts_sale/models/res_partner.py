# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    crm_quote_count = fields.Integer(
        "Waiting Quotes", compute="_compute_crm_quotes", groups="sales_team.group_sale_salesman"
    )
    crm_quote_amount = fields.Monetary(
        "Quotes Waiting",
        compute="_compute_crm_quotes",
        currency_field="crm_currency_id",
        groups="sales_team.group_sale_salesman",
        help="Total of the quotes that you may see and that are neither confirmed nor cancelled.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_crm_quotes(self):
        figures = self._origin._crm_quote_figures()
        for partner in self:
            values = figures.get(partner._origin.id, {})
            partner.crm_quote_count = values.get("quote_count", 0)
            partner.crm_quote_amount = values.get("quotes", 0.0)

    def action_crm_view_quotes(self):
        """Return the quotes of this account or contact that wait for an answer."""
        return self._crm_documents_action(
            self.env._("Quotes Waiting"), "sale.order", self._crm_quote_domain()
        )

    @api.model
    def _crm_quote_domain(self):
        return [("state", "in", ["draft", "sent"])]

    def _crm_quote_figures(self):
        found = self._crm_figures_by_account(
            "sale.order", self._crm_quote_domain(), ["__count", "amount_total:sum_currency"]
        )
        return {
            partner_id: {
                "quote_count": sum(count for _company, count, _amount in rows),
                "quotes": sum(amount for _company, _count, amount in rows),
            }
            for partner_id, rows in found.items()
        }

    def _crm_account_figures(self):
        figures = super()._crm_account_figures()
        for partner_id, values in self._crm_quote_figures().items():
            figures[partner_id].update(values)
        return figures

    @api.model
    def _crm_branch_columns(self):
        return super()._crm_branch_columns() + [
            ("quotes", self.env._("Quotes"), "monetary"),
        ]
