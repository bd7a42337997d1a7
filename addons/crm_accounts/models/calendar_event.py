# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import is_html_empty


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

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
        store=True,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    # Invited portal users read the meeting, but not what is noted about the visit.
    crm_visit_report = fields.Html("Visit Report", copy=False, groups="base.group_user")
    crm_visit_reported = fields.Boolean(
        "Visit Reported", compute="_compute_crm_visit_reported", compute_sudo=True
    )
    crm_visit_next_step = fields.Char(
        "Next Step",
        copy=False,
        groups="base.group_user",
        help="What was agreed to happen next.",
    )

    _crm_visit_idx = models.Index("(start DESC, id DESC) WHERE crm_visit IS TRUE")

    @api.depends("crm_visit_partner_id")
    def _compute_crm_visit_account_id(self):
        for event in self:
            event.crm_visit_account_id = event.crm_visit_partner_id.crm_account_id

    @api.depends("crm_visit_report")
    def _compute_crm_visit_reported(self):
        for event in self:
            event.crm_visit_reported = not is_html_empty(event.crm_visit_report)

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
