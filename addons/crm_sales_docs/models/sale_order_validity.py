# SPDX-License-Identifier: LGPL-3.0-or-later
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import split_every

_logger = logging.getLogger(__name__)

_CHUNK = 100
_REMINDER = "crm_sales_docs.mail_activity_type_quote_expires"


class SaleOrder(models.Model):
    """Quotes that expire: a reminder before, a mark after, and an end if the company wants it."""

    _inherit = "sale.order"

    crm_validity = fields.Selection(
        [("soon", "Expires Soon"), ("expired", "Expired")],
        "Validity",
        compute="_compute_crm_validity",
    )
    crm_expiry_reminded = fields.Boolean(
        "Reminded of the Expiry", copy=False, readonly=True, export_string_translation=False
    )

    _crm_expiry_idx = models.Index("(company_id, validity_date) WHERE state = 'sent'")

    # === COMPUTES ===#
    @api.depends("state", "validity_date", "company_id")
    def _compute_crm_validity(self):
        today = fields.Date.today()
        for order in self:
            order.crm_validity = False
            if order.state not in ("draft", "sent") or not order.validity_date:
                continue
            days = (order.validity_date - today).days
            if days < 0:
                order.crm_validity = "expired"
            elif order.state == "sent" and days <= order.company_id.crm_quote_reminder_days:
                order.crm_validity = "soon"

    # === CRUD ===#
    def write(self, vals):
        ends = vals.get("state") in ("sale", "cancel")
        reminded = self.browse()
        if ends or "validity_date" in vals:
            reminded = self.filtered("crm_expiry_reminded")
        result = super().write(vals)
        if reminded:
            reminded.sudo().activity_unlink([_REMINDER])
            if not ends:
                reminded.sudo().crm_expiry_reminded = False
        return result

    # === CRON ===#
    @api.model
    def _cron_crm_check_validity(self):
        """Remind salespeople of quotes that expire, and cancel those that expired long ago."""
        cron = self.env["ir.cron"]
        to_remind = self._crm_search_by_company("crm_quote_reminder_days", self._crm_remind_domain)
        to_cancel = self._crm_search_by_company("crm_quote_cancel_days", self._crm_cancel_domain)
        cron._commit_progress(remaining=len(to_remind) + len(to_cancel))
        for orders, method in ((to_remind, "_crm_remind"), (to_cancel, "_crm_cancel_expired")):
            for ids in split_every(_CHUNK, orders.ids):
                getattr(self.browse(ids), method)()
                if not cron._commit_progress(len(ids)):
                    return

    @api.model
    def _crm_search_by_company(self, setting, make_domain):
        """Return the quotes of every company, by the number of days that each has set."""
        companies = self.env["res.company"].search([(setting, ">", 0)])
        by_days = companies.grouped(setting)
        return self.search(
            Domain.OR(
                Domain("company_id", "in", group.ids) & make_domain(days)
                for days, group in by_days.items()
            ),
            order="id",
        )

    @api.model
    def _crm_remind_domain(self, days):
        today = fields.Date.today()
        return Domain(
            [
                ("state", "=", "sent"),
                ("validity_date", ">=", today),
                ("validity_date", "<=", today + timedelta(days=days)),
                ("crm_expiry_reminded", "=", False),
            ]
        )

    @api.model
    def _crm_cancel_domain(self, days):
        """Sent quotes that nobody signed or paid, as many days after their last day."""
        return Domain(
            [
                ("state", "=", "sent"),
                ("validity_date", "<", fields.Date.today() - timedelta(days=days)),
                ("signed_on", "=", False),
                (
                    "transaction_ids",
                    "not any",
                    [("state", "in", ("pending", "authorized", "done"))],
                ),
            ]
        )

    def _crm_remind(self):
        """Give an activity to whoever looks after each quote."""
        activity_type = self.env.ref(_REMINDER, raise_if_not_found=False)
        if not activity_type:
            return
        model_id = self.env["ir.model"]._get_id(self._name)
        # the quote says itself when it expires: a mail for each would only be noise
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": activity_type.id,
                    "summary": activity_type.with_context(lang=user.lang).summary,
                    "automated": True,
                    "date_deadline": order.validity_date,
                    "res_model_id": model_id,
                    "res_id": order.id,
                    "user_id": user.id,
                }
                for order in self
                if (user := order.user_id or order.partner_id.user_id) and user.active
            ]
        )
        self.write({"crm_expiry_reminded": True})

    def _crm_cancel_expired(self):
        reason = self.env.ref("crm_sales_docs.crm_quote_lost_reason_expired", False)
        try:
            with self.env.cr.savepoint():
                self._action_cancel()
                self._crm_set_lost_reason(reason)
        except UserError as error:
            if len(self) > 1:
                for order in self:
                    order._crm_cancel_expired()
            else:
                _logger.warning("The expired quote %s is not cancelled: %s", self.name, error)
