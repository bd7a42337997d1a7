# SPDX-License-Identifier: LGPL-3.0-or-later
from io import BytesIO
from itertools import islice

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.pdf import PdfFileReader, merge_pdf

# Lines that are printed together: wkhtmltopdf needs memory for all of their pages.
AT_ONCE = 500


class CrmPriceBookFile(models.Model):
    """A version as a PDF or a spreadsheet: all of it, or what changed since another version."""

    _name = "crm.price.book.file"
    _description = "File of a Price Book"
    _inherit = ["crm.system.fields.mixin"]
    _order = "version_id DESC, base_version_id DESC, kind, id"
    _rec_name = "kind"

    version_id = fields.Many2one(
        "crm.price.book.version", required=True, readonly=True, ondelete="cascade"
    )
    base_version_id = fields.Many2one(
        "crm.price.book.version",
        "Changes Since",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        help="The file holds only what changed since this version.",
    )
    kind = fields.Selection([("pdf", "PDF"), ("xlsx", "Spreadsheet")], required=True, readonly=True)
    state = fields.Selection(
        [("waiting", "Waiting"), ("done", "Ready"), ("failed", "Failed")],
        required=True,
        readonly=True,
        default="waiting",
    )
    error = fields.Text("Reason", readonly=True)
    # Of a PDF that is printed in parts: how many lines and pages there are already.
    line_done = fields.Integer("Lines Printed", readonly=True, aggregator=None)
    page_count = fields.Integer("Pages Printed", readonly=True, aggregator=None)
    attachment_id = fields.Many2one("ir.attachment", "File", readonly=True, ondelete="set null")
    size = fields.Integer(related="attachment_id.file_size", string="Bytes", aggregator=None)

    _file_uniq = models.UniqueIndex(
        "(version_id, kind, COALESCE(base_version_id, 0))",
        "This file is being made at this moment. Look again in a minute.",
    )
    _waiting_idx = models.Index("(state, id) WHERE state != 'done'")

    @property
    def _crm_system_fields(self):
        return frozenset(self._fields)

    @api.depends("attachment_id.name", "kind")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for file in self:
            file.display_name = file.attachment_id.name or labels[file.kind]

    def action_download(self):
        """Return what downloads this file."""
        return self._crm_download()

    def _crm_download(self):
        self.check_access("read")
        if len(self) != 1 or not self.attachment_id:
            raise UserError(self.env._("This file has not been made yet."))
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.attachment_id.id}?download=true",
            "target": "download",
        }

    def _crm_version(self):
        return self.version_id

    def _crm_progress(self):
        if self.kind == "xlsx":
            return {"percent": 20, "text": self.env._("Writing the spreadsheet")}
        return {
            "percent": 25 + 75 * self.line_done // max(self.version_id.row_count, 1),
            "text": self.env._("Printing the PDF"),
        }

    def _crm_make(self):
        """Make the file, or the next part of a long PDF; the rows of its version are there."""
        version, base = self.version_id, self.base_version_id
        if self.kind == "xlsx":
            self._crm_finish(version._crm_xlsx(base))
            return
        lines = list(islice(version._crm_lines(base), self.line_done, self.line_done + AT_ONCE + 1))
        is_last = len(lines) <= AT_ONCE
        count = len(lines) if is_last else self._crm_cut(lines[:AT_ONCE])
        content = version._crm_pdf(
            base, self.line_done, count, self.page_count, self.line_done == 0 and is_last
        )
        parts = self._crm_parts()
        if is_last:
            self._crm_finish(merge_pdf([*parts.mapped("raw"), content]) if parts else content)
            parts.unlink()
            return
        parts.create(
            {
                "name": f"{self.line_done}",
                "raw": content,
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        self.sudo().write(
            {
                "line_done": self.line_done + count,
                "page_count": self.page_count + len(PdfFileReader(BytesIO(content)).pages),
            }
        )

    @api.model
    def _crm_cut(self, lines):
        """Return how many lines to print together: a category begins the next part, if that one
        doesn't come too soon.
        """
        for count in range(len(lines) - 1, len(lines) // 2, -1):
            if lines[count].row.category != lines[count - 1].row.category:
                return count
        return len(lines)

    def _crm_parts(self):
        """Return the parts of a PDF that were printed already, in their order."""
        return (
            self.env["ir.attachment"]
            .sudo()
            .search([("res_model", "=", self._name), ("res_id", "=", self.id)], order="id")
        )

    def _crm_finish(self, content):
        version = self.version_id
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": f"{version._crm_file_name(self.base_version_id)}.{self.kind}",
                    "raw": content,
                    "res_model": version._name,
                    "res_id": version.id,
                }
            )
        )
        self.sudo().write({"attachment_id": attachment.id, "state": "done", "error": False})
