# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

# Salespeople read their own invoices where Odoo's sales app is installed.
SEES_INVOICES = (
    "sales_team.group_sale_salesman,account.group_account_invoice,account.group_account_readonly"
)


class ResPartner(models.Model):
    _inherit = "res.partner"

    crm_sales = fields.Monetary(
        "Sales of 12 Months",
        compute="_compute_crm_sales",
        currency_field="crm_currency_id",
        groups=SEES_INVOICES,
        help="Untaxed amount of the posted invoices that you may see, less credit notes.",
    )
    crm_sales_before = fields.Monetary(
        "Sales of the 12 Months Before",
        compute="_compute_crm_sales",
        currency_field="crm_currency_id",
        groups=SEES_INVOICES,
    )
    crm_sales_change = fields.Float(
        "Change of Sales", compute="_compute_crm_sales", aggregator=None, groups=SEES_INVOICES
    )
    crm_overdue = fields.Monetary(
        "Overdue",
        compute="_compute_crm_overdue",
        currency_field="crm_currency_id",
        groups=SEES_INVOICES,
        help="What is still to be paid of the invoices that you may see and whose due date passed.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_crm_sales(self):
        figures = self._origin._crm_sales_figures()
        for partner in self:
            values = figures.get(partner._origin.id, {})
            sales, before = values.get("sales", 0.0), values.get("sales_before", 0.0)
            partner.crm_sales = sales
            partner.crm_sales_before = before
            partner.crm_sales_change = (sales - before) / before if before > 0 else 0.0

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_crm_overdue(self):
        figures = self._origin._crm_overdue_figures()
        for partner in self:
            partner.crm_overdue = figures.get(partner._origin.id, {}).get("overdue", 0.0)

    def action_crm_view_sales(self):
        """Return the posted invoices and credit notes of the last 12 months."""
        sales, _before = self._crm_sales_domains().values()
        return self._crm_documents_action(
            self.env._("Sales of 12 Months"),
            "account.move",
            list(sales),
            company_path="commercial_partner_id",
        )

    def action_crm_view_overdue(self):
        """Return the invoices whose due date passed and that are not paid in full."""
        return self._crm_documents_action(
            self.env._("Overdue Invoices"),
            "account.move",
            self._crm_overdue_domain(),
            company_path="commercial_partner_id",
        )

    @api.model
    def _crm_sales_domains(self):
        """Return the domains of the last 12 months and of the 12 before, by figure."""
        today = fields.Date.context_today(self)
        start, before = (today - relativedelta(months=months) for months in (12, 24))
        posted = Domain("state", "=", "posted") & Domain(
            "move_type", "in", ["out_invoice", "out_refund", "out_receipt"]
        )
        return {
            name: posted & Domain("invoice_date", ">", after) & Domain("invoice_date", "<=", until)
            for name, after, until in (("sales", start, today), ("sales_before", before, start))
        }

    @api.model
    def _crm_overdue_domain(self):
        return [
            ("state", "=", "posted"),
            ("move_type", "in", ["out_invoice", "out_receipt"]),
            ("payment_state", "in", ["not_paid", "partial"]),
            ("invoice_date_due", "<", fields.Date.context_today(self)),
        ]

    def _crm_sales_figures(self):
        figures = defaultdict(dict)
        for name, domain in self._crm_sales_domains().items():
            for partner_id, amount in self._crm_invoice_sums(
                domain, "amount_untaxed_signed:sum"
            ).items():
                figures[partner_id][name] = amount
        return figures

    def _crm_overdue_figures(self):
        sums = self._crm_invoice_sums(self._crm_overdue_domain(), "amount_residual_signed:sum")
        return {partner_id: {"overdue": amount} for partner_id, amount in sums.items()}

    def _crm_invoice_sums(self, domain, aggregate):
        found = self._crm_figures_by_account(
            "account.move", domain, [aggregate], company_path="commercial_partner_id"
        )
        return {
            partner_id: sum(
                self._crm_in_company_currency(amount, company) for company, amount in rows
            )
            for partner_id, rows in found.items()
        }

    def _crm_account_figures(self):
        figures = super()._crm_account_figures()
        for more in (self._crm_sales_figures(), self._crm_overdue_figures()):
            for partner_id, values in more.items():
                figures[partner_id].update(values)
        return figures

    @api.model
    def _crm_branch_columns(self):
        return super()._crm_branch_columns() + [
            ("sales", self.env._("Sales (12 months)"), "monetary"),
            ("overdue", self.env._("Overdue"), "monetary"),
        ]
