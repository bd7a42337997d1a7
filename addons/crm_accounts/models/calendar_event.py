# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, is_html_empty

# What core masks in private meetings and would still find them by: the title of a visit names
# whom it is to, its place is their address.
_PRIVATE_TEXTS = {"name", "display_name", "location", "description"}


class CalendarEvent(models.Model):
    _name = "calendar.event"
    _inherit = ["calendar.event", "crm.timeline.source"]

    _crm_timeline_kinds = ("meeting", "visit")
    _crm_timeline_state_field = "crm_visit_outcome"

    crm_visit = fields.Boolean(
        "Visit", help="The meeting is a visit to an account or one of its people."
    )
    crm_visit_partner_id = fields.Many2one(
        "res.partner", "Visited", index="btree_not_null", ondelete="restrict"
    )
    # Follows the visited record only: a visit stays with the account when the person changes job.
    crm_visit_account_id = fields.Many2one(
        "res.partner",
        "Visited Account",
        compute="_compute_crm_visit_account_id",
        compute_sudo=False,
        store=True,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    # Invited portal users read the meeting, but not what is noted about the visit.
    crm_visit_report = fields.Html("Visit Report", copy=False, groups="base.group_user")
    crm_visit_reported = fields.Boolean(
        "Visit Reported", compute="_compute_crm_visit_reported", groups="base.group_user"
    )
    crm_visit_outcome = fields.Selection(
        [("planned", "Planned"), ("done", "Done"), ("missed", "Missed")],
        "Visit Status",
        compute="_compute_crm_visit_outcome",
        store=True,
        readonly=False,
        copy=False,
        help="A visit is done once its report is written, or when somebody says so.",
    )
    crm_visit_late = fields.Boolean("Visit Is Late", compute="_compute_crm_visit_late")
    crm_visit_next_step = fields.Char(
        "Next Step",
        copy=False,
        groups="base.group_user",
        help="What was agreed to happen next.",
    )
    crm_visit_next_step_date = fields.Date("Next Step on", copy=False, groups="base.group_user")
    crm_visit_next_activity_id = fields.Many2one(
        "mail.activity",
        "Scheduled Next Step",
        index="btree_not_null",
        copy=False,
        readonly=True,
        ondelete="set null",
        groups="base.group_user",
    )

    _crm_about_idx = models.Index("(res_model, res_id) WHERE res_id IS NOT NULL")
    _crm_visit_idx = models.Index("(start DESC, id DESC) WHERE crm_visit IS TRUE")

    @api.depends("crm_visit_partner_id")
    def _compute_crm_visit_account_id(self):
        # Any id may be sent as the visited one of a new meeting.
        self.crm_visit_partner_id.check_access("read")
        for event in self:
            event.crm_visit_account_id = event.crm_visit_partner_id.crm_account_id

    @api.depends("crm_visit_report")
    def _compute_crm_visit_reported(self):
        for event in self:
            event.crm_visit_reported = not is_html_empty(event.crm_visit_report)

    @api.depends("crm_visit", "crm_visit_report")
    def _compute_crm_visit_outcome(self):
        for event in self:
            outcome = event.crm_visit_outcome or "planned"
            if outcome == "planned" and not is_html_empty(event.crm_visit_report):
                outcome = "done"
            event.crm_visit_outcome = event.crm_visit and outcome

    @api.depends("crm_visit_outcome", "start")
    def _compute_crm_visit_late(self):
        now = fields.Datetime.now()
        for event in self:
            event.crm_visit_late = bool(
                event.crm_visit_outcome == "planned" and event.start and event.start < now
            )

    @api.constrains("crm_visit", "crm_visit_partner_id")
    def _check_crm_visit_partner_id(self):
        missing = self.filtered(lambda event: event.crm_visit and not event.crm_visit_partner_id)
        if missing:
            raise ValidationError(
                self.env._(
                    "Choose the account or contact that is visited: %(names)s",
                    names=", ".join(missing.mapped("display_name")),
                )
            )

    @api.onchange("crm_visit_partner_id")
    def _onchange_crm_visit_partner_id(self):
        if self.crm_visit and self.crm_visit_partner_id and not self.name:
            self.name = self.crm_visit_partner_id._crm_visit_title()

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, **kwargs):
        """Find nobody's private meeting, beside the user's own, by whom it visits or what it is
        about: neither by a value nor by its contrary or its place in the order.
        """
        domain = Domain(domain)
        if not self.env.su and (
            "crm_visit" in (order or "")
            or any(
                leaf.field_expr in _PRIVATE_TEXTS or leaf.field_expr.startswith("crm_visit")
                for leaf in domain.iter_conditions()
            )
        ):
            domain &= self._crm_timeline_anchor_domain()
        return super()._search(domain, offset, limit, order, **kwargs)

    def write(self, vals):
        # The values are emptied on the way.
        people_change = "partner_ids" in vals
        result = super().write(vals)
        if people_change:
            self._crm_timeline_queue()
        return result

    def action_crm_visit_done(self):
        """Mark planned visits as done."""
        self._crm_close_visit("done")

    def action_crm_visit_missed(self):
        """Mark planned visits as missed: nobody was met."""
        self._crm_close_visit("missed")

    def action_crm_schedule_next_step(self):
        """Make an activity of the next step on the visited account or contact, once, and return
        what tells the user so. Without a date it is due tomorrow.
        """
        self.ensure_one()
        self.crm_visit_next_activity_id = (
            self.crm_visit_next_activity_id
            or self.crm_visit_partner_id._crm_schedule_next_step(
                self.crm_visit_next_step, self.crm_visit_next_step_date, self.user_id
            )
        )
        return self.crm_visit_partner_id._crm_scheduled_notification(
            self.crm_visit_next_activity_id
        )

    def _crm_close_visit(self, outcome):
        visits = self.filtered(lambda event: event.crm_visit_outcome == "planned")
        visits.crm_visit_outcome = outcome

    def _crm_timeline_fields(self):
        return super()._crm_timeline_fields() | {
            "active",
            "crm_visit",
            "crm_visit_account_id",
            "crm_visit_outcome",
            "crm_visit_partner_id",
            "partner_ids",
            "res_id",
            "res_model",
            "start",
            "user_id",
        }

    def _crm_timeline_partners(self):
        return {event_id: partners for event_id, (partners, _places) in self._crm_guests().items()}

    def _crm_guests(self):
        """Return ``{id: (partners, places)}``: the visited one and the guests who aren't our
        users; without any of them, those of the document that the meeting is about.
        """
        # Core puts what it shows others of a private meeting into the cache that all share.
        self.invalidate_recordset(self._crm_timeline_fields())
        outside = self.partner_ids._crm_outside()
        guests = {
            event.id: (event.crm_visit_partner_id | (event.partner_ids & outside), {})
            for event in self
        }
        about = {
            event.id: (event.res_model, event.res_id)
            for event in self
            if not guests[event.id][0] and event.res_model and event.res_model != self._name
        }
        if about:
            documents = self.env["crm.account.event"]._crm_correspondence(about.values())
            for event_id, key in about.items():
                if key in documents:
                    guests[event_id] = documents[key][1:]
        return guests

    def _crm_timeline_values(self):
        values = super()._crm_timeline_values()
        guests = self._crm_guests()
        for event in self.filtered("active"):
            partners, places = guests[event.id]
            values[event.id] = {
                "kind": "visit" if event.crm_visit else "meeting",
                "date": event.start,
                "partners": partners,
                "places": places,
                "accounts": {event.crm_visit_partner_id.id: event.crm_visit_account_id},
                "state": event.crm_visit_outcome,
                # Until somebody says whether it took place.
                "planned": event.crm_visit and event.crm_visit_outcome == "planned",
                "user_id": event.user_id.id,
            }
        return values

    @api.model
    def _crm_timeline_anchor_domain(self):
        # Core shows others that a private meeting takes place, but not with whom or what about.
        # Its own domain for that leaves out those of users who never opened their settings.
        users = self.env["res.users"]
        by_default = users._default_user_calendar_default_privacy() == "private"
        settings = self.env["res.users.settings"].sudo()
        settings = settings._search(
            [("calendar_default_privacy", "!=" if by_default else "=", "private")]
        )
        owned = Domain("user_id", "in" if by_default else "not in", settings.select("user_id"))
        shown = Domain("privacy", "in", ["public", "confidential"]) | (
            Domain("privacy", "=", False) & (owned | Domain("user_id", "=", False))
        )
        me = Domain("user_id", "=", self.env.uid) | Domain(
            "partner_ids", "in", self.env.user.partner_id.ids
        )
        return shown | me

    @api.model
    def _crm_timeline_titles(self, ids):
        # Those that the privacy of core leaves to the user, so that there is nothing to mask.
        query = self.with_context(active_test=False)._search(
            Domain("id", "in", ids) & self._crm_timeline_anchor_domain()
        )
        name = self._field_to_sql(self._table, "name", query)
        return dict(self.env.execute_query(query.select(SQL.identifier(self._table, "id"), name)))

    @api.model
    def _crm_timeline_title_domain(self, text):
        return Domain("name", "ilike", text)
