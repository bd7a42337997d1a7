# SPDX-License-Identifier: LGPL-3.0-or-later
import logging
import tempfile
from collections import Counter
from itertools import starmap

import psycopg2
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import MissingError, UserError
from odoo.tools import SQL, format_date

from ..price_book.changes import CHANGED, NEW, REMOVED, Change, find_changes, match_columns
from ..price_book.rows import PriceRow
from ..price_book.sheet import write_sheet
from ..price_book.table import PriceTable
from .crm_price_book import MADE_AT_ONCE

_logger = logging.getLogger(__name__)


class CrmPriceBookVersion(models.Model):
    """The prices of a book at a moment, as they were printed and sent. Never changed afterwards."""

    _name = "crm.price.book.version"
    _description = "Version of a Price Book"
    _inherit = ["crm.system.fields.mixin"]
    _order = "book_id, number DESC"
    _rec_name = "number"

    book_id = fields.Many2one(
        "crm.price.book", "Price Book", required=True, readonly=True, ondelete="restrict"
    )
    number = fields.Integer("Version", required=True, readonly=True, aggregator=None)
    previous_id = fields.Many2one(
        "crm.price.book.version", "Previous Version", readonly=True, ondelete="set null"
    )
    date = fields.Datetime("Prices On", required=True, readonly=True)
    user_id = fields.Many2one("res.users", "Author", required=True, readonly=True)
    lang = fields.Char("Language", required=True, readonly=True)
    settings = fields.Json(required=True, readonly=True)
    row_count = fields.Integer("Lines", readonly=True, aggregator=None)
    new_count = fields.Integer("New Products", readonly=True, aggregator=None)
    changed_count = fields.Integer("Prices Changed", readonly=True, aggregator=None)
    removed_count = fields.Integer("No Longer Listed", readonly=True, aggregator=None)
    state = fields.Selection(
        [("waiting", "Being Made"), ("done", "Ready"), ("failed", "Failed")],
        "Status",
        required=True,
        readonly=True,
        default="waiting",
    )
    error = fields.Text("Reason", readonly=True)
    chunk_ids = fields.One2many("crm.price.book.chunk", "version_id", readonly=True)
    file_ids = fields.One2many("crm.price.book.file", "version_id", "Files", readonly=True)
    has_pdf = fields.Boolean(compute="_compute_has_files")
    has_xlsx = fields.Boolean(compute="_compute_has_files")

    _number_uniq = models.UniqueIndex("(book_id, number DESC)")
    _one_waiting = models.UniqueIndex(
        "(book_id) WHERE state = 'waiting'",
        "Another version of this price book is being made. Wait until it is ready.",
    )

    @property
    def _crm_system_fields(self):
        return frozenset(self._fields)

    @api.depends("book_id.name", "number")
    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._(
                "%(book)s, version %(number)s", book=version.book_id.name, number=version.number
            )

    @api.depends("file_ids.state")
    def _compute_has_files(self):
        for version in self:
            version.has_pdf = bool(version._crm_file("pdf"))
            version.has_xlsx = bool(version._crm_file("xlsx"))

    def action_download(self):
        """Return what downloads the file of the kind that the context names, of all prices."""
        self.ensure_one()
        return self._crm_file(self.env.context.get("crm_kind", "pdf"))._crm_download()

    def action_send(self):
        """Return the dialog that sends this version by e-mail."""
        self.ensure_one()
        files = self._crm_file("pdf") | self._crm_file("xlsx")
        return self.book_id._crm_compose(files, "crm_products.mail_template_price_book")

    def action_compare(self):
        """Return the dialog that shows what changed since an earlier version."""
        self.ensure_one()
        if not self._crm_comparable():
            raise UserError(
                self.env._(
                    "There is no earlier version of “%(book)s” with prices to compare.",
                    book=self.book_id.name,
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What Changed"),
            "res_model": "crm.price.book.compare",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_version_id": self.id},
        }

    def _crm_version(self):
        return self

    def _crm_file(self, kind, base=None):
        """Return the file of this version of a kind, when it is there."""
        base = base or self.browse()
        return self.file_ids.filtered(
            lambda file: file.kind == kind and file.base_version_id == base and file.state == "done"
        )

    def _crm_file_name(self, base=None):
        version = self.with_context(lang=self.lang)
        if base:
            name = version.env._(
                "%(book)s, version %(number)s, changes since version %(base)s",
                book=version.settings["title"],
                number=self.number,
                base=base.number,
            )
        else:
            name = version.env._(
                "%(book)s, version %(number)s",
                book=version.settings["title"],
                number=self.number,
            )
        return "".join(
            sign if sign.isprintable() and sign not in '\\/:*?"<>|' else "-" for sign in name
        )

    # --- Rows and changes ---------------------------------------------------------------------

    def _crm_iter_rows(self):
        """Yield the rows in the order of print, with those of one chunk in memory."""
        self.ensure_one()
        self.check_access("read")
        self.env["crm.price.book.chunk"].flush_model(["data"])
        chunk_ids = self.env.execute_query(
            SQL(
                "SELECT id FROM crm_price_book_chunk WHERE version_id = %s ORDER BY sequence",
                self.id,
            )
        )
        for (chunk_id,) in chunk_ids:
            [(data,)] = self.env.execute_query(
                SQL("SELECT data FROM crm_price_book_chunk WHERE id = %s", chunk_id)
            )
            yield from starmap(PriceRow, data or ())

    def _crm_comparable(self):
        """Return the earlier versions that hold some of the same prices, the latest first."""
        if not self:
            return self
        earlier = self.search(
            [
                ("book_id", "=", self.book_id.id),
                ("number", "<", self.number),
                ("state", "=", "done"),
            ]
        )
        return earlier.filtered(self._crm_has_same_prices)

    def _crm_has_same_prices(self, base):
        settings, old_settings = self.settings, base.settings
        return settings["level"] == old_settings["level"] and any(
            match is not None
            for match in match_columns(settings["columns"], old_settings["columns"])
        )

    def _crm_changes(self, base):
        """Yield the changes since an earlier version."""
        return find_changes(
            self._crm_iter_rows(),
            self.settings["columns"],
            base._crm_iter_rows,
            base.settings["columns"],
        )

    def _crm_lines(self, base):
        """Yield what is printed: all rows, or the changes since an earlier version."""
        if base:
            return self._crm_changes(base)
        return (Change("", row, []) for row in self._crm_iter_rows())

    # --- Making -------------------------------------------------------------------------------

    def _crm_progress(self):
        chunks = self.env["crm.price.book.chunk"].sudo()
        total = chunks.search_count([("version_id", "=", self.id)])
        left = chunks.search_count([("version_id", "=", self.id), ("product_ids", "!=", False)])
        done = total - left
        return {
            "percent": round(20 * done / total) if total else 0,
            "text": self.env._(
                "Working out the prices of %(count)s products", count=self.row_count
            ),
        }

    def _crm_make_now(self, files):
        """Make the rows that are missing, and files. What goes wrong with a file is noted there:
        the others are of use without it.
        """
        self.ensure_one()
        while self.state == "waiting":
            self._crm_make_rows()
        # The spreadsheet is there at once.
        for file in files.sorted("kind", reverse=True):
            try:
                with self.env.cr.savepoint():
                    while file.state == "waiting":
                        file._crm_make()
            except UserError as error:
                file.sudo().write({"state": "failed", "error": str(error)})

    def _crm_make_later(self):
        self.env.ref("crm_products.ir_cron_make_price_books")._trigger()

    def _crm_next_step(self):
        """Return what is to be made next: the version, while rows are missing, or a file."""
        if self.state != "done":
            return self if self.state == "waiting" else None
        waiting = self.file_ids.filtered(lambda file: file.state == "waiting")
        return waiting.sorted("kind", reverse=True)[:1] or None

    def _crm_make_rows(self):
        """Make the next rows, or finish the version when there are none left."""
        chunk = (
            self.env["crm.price.book.chunk"]
            .sudo()
            .search([("version_id", "=", self.id), ("product_ids", "!=", False)], limit=1)
        )
        if not chunk:
            self._crm_finish_rows()
            return
        settings = self.settings
        model = "product.template" if settings["level"] == "template" else "product.product"
        self._crm_check_lists(settings)
        # Somebody may have deleted a product since the version was started.
        products = (
            self.env[model]
            .with_company(self.book_id.company_id)
            .with_context(lang=self.lang)
            .browse(chunk.product_ids)
            .exists()
        )
        rows = self.env["crm.price.book"]._crm_rows(products, settings, self.date)
        chunk.write({"data": rows, "product_ids": False})

    def _crm_check_lists(self, settings):
        """Refuse to print the sales prices under the name of a price list that is gone."""
        lists = {column["list_id"]: column["list"] for column in settings["columns"]}
        lists.pop(False, None)
        left = self.env["product.pricelist"].browse(lists).exists()
        if gone := [name for list_id, name in lists.items() if list_id not in left.ids]:
            raise MissingError(
                self.env._("These price lists were deleted: %(lists)s.", lists=", ".join(gone))
            )

    def _crm_finish_rows(self):
        previous = self.previous_id
        if previous and not self._crm_has_same_prices(previous):
            previous = self.browse()
        counts = Counter(change.kind for change in previous and self._crm_changes(previous))
        self.sudo().write(
            {
                "state": "done",
                "error": False,
                "row_count": sum(1 for _row in self._crm_iter_rows()),
                "previous_id": previous.id,
                "new_count": counts[NEW],
                "changed_count": counts[CHANGED],
                "removed_count": counts[REMOVED],
            }
        )

    @api.model
    def _cron_make_versions(self):
        """Make what waits, a commit a step, so that a stop loses no more than one step."""
        files = self.env["crm.price.book.file"].search(
            [("state", "=", "waiting"), ("version_id.state", "=", "done")]
        )
        versions = self.search([("state", "=", "waiting")]) | files.version_id
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(versions))
        for version in versions.sorted("id"):
            while version._crm_make_step():
                is_ready = not version._crm_next_step()
                # How many steps are left is known when they are made.
                seconds_left = cron._commit_progress(1, remaining=1)
                if is_ready:
                    version._crm_tell_author()
                    cron._commit_progress()
                if not seconds_left:
                    return
        cron._commit_progress(remaining=0)

    def _crm_make_step(self):
        """Make what is next of this version, as its author; return whether there was anything."""
        step = self._crm_next_step()
        # Another one may be making it, or stopping it.
        if not step or not self.try_lock_for_update(allow_referencing=True):
            return False
        try:
            with self.env.cr.savepoint():
                made = step.with_env(self._crm_author_env())
                if step == self:
                    made._crm_make_rows()
                else:
                    made._crm_make()
        except psycopg2.OperationalError:
            # Somebody changed the same at this moment: the next run goes on.
            raise
        except Exception as error:  # noqa: BLE001 the author is told
            self._crm_note_failure(step, error)
        # Nothing of this step is needed for the next one.
        self.env.flush_all()
        self.env.invalidate_all()
        return True

    def _crm_author_env(self):
        author = self.user_id
        return (
            self.with_user(author)
            .with_company(self.book_id.company_id)
            .with_context(lang=author.lang, tz=author.tz)
            .env
        )

    def _crm_note_failure(self, step, error):
        """Keep why a version or a file could not be made, and ask its author to look at it."""
        if isinstance(error, UserError):
            reason = str(error)
        else:
            _logger.exception("%s could not be made", self.display_name)
            reason = self.env._("Unexpected error: %(error)s", error=error)
        step.write({"state": "failed", "error": reason})
        book = self.book_id.with_context(lang=self.user_id.lang)
        book.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=self.user_id.id,
            summary=book.env._("Version %(number)s could not be made", number=self.number),
            note=reason,
        )

    def _crm_tell_author(self):
        """Tell the author that a version made in the background is ready."""
        if self.state == "failed" or any(file.state == "failed" for file in self.file_ids):
            return
        author = self.user_id
        book = self.book_id.with_context(lang=author.lang)
        message = book.env._(
            "Version %(number)s of “%(book)s” is ready: %(count)s lines.",
            number=self.number,
            book=book.name,
            count=self.row_count,
        )
        book.message_notify(
            partner_ids=author.partner_id.ids,
            subject=book.name,
            body=message,
        )
        author._bus_send("simple_notification", {"type": "success", "message": message})

    # --- Files --------------------------------------------------------------------------------

    def _crm_request_files(self, base, kinds):
        """Return the files of these kinds with what changed since ``base``: made now, or in the
        background when there is much to print.
        """
        self.ensure_one()
        self.check_access("read")
        if base not in self._crm_comparable():
            raise UserError(
                self.env._(
                    "Changes are shown since an earlier version of the same price book that holds "
                    "some of the same prices: choose another one."
                )
            )
        files = self.file_ids.filtered(
            lambda file: file.kind in kinds and file.base_version_id == base
        )
        for kind in set(kinds) - set(files.mapped("kind")):
            values = {"version_id": self.id, "base_version_id": base.id, "kind": kind}
            files |= self.env["crm.price.book.file"].sudo().create(values).sudo(False)
        missing = files.filtered(lambda file: file.state != "done")
        missing.sudo().write({"state": "waiting", "error": False})
        if missing and sum(1 for _change in self._crm_changes(base)) <= MADE_AT_ONCE:
            self._crm_make_now(missing)
        elif missing:
            self._crm_make_later()
        return files

    def _crm_pdf(self, base, first, count, page_count, is_whole):
        """Return a PDF of some lines, beginning with the one at position ``first``: of all prices,
        or of what changed since an earlier version.

        :param page_count: number of the pages before
        :param is_whole: whether these lines are all
        """
        content, _kind = self.env["ir.actions.report"]._render_qweb_pdf(
            "crm_products.report_crm_price_book",
            self.ids,
            {
                "base_version_id": base.id,
                "first": first,
                "count": count,
                "page_count": page_count,
                "is_whole": is_whole,
            },
        )
        return content

    def _crm_xlsx(self, base=None):
        """Return a spreadsheet of all prices, or of what changed since an earlier version."""
        table = PriceTable(self.with_context(lang=self.lang).env, self.settings)
        if base:
            columns = table.sheet_columns(changes=True)
            rows = map(table.sheet_change, self._crm_changes(base))
        else:
            columns = table.sheet_columns()
            rows = map(table.sheet_row, self._crm_iter_rows())
        about = self._crm_about(table.env, base)
        with tempfile.NamedTemporaryFile(suffix=".xlsx") as target:
            write_sheet(
                target.name,
                table.env._("Prices"),
                columns,
                rows,
                table.env._("About"),
                about,
            )
            return target.read()

    def _crm_day(self):
        """Return the day whose prices these are, where the author is."""
        author_tz = self.with_context(tz=self.user_id.tz)
        return fields.Datetime.context_timestamp(author_tz, self.date).date()

    def _crm_intro(self):
        """Return the text of the author; it was cleaned when it was written."""
        return Markup(self.settings["intro"] or "")

    def _crm_about(self, env, base):
        """Return ``(label, text)`` of what the spreadsheet holds."""
        settings = self.settings
        about = [
            (env._("Price book"), settings["title"]),
            (env._("Company"), self.book_id.company_id.name),
            (env._("Version"), str(self.number)),
            (env._("Prices on"), format_date(env, self._crm_day())),
        ]
        if base:
            about.append((env._("Changes since version"), str(base.number)))
        if settings["customer"]:
            about.append((env._("Customer"), settings["customer"]))
        return about
