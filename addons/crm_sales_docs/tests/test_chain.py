# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from . import common


@tagged("post_install", "-at_install")
class TestChain(common.CrmSalesDocsCommon):
    """Quote, delivery note and invoice, as a salesperson."""

    def test_quote_to_note_confirms_the_quote_and_opens_a_draft(self):
        order = self._crm_order()
        action = order.action_crm_create_delivery_note()
        note = order.crm_delivery_note_ids
        self.assertEqual(order.state, "sale")
        self.assertEqual(action["res_model"], "crm.delivery.note")
        self.assertEqual(action["res_id"], note.id)
        self.assertRecordValues(
            note,
            [
                {
                    "state": "draft",
                    "name": False,
                    "partner_id": self.customer.id,
                    "origin": order.name,
                    "user_id": self.user_salesman.id,
                }
            ],
        )
        self.assertEqual(note.line_ids.quantity, 10)
        self.assertEqual(note.line_ids.sale_line_id, order.order_line)

    def test_quote_to_note_to_invoice(self):
        order = self._crm_order()
        note = self._crm_note(order, validate=True)
        self.assertEqual(order.order_line.qty_delivered, 10)
        self.assertEqual(note.invoice_state, "to")
        invoice = self._crm_invoice(note)
        self.assertRecordValues(
            invoice,
            [
                {
                    "state": "draft",
                    "move_type": "out_invoice",
                    "invoice_origin": note.name,
                    "delivery_date": note.date,
                    "amount_untaxed": 1000.0,
                }
            ],
        )
        self.assertEqual(invoice.invoice_line_ids.crm_delivery_note_line_id, note.line_ids)
        self.assertEqual(invoice.crm_delivery_note_ids, note.with_env(self.env))
        self.assertEqual(note.invoice_state, "done")
        self.assertEqual(order.invoice_status, "invoiced")

    def test_quote_to_invoice_issues_the_note_too(self):
        order = self._crm_order((self.goods, 2), (self.service, 1), (self.goods_on_order, 3))
        invoice = self._crm_invoice(order)
        note = order.crm_delivery_note_ids
        self.assertEqual(note.state, "done")
        self.assertTrue(note.name)
        self.assertEqual(note.invoice_state, "done")
        self.assertEqual(invoice.amount_untaxed, 850.0)
        self.assertEqual(
            invoice.invoice_line_ids.crm_delivery_note_line_id, note.line_ids.with_env(self.env)
        )

    def test_direct_note_to_invoice(self):
        note = self._crm_direct_note((self.goods, 3, {"price_unit": 77.0}))
        note.action_validate()
        order = note.order_ids
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.crm_delivery_note_origin_id, note)
        self.assertEqual(order.order_line.qty_delivered, 3)
        invoice = self._crm_invoice(note)
        self.assertEqual(invoice.amount_untaxed, 231.0)
        self.assertEqual(note.invoice_state, "done")
