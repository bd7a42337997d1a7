# SPDX-License-Identifier: LGPL-3.0-or-later
import re

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

DEFAULT_PREFIXES = {"delivery": "NE", "return": "DEV"}


class CrmDeliverySeries(models.Model):
    """How the delivery notes, or the returns, of a company are numbered."""

    _name = "crm.delivery.series"
    _description = "Numbers of Delivery Notes"
    _order = "company_id, note_type"
    _rec_name = "prefix"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    note_type = fields.Selection(
        [("delivery", "Delivery Notes"), ("return", "Returns")],
        "Documents",
        required=True,
        readonly=True,
    )
    prefix = fields.Char(required=True, help="Letters that each number begins with.")
    yearly = fields.Boolean(
        "New Every Year", help="The number holds the year of the note and starts again with it."
    )
    first_number = fields.Integer(
        required=True,
        default=1,
        help="Where the series goes on, as after another system. Only while it has no number yet.",
    )
    next_number = fields.Char(
        compute="_compute_next_number",
        help="The number of the next note of today.",
    )

    _company_type_uniq = models.UniqueIndex(
        "(company_id, note_type)", "The company has numbers for these documents already."
    )
    _company_prefix_uniq = models.UniqueIndex(
        "(company_id, prefix)",
        "Delivery notes and returns of a company need different letters before their numbers.",
    )

    # === COMPUTES ===#
    @api.depends("prefix", "yearly", "first_number")
    def _compute_next_number(self):
        notes = self.env["crm.delivery.note"].sudo()
        today = fields.Date.context_today(self)
        for series in self:
            start = series._origin._crm_start(today) if series._origin else "0"
            last = notes.search_fetch(
                [
                    ("company_id", "=", series.company_id.id),
                    ("note_type", "=", series.note_type),
                    ("sequence_prefix", "=", start.rstrip("0")),
                    ("name", "!=", False),
                ],
                ["sequence_number"],
                order="sequence_number desc",
                limit=1,
            ).sequence_number
            first = series._origin._crm_first_number()
            zeros = len(start) - len(start.rstrip("0"))
            series.next_number = f"{start.rstrip('0')}{(last + 1 if last else first):0{zeros}d}"

    # === CONSTRAINTS ===#
    @api.constrains("prefix")
    def _check_prefix(self):
        for series in self:
            if not re.fullmatch(r"[A-Za-z]{1,8}", series.prefix or ""):
                raise ValidationError(
                    self.env._(
                        "“%(prefix)s” cannot stand before the numbers: use one to eight letters "
                        "from A to Z.",
                        prefix=series.prefix or "",
                    )
                )

    @api.constrains("first_number")
    def _check_first_number(self):
        for series in self:
            if not 0 < series.first_number < 100_000_000:
                raise ValidationError(
                    self.env._("The first number must lie between 1 and 99,999,999.")
                )

    # === CRUD ===#
    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if "first_number" in vals:
            # also while a note takes the very first number
            begun = self.filtered(lambda series: series._crm_has_numbers())
            changes = {"prefix", "yearly"} & vals.keys()
            if begun and not changes:
                raise UserError(
                    self.env._(
                        "%(series)s has numbers already; the next one is %(number)s. The first "
                        "number cannot be changed any more.",
                        series=", ".join(begun.mapped("prefix")),
                        number=", ".join(begun.mapped("next_number")),
                    )
                )
        elif {"prefix", "yearly"} & vals.keys():
            # another series, which nobody has begun elsewhere
            vals = {**vals, "first_number": 1}
        self.env.registry.clear_cache()
        return super().write(vals)

    # === BUSINESS ===#
    @api.model
    def _crm_create_missing(self, companies=None):
        """Give every company its series of each type."""
        companies = companies or self.env["res.company"].sudo().search([])
        existing = {
            (series.company_id, series.note_type)
            for series in self.sudo().search([("company_id", "in", companies.ids)])
        }
        self.sudo().create(
            [
                {"company_id": company.id, "note_type": note_type, "prefix": prefix}
                for company in companies
                for note_type, prefix in DEFAULT_PREFIXES.items()
                if (company, note_type) not in existing
            ]
        )

    @api.model
    @tools.ormcache("company_id", "note_type")
    def _crm_series(self, company_id, note_type):
        """Return the letters of a series, whether it is yearly, and its first number."""
        series = self.sudo().search(
            [("company_id", "=", company_id), ("note_type", "=", note_type)], limit=1
        )
        return (
            series.prefix or DEFAULT_PREFIXES[note_type],
            series.yearly,
            series.first_number or 1,
        )

    @api.model
    def _crm_zero(self, company_id, note_type, date):
        """Return what stands before the first number of the series of ``date``, with zeros."""
        prefix, yearly, _first = self._crm_series(company_id, note_type)
        return f"{prefix}/{date.year}/00000" if yearly else f"{prefix}-00000000"

    def _crm_start(self, date):
        self.ensure_one()
        return self._crm_zero(self.company_id.id, self.note_type, date)

    def _crm_has_numbers(self):
        """Tell whether the series, in this year or another, has begun."""
        self.ensure_one()
        separator = "/" if self.yearly else "-"
        return bool(
            self.env["crm.delivery.note"]
            .sudo()
            .search_count(
                [
                    ("company_id", "=", self.company_id.id),
                    ("note_type", "=", self.note_type),
                    ("sequence_prefix", "=like", f"{self.prefix}{separator}%"),
                    ("name", "!=", False),
                ],
                limit=1,
            )
        )

    def _crm_first_number(self):
        """Return the number that a new series, or a new year, starts with."""
        return 1 if not self or self._crm_has_numbers() else self.first_number
