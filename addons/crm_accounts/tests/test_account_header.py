# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.base.tests.common import BaseCommon
from odoo.addons.crm_accounts.tests.common import CrmHistoryMixin


@tagged("post_install", "-at_install")
class TestLastContactAndNextStep(CrmHistoryMixin, BaseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_account()
        cls.now = fields.Datetime.now()

    def _crm_call(self, days, user=None, **values):
        user = user or self.user_salesman
        return (
            self.env["crm.call"]
            .with_user(user)
            .create(
                {
                    "name": "About the offer",
                    "partner_id": self.contact.id,
                    "date": self.now + timedelta(days=days),
                    "user_id": user.id,
                    **values,
                }
            )
        )

    def test_last_answered_call_is_the_last_contact(self):
        self._crm_call(-40)
        self._crm_call(-9)
        self._crm_call(-2, outcome="no_answer")
        self._crm_call(3, outcome="planned")
        for partner in (self.account, self.department, self.contact):
            self.assertEqual(partner.with_user(self.user_salesman).crm_days_silent, 9)
        self.assertFalse(self.other.with_user(self.user_salesman).crm_last_contact_date)

    def test_message_is_a_contact_and_a_note_is_not(self):
        self.account.with_user(self.user_salesman).message_post(
            body="Offer sent", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertTrue(self.account.with_user(self.user_salesman).crm_last_contact_date)
        self.other.with_user(self.user_salesman).message_post(body="Only for us")
        self.assertFalse(self.other.with_user(self.user_salesman).crm_last_contact_date)

    def test_calls_of_others_are_no_contact_of_mine(self):
        self._crm_call(-3, self.user_salesman_other)
        self.assertFalse(self.account.with_user(self.user_salesman).crm_last_contact_date)
        self.assertEqual(self.account.with_user(self.user_salesman_all).crm_days_silent, 3)

    def test_nearest_planned_step_is_the_next(self):
        self._crm_call(5, outcome="planned", name="Later")
        self._crm_call(2, outcome="planned", name="Sooner")
        account = self.account.with_user(self.user_salesman)
        self.assertEqual(account.crm_next_step, "Sooner")
        self.assertFalse(account.crm_next_step_late)

    def test_missed_step_is_late_and_still_the_next(self):
        call = self._crm_call(-2, outcome="planned")
        account = self.account.with_user(self.user_salesman)
        self.assertTrue(account.crm_next_step_late)
        action = account.action_crm_view_next_step()
        self.assertEqual((action["res_model"], action["res_id"]), ("crm.call", call.id))

    def test_visit_that_nobody_confirmed_is_a_late_step_and_no_contact(self):
        visit = self.env["calendar.event"].create(
            {
                "name": "Deliver samples",
                "start": self.now - timedelta(days=2),
                "stop": self.now - timedelta(days=2, hours=-1),
                "crm_visit": True,
                "crm_visit_partner_id": self.contact.id,
                "user_id": self.user_salesman.id,
            }
        )
        account = self.account.with_user(self.user_salesman)
        self.assertFalse(account.crm_last_contact_date)
        self.assertEqual((account.crm_next_step, account.crm_next_step_late), (visit.name, True))
        visit.action_crm_visit_done()
        self.env.invalidate_all()
        self.assertEqual(account.crm_days_silent, 2)
        self.assertFalse(account.crm_next_step)

    def test_silent_accounts_are_found(self):
        self._crm_call(-40)
        silent = self.env["res.partner"].with_user(self.user_salesman)
        both = self.account | self.other | self.department
        mine = [("id", "in", both.ids)]
        self.assertEqual(silent.search([*mine, ("crm_days_silent", ">=", 30)]), both)
        self.assertEqual(silent.search([*mine, ("crm_days_silent", ">=", 90)]), self.other)

    def test_portal_user_has_no_such_fields(self):
        names = self.env["res.partner"].with_user(self.user_portal).fields_get()
        self.assertFalse({"crm_last_contact_date", "crm_next_step"} & set(names))
