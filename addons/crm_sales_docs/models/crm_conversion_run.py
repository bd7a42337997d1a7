# SPDX-License-Identifier: LGPL-3.0-or-later
import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, retrying
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# documents of one transaction
CHUNK = 100
# rows of a table from which on PostgreSQL need not be told how many there are
FEW_ROWS = 20_000
# how long a finished run can be looked up
DAYS_KEPT = 90
# how often the server may stop a conversion at the same document
MOST_ATTEMPTS = 6


class CrmConversionRun(models.Model):
    """A conversion of many documents that the server does by itself, in the name of a person.

    What is done stands on the lines, and is written in the transaction that made the documents:
    wherever a run was stopped, it goes on with what is left.
    """

    _name = "crm.conversion.run"
    _description = "Background Conversion"
    _inherit = ["mail.thread"]
    _order = "id desc"

    user_id = fields.Many2one("res.users", "Started by", required=True, readonly=True, index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    target = fields.Selection(
        [("invoice", "Invoices"), ("note", "Delivery Notes")],
        "Makes",
        required=True,
        readonly=True,
    )
    grouping = fields.Selection(
        [
            ("document", "One per document"),
            ("address", "One per customer and delivery address"),
            ("customer", "One per customer"),
        ],
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [
            ("queued", "Waiting"),
            ("running", "Running"),
            ("done", "Finished"),
            ("cancel", "Stopped"),
        ],
        "Status",
        required=True,
        readonly=True,
        default="queued",
    )
    date_end = fields.Datetime("Finished on", readonly=True)
    attempts = fields.Integer(readonly=True, export_string_translation=False)
    line_ids = fields.One2many("crm.conversion.run.line", "run_id", "Documents", readonly=True)
    total = fields.Integer("Documents Selected", compute="_compute_progress")
    done_count = fields.Integer("Converted", compute="_compute_progress")
    failed_count = fields.Integer("Not Converted", compute="_compute_progress")
    todo_count = fields.Integer("Left", compute="_compute_progress")
    progress = fields.Float("Progress (%)", compute="_compute_progress")

    _waiting_idx = models.Index("(id) WHERE state IN ('queued', 'running')")

    # === COMPUTES ===#
    @api.depends("target", "create_date")
    def _compute_display_name(self):
        targets = dict(self._fields["target"]._description_selection(self.env))
        for run in self:
            run.display_name = f"{targets.get(run.target)} #{run.id}"

    @api.depends("line_ids.state")
    def _compute_progress(self):
        counts = {
            (run.id, state): count
            for run, state, count in self.env["crm.conversion.run.line"]._read_group(
                [("run_id", "in", self.ids)], ["run_id", "state"], ["__count"]
            )
        }
        for run in self:
            run.done_count = counts.get((run.id, "done"), 0)
            run.failed_count = counts.get((run.id, "failed"), 0)
            run.todo_count = counts.get((run.id, "todo"), 0)
            run.total = run.done_count + run.failed_count + run.todo_count
            finished = run.total - run.todo_count
            run.progress = 100.0 * finished / run.total if run.total else 100.0

    # === ACTIONS ===#
    def action_cancel(self):
        """Stop the runs after what they are doing; what is converted stays.

        :return: True
        """
        self.check_access("read")
        self.sudo().filtered(lambda run: run.state in ("queued", "running")).state = "cancel"
        return True

    def action_resume(self):
        """Convert what is left, and what could not be converted before.

        :return: True
        """
        self.check_access("read")
        runs = self.sudo().filtered(lambda run: run.state in ("done", "cancel"))
        runs.line_ids.filtered(lambda line: line.state == "failed").write(
            {"state": "todo", "message": False}
        )
        runs.write({"state": "queued", "attempts": 0, "date_end": False})
        self._crm_wake_up()
        return True

    def action_view_results(self):
        """Return the action that opens what the runs made."""
        self.check_access("read")
        lines = self.line_ids
        if any(run.target == "note" for run in self):
            return lines.made_note_id._crm_open()
        return lines.invoice_id._crm_open()

    def action_view_failed(self):
        """Return the action that opens the documents that could not be converted, with why."""
        return self.env["ir.actions.act_window"]._for_xml_id(
            "crm_sales_docs.crm_conversion_run_line_action"
        ) | {"domain": [("run_id", "in", self.ids)], "context": {"search_default_failed": 1}}

    def _crm_open(self):
        """Return the action that opens these runs."""
        return self._get_records_action(name=self.env._("Background Conversions"))

    # === BUSINESS ===#
    @api.model
    def _crm_start(self, documents, target, grouping):
        """Return the new runs, one for each company, that convert these documents."""
        documents.check_access("read")
        field = "order_id" if documents._name == "sale.order" else "note_id"
        runs = self.browse()
        for company, own in documents.sudo().grouped("company_id").items():
            run = self.sudo().create(
                {
                    "user_id": self.env.uid,
                    "company_id": company.id,
                    "target": target,
                    "grouping": grouping,
                }
            )
            self.env["crm.conversion.run.line"].sudo().create(
                [
                    {
                        "run_id": run.id,
                        field: document.id,
                        "partner_id": document._crm_billed_partner().id,
                    }
                    for document in own
                ]
            )
            runs |= run
        self._crm_wake_up()
        return runs.with_env(self.env)

    @api.model
    def _crm_wake_up(self, moment=None):
        self.env.ref("crm_sales_docs.ir_cron_convert_documents").sudo()._trigger(moment)

    @api.model
    def _cron_convert(self):
        """Convert a chunk of every run that waits, in turn, until nothing is left.

        Each chunk is one transaction, with what the run knows about it.
        """
        cron = self.env["ir.cron"]
        runs = self.search([("state", "in", ("queued", "running"))], order="id")
        cron._commit_progress(remaining=sum(runs.mapped("todo_count")))
        while runs:
            for run in runs:
                count = run._crm_step()
                if not count:
                    runs -= run
                elif not cron._commit_progress(count):
                    return
        cron._commit_progress(remaining=0)

    @api.autovacuum
    def _gc_finished(self):
        """Delete the runs that ended long ago, some in each transaction.

        :return: how many, and whether there are more
        """
        long_ago = fields.Datetime.now() - timedelta(days=DAYS_KEPT)
        old = Domain("state", "=", "done") & Domain("date_end", "<", long_ago)
        # stopped ones have no end
        old |= Domain("state", "=", "cancel") & Domain("write_date", "<", long_ago)
        runs = self.search(old, limit=CHUNK)
        runs.unlink()
        return len(runs), len(runs) == CHUNK

    def _crm_step(self):
        """Convert the next documents, once more where somebody else changed them meanwhile.

        :return: how many, 0 where the run is at its end or has to wait
        """
        try:
            return retrying(self._crm_begin, self.env) and retrying(
                self._crm_convert_chunk, self.env
            )
        except psycopg2.InterfaceError:
            # The connection is gone. The scheduler takes the job up again.
            raise
        except Exception as error:
            # one run must not stop the others
            self.env.cr.rollback()
            if isinstance(error, PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
                self.attempts = max(self.attempts - 1, 0)
            else:
                _logger.exception("Background conversion %s", self.id)
            self._crm_wake_up(fields.Datetime.now() + timedelta(minutes=1))
            return 0

    def _crm_begin(self):
        """Tell whether the run has something to do; if not, finish it."""
        self.invalidate_recordset()
        if self.state not in ("queued", "running"):
            return False
        if not self.todo_count:
            self._crm_finish()
            return False
        self._crm_count_rows()
        self.write({"state": "running", "attempts": self.attempts + 1})
        return True

    @api.model
    def _crm_count_rows(self):
        """Let PostgreSQL count the invoices while they are few.

        As long as it believes that there are none, it looks for payments of each invoice by
        joining all journal items with all of them, which takes ever longer with each chunk.
        """
        tables = [self.env[name]._table for name in ("account.move", "account.move.line")]
        self.env.cr.execute(
            "SELECT relname FROM pg_class WHERE oid = ANY(%s::regclass[]) AND reltuples < %s",
            (tables, FEW_ROWS),
        )
        for (table,) in self.env.cr.fetchall():
            self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))

    def _crm_convert_chunk(self):
        """Convert the next documents of the run.

        :return: how many
        """
        self.invalidate_recordset()
        if self.state != "running":
            return 0
        lines = self._crm_next_lines()
        if self.attempts > MOST_ATTEMPTS:
            lines._crm_fail(
                self._crm_as_owner().env._(
                    "The server stopped each time it came to this document. Ask your administrator "
                    "to raise the time limit of scheduled jobs, or convert fewer at once."
                )
            )
        else:
            lines._crm_convert()
        # Written last: whoever stops the run meanwhile wins, and nothing of this is kept.
        self.attempts = 0
        return len(lines)

    def _crm_next_lines(self):
        """Return the lines of the next transaction. What may come to be on one invoice is never
        divided; after each stop of the server there are fewer.
        """
        Line = self.env["crm.conversion.run.line"]
        todo = Domain("run_id", "=", self.id) & Domain("state", "=", "todo")
        limit = max(CHUNK >> (self.attempts - 1), 1)
        lines = Line.search(todo, order="partner_id.id, id", limit=limit + 1)
        if self.grouping == "document" or len(lines) <= limit:
            return lines[:limit]
        first, last = lines[0].partner_id, lines[-1].partner_id
        if first != last:
            return lines.filtered(lambda line: line.partner_id != last)
        return Line.search(todo & Domain("partner_id", "=", first.id), order="id")

    def _crm_as_owner(self):
        """Return the run with the rights, company, language and time zone it is made with."""
        user = self.user_id
        return self.with_user(user).with_context(
            {}, lang=user.lang, tz=user.tz, allowed_company_ids=self.company_id.ids
        )

    def _crm_finish(self):
        self.write({"state": "done", "attempts": 0, "date_end": fields.Datetime.now()})
        env = self._crm_as_owner().env
        body = env._(
            "%(done)s of %(total)s documents are converted.",
            done=self.done_count,
            total=self.total,
        )
        if self.failed_count:
            body = env._(
                "%(done)s of %(total)s documents are converted. %(failed)s are not: open the run "
                "to see why, and try again.",
                done=self.done_count,
                total=self.total,
                failed=self.failed_count,
            )
        self.message_notify(
            partner_ids=self.user_id.partner_id.ids,
            subject=env._("Conversion finished"),
            body=body,
        )
