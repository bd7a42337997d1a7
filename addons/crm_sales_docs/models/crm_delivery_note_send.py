# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models
from odoo.exceptions import UserError

_LAYOUT = "mail.mail_notification_layout_with_responsible_signature"


class CrmDeliveryNote(models.Model):
    """Delivery notes by e-mail."""

    _inherit = "crm.delivery.note"

    def action_send(self):
        """Return the mail composer with the printed notes attached.

        :raise UserError: if one is a draft, which is no document yet
        """
        self.check_access("read")
        drafts = self.filtered(lambda note: note.state == "draft")
        if drafts:
            raise UserError(
                self.env._(
                    "%(notes)s: a draft is not sent. Validate it first.",
                    notes=", ".join(drafts.mapped("display_name")),
                )
            )
        template = self.env.ref(
            "crm_sales_docs.mail_template_delivery_note", raise_if_not_found=False
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send"),
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_template_id": template and template.id,
                "default_composition_mode": "comment" if len(self) == 1 else "mass_mail",
                "default_email_layout_xmlid": _LAYOUT,
                "email_notification_allow_footer": True,
                "hide_mail_template_management_options": True,
                "force_email": True,
                # The composer attaches the paper before anybody decides to send it.
                "crm_print_on_send": len(self) == 1,
                # Odoo sends several at once before the transaction ends: if that is done over, as
                # when somebody converts one of them meanwhile, each customer gets them twice.
                **({} if len(self) == 1 else {"default_force_send": False, "crm_send_mails": True}),
            },
        }

    def _message_mail_after_hook(self, mails):
        result = super()._message_mail_after_hook(mails)
        if self.env.context.get("crm_send_mails"):
            now = fields.Datetime.now()
            due = mails.filtered(lambda mail: not mail.scheduled_date or mail.scheduled_date <= now)
            due.send_after_commit()
        return result

    def message_post(self, **kwargs):
        message = super().message_post(**kwargs)
        if self.env.context.get("crm_print_on_send"):
            self._crm_mark_printed()
        return message
