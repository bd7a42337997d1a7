# SPDX-License-Identifier: LGPL-3.0-or-later
import logging
import time
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL, split_every

_logger = logging.getLogger(__name__)
_CHUNK = 2000
_INSTALL_SECONDS = 120
# How long after an installation other servers may still write documents without their events.
_CATCH_UP_AFTER = timedelta(minutes=15)


class CrmTimelineBackfill(models.Model):
    """How far the documents that were there before the history have been taken into it: from the
    newest to the oldest, a chunk a time, so that a stop loses no more than a chunk.
    """

    _name = "crm.timeline.backfill"
    _description = "Progress of the Account History"
    _order = "model"
    _rec_name = "model"
    _log_access = False

    model = fields.Char(required=True, readonly=True)
    last_id = fields.Integer("Highest Document", required=True, readonly=True, aggregator=None)
    next_id = fields.Integer(
        "Next Document",
        required=True,
        readonly=True,
        aggregator=None,
        help="Documents up to this one are still to be taken over. 0: all are.",
    )
    event_count = fields.Integer("Events", readonly=True)
    registered = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    caught_up = fields.Boolean(
        readonly=True,
        help="Whether what others wrote while the addon was being installed has been looked for.",
    )
    failed = fields.Json(
        "Documents Left Out", readonly=True, help="Of each document that could not be read, why."
    )

    _model_uniq = models.Constraint("UNIQUE (model)", "Each model is taken over once.")

    def _register_hook(self):
        super()._register_hook()
        self._crm_register_sources()

    @api.model
    def _crm_register_sources(self):
        """Note every source model that isn't known yet, and forget those that are gone."""
        sources = self.env["crm.account.event"]._crm_sources()
        jobs = self.sudo().search_fetch([], ["model"])
        known = set(jobs.mapped("model"))
        if self._crm_all_modules_loaded():
            self._crm_forget(jobs.filtered(lambda job: job.model not in sources))
        if new := sorted(sources - known):
            for model_name in new:
                # Two servers may start at once: the first one has noted it.
                self.env.cr.execute(
                    SQL(
                        """
                        INSERT INTO crm_timeline_backfill
                                    (model, last_id, next_id, event_count, registered)
                        SELECT %(model)s, top, top, 0, now() AT TIME ZONE 'UTC'
                          FROM (SELECT COALESCE(MAX(id), 0) FROM %(documents)s) AS ids(top)
                            ON CONFLICT (model) DO NOTHING
                        """,
                        model=model_name,
                        documents=SQL.identifier(self.env[model_name]._table),
                    )
                )
            cron = self.env.ref("crm_accounts.ir_cron_backfill_history")
            cron._trigger([fields.Datetime.now(), fields.Datetime.now() + _CATCH_UP_AFTER])
        self.invalidate_model()

    @api.model
    def _crm_all_modules_loaded(self):
        """Return whether what isn't in the registry is uninstalled, and not just missing: the
        accounts of the time could not be told again from the documents.
        """
        [(missing,)] = self.env.execute_query(
            SQL(
                """
                SELECT count(*) FROM ir_module_module
                 WHERE state IN ('installed', 'to install', 'to upgrade') AND name != ALL(%s)
                """,
                sorted(self.env.registry._init_modules),
            )
        )
        return not missing

    @api.model
    def _crm_forget(self, jobs):
        """Delete the events of sources, and those about documents, that are uninstalled."""
        events = self.env["crm.account.event"]
        gone = [name for name in events._crm_anchor_models() if name not in self.env]
        for column, names in (("res_model", jobs.mapped("model")), ("anchor_model", gone)):
            if names:
                self.env.cr.execute(
                    SQL(
                        "DELETE FROM crm_account_event WHERE %s = ANY(%s)",
                        SQL.identifier(column),
                        names,
                    )
                )
        if jobs or gone:
            jobs.unlink()
            self.env.registry.clear_cache()

    @api.model
    def _crm_run_at_installation(self):
        """Take over what fits into two minutes, within the installation's transaction; the rest
        is left to the scheduled job.
        """
        self._crm_register_sources()
        until = time.monotonic() + _INSTALL_SECONDS
        for job in self.search([("next_id", ">", 0)]):
            while job.next_id and time.monotonic() < until:
                job._crm_take_chunk()

    @api.model
    def _cron_backfill(self):
        """Take over the documents that are left, chunk by chunk, committing each."""
        jobs = self.search([("next_id", ">", 0)])
        self.env["ir.cron"]._commit_progress(remaining=len(jobs))
        for job in jobs:
            while job.next_id:
                if not job.try_lock_for_update():
                    break
                job._crm_take_chunk()
                if not self.env["ir.cron"]._commit_progress(0 if job.next_id else 1):
                    return
        long_ago = fields.Datetime.now() - _CATCH_UP_AFTER
        for job in self.search([("caught_up", "=", False), ("registered", "<", long_ago)]):
            if job.try_lock_for_update():
                job._crm_catch_up()
                self.env["ir.cron"]._commit_progress()

    def _crm_catch_up(self):
        """Take over what was written while the addon was being installed: other servers did not
        know the history yet.
        """
        self.ensure_one()
        Source = self.env[self.model]
        late = SQL("id > %s", self.last_id)
        if Source._log_access:
            late = SQL("%s OR write_date >= %s", late, self.registered)
        ids = self.env.execute_query(
            SQL("SELECT id FROM %s WHERE %s ORDER BY id", SQL.identifier(Source._table), late)
        )
        for some in split_every(_CHUNK, [row[0] for row in ids]):
            self._crm_take(list(some))
        self.caught_up = True

    def _crm_take_chunk(self):
        """Take the next documents of this model over, the newest first."""
        self.ensure_one()
        ids = [
            row[0]
            for row in self.env.execute_query(
                SQL(
                    "SELECT id FROM %s WHERE id <= %s ORDER BY id DESC LIMIT %s",
                    SQL.identifier(self.env[self.model]._table),
                    self.next_id,
                    _CHUNK,
                )
            )
        ]
        count = self._crm_take(ids)
        self.write(
            {
                "next_id": ids[-1] - 1 if len(ids) == _CHUNK else 0,
                "event_count": self.event_count + count,
            }
        )
        _logger.info(
            "Account history: %s documents of %s taken over, %s events so far",
            len(ids),
            self.model,
            self.event_count,
        )
        # Nothing of this chunk is needed for the next one.
        self.env.flush_all()
        self.env.invalidate_all()

    def _crm_take(self, ids):
        """Bring the events of these documents up to date and return their number. One that cannot
        be read, as data that was written by SQL may be, keeps none of the others out.
        """
        if not ids:
            return 0
        events = self.env["crm.account.event"].sudo()
        try:
            with self.env.cr.savepoint():
                return events._crm_sync(self.model, ids, correspondence=False)
        except psycopg2.OperationalError:
            raise
        except Exception as error:
            if len(ids) == 1:
                _logger.warning(
                    "Account history: %s %s is left out", self.model, ids[0], exc_info=True
                )
                self.failed = (self.failed or {}) | {str(ids[0]): str(error)}
                return 0
        half = len(ids) // 2
        return self._crm_take(ids[:half]) + self._crm_take(ids[half:])

    @api.model
    def _crm_progress(self):
        """Return how much of the earlier documents is in the history, from 0 to 100."""
        jobs = self.sudo().search_fetch([], ["last_id", "next_id"])
        total = sum(jobs.mapped("last_id"))
        return 100 * (total - sum(jobs.mapped("next_id"))) // total if total else 100
