# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    crm_delivery_control = fields.Boolean(
        "Deliver by Delivery Note",
        default=True,
        help="Order lines count as delivered by validated delivery notes only. "
        "Lines that were delivered by hand keep their quantity.",
    )
    # Read with the company, which each request needs, is only what orders are made with.
    crm_discount_limit = fields.Float(
        "Discount without Approval (%)",
        digits="Discount",
        help="Quotes with a larger discount on the price list wait for a sales manager. "
        "0: no limit.",
        prefetch="crm_settings",
    )

    crm_quote_reminder_days = fields.Integer(
        "Remind before a Quote Expires (days)",
        default=3,
        help="The salesperson gets an activity so many days before a sent quote expires. 0: never.",
        prefetch="crm_settings",
    )
    crm_quote_cancel_days = fields.Integer(
        "Cancel Expired Quotes after (days)",
        help="Sent quotes are cancelled so many days after they expired. 0: never.",
        prefetch="crm_settings",
    )

    crm_down_payment_policy = fields.Selection(
        [
            ("proportional", "In proportion, on each invoice"),
            ("last", "On the invoice that completes the order"),
            ("core", "All of it on the next invoice, as Odoo does"),
        ],
        "Deduct Down Payments",
        required=True,
        default="proportional",
        help="How the invoices of an order that is delivered in parts deduct what was paid in "
        "advance.",
    )

    crm_delivery_title = fields.Selection(
        [
            ("note", "Delivery Note"),
            ("order", "Delivery Order"),
            ("dispatch", "Dispatch Guide"),
            ("albaran", "Albarán"),
            ("remito", "Remito"),
        ],
        "Title of Delivery Notes",
        required=True,
        default="note",
        help="What the printed delivery note is called in the country of the company.",
        prefetch="crm_settings",
    )
    crm_delivery_legal_text = fields.Text(
        "Legal Text of Delivery Notes",
        translate=True,
        help="Printed at the end of each delivery note and return.",
        prefetch="crm_settings",
    )

    @api.constrains("crm_discount_limit")
    def _check_crm_discount_limit(self):
        for company in self:
            if not 0 <= company.crm_discount_limit <= 100:
                raise ValidationError(
                    self.env._(
                        "%(company)s: the discount without approval is a percentage from 0 to 100.",
                        company=company.name,
                    )
                )

    @api.constrains("crm_quote_reminder_days", "crm_quote_cancel_days")
    def _check_crm_quote_days(self):
        for company in self:
            if company.crm_quote_reminder_days < 0 or company.crm_quote_cancel_days < 0:
                raise ValidationError(
                    self.env._(
                        "%(company)s: the days before and after a quote expires cannot be "
                        "negative. 0 means never.",
                        company=company.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env["crm.delivery.series"]._crm_create_missing(companies)
        return companies

    def write(self, vals):
        changed = self.filtered(
            lambda company: (
                "crm_discount_limit" in vals
                and company.crm_discount_limit != vals["crm_discount_limit"]
            )
        )
        if changed:
            # with the limit that held when the lines were written
            self.env["sale.order.line"].flush_model(["crm_discount"])
            self.env["sale.order"].flush_model(["crm_approval_state"])
        result = super().write(vals)
        if changed:
            changed._crm_recheck_discounts()
        return result

    def _crm_recheck_discounts(self):
        """Let a new limit count for what is not sent yet; what is sent, is sent."""
        Order = self.env["sale.order"].sudo()
        quotes = Order.search([("company_id", "in", self.ids), ("state", "in", ("draft", "sent"))])
        drafts = quotes.filtered(lambda order: order.state == "draft")
        lines = drafts.order_line
        self.env.add_to_compute(lines._fields["crm_discount"], lines)
        self.env.add_to_compute(Order._fields["crm_approval_state"], quotes)
