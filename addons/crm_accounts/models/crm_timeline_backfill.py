# SPDX-License-Identifier: LGPL-3.0-or-later
import logging
import time

from odoo import api, fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)
_CHUNK = 2000
_INSTALL_SECONDS = 120


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
        if gone := jobs.filtered(lambda job: job.model not in sources):
            self.env.cr.execute(
                SQL(
                    "DELETE FROM crm_account_event WHERE res_model = ANY(%s)",
                    gone.mapped("model"),
                )
            )
            gone.unlink()
        if new := sorted(sources - known):
            for model_name in new:
                # Two servers may start at once: the first one has noted it.
                self.env.cr.execute(
                    SQL(
                        """
                        INSERT INTO crm_timeline_backfill (model, last_id, next_id, event_count)
                        SELECT %(model)s, top, top, 0
                          FROM (SELECT COALESCE(MAX(id), 0) FROM %(documents)s) AS ids(top)
                            ON CONFLICT (model) DO NOTHING
                        """,
                        model=model_name,
                        documents=SQL.identifier(self.env[model_name]._table),
                    )
                )
            self.env.ref("crm_accounts.ir_cron_backfill_history")._trigger()
        self.invalidate_model()

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
        count = ids and self.env["crm.account.event"].sudo()._crm_sync(
            self.model, ids, correspondence=False
        )
        self.write(
            {
                "next_id": ids[-1] - 1 if len(ids) == _CHUNK else 0,
                "event_count": self.event_count + (count or 0),
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

    @api.model
    def _crm_progress(self):
        """Return how much of the earlier documents is in the history, from 0 to 100."""
        jobs = self.sudo().search_fetch([], ["last_id", "next_id"])
        total = sum(jobs.mapped("last_id"))
        return 100 * (total - sum(jobs.mapped("next_id"))) // total if total else 100
