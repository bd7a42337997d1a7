# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain

from .crm_delivery_note_line import PRICE_GROUPS

SELLS = "sales_team.group_sale_salesman"


class ResPartner(models.Model):
    """What is left to do for an account, as far as the user may see it."""

    _inherit = "res.partner"

    crm_to_deliver_count = fields.Integer(
        "Orders to Deliver", compute="_compute_crm_to_deliver", groups=SELLS
    )
    crm_late_count = fields.Integer("Late Orders", compute="_compute_crm_to_deliver", groups=SELLS)
    crm_to_invoice = fields.Monetary(
        "Delivered, Not Invoiced",
        compute="_compute_crm_to_invoice",
        currency_field="crm_currency_id",
        groups=PRICE_GROUPS,
        help="Without taxes, of the delivery notes that you may see.",
    )

    @api.depends_context("uid", "allowed_company_ids", "tz")
    def _compute_crm_to_deliver(self):
        figures = self._origin._crm_to_deliver_figures()
        for partner in self:
            values = figures.get(partner._origin.id, {})
            partner.crm_to_deliver_count = values.get("to_deliver", 0)
            partner.crm_late_count = values.get("late", 0)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_crm_to_invoice(self):
        figures = self._origin._crm_to_invoice_figures()
        for partner in self:
            partner.crm_to_invoice = figures.get(partner._origin.id, {}).get("to_invoice", 0.0)

    def action_crm_view_to_deliver(self):
        """Return the orders of this account that have something left to deliver."""
        return self._crm_left_to_do_action(
            "crm_sales_docs.sale_order_action_crm_to_deliver",
            "sale.order",
            self.env["sale.order"]._crm_to_deliver_domain(),
        )

    def action_crm_view_to_invoice(self):
        """Return the delivery notes of this account that are not invoiced."""
        return self._crm_left_to_do_action(
            "crm_sales_docs.crm_delivery_note_action_to_invoice",
            "crm.delivery.note",
            self._crm_to_invoice_domain(),
        )

    def _crm_left_to_do_action(self, xml_id, model_name, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(xml_id)
        of_account = self._crm_documents_action(action["name"], model_name, list(domain))
        return {**action, "domain": of_account["domain"], "context": {"create": False}}

    @api.model
    def _crm_to_invoice_domain(self):
        return Domain([("state", "=", "done"), ("invoice_state", "in", ("to", "partial"))])

    def _crm_to_deliver_figures(self):
        figures = defaultdict(dict)
        Order = self.env["sale.order"]
        for key, domain in (
            ("to_deliver", Order._crm_to_deliver_domain()),
            ("late", Order._crm_late_domain()),
        ):
            found = self._crm_figures_by_account("sale.order", domain, ["__count"])
            for partner_id, rows in found.items():
                figures[partner_id][key] = sum(count for _company, count in rows)
        return figures

    def _crm_to_invoice_figures(self):
        Note = self.env["crm.delivery.note"]
        if not Note._has_field_access(Note._fields["amount_to_invoice"], "read"):
            return {}
        found = self._crm_figures_by_account(
            "crm.delivery.note", self._crm_to_invoice_domain(), ["amount_to_invoice:sum_currency"]
        )
        return {
            partner_id: {"to_invoice": sum(amount for _company, amount in rows)}
            for partner_id, rows in found.items()
        }

    def _crm_account_figures(self):
        figures = super()._crm_account_figures()
        for more in (self._crm_to_deliver_figures(), self._crm_to_invoice_figures()):
            for partner_id, values in more.items():
                figures[partner_id].update(values)
        return figures

    @api.model
    def _crm_branch_columns(self):
        return super()._crm_branch_columns() + [
            ("to_deliver", self.env._("Orders to deliver"), "integer"),
            ("to_invoice", self.env._("To invoice"), "monetary"),
        ]
