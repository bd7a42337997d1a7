# SPDX-License-Identifier: LGPL-3.0-or-later
import re
from html import unescape

from odoo import api, models
from odoo.fields import Domain

_WRITTEN_BY_PEOPLE = ("email", "comment", "email_outgoing", "sms")
# Sent to customers by Odoo itself, such as the confirmation of an order. The same types stand for
# what it merely notes, such as the values that changed: see mail.notification.
SENT_BY_ODOO = ("notification", "auto_comment")


class MailMessage(models.Model):
    _name = "mail.message"
    _inherit = ["mail.message", "crm.timeline.source"]

    _crm_timeline_kinds = ("email", "sms", "note", "done")

    def _crm_timeline_fields(self):
        return super()._crm_timeline_fields() | {
            "author_id",
            "body",
            "date",
            "is_internal",
            "mail_activity_type_id",
            "message_type",
            "model",
            "res_id",
            "subject",
            "subtype_id",
        }

    def _crm_timeline_relevant(self):
        return self.filtered(
            lambda message: (
                message._crm_is_about_a_document() and message._crm_is_written_by_people()
            )
        )

    @api.model
    def _crm_timeline_domain(self):
        return (
            Domain("message_type", "in", _WRITTEN_BY_PEOPLE)
            | Domain("mail_activity_type_id", "!=", False)
            | Domain("message_type", "in", SENT_BY_ODOO)
            & Domain("notified_partner_ids.partner_share", "=", True)
        )

    @api.model
    def _crm_timeline_titles(self, ids):
        done = self.sudo().search_fetch(
            [("id", "in", ids), ("mail_activity_type_id", "!=", False)], ["mail_activity_type_id"]
        )
        return {message.id: message.mail_activity_type_id.name for message in done}

    def _crm_is_about_a_document(self):
        return bool(self.model and self.res_id)

    def _crm_is_written_by_people(self):
        return bool(self.message_type in _WRITTEN_BY_PEOPLE or self.mail_activity_type_id)

    def _crm_timeline_values(self):
        values = super()._crm_timeline_values()
        messages = self.filtered(lambda message: message._crm_is_about_a_document())
        automatic = messages.filtered(lambda message: not message._crm_is_written_by_people())
        sent = automatic.filtered(lambda message: message.message_type in SENT_BY_ODOO)
        outside = sent.notified_partner_ids._crm_outside()
        messages -= automatic - sent.filtered(
            lambda message: message.notified_partner_ids & outside
        )
        authors = messages.author_id._crm_outside()
        documents = self.env["crm.account.event"]._crm_correspondence(
            (message.model, message.res_id) for message in messages
        )
        for message in messages:
            if (message.model, message.res_id) not in documents or message._crm_is_deleted():
                continue
            document, partners, places = documents[message.model, message.res_id]
            if message.mail_activity_type_id:
                kind = "done"
            elif message.message_type == "sms":
                kind = "sms"
            elif message.is_internal or message.subtype_id.internal:
                kind = "note"
            else:
                kind = "email"
            direction = "in" if message.author_id in authors else "out"
            values[message.id] = {
                "kind": kind,
                "date": message.date or message.create_date,
                "partners": partners,
                "places": places,
                "anchor": document,
                "title": message._crm_timeline_title(),
                "user_id": message.author_id.user_ids[:1].id,
                "company_id": "company_id" in document and document.company_id.id,
                "direction": kind in ("email", "sms") and direction,
            }
        return values

    def _crm_is_deleted(self):
        # Who deletes a message in Odoo leaves it there, emptied.
        return not self.subject and self._is_empty()

    def _crm_timeline_title(self):
        # What is written about a meeting may be private, as the meeting itself.
        if self.model == "calendar.event" or self.mail_activity_type_id.category == "meeting":
            return False
        text = unescape(re.sub(r"<[^>]*>", " ", (self.body or "")[:4000]))
        return self.subject or " ".join(text.split())
