# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

MAX_MINUTES = 24 * 60


class CrmCall(models.Model):
    """A phone call, planned or made."""

    _name = "crm.call"
    _description = "Phone Call"
    _inherit = ["mail.thread", "mail.activity.mixin", "crm.timeline.source"]
    _order = "date DESC, id DESC"
    _rec_names_search = ["name", "partner_id"]
    _check_company_auto = True
    _mail_post_access = "read"
    _crm_timeline_kinds = ("call",)
    _crm_timeline_state_field = "outcome"

    name = fields.Char("Subject", tracking=True)
    direction = fields.Selection(
        [("out", "Outgoing"), ("in", "Incoming")], required=True, default="out", tracking=True
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now, tracking=True)
    duration = fields.Integer("Duration (minutes)", aggregator="sum")
    date_end = fields.Datetime("End", compute="_compute_date_end", store=True, precompute=True)
    outcome = fields.Selection(
        [
            ("planned", "Planned"),
            ("answered", "Answered"),
            ("no_answer", "No Answer"),
            ("voicemail", "Left a Message"),
            ("busy", "Busy"),
            ("wrong_number", "Wrong Number"),
        ],
        required=True,
        default="answered",
        tracking=True,
    )
    state = fields.Selection(
        [("planned", "Planned"), ("done", "Done"), ("missed", "Missed")],
        compute="_compute_state",
        store=True,
        precompute=True,
        help="A call is missed when nobody was reached.",
    )
    late = fields.Boolean("Is Late", compute="_compute_late")
    partner_id = fields.Many2one(
        "res.partner",
        "Account or Contact",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    # Follows partner_id only: a call stays with the account when the person changes job.
    crm_account_id = fields.Many2one(
        "res.partner",
        "Account",
        compute="_compute_crm_account_id",
        compute_sudo=False,
        store=True,
        precompute=True,
        ondelete="restrict",
    )
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    partner_phone = fields.Char("Phone", compute="_compute_partner_numbers")
    partner_mobile = fields.Char("Mobile", compute="_compute_partner_numbers")
    notes = fields.Html()
    next_step = fields.Char(help="What was agreed to happen next.")
    next_step_date = fields.Date("Next Step on", copy=False)
    next_activity_id = fields.Many2one(
        "mail.activity",
        "Scheduled Next Step",
        index="btree_not_null",
        copy=False,
        readonly=True,
        ondelete="set null",
    )

    _date_idx = models.Index("(date DESC, id DESC)")
    _user_date_idx = models.Index("(user_id, date DESC, id DESC)")
    _account_date_idx = models.Index("(crm_account_id, date DESC, id DESC)")

    @api.depends("name", "partner_id")
    def _compute_display_name(self):
        for call in self:
            name = call.name
            if not name and call.partner_id:
                name = self.env._("Call with %(name)s", name=call.partner_id.name or "")
            call.display_name = name

    @api.depends("outcome")
    def _compute_state(self):
        states = {"planned": "planned", "answered": "done"}
        for call in self:
            call.state = states.get(call.outcome, "missed")

    @api.depends("state", "date")
    def _compute_late(self):
        now = fields.Datetime.now()
        for call in self:
            call.late = bool(call.state == "planned" and call.date and call.date < now)

    @api.depends("date", "duration")
    def _compute_date_end(self):
        for call in self:
            minutes = min(max(call.duration, 0), MAX_MINUTES)
            call.date_end = call.date and call.date + timedelta(minutes=minutes)

    @api.depends("partner_id")
    def _compute_crm_account_id(self):
        self.partner_id.check_access("read")
        for call in self:
            call.crm_account_id = call.partner_id.crm_account_id

    @api.depends_context("uid", "allowed_company_ids")
    @api.depends("partner_id.phone", "partner_id.crm_mobile")
    def _compute_partner_numbers(self):
        # Neither related nor by sudo: any id may be sent as the contact of a new call.
        readable = self.partner_id._filtered_access("read")
        for call in self:
            partner = call.partner_id & readable
            call.partner_phone = partner.phone
            call.partner_mobile = partner.crm_mobile

    @api.constrains("duration")
    def _check_duration(self):
        wrong = self.filtered(lambda call: not 0 <= call.duration <= MAX_MINUTES)
        if wrong:
            raise ValidationError(
                self.env._(
                    "The duration of a call is between 0 minutes and a day: correct it for "
                    "%(names)s.",
                    names=", ".join(wrong.mapped("display_name")),
                )
            )

    def action_answered(self):
        """Mark planned calls as answered, now if they were planned for later."""
        self._crm_close("answered")

    def action_no_answer(self):
        """Mark planned calls as not answered, now if they were planned for later."""
        self._crm_close("no_answer")

    def action_schedule_next_step(self):
        """Make an activity of the next step on the account or contact, once, and return what tells
        the user so. Without a date it is due tomorrow.
        """
        self.ensure_one()
        self.next_activity_id = self.next_activity_id or self.partner_id._crm_schedule_next_step(
            self.next_step, self.next_step_date, self.user_id
        )
        return self.partner_id._crm_scheduled_notification(self.next_activity_id)

    def _crm_close(self, outcome):
        now = fields.Datetime.now()
        planned = self.filtered(lambda call: call.outcome == "planned")
        planned.filtered(lambda call: call.date > now).date = now
        planned.outcome = outcome

    def _crm_timeline_fields(self):
        return super()._crm_timeline_fields() | {
            "company_id",
            "crm_account_id",
            "date",
            "direction",
            "name",
            "outcome",
            "partner_id",
            "user_id",
        }

    def _crm_timeline_values(self):
        return super()._crm_timeline_values() | {
            call.id: {
                "kind": "call",
                "date": call.date,
                "partners": call.partner_id,
                "accounts": {call.partner_id.id: call.crm_account_id},
                "title": call.name,
                "state": call.outcome,
                "user_id": call.user_id.id,
                "company_id": call.company_id.id,
                "direction": call.direction,
                "planned": call.outcome == "planned",
            }
            for call in self
        }
