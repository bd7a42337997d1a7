# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from ..models import crm_conversion_run
from ..wizards import crm_conversion_wizard
from . import common


@tagged("post_install", "-at_install")
class TestConversionRun(common.CrmSalesDocsCommon):
    """Many documents are converted in the background, each chunk whole, in somebody's name."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls.env["res.partner"].create(
            [{"name": f"Customer {number}", "is_company": True} for number in range(3)]
        )
        cls.cron = cls.env.ref("crm_sales_docs.ir_cron_convert_documents").sudo()

    def _notes(self, count):
        notes = self.env["crm.delivery.note"].with_user(self.user_salesman)
        for number in range(count):
            notes |= self._crm_delivered(partner_id=self.customers[number % 3].id)
        return notes

    def _start(self, documents, target="invoice", grouping="document"):
        Run = self.env["crm.conversion.run"].with_user(self.user_salesman)
        return Run._crm_start(documents, target, grouping)

    def _work(self):
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()

    def test_large_selection_becomes_a_run(self):
        notes = self._notes(3)
        with patch.object(crm_conversion_wizard, "MOST_AT_ONCE", 2):
            action = notes.action_crm_convert()
            wizard = self.env[action["res_model"]].browse(action["res_id"])
            opened = wizard.with_user(self.user_salesman).action_convert()
        run = self.env[opened["res_model"]].browse(opened["res_id"])
        self.assertRecordValues(
            run,
            [{"user_id": self.user_salesman.id, "state": "queued", "total": 3, "progress": 0.0}],
        )
        self.assertFalse(notes.invoice_ids)

    def test_run_invoices_each_note_once(self):
        notes = self._notes(3)
        run = self._start(notes)
        self._work()
        self.assertRecordValues(
            run, [{"state": "done", "done_count": 3, "failed_count": 0, "progress": 100.0}]
        )
        self.assertEqual(notes.mapped("invoice_count"), [1, 1, 1])
        self.assertEqual(run.line_ids.invoice_id, notes.invoice_ids)
        self.assertEqual(notes.invoice_ids.create_uid, self.user_salesman)

    def test_invoice_of_a_customer_is_never_divided(self):
        notes = self._notes(9)
        with patch.object(crm_conversion_run, "CHUNK", 2):
            run = self._start(notes, grouping="customer")
            self._work()
        self.assertEqual(run.state, "done")
        self.assertEqual(len(notes.invoice_ids), 3)
        self.assertEqual(set(notes.invoice_ids.mapped("crm_delivery_note_count")), {3})

    def test_documents_that_cannot_be_converted_keep_their_reason(self):
        notes = self._notes(2)
        draft = self._crm_note(self._crm_order())
        run = self._start(notes | draft)
        self._work()
        failed = run.line_ids.filtered(lambda line: line.state == "failed")
        self.assertEqual(failed.note_id, draft)
        self.assertRegex(failed.message, "is not validated")
        self.assertEqual(notes.mapped("invoice_count"), [1, 1])
        self.assertEqual((run.done_count, run.failed_count), (2, 1))

    def test_refusal_of_core_stops_only_its_document(self):
        notes = self._notes(4)
        bad = notes[1].order_ids
        SaleOrder = self.env.registry["sale.order"]
        prepare = SaleOrder._prepare_invoice

        def refuse(order):
            if order == bad:
                raise ValueError("broken")
            return prepare(order)

        run = self._start(notes)
        with (
            patch.object(SaleOrder, "_prepare_invoice", refuse),
            self.assertLogs("odoo.addons.crm_sales_docs.models.crm_conversion_run_line", "ERROR"),
        ):
            self._work()
        failed = run.line_ids.filtered(lambda line: line.state == "failed")
        self.assertEqual(failed.note_id, notes[1])
        self.assertRegex(failed.message, "^Something went wrong")
        self.assertEqual(notes.mapped("invoice_count"), [1, 0, 1, 1])

    def test_failed_documents_are_tried_again(self):
        draft = self._crm_note(self._crm_order())
        run = self._start(draft)
        self._work()
        self.assertEqual(run.failed_count, 1)
        draft.action_validate()
        run.action_resume()
        self._work()
        self.assertRecordValues(run, [{"state": "done", "failed_count": 0, "done_count": 1}])
        self.assertEqual(draft.invoice_count, 1)

    def test_stopped_run_converts_nothing_until_it_is_resumed(self):
        notes = self._notes(2)
        run = self._start(notes)
        run.action_cancel()
        self._work()
        self.assertEqual(run.state, "cancel")
        self.assertFalse(notes.invoice_ids)
        run.action_resume()
        self._work()
        self.assertEqual(run.state, "done")
        self.assertEqual(notes.mapped("invoice_count"), [1, 1])

    def test_second_run_of_the_same_notes_makes_nothing(self):
        notes = self._notes(2)
        first, second = self._start(notes), self._start(notes)
        self._work()
        self.assertEqual(notes.mapped("invoice_count"), [1, 1])
        self.assertEqual(first.line_ids.invoice_id, second.line_ids.invoice_id)

    def test_document_that_stops_the_server_each_time_is_left_out(self):
        run = self._start(self._notes(1))
        run.sudo().attempts = crm_conversion_run.MOST_ATTEMPTS
        self._work()
        self.assertRegex(run.line_ids.message, "^The server stopped each time")
        self.assertEqual(run.state, "done")

    def test_fewer_documents_after_each_stop(self):
        run = self._start(self._notes(3)).sudo()
        with patch.object(crm_conversion_run, "CHUNK", 2):
            run.attempts = 1
            self.assertEqual(len(run._crm_next_lines()), 2)
            run.attempts = 2
            self.assertEqual(len(run._crm_next_lines()), 1)

    def test_orders_become_notes(self):
        orders = self._crm_order() | self._crm_order()
        run = self._start(orders, target="note")
        self._work()
        self.assertEqual(run.line_ids.made_note_id, orders.crm_delivery_note_ids)
        self.assertEqual(run.action_view_results()["res_model"], "crm.delivery.note")

    def test_person_is_told_at_the_end(self):
        run = self._start(self._notes(2) | self._crm_note(self._crm_order()))
        self._work()
        message = (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", run._name),
                    ("res_id", "=", run.id),
                    ("message_type", "=", "user_notification"),
                ]
            )
        )
        self.assertEqual(message.partner_ids, self.user_salesman.partner_id)
        self.assertIn("2 of 3 documents are converted", message.body)

    # === CLEANING UP ===#
    def test_runs_that_ended_long_ago_are_deleted_with_their_lines(self):
        old, recent, stopped, waiting = (self._start(self._notes(1)).sudo() for _run in range(4))
        now = fields.Datetime.now()
        old.write({"state": "done", "date_end": now - timedelta(days=91)})
        recent.write({"state": "done", "date_end": now - timedelta(days=89)})
        stopped.state = "cancel"
        runs = old | recent | stopped | waiting
        lines, notes = runs.line_ids, runs.line_ids.note_id
        runs.flush_recordset()
        self.env.cr.execute(
            "UPDATE crm_conversion_run SET write_date = %s WHERE id IN %s",
            (now - timedelta(days=91), tuple((stopped | waiting).ids)),
        )
        runs.invalidate_recordset()
        self.assertEqual(self.env["crm.conversion.run"].sudo()._gc_finished(), (2, False))
        self.assertEqual(runs.exists(), recent | waiting)
        self.assertEqual(lines.exists().run_id, recent | waiting)
        self.assertEqual(notes.exists(), notes)

    # === RIGHTS ===#
    def test_run_has_no_more_rights_than_who_asked(self):
        note = self._crm_delivered()
        run = self._start(note)
        note.sudo().user_id = self.user_salesman_other
        self._work()
        self.assertRegex(run.line_ids.message, "may not open this document")
        self.assertFalse(note.sudo().invoice_ids)

    def test_run_of_somebody_who_left_converts_nothing(self):
        notes = self._notes(1)
        run = self._start(notes)
        self.user_salesman.sudo().active = False
        self._work()
        self.assertRegex(run.sudo().line_ids.message, "is not active any more")
        self.assertFalse(notes.sudo().invoice_ids)

    def test_person_sees_own_runs_and_a_manager_all(self):
        run = self._start(self._notes(1))
        own = run.with_user(self.user_salesman_other)
        self.assertFalse(own.search([("id", "=", run.id)]))
        with self.assertRaises(AccessError):
            own.action_cancel()
        with self.assertRaises(AccessError):
            own.line_ids.read(["state"])
        managed = run.with_user(self.user_manager)
        self.assertEqual(managed.search([("id", "=", run.id)]), run)
        self.assertEqual(managed.total, 1)
        managed.action_cancel()
        self.assertEqual(run.state, "cancel")

    def test_runs_of_another_company_are_not_seen(self):
        run = self._start(self._notes(1))
        manager_b = self._crm_new_user(
            "manager_b",
            "sales_team.group_sale_manager",
            company_id=self.company_b.id,
            company_ids=[Command.set(self.company_b.ids)],
        )
        theirs = run.with_user(manager_b)
        self.assertFalse(theirs.search([("id", "=", run.id)]))
        with self.assertRaises(AccessError):
            theirs.action_cancel()

    def test_nobody_writes_runs_by_hand(self):
        run = self._start(self._notes(1))
        with self.assertRaises(AccessError):
            run.with_user(self.user_manager).state = "done"
        with self.assertRaises(AccessError):
            run.line_ids.with_user(self.user_manager).unlink()

    # === SPEED ===#
    def _queries(self, notes, action):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        action(notes)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _per_note(self, action):
        self._queries(self._notes(3), action)
        few = self._queries(self._notes(3), action)
        many = self._queries(self._notes(12), action)
        return (many - few) / 9

    def test_preview_asks_no_query_for_each_note(self):
        self.assertLess(self._per_note(lambda notes: notes.action_crm_convert()), 1.0)

    def test_merging_costs_less_than_an_invoice_each(self):
        each = self._per_note(lambda notes: notes.action_create_invoice())
        merged = self._per_note(
            lambda notes: notes.with_context(
                crm_invoice_grouping="customer"
            ).action_create_invoice()
        )
        self.assertLess(merged, each / 2)
