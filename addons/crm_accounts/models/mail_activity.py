# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class MailActivity(models.Model):
    _name = "mail.activity"
    _inherit = ["mail.activity", "crm.timeline.source"]

    _crm_timeline_kinds = ("activity",)

    def _crm_timeline_fields(self):
        return super()._crm_timeline_fields() | {
            "active",
            "calendar_event_id",
            "date_deadline",
            "res_id",
            "res_model",
            "summary",
            "user_id",
        }

    def _crm_timeline_values(self):
        values = super()._crm_timeline_values()
        # When an activity is done, its message stands for it. The meeting that was planned with
        # it stands for itself: as it may be private, its title must not get in here.
        todo = self.filtered(
            lambda activity: (
                activity.active and activity.res_model and not activity.calendar_event_id
            )
        )
        documents = self.env["crm.account.event"]._crm_correspondence(
            (activity.res_model, activity.res_id) for activity in todo
        )
        for activity in todo:
            if (activity.res_model, activity.res_id) not in documents:
                continue
            document, partners, places = documents[activity.res_model, activity.res_id]
            values[activity.id] = {
                "kind": "activity",
                "date": self._crm_timeline_noon(activity.date_deadline),
                "partners": partners,
                "places": places,
                "anchor": document,
                # What is planned about a meeting may be private, as the meeting itself.
                "title": activity.res_model != "calendar.event" and activity.summary,
                "user_id": activity.user_id.id,
                "company_id": "company_id" in document and document.company_id.id,
                "planned": True,
            }
        return values

    @api.model
    def _crm_timeline_titles(self, ids):
        # In the language of the user; the event that asks for it is one the user may read.
        activities = self.sudo().search_fetch([("id", "in", ids)], ["activity_type_id"])
        return {activity.id: activity.activity_type_id.name for activity in activities}
