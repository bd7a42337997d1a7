# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from odoo.addons.base.tests.common import BaseCommon
from odoo.addons.crm_accounts.tests.common import CrmHistoryMixin


class CrmAccountsCrmCommon(CrmHistoryMixin, BaseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_account()

    @classmethod
    def _crm_lead(cls, user=None, **values):
        user = user or cls.user_salesman
        return (
            cls.env["crm.lead"]
            .with_user(user)
            .create(
                {
                    "name": "New warehouse",
                    "type": "opportunity",
                    "partner_id": cls.contact.id,
                    "user_id": user.id,
                    "expected_revenue": 500.0,
                    **values,
                }
            )
        )


@tagged("post_install", "-at_install")
class TestLeadHistory(CrmAccountsCrmCommon):
    def test_opportunity_is_in_the_history_of_company_department_and_person(self):
        lead = self._crm_lead()
        for partner in (self.account, self.department, self.contact):
            self.assertEqual(
                self._crm_seen(partner, self.user_salesman), [("opportunity", lead.id)]
            )

    def test_lead_becomes_an_opportunity(self):
        lead = self._crm_lead(type="lead")
        self.assertEqual(self._crm_events(lead).kind, "lead")
        lead.convert_opportunity(lead.partner_id)
        self.assertEqual(self._crm_events(lead).kind, "opportunity")

    def test_event_says_amount_state_and_owner(self):
        lead = self._crm_lead()
        event = self._crm_events(lead, self.user_salesman)
        self.assertEqual((event.amount, event.currency_id), (500.0, lead.company_currency))
        self.assertEqual(event.state_name, "Pending")
        self.assertEqual(event.user_id, self.user_salesman)
        lead.expected_revenue = 700.0
        lead.action_set_won()
        self.env["crm.account.event"].invalidate_model()
        event = self._crm_events(lead, self.user_salesman)
        self.assertEqual((event.amount, event.state_name), (700.0, "Won"))

    def test_lost_opportunity_stays_in_the_history(self):
        lead = self._crm_lead()
        lead.action_set_lost()
        self.assertFalse(lead.active)
        event = self._crm_events(lead, self.user_salesman)
        self.assertEqual(event.state_name, "Lost")
        self.assertEqual(
            self._crm_seen(self.account, self.user_salesman), [("opportunity", lead.id)]
        )

    def test_lead_without_customer_is_in_no_history(self):
        self.assertFalse(self._crm_events(self._crm_lead(partner_id=False)))

    def test_deleted_lead_leaves_the_history(self):
        lead = self._crm_lead()
        self.assertTrue(self._crm_events(lead))
        lead.sudo().unlink()
        self.assertFalse(self._crm_events(lead))

    def test_opportunity_stays_with_the_company_when_the_person_leaves(self):
        lead = self._crm_lead()
        self._crm_events(lead)
        self.contact.parent_id = self.other
        lead.expected_revenue = 900.0
        self.assertEqual(self._crm_events(lead).root_partner_id, self.account)

    def test_salesperson_with_own_documents_sees_nothing_of_others(self):
        own, other = self._crm_lead(), self._crm_lead(self.user_salesman_other)
        self.assertEqual(
            self._crm_seen(self.account, self.user_salesman), [("opportunity", own.id)]
        )
        self.assertEqual(
            self._crm_seen(self.account, self.user_salesman_other), [("opportunity", other.id)]
        )
        self.assertEqual(len(self._crm_seen(self.account, self.user_salesman_all)), 2)

    def test_employee_without_sales_rights_sees_none(self):
        lead = self._crm_lead()
        self.assertEqual(self._crm_seen(self.account, self.user_employee), [])
        self.assertFalse(self._crm_events(lead, self.user_employee))

    def test_other_company_sees_none(self):
        lead = self._crm_lead(company_id=self.env.company.id)
        self.assertFalse(self._crm_events(lead, self.user_company_b))

    def test_documents_from_before_are_taken_over(self):
        self._crm_lead()
        self._crm_lead(type="lead")
        self._crm_lead().action_set_lost()
        leads = self.env["crm.lead"].with_context(active_test=False)
        taken = self._crm_take_over("crm.lead")
        self.assertEqual(
            taken,
            dict(leads._read_group([("partner_id", "!=", False)], ["type"], ["__count"])),
        )
