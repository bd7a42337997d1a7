# SPDX-License-Identifier: LGPL-3.0-or-later
import logging

import psycopg2

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

_logger = logging.getLogger(__name__)


class CrmConversionRunLine(models.Model):
    """One document of a background conversion."""

    _name = "crm.conversion.run.line"
    _description = "Document of a Background Conversion"
    _order = "partner_id, id"

    run_id = fields.Many2one("crm.conversion.run", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="run_id.company_id", store=True, precompute=True)
    user_id = fields.Many2one(related="run_id.user_id", store=True, precompute=True)
    note_id = fields.Many2one(
        "crm.delivery.note", "Delivery Note", ondelete="cascade", index="btree_not_null"
    )
    order_id = fields.Many2one("sale.order", ondelete="cascade", index="btree_not_null")
    partner_id = fields.Many2one("res.partner", "Customer", ondelete="restrict")
    state = fields.Selection(
        [("todo", "Left"), ("done", "Converted"), ("failed", "Not Converted")],
        "Status",
        required=True,
        default="todo",
    )
    message = fields.Text("Reason")
    invoice_id = fields.Many2one("account.move", "Customer Invoice", index="btree_not_null")
    made_note_id = fields.Many2one(
        "crm.delivery.note", "New Delivery Note", index="btree_not_null", ondelete="set null"
    )

    _todo_idx = models.Index("(run_id, partner_id, id) WHERE state = 'todo'")

    def _crm_documents(self):
        """Return the documents in the environment of who started the run."""
        env = self.run_id._crm_as_owner().env
        return (self.order_id or self.note_id).with_env(env)

    def _crm_of(self, documents):
        """Return the lines of these documents."""
        ids = set(documents.ids)
        return self.filtered(lambda line: (line.order_id or line.note_id).id in ids)

    def _crm_convert(self):
        """Convert the documents of these lines, and keep on each what came out or why not."""
        run = self.run_id
        env = run._crm_as_owner().env
        if not run.user_id.active:
            self._crm_fail(env._("%(user)s is not active any more.", user=run.user_id.name))
            return
        if run.company_id not in run.user_id.company_ids:
            self._crm_fail(
                env._(
                    "%(user)s does not work in %(company)s any more.",
                    user=run.user_id.name,
                    company=run.company_id.name,
                )
            )
            return
        # all of them at once and in one order, before any part of them: two runs with the same
        # documents wait, never block each other
        documents = self._crm_documents()
        documents._crm_lock_with_orders()
        documents.invalidate_model()
        readable = documents._filtered_access("read")
        lines = self._crm_of(readable)
        (self - lines)._crm_fail(env._("You may not open this document any more."))
        for document, messages in readable._crm_blockers_by_record(run.target).items():
            blocked = lines._crm_of(document)
            blocked._crm_fail("\n".join(messages))
            lines -= blocked
        if lines:
            lines._crm_convert_or_divide()

    def _crm_convert_or_divide(self):
        """Convert these lines; where that is refused, convert each half, down to one invoice."""
        run = self.run_id
        documents = self._crm_documents()
        try:
            with self.env.cr.savepoint():
                documents._crm_convert(run.target, run.grouping)
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            # somebody else was faster, or the connection is gone: the whole chunk again
            raise
        except Exception as error:  # noqa: BLE001 one document must not stop the others
            halves = self._crm_halves()
            if not halves:
                self._crm_fail(self._crm_reason(error))
                return
            for half in halves:
                half._crm_convert_or_divide()
            return
        self._crm_succeed(documents)

    def _crm_halves(self):
        """Return two parts that share no invoice, or nothing."""
        if self.run_id.grouping == "document":
            units = list(self)
        else:
            units = list(self.grouped("partner_id").values())
        if len(units) < 2:
            return []
        middle = len(units) // 2
        return [self.browse().union(*part) for part in (units[:middle], units[middle:])]

    def _crm_reason(self, error):
        env = self.run_id._crm_as_owner().env
        if isinstance(error, AccessError):
            return env._("You lack the rights to convert this document.")
        if isinstance(error, UserError):
            return str(error)
        _logger.exception("Background conversion of %s", self)
        return env._("Something went wrong. Convert this document by itself, or ask support.")

    def _crm_fail(self, message):
        self.write({"state": "failed", "message": message})

    def _crm_succeed(self, documents):
        made = documents._crm_converted(self.run_id.target)
        field = "invoice_id" if self.run_id.target == "invoice" else "made_note_id"
        by_result = self.grouped(lambda line: made.get((line.order_id or line.note_id).id))
        for result, lines in by_result.items():
            lines.write({"state": "done", "message": False, field: result})
