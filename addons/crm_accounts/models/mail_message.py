# SPDX-License-Identifier: LGPL-3.0-or-later
import re
from html import unescape

from odoo import api, fields, models
from odoo.fields import Domain

_WRITTEN_BY_PEOPLE = ("email", "comment", "email_outgoing", "sms")
# Sent to customers by Odoo itself, such as the confirmation of an order. The same types stand for
# what it merely notes, such as the values that changed: see mail.notification.
SENT_BY_ODOO = ("notification", "auto_comment")
# Rich text whose words are those that Odoo keeps when it has cleaned it.
_PLAIN = re.compile(r"[^<]*(?:</?(?:p|br|div|span|b|i|u|em|strong|ul|ol|li|a)\b[^<>]*>[^<]*)*")


class MailMessage(models.Model):
    _name = "mail.message"
    _inherit = ["mail.message", "crm.timeline.source"]

    _crm_timeline_kinds = ("email", "sms", "note", "done")

    crm_timeline_title = fields.Char(
        "Title in the History", compute="_compute_crm_timeline_title", exportable=False
    )

    @api.depends("subject", "body", "model", "mail_activity_type_id.category")
    def _compute_crm_timeline_title(self):
        for message in self:
            message.crm_timeline_title = message._crm_title_of(message.body)

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        # Of what was just written Odoo keeps neither the text nor the document: reading both
        # back would be a query for every note.
        document, title = self._fields["res_id"], self._fields["crm_timeline_title"]
        for message, vals in zip(messages, vals_list, strict=True):
            if vals.get("res_id"):
                document._update_cache(message, document.convert_to_cache(vals["res_id"], message))
            if _PLAIN.fullmatch(vals.get("body") or ""):
                title._update_cache(message, message._crm_title_of(vals.get("body")))
        return messages

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
        internal_note = self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_note")
        for message in messages:
            if (message.model, message.res_id) not in documents or message._crm_is_deleted():
                continue
            document, partners, places = documents[message.model, message.res_id]
            if message.mail_activity_type_id:
                kind = "done"
            elif message.message_type == "sms":
                kind = "sms"
            elif (
                message.is_internal
                or message.subtype_id.id == internal_note
                or message.subtype_id.internal
            ):
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
                "title": message.crm_timeline_title,
                "user_id": message._crm_author_user().id,
                "company_id": "company_id" in document and document.company_id.id,
                "direction": kind in ("email", "sms") and direction,
            }
        return values

    def _crm_author_user(self):
        writer = self.create_uid
        return writer if writer.partner_id == self.author_id else self.author_id.user_ids[:1]

    def _crm_is_deleted(self):
        # Who deletes a message in Odoo leaves it there, emptied.
        return not self.crm_timeline_title and not self.subject and self._is_empty()

    def _crm_title_of(self, body):
        # What is written about a meeting may be private, as the meeting itself.
        if self.model == "calendar.event" or self.mail_activity_type_id.category == "meeting":
            return False
        text = unescape(re.sub(r"<[^>]*>", " ", (body or "")[:4000]))
        return self.subject or " ".join(text.split())
