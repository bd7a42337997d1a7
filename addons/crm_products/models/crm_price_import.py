# SPDX-License-Identifier: LGPL-3.0-or-later
import base64
import gzip
import hashlib
import io
import json
from dataclasses import astuple
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.tools import SQL, clean_context, split_every

from ..importing.layout import LAYOUTS
from ..importing.price_planner import PricePlanner
from ..importing.product_planner import ProductPlanner
from ..importing.reader import FileProblem, Problem, Words, read, rows_as_they_are
from ..importing.sheets import write_errors, write_template
from ..importing.vendor_planner import VendorPlanner

_PLANNERS = {"product": ProductPlanner, "price": PricePlanner, "vendor": VendorPlanner}
# Whoever imports a kind needs all of these groups.
_GROUPS = {
    "product": ("product.group_product_manager",),
    "price": ("sales_team.group_sale_manager",),
    "vendor": ("sales_team.group_sale_manager", "crm_products.crm_products_group_cost"),
}
_COST_COLUMNS = ("cost",)
# More lines than these are written in the background.
_FOREGROUND_LINES = 3000
_WRITTEN_AT_A_TIME = 1000
_MOST_PROBLEMS_WHILE_WRITING = 200
_MOST_ATTEMPTS = 3
_DAYS_KEPT = 30
_MOST_OPENED = 10_000
# What Odoo answers to a line that it does not take; anything else is an error of the server.
_REFUSALS = (UserError, psycopg2.IntegrityError, psycopg2.DataError)
_LISTS = ("problems", "warnings", "new", "changed")


class CrmPriceImport(models.Model):
    """A file with products or prices: what it would change, and whether it has been imported.
    Nothing but the preview is written before its user confirms.
    """

    _name = "crm.price.import"
    _description = "Import of Products and Prices"
    _inherit = ["crm.system.fields.mixin"]
    _order = "id DESC"
    _rec_name = "file_name"
    # An import is made with the rights of its user: nobody may lend it those of another one, nor
    # say what it has done.
    _crm_system_fields = frozenset(
        {
            "attempts",
            "changed_count",
            "company_id",
            "date_done",
            "digest",
            "line_count",
            "new_count",
            "notice",
            "preview",
            "problem_count",
            "progress",
            "result",
            "state",
            "unchanged_count",
            "user_id",
            "warning_count",
        }
    )

    kind = fields.Selection("_selection_kind", "What to Import", required=True)
    file = fields.Binary(attachment=True, copy=False)
    file_name = fields.Char()
    user_id = fields.Many2one(
        "res.users",
        "Imported by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    state = fields.Selection(
        [
            ("draft", "File"),
            ("preview", "Preview"),
            ("queued", "Waiting"),
            ("running", "Being Imported"),
            ("done", "Imported"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    create_categories = fields.Boolean(
        "Make Missing Categories",
        help="A category that does not exist yet is made, with the ones above it in its path.",
    )
    skip_problems = fields.Boolean(
        "Import Only the Correct Lines",
        help="Lines with an error are left out. Download them, correct them and import them later.",
    )
    line_count = fields.Integer("Lines", readonly=True, aggregator=None)
    new_count = fields.Integer("New Records", readonly=True, aggregator=None)
    changed_count = fields.Integer("With Changes", readonly=True, aggregator=None)
    unchanged_count = fields.Integer("Unchanged", readonly=True, aggregator=None)
    problem_count = fields.Integer("Errors", readonly=True, aggregator=None)
    warning_count = fields.Integer("Warnings", readonly=True, aggregator=None)
    can_confirm = fields.Boolean(compute="_compute_can_confirm")
    notice = fields.Char(readonly=True, copy=False)
    date_done = fields.Datetime("Imported on", readonly=True, copy=False)
    # Compressed JSON: what the preview shows, and the ids of the records that were written.
    preview = fields.Binary(attachment=True, readonly=True, copy=False)
    result = fields.Binary(attachment=True, readonly=True, copy=False)
    # Of the preview's changes: what is written later must be what was shown.
    digest = fields.Char(readonly=True, copy=False)
    progress = fields.Integer(readonly=True, copy=False, aggregator=None)
    attempts = fields.Integer(readonly=True, copy=False, aggregator=None)

    _user_idx = models.Index("(user_id, id DESC)")
    _waiting_idx = models.Index("(id) WHERE state IN ('preview', 'queued', 'running')")

    @api.depends("file_name", "kind")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for record in self:
            record.display_name = record.file_name or kinds.get(record.kind) or ""

    @api.depends("state", "new_count", "changed_count", "problem_count", "skip_problems")
    def _compute_can_confirm(self):
        for record in self:
            record.can_confirm = (
                record.state == "preview"
                and (record.new_count or record.changed_count)
                and (record.skip_problems or not record.problem_count)
            )

    @api.model
    def _selection_kind(self):
        labels = {
            "product": self.env._("Products"),
            "price": self.env._("Customer Prices"),
            "vendor": self.env._("Vendor Prices"),
        }
        return [(kind, labels[kind]) for kind in _PLANNERS if self._crm_may_import(kind)]

    @api.model
    def _crm_may_import(self, kind):
        return self.env.su or all(self.env.user.has_group(group) for group in _GROUPS[kind])

    @api.onchange("file", "kind", "create_categories")
    def _onchange_file(self):
        if self.state == "preview":
            self.state = "draft"

    def write(self, vals):
        changed = not {"file", "kind", "create_categories"}.isdisjoint(vals)
        if changed and any(record.state not in ("draft", "preview") for record in self):
            raise UserError(self.env._("This import has been confirmed: start another one."))
        result = super().write(vals)
        if changed:
            # What was previewed is no longer what would be imported.
            super(CrmPriceImport, self.sudo()).write({"state": "draft", "notice": False})
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_running(self):
        if any(record.state in ("queued", "running") for record in self):
            raise UserError(self.env._("Wait until the import has finished, then delete it."))

    # --- Actions ----------------------------------------------------------------------------

    def action_check(self):
        """Read the file and keep what it would change, and every error in it, as the preview."""
        self.ensure_one()
        self._crm_check_rights()
        if self.state not in ("draft", "preview"):
            raise UserError(self.env._("This import has been confirmed: start another one."))
        if not self.file:
            raise UserError(self.env._("Choose a file first."))
        _planner, _plan, preview = self._crm_plan()
        return self.sudo().write(preview | {"state": "preview", "notice": False})

    def action_back(self):
        """Go back to the file, to choose another one."""
        previewed = self.filtered(lambda record: record.state == "preview")
        previewed.check_access("write")
        return previewed.sudo().write({"state": "draft", "notice": False})

    def action_confirm(self):
        """Write what the preview shows: all of it, or nothing. What has changed in the meantime is
        previewed again; large imports are written in the background.
        """
        self.ensure_one()
        self._crm_check_rights()
        if self.state in ("queued", "running", "done"):
            # A second click.
            return True
        if not self.can_confirm:
            raise UserError(self.env._("Check the file first: nothing in it can be imported yet."))
        others = self._crm_lock()
        busy = others.filtered(lambda record: record.state != "preview")
        if busy or self.new_count + self.changed_count > _FOREGROUND_LINES:
            self.sudo().write({"state": "queued", "notice": False, "progress": 0, "attempts": 0})
            self.env.ref("crm_products.ir_cron_import_prices").sudo()._trigger()
            return True
        return self.sudo().write(self._crm_as_owner()._crm_apply())

    def action_open_records(self):
        """Return the action that opens what was imported."""
        self.ensure_one()
        ids = self._crm_unpack("result") or []
        if self.kind == "product":
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "crm_products.product_template_action"
            )
            ids = self.env["product.product"].browse(ids[:_MOST_OPENED]).product_tmpl_id.ids
        elif self.kind == "price":
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "crm_products.product_pricelist_item_action_imported"
            )
        else:
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "crm_products.product_supplierinfo_action"
            )
        return action | {
            "name": self.env._("Imported: %(kind)s", kind=action["name"]),
            "domain": [("id", "in", ids[:_MOST_OPENED])],
            "context": {"visible_product_tmpl_id": False},
        }

    @api.readonly
    def crm_preview(self, name, offset=0, limit=40):
        """Return a page of a list of the preview, and what its columns are called.

        :param name: ``problems``, ``warnings``, ``new`` or ``changed``
        """
        self.ensure_one()
        self.check_access("read")
        rows = (self._crm_unpack("preview") or {}).get(name, []) if name in _LISTS else []
        offset, limit = int(offset), int(limit)
        return {
            "rows": rows[offset : offset + limit],
            "total": len(rows),
            "columns": {
                column.name: {
                    "label": self.env._(column.label),
                    "holds": column.holds,
                    "choices": {
                        value: self.env._(label) for value, label in column.choices.items()
                    },
                }
                for column in LAYOUTS[self.kind].columns
            },
        }

    # --- Files ------------------------------------------------------------------------------

    @api.model
    def _crm_template(self, kind, with_data=False):
        """Return ``(file name, content)`` of the template, with examples or the current data."""
        self._crm_check_kind(kind)
        planner = self.new({"kind": kind})._crm_planner()
        hidden = self._crm_hidden_columns()
        columns = [column for column in planner.layout.columns if column.name not in hidden]
        names = {column.name for column in columns}
        rows = planner.rows(names) if with_data else None
        stream = io.BytesIO()
        write_template(stream, planner.layout, columns, self._crm_words(), planner.choices(), rows)
        return f"{self.env._(planner.layout.title)}.xlsx", stream.getvalue()

    def _crm_errors_file(self):
        """Return ``(file name, content)``: the file as it is, with the errors of each line."""
        self.ensure_one()
        self._crm_check_rights()
        messages = {}
        problems = (self._crm_unpack("preview") or {}).get("problems", ())
        for line, column, _value, message in problems:
            messages.setdefault(line, []).append(f"{column}: {message}" if column else message)
        layout, words = LAYOUTS[self.kind], self._crm_words()
        stream = io.BytesIO()
        rows = rows_as_they_are(self._crm_content(), self.file_name, layout, words)
        try:
            write_errors(stream, layout, words, rows, messages)
        except FileProblem as problem:
            raise UserError(words.say(problem.message)) from problem
        name = (self.file_name or "").rpartition(".")[0] or self.env._(layout.title)
        return self.env._("%(name)s with errors.xlsx", name=name), stream.getvalue()

    def _crm_content(self):
        return base64.b64decode(self.with_context(bin_size=False).file or b"")

    def _crm_unpack(self, field_name):
        content = self.with_context(bin_size=False)[field_name]
        return content and json.loads(gzip.decompress(base64.b64decode(content)))

    # --- Rights -----------------------------------------------------------------------------

    @api.model
    def _crm_check_kind(self, kind):
        if kind not in _PLANNERS or not self._crm_may_import(kind):
            raise AccessError(self.env._("You may not import this: ask your administrator."))

    def _crm_check_rights(self):
        """Raise unless the user may import this; what is previewed holds what its user may see."""
        self.check_access("write")
        self._crm_check_kind(self.kind)
        if self.user_id != self.env.user:
            raise AccessError(self.env._("Only the user who started an import may go on with it."))

    @api.model
    def _crm_hidden_columns(self):
        sees_costs = self.env.user.has_group("crm_products.crm_products_group_cost")
        return () if sees_costs else _COST_COLUMNS

    # --- Planning ---------------------------------------------------------------------------

    @api.model
    def _crm_words(self):
        installed = [code for code, _name in self.env["res.lang"].get_installed()]
        languages = dict.fromkeys(["en_US", "es", self.env.lang or "en_US", *installed])
        return Words(self.env._, tuple(languages))

    def _crm_as_owner(self):
        """Return the import with the rights, company, language and time zone it is made with."""
        user = self.user_id
        return self.with_user(user).with_context(
            clean_context(self.env.context),
            lang=user.lang,
            tz=user.tz,
            allowed_company_ids=self.company_id.ids,
        )

    def _crm_planner(self):
        options = {"create_categories": self.create_categories} if self.kind == "product" else {}
        return _PLANNERS[self.kind](self.env, self._crm_words(), **options)

    def _crm_plan(self):
        """Read the file; return its planner, the plan and ``{field: value}`` of the preview."""
        owner = self._crm_as_owner()
        planner = owner._crm_planner()
        reading = read(
            owner._crm_content(),
            owner.file_name,
            planner.layout,
            owner._crm_words(),
            owner._crm_hidden_columns(),
        )
        line_count = len(reading.lines)
        plan = planner.plan(reading)
        return planner, plan, owner._prepare_preview_vals(plan, line_count)

    @api.model
    def _prepare_preview_vals(self, plan, line_count):
        steps = {"new": [], "changed": []}
        for step in plan.steps:
            steps["changed" if step.record_id else "new"].append(
                (step.line, step.record_id, step.name, step.shown)
            )
        changes = json.dumps(steps, separators=(",", ":"), sort_keys=True)
        rest = {
            "problems": list(map(astuple, plan.problems)),
            "warnings": list(map(astuple, plan.warnings)),
        }
        # One object of two, without the time and memory to make the text of the first one twice.
        preview = changes[:-1] + "," + json.dumps(rest, separators=(",", ":"))[1:]
        return {
            "line_count": line_count,
            "new_count": len(steps["new"]),
            "changed_count": len(steps["changed"]),
            "unchanged_count": plan.unchanged,
            "problem_count": len(plan.problems),
            "warning_count": len(plan.warnings),
            "digest": hashlib.sha256(changes.encode()).hexdigest(),
            "preview": _packed(preview),
        }

    # --- Writing ----------------------------------------------------------------------------

    def _crm_lock(self):
        """Lock the open imports of this kind, in one order for everybody, and return the others.

        Of two confirmations at once one fails here, or is repeated by Odoo with what the other
        one has written: whoever confirms changes the state of a row that both lock.
        """
        open_imports = self.sudo().search(
            [("kind", "=", self.kind), ("state", "in", ("preview", "queued", "running"))],
            order="id",
        )
        try:
            open_imports.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(
                self.env._("Another import is being written right now. Try again in a moment.")
            ) from error
        return open_imports - self

    def _crm_apply(self, tell=lambda done, total: None):
        """Write the import if it still does what the preview says.

        :param tell: called with the number of lines written and of all lines
        :return: the values that the import takes on; it is not done if the preview changes
        """
        self._crm_check_kind(self.kind)
        planner, plan, preview = self._crm_plan()
        if preview["digest"] != self.digest:
            notice = self.env._(
                "The data has changed since the preview. This is the new one: look at it, and "
                "confirm again."
            )
            return preview | {"state": "preview", "notice": notice}
        if plan.problems and not self.skip_problems:
            return preview | {"state": "preview", "notice": False}
        ids, problems = self._crm_write(planner, plan.steps, tell)
        if problems:
            plan.problems = sorted(plan.problems + problems, key=lambda problem: problem.line)
            refused = {problem.line for problem in problems}
            plan.steps = [step for step in plan.steps if step.line not in refused]
            # The digest stays that of all lines: Odoo may take them the next time.
            digest = {"digest": self.digest}
            preview = self._prepare_preview_vals(plan, self.line_count) | digest
        if not ids:
            notice = self.env._("Nothing has been imported: Odoo refuses some of the lines.")
            return preview | {"state": "preview", "notice": notice}
        return preview | {
            "state": "done",
            "notice": False,
            "date_done": fields.Datetime.now(),
            "result": _packed(json.dumps(ids)),
            "progress": 100,
        }

    def _crm_write(self, planner, steps, tell):
        """Write the steps; return the ids of their records and the problems of those that Odoo
        refuses. These are left out if problems are to be skipped; else nothing is written, and no
        ids are returned.
        """
        ids, problems = [], []
        with planner.env.cr.savepoint() as savepoint:
            try:
                planner.lock(steps)
            except LockError:
                message = self.env._("Somebody is changing these records: try again in a moment.")
                return [], [Problem(0, "", "", message)]
            planner.before_writing(steps)
            for some in split_every(_WRITTEN_AT_A_TIME, steps, list):
                try:
                    with planner.env.cr.savepoint():
                        ids += planner.write_steps(some)
                except _REFUSALS:
                    ids += self._crm_write_alone(planner, some, problems)
                planner.env.invalidate_all()
                tell(len(ids), len(steps))
                if len(problems) >= _MOST_PROBLEMS_WHILE_WRITING and not self.skip_problems:
                    break
            if problems and not self.skip_problems:
                savepoint.rollback()
                return [], problems
        return ids, problems

    def _crm_write_alone(self, planner, steps, problems):
        """Write steps one by one, because they were refused together; return the ids of their
        records and add what is refused to the problems.
        """
        ids = []
        for step in steps:
            try:
                with planner.env.cr.savepoint():
                    ids += planner.write_steps([step])
            except _REFUSALS as refusal:
                problems.append(Problem(step.line, "", step.name, _reason(refusal)))
        return ids

    # --- In the background ------------------------------------------------------------------

    @api.model
    def _cron_import(self):
        """Write the imports that wait, one after the other, each in one transaction."""
        cron = self.env["ir.cron"]
        waiting = self.search([("state", "in", ("queued", "running"))], order="id")
        cron._commit_progress(remaining=len(waiting))
        for record in waiting:
            if record._crm_begin():
                # Ends the transaction: what is written is decided on what is there from now on.
                cron._commit_progress()
                values = record._crm_run()
                # What was written is kept first. The state has a transaction of its own, because
                # the progress of the import has changed the row since the one before began.
                cron._commit_progress()
                record.write(values)
            record._crm_notify()
            cron._commit_progress(1)

    def _crm_begin(self):
        """Take the import up, unless another one is being written or it failed too often."""
        try:
            self._crm_lock()
        except UserError:
            cron = self.env.ref("crm_products.ir_cron_import_prices")
            cron._trigger(fields.Datetime.now() + timedelta(minutes=1))
            return False
        if self.attempts >= _MOST_ATTEMPTS:
            notice = self._crm_as_owner().env._(
                "The server stopped the import before it was finished, and nothing has been "
                "imported. Split the file, or ask your administrator to raise the time limit of "
                "scheduled jobs."
            )
            self.write({"state": "preview", "notice": notice, "attempts": 0})
            return False
        self.write({"state": "running", "attempts": self.attempts + 1})
        return True

    def _crm_run(self):
        """Write the import with the rights of its user; return the values it takes on."""
        if not self.user_id.active:
            notice = self.env._("%(user)s is not active any more.", user=self.user_id.name)
            return {"state": "preview", "notice": notice}
        try:
            return self._crm_as_owner()._crm_apply(self._crm_tell)
        except psycopg2.OperationalError:
            # Somebody changed the same records: once more, from the start.
            self.env.cr.rollback()
            self.env.ref("crm_products.ir_cron_import_prices")._trigger()
            return {"state": "queued"}
        except UserError as error:
            self.env.cr.rollback()
            return {"state": "preview", "notice": str(error)}

    def _crm_tell(self, done, total):
        """Say how far the import is, outside of its transaction."""
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "UPDATE crm_price_import SET progress = %s WHERE id = %s",
                    100 * done // total,
                    self.id,
                )
            )

    def _crm_notify(self):
        """Tell the user that the import has come to an end, if it has."""
        if self.state in ("queued", "running"):
            return
        done = self.state == "done"
        owner = self._crm_as_owner()
        self.user_id._bus_send(
            "simple_notification",
            {
                "type": "success" if done else "warning",
                "title": owner.display_name,
                "message": owner.env._("The import is done.")
                if done
                else owner.env._("The import was not made: open it to see why."),
                "sticky": True,
            },
        )

    @api.autovacuum
    def _gc_imports(self):
        """Delete the imports that nobody confirmed; those that were made are kept."""
        before = fields.Datetime.now() - timedelta(days=_DAYS_KEPT)
        self.search(
            [("state", "in", ("draft", "preview")), ("write_date", "<", before)], limit=1000
        ).unlink()


def _packed(text):
    return base64.b64encode(gzip.compress(text.encode(), compresslevel=3))


def _reason(error):
    if isinstance(error, psycopg2.Error):
        return error.diag.message_primary or str(error)
    return str(error)
