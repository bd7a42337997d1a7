# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.fields import Command

from odoo.addons.crm_accounts.tests.common import CrmSuiteCommon


class CrmHistoryCommon(CrmSuiteCommon):
    """A company with a department and people, a subsidiary, and what happens with them::

    account ─┬─ department ── ana
             ├─ bob
             └─ subsidiary ── eva
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.group_user").implied_ids += cls.env.ref("base.group_allow_export")
        Partner = cls.env["res.partner"]
        cls.account = Partner.create({"name": "Northwind", "is_company": True})
        cls.department = Partner.create(
            {"name": "Purchasing", "type": "department", "parent_id": cls.account.id}
        )
        cls.ana = Partner.create({"name": "Ana", "parent_id": cls.department.id})
        cls.bob = Partner.create({"name": "Bob", "parent_id": cls.account.id})
        cls.subsidiary = Partner.create(
            {"name": "Northwind Sur", "is_company": True, "parent_id": cls.account.id}
        )
        cls.eva = Partner.create({"name": "Eva", "parent_id": cls.subsidiary.id})
        cls.other_account = Partner.create({"name": "Southwind", "is_company": True})
        cls.events = cls.env["crm.account.event"]

    def _call(self, partner, user=None, **values):
        return self.env["crm.call"].create(
            {
                "name": "A call",
                "partner_id": partner.id,
                "user_id": (user or self.user_salesman).id,
                "date": "2025-03-01 10:00:00",
                **values,
            }
        )

    def _meeting(self, *partners, user=None, **values):
        user = user or self.user_salesman
        partner_ids = [partner.id for partner in partners] + user.partner_id.ids
        return (
            self.env["calendar.event"]
            .with_context(no_mail_to_attendees=True)
            .create(
                {
                    "name": "A meeting",
                    "start": "2025-03-02 10:00:00",
                    "stop": "2025-03-02 11:00:00",
                    "user_id": user.id,
                    "partner_ids": [Command.set(partner_ids)],
                    **values,
                }
            )
        )

    def _post(self, document, body="A note", **values):
        return document.message_post(
            body=body,
            **{"message_type": "comment", "subtype_xmlid": "mail.mt_note", **values},
        )

    def _history(self, partner, user=None, **parameters):
        """Return a page of the history; everything that it read is forgotten before."""
        self.env.flush_all()
        self.events._crm_process_queue()
        self.env.invalidate_all()
        return self.events.with_user(user or self.user_salesman).crm_history(
            partner.id, **parameters
        )

    def _titles(self, partner, user=None, **parameters):
        page = self._history(partner, user, **parameters)
        return [event["title"] for event in page["upcoming"] + page["events"]]

    def _whole_history(self, partner, user=None, **parameters):
        """Return (kind, document) of every event on all pages, with the upcoming ones."""
        page = self._history(partner, user, **parameters)
        events = page["upcoming"] + page["events"]
        pages = 1
        while page["next"]:
            page = self._history(partner, user, cursor=page["next"], **parameters)
            events += page["events"]
            pages += 1
            self.assertLess(pages, 200, "the pages do not end")
        return [(event["source_model"], event["source_id"]) for event in events]

    def _rows(self, document):
        self.env.flush_all()
        return self.events.sudo().search(
            [("res_model", "=", document._name), ("res_id", "in", document.ids)], order="position"
        )
