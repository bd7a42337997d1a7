# SPDX-License-Identifier: LGPL-3.0-or-later
"""Documents that were there before their history, and sources that come and go."""

from datetime import timedelta

from odoo.fields import Datetime
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.crm_accounts.tests.common_history import CrmHistoryCommon


@tagged("post_install", "-at_install")
class TestHistoryBackfill(CrmHistoryCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.jobs = cls.env["crm.timeline.backfill"].sudo()
        cls.job = cls.jobs.search([("model", "=", "crm.call")])

    def _forget(self, documents):
        self._rows(documents)
        self.env.cr.flush()
        self.env.cr.execute(
            "DELETE FROM crm_account_event WHERE res_model = %s AND res_id = ANY(%s)",
            [documents._name, documents.ids],
        )
        self.env.invalidate_all()

    def _rename(self, column, call):
        """Let the event of a call look like one of a model that isn't loaded."""
        self._rows(call)
        self.env.cr.flush()
        self.env.cr.execute(
            f"UPDATE crm_account_event SET {column} = 'no.such.model'"  # pylint: disable=sql-injection
            " WHERE res_model = 'crm.call' AND res_id = %s RETURNING id",
            [call.id],
        )
        self.env.registry.clear_cache()
        return self.events.browse(self.env.cr.fetchone()[0])

    def _left(self, event):
        self.env.invalidate_all()
        return bool(event.sudo().exists())

    def test_start_without_an_addon_forgets_nothing(self):
        self.jobs.create({"model": "no.such.model", "last_id": 0, "next_id": 0})
        event = self._rename("res_model", self._call(self.bob))
        loaded = self.env.registry._init_modules
        self.patch(self.env.registry, "_init_modules", loaded - {"crm_accounts"})
        self.jobs._crm_register_sources()
        self.assertTrue(self._left(event))
        self.assertTrue(self.jobs.search([("model", "=", "no.such.model")]))

    def test_source_that_is_uninstalled_is_forgotten(self):
        self.jobs.create({"model": "no.such.model", "last_id": 0, "next_id": 0})
        event = self._rename("res_model", self._call(self.bob))
        self.jobs._crm_register_sources()
        self.assertFalse(self._left(event))
        self.assertFalse(self.jobs.search([("model", "=", "no.such.model")]))

    def test_messages_of_a_model_that_is_uninstalled_are_forgotten(self):
        event = self._rename("anchor_model", self._call(self.bob))
        self.jobs._crm_register_sources()
        self.assertFalse(self._left(event))

    def test_what_others_wrote_during_the_installation_is_caught_up_with(self):
        old, new = self._call(self.bob, name="Old"), self._call(self.bob, name="New")
        self._rows(old + new)
        self._forget(new)
        self.env.cr.execute("UPDATE crm_account_event SET title = 'Odd' WHERE res_id = %s", old.ids)
        self.job.write({"last_id": old.id, "next_id": 0, "caught_up": False})
        self.job._crm_catch_up()
        self.assertEqual(self._rows(old + new).mapped("title"), ["Old", "New"])
        self.assertTrue(self.job.caught_up)

    def test_catching_up_waits_until_every_server_knows_the_history(self):
        call = self._call(self.bob)
        self._forget(call)
        self.jobs.search([]).write({"next_id": 0, "caught_up": True})
        self.job.write({"last_id": call.id - 1, "caught_up": False, "registered": Datetime.now()})
        cron = self.env.ref("crm_accounts.ir_cron_backfill_history")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
            self.assertFalse(self._rows(call))
            self.job.registered -= timedelta(hours=1)
            cron.method_direct_trigger()
        self.assertTrue(self._rows(call))

    def test_document_that_cannot_be_read_keeps_none_of_the_others_out(self):
        calls = self.env["crm.call"].union(*(self._call(self.bob) for _turn in range(5)))
        odd = calls[2]
        self._forget(calls)
        Call = type(self.env["crm.call"])
        values = Call._crm_timeline_values

        def refuse(records):
            if odd in records:
                raise ValueError("no sense")
            return values(records)

        self.patch(Call, "_crm_timeline_values", refuse)
        with mute_logger("odoo.addons.crm_accounts.models.crm_timeline_backfill"):
            self.assertEqual(self.job._crm_take(calls.ids), 4)
        self.assertEqual(self.job.failed, {str(odd.id): "no sense"})
        self.assertEqual(set(self._rows(calls).mapped("res_id")), set((calls - odd).ids))

    def test_document_without_a_date_is_shown_at_its_creation(self):
        call = self._call(self.bob)
        self._forget(call)
        values = {call.id: {"kind": "call", "partners": self.bob, "date": None}}
        self.patch(type(call), "_crm_timeline_values", lambda calls: values)
        self.job._crm_take(call.ids)
        self.assertEqual(self._rows(call).date, call.create_date.replace(microsecond=0))
