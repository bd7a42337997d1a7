# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date, split_every

_CHUNK = 100
# a person answers a few reminders a day, and looks the others up in the list
_PER_DAY = 5
# what is late for longer was known before
_DAYS_BACK = 30
_REMINDER = "crm_sales_docs.mail_activity_type_late_delivery"


class SaleOrder(models.Model):
    """What is promised and not delivered: late orders, and a reminder for who answers for them."""

    _inherit = "sale.order"

    crm_promised_date = fields.Datetime(
        "Promised Date",
        compute="_compute_crm_promised_date",
        store=True,
        copy=False,
        prefetch="crm_sales",
        help="The delivery date of the order, or else the day on which its products can be there.",
    )
    crm_late = fields.Boolean(
        "Late",
        compute="_compute_crm_late",
        search="_search_crm_late",
        help="Something is left to deliver and the promised day is over.",
    )
    crm_late_reminded = fields.Boolean(
        "Reminded of the Late Delivery",
        copy=False,
        readonly=True,
        export_string_translation=False,
        prefetch="crm_sales",
    )

    _crm_to_deliver_idx = models.Index(
        "(company_id, crm_promised_date, id) WHERE crm_delivery_state IN ('to', 'partial')"
    )
    _crm_to_deliver_user_idx = models.Index(
        "(user_id, company_id, crm_promised_date, id) WHERE crm_delivery_state IN ('to', 'partial')"
    )

    # === COMPUTES ===#
    @api.depends("state", "commitment_date", "expected_date")
    def _compute_crm_promised_date(self):
        for order in self:
            order.crm_promised_date = order.state == "sale" and (
                order.commitment_date or order.expected_date
            )

    @api.depends("crm_delivery_state", "crm_promised_date")
    @api.depends_context("tz")
    def _compute_crm_late(self):
        today = self._crm_start_of_today()
        for order in self:
            order.crm_late = (
                order.crm_delivery_state in ("to", "partial")
                and bool(order.crm_promised_date)
                and order.crm_promised_date < today
            )

    def _search_crm_late(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        return self._crm_late_domain()

    @api.model
    def _crm_late_domain(self, days=0):
        """Return the domain of the orders that are late, by more than ``days`` days."""
        before = self._crm_start_of_today() - timedelta(days=days)
        return self._crm_to_deliver_domain() & Domain("crm_promised_date", "<", before)

    @api.model
    def _crm_to_deliver_domain(self):
        return Domain("crm_delivery_state", "in", ("to", "partial"))

    @api.model
    def _crm_start_of_today(self):
        """Return when the day began where the user is: what is promised for today is not late."""
        now = fields.Datetime.context_timestamp(self, fields.Datetime.now())
        midnight = now.tzinfo.localize(now.replace(hour=0, minute=0, second=0, tzinfo=None))
        return midnight.astimezone(pytz.utc).replace(tzinfo=None, microsecond=0)

    # === CRUD ===#
    def write(self, vals):
        ends = vals.get("state") == "cancel"
        reminded = self.browse()
        if ends or "commitment_date" in vals:
            reminded = self.filtered("crm_late_reminded")
        result = super().write(vals)
        if reminded:
            reminded._crm_close_late_reminders(forget=not ends)
        return result

    # === BUSINESS ===#
    def _crm_owner(self):
        """Return who answers for the order: the salesperson, the leader of the team, or the
        salesperson of the customer.
        """
        self.ensure_one()
        order = self.sudo()
        people = (order.user_id, order.team_id.user_id, order.partner_id.user_id)
        return next((user for user in people if user.active), self.env["res.users"])

    def _crm_close_late_reminders(self, forget=True):
        """Take the reminders away: delivered, cancelled, or promised for another day."""
        self.sudo().activity_unlink([_REMINDER])
        if forget:
            self.sudo().crm_late_reminded = False

    # === CRON ===#
    @api.model
    def _cron_crm_remind_late_deliveries(self):
        """Give who answers for a late order an activity on it; take it back once delivered."""
        cron = self.env["ir.cron"]
        delivered = self.search(
            Domain("crm_late_reminded", "=", True) & ~self._crm_to_deliver_domain(), order="id"
        )
        late = self._crm_search_late_to_remind()
        cron._commit_progress(remaining=len(delivered) + len(late))
        for orders, method in (
            (delivered, "_crm_close_late_reminders"),
            (late, "_crm_remind_late"),
        ):
            for ids in split_every(_CHUNK, orders.ids):
                getattr(self.browse(ids), method)()
                if not cron._commit_progress(len(ids)):
                    return

    @api.model
    def _crm_search_late_to_remind(self):
        """Return the late orders that nobody was reminded of, a few for each person."""
        companies = self.env["res.company"].search([("crm_late_delivery_days", ">", 0)])
        since = self._crm_start_of_today() - timedelta(days=_DAYS_BACK)
        late = self.search(
            Domain("crm_late_reminded", "!=", True)
            & Domain("crm_promised_date", ">=", since)
            & Domain.OR(
                # reminded on the day that follows so many days
                Domain("company_id", "in", group.ids) & self._crm_late_domain(days - 1)
                for days, group in companies.grouped("crm_late_delivery_days").items()
            ),
            order="crm_promised_date, id",
        )
        by_owner = late.grouped(lambda order: order._crm_owner())
        by_owner.pop(self.env["res.users"], None)
        return self.union(*(orders[:_PER_DAY] for orders in by_owner.values()))

    def _crm_remind_late(self):
        activity_type = self.env.ref(_REMINDER, raise_if_not_found=False)
        if not activity_type:
            return
        model_id = self.env["ir.model"]._get_id(self._name)
        values = []
        for order in self:
            user = order._crm_owner()
            theirs = self.with_context(lang=user.lang, tz=user.tz)
            values.append(
                {
                    "activity_type_id": activity_type.id,
                    "summary": theirs.env._(
                        "Late: promised for %(date)s",
                        date=format_date(
                            theirs.env,
                            fields.Datetime.context_timestamp(theirs, order.crm_promised_date),
                        ),
                    ),
                    "automated": True,
                    "date_deadline": fields.Date.context_today(theirs),
                    "res_model_id": model_id,
                    "res_id": order.id,
                    "user_id": user.id,
                }
            )
        # the list says it as well: a mail for each would only be noise
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(values)
        self.write({"crm_late_reminded": True})
