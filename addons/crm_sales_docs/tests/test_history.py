# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from odoo.addons.crm_accounts.tests.common import CrmHistoryMixin

from .common import CrmSalesDocsCommon


@tagged("post_install", "-at_install")
class TestDeliveryNoteHistory(CrmHistoryMixin, CrmSalesDocsCommon):
    def test_delivery_note_is_in_the_history_without_an_amount(self):
        note = self._crm_delivered()
        event = self._crm_events(note, self.user_salesman)
        self.assertEqual((event.kind, event.state_name), ("delivery", "Validated"))
        self.assertEqual((event.root_partner_id, event.title), (self.customer, note.name))
        self.assertFalse(event.amount)

    def test_person_who_delivers_sees_it_and_an_employee_does_not(self):
        note = self._crm_delivered()
        self.assertTrue(self._crm_events(note, self.user_delivery))
        self.assertFalse(self._crm_events(note, self.user_employee))

    def test_notes_from_before_are_taken_over(self):
        self._crm_delivered()
        self.assertEqual(
            self._crm_take_over("crm.delivery.note"),
            {"delivery": self.env["crm.delivery.note"].search_count([])},
        )
