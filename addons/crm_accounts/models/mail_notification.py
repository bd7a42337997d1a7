# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from .mail_message import SENT_BY_ODOO


class MailNotification(models.Model):
    _inherit = "mail.notification"

    @api.model_create_multi
    def create(self, vals_list):
        notifications = super().create(vals_list)
        # What Odoo notes becomes an e-mail to the customer by the customer being notified.
        notifications.filtered(
            lambda notification: (
                notification.mail_message_id.message_type in SENT_BY_ODOO
                and notification.res_partner_id.partner_share
            )
        ).mail_message_id._crm_timeline_queue()
        return notifications
