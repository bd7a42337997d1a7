# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import Counter

from odoo import api, fields, models

from ..price_book.changes import CHANGED, NEW, REMOVED
from ..price_book.table import PriceTable

_PREVIEWED = 20


class CrmPriceBookCompare(models.TransientModel):
    """Shows, prints and sends what changed between two versions of a price book."""

    _name = "crm.price.book.compare"
    _description = "Changes Between Versions"

    version_id = fields.Many2one(
        "crm.price.book.version", required=True, readonly=True, ondelete="cascade"
    )
    comparable_ids = fields.Many2many(
        "crm.price.book.version", compute="_compute_comparable_ids", string="Earlier Versions"
    )
    base_version_id = fields.Many2one(
        "crm.price.book.version",
        "Changes Since",
        compute="_compute_base_version_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        domain="[('id', 'in', comparable_ids)]",
        ondelete="cascade",
    )
    preview = fields.Html(compute="_compute_preview", sanitize=False)

    @api.depends("version_id")
    def _compute_comparable_ids(self):
        for wizard in self:
            wizard.comparable_ids = wizard.version_id._crm_comparable()

    @api.depends("version_id")
    def _compute_base_version_id(self):
        for wizard in self:
            wizard.base_version_id = wizard.version_id._crm_comparable()[:1]

    @api.depends_context("lang")
    @api.depends("version_id", "base_version_id")
    def _compute_preview(self):
        for wizard in self:
            version, base = wizard.version_id, wizard.base_version_id
            if not version or not base:
                wizard.preview = False
                continue
            counts, first = Counter(), []
            for change in version._crm_changes(base):
                counts[change.kind] += 1
                if len(first) < _PREVIEWED:
                    first.append(change)
            settings = version.settings | {"pictures": False}
            wizard.preview = self.env["ir.qweb"]._render(
                "crm_products.crm_price_book_preview_changes",
                {
                    "table": PriceTable(self.env, settings),
                    "changes": first,
                    "summary": self._crm_summary(counts),
                    "pictures": {},
                },
            )

    def _crm_summary(self, counts):
        summary = self.env._(
            "Prices changed: %(changed)s. New products: %(new)s. No longer listed: %(removed)s.",
            changed=counts[CHANGED],
            new=counts[NEW],
            removed=counts[REMOVED],
        )
        if (total := counts.total()) > _PREVIEWED:
            first = self.env._(
                "The first %(shown)s of %(total)s changes:", shown=_PREVIEWED, total=total
            )
            return f"{summary} {first}"
        return summary

    def action_print(self):
        """Return what downloads the changes as a PDF."""
        return self._crm_deliver("pdf")

    def action_export(self):
        """Return what downloads the changes as a spreadsheet."""
        return self._crm_deliver("xlsx")

    def action_send(self):
        """Return the dialog that sends the changes by e-mail."""
        self.ensure_one()
        files = self.version_id._crm_request_files(self.base_version_id, ["pdf", "xlsx"])
        if missing := files.filtered(lambda file: file.state != "done"):
            return self._crm_told_later(missing)
        return self.version_id.book_id._crm_compose(
            files, "crm_products.mail_template_price_book_changes"
        )

    def _crm_deliver(self, kind):
        self.ensure_one()
        files = self.version_id._crm_request_files(self.base_version_id, [kind])
        return files._crm_download() if files.state == "done" else self._crm_told_later(files)

    def _crm_told_later(self, files):
        """Return what tells the user that a file isn't there, and why."""
        if failed := files.filtered(lambda file: file.state == "failed"):
            kind, message = "danger", failed[0].error
        else:
            kind = "info"
            message = self.env._(
                "There are many changes: they are made in the background. You are told when the "
                "file is ready; find it on the version."
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
