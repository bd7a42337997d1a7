# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict

from odoo import api, fields, models
from odoo.models import MAGIC_COLUMNS
from odoo.tools import SQL, html2plaintext

# Enough to put a contact back together; more would make the log larger than what it is about.
_MOST_IDS = 1000


class CrmMergeLog(models.Model):
    """What a merge of contacts took from where: the values of the contacts that went, the rows
    that were moved, and those that could not be kept beside the ones that were there.

    All of it is stored, whoever may read it; who reads the ``summary`` finds there what the own
    rights allow.
    """

    _name = "crm.merge.log"
    _description = "Merge of Contacts"
    _order = "id DESC"
    _rec_name = "names"

    partner_id = fields.Many2one(
        "res.partner", "Kept Contact", index="btree_not_null", ondelete="set null", readonly=True
    )
    names = fields.Char("Merged Contacts", readonly=True)
    company_id = fields.Many2one("res.company", ondelete="set null", readonly=True)
    values = fields.Json("Values of the Merged Contacts", readonly=True, groups="base.group_system")
    moved = fields.Json("Moved Rows", readonly=True, groups="base.group_system")
    dropped = fields.Json("Dropped Rows", readonly=True, groups="base.group_system")
    summary = fields.Text(compute="_compute_summary")

    @api.depends_context("lang", "uid", "allowed_company_ids")
    @api.depends("values", "moved", "dropped")
    def _compute_summary(self):
        for log in self:
            # What is shown is chosen by the rights of the reader, not by those on the log.
            kept = log.sudo()
            lines, is_partial = [], False
            for source in kept.values or ():
                lines.append(f"{source['display_name']} (ID {source['id']})")
                shown, hides = self._crm_shown_values(source)
                lines += [f"  {label}: {value}" for label, value in shown]
                is_partial |= hides
            labels = self._crm_labels({*(kept.moved or ()), *(kept.dropped or ())})
            for title, tables in (
                (
                    self.env._("Moved:"),
                    {
                        table: sum(row["count"] for row in columns.values())
                        for table, columns in (kept.moved or {}).items()
                    },
                ),
                (
                    self.env._("Was there already and was dropped:"),
                    {table: len(rows) for table, rows in (kept.dropped or {}).items()},
                ),
            ):
                counts = [
                    f"  {labels[table]}: {count}"
                    for table, count in tables.items()
                    if table in labels
                ]
                lines += [title, *counts] if counts else []
            if is_partial:
                lines.append(
                    self.env._(
                        "The log holds more values than you may read: ask an administrator for "
                        "them."
                    )
                )
            log.summary = "\n".join(lines)

    @api.model
    def _crm_labels(self, tables):
        """Return ``{table: label}`` of those that hold records of a kind that the user may read."""
        return {
            model._table: self.env["ir.model"]._get(model._name).name
            for model in map(self.env.__getitem__, self.env.registry)
            if model._table in tables and not model._abstract and model.has_access("read")
        }

    @api.model
    def _crm_shown_values(self, source):
        """Return the values of a merged contact that the user may read, as pairs of label and
        text, and whether there are others.
        """
        Partner = self.env["res.partner"]
        companies = self.env.companies
        by_company = source.get("by_company", {})
        read = companies.filtered(lambda company: str(company.id) in by_company)
        parts = [("", source["values"])] + [
            (f" ({company.name})" if len(companies) > 1 else "", by_company[str(company.id)])
            for company in read
        ]
        shown, is_partial = [], len(read) < len(by_company)
        for suffix, values in parts:
            for name, value in values.items():
                field = Partner._fields.get(name)
                if field and (name in MAGIC_COLUMNS or field.compute and field.readonly):
                    # Follows from the others, or tells nothing about the contact.
                    continue
                if field and Partner._has_field_access(field, "read"):
                    label = field._description_string(self.env) + suffix
                    shown.append((label, self._crm_value_text(field, value)))
                else:
                    is_partial = True
        return shown, is_partial

    @api.model
    def _crm_value_text(self, field, value):
        if field.type == "many2one" and isinstance(value, list):
            return value[1]
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if field.type == "boolean":
            return self.env._("Yes")
        if field.type == "html":
            return html2plaintext(value)
        return value

    @api.model
    def _crm_open(self, sources, dst_partner, replaced=()):
        """Return the log of a merge that is about to begin, with the values of its sources and
        those of the kept contact that will be ``replaced``.
        """
        self.env.flush_all()
        stored = [
            field
            for field in sources._fields.values()
            if field.store
            and field.column_type
            and field.type not in ("binary", "json", "properties", "properties_definition")
        ]
        partners = (sources | dst_partner if replaced else sources).sudo()
        own_values = self._crm_own_of_companies(partners, stored)
        values = []
        for partner in partners:
            wanted = [field for field in stored if partner != dst_partner or field.name in replaced]
            by_company = {
                str(company_id): self._crm_values(
                    partner.with_company(company_id), [field for field in wanted if field in own]
                )
                for company_id, own in own_values[partner.id].items()
            }
            values.append(
                {
                    "id": partner.id,
                    "display_name": partner.display_name,
                    "values": self._crm_values(
                        partner, [field for field in wanted if not field.company_dependent]
                    ),
                    "by_company": {key: kept for key, kept in by_company.items() if kept},
                }
            )
        # Whoever may merge leaves a trace, and reads none.
        return self.sudo().create(
            {
                "partner_id": dst_partner.id,
                "names": ", ".join(sources.mapped("display_name")),
                # The merged contacts belong to one company at most.
                "company_id": (dst_partner | sources).company_id.id,
                "values": values,
                "moved": {},
                "dropped": {},
            }
        )

    @api.model
    def _crm_own_of_companies(self, partners, stored):
        """Return ``{partner id: {company id: fields}}`` of the values that a partner has in a
        company, and not by the default of that company.
        """
        per_company = {field.name: field for field in stored if field.company_dependent}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner.id, column_name, key::int
                  FROM res_partner partner,
                       LATERAL (VALUES %s) AS own (column_name, by_company),
                       LATERAL jsonb_object_keys(own.by_company) AS key
                 WHERE partner.id = ANY(%s)
                """,
                SQL(", ").join(
                    SQL("(%s, partner.%s)", name, SQL.identifier(name)) for name in per_company
                ),
                partners.ids,
            )
        )
        own = defaultdict(lambda: defaultdict(set))
        for partner_id, name, company_id in rows:
            own[partner_id][company_id].add(per_company[name])
        return own

    @api.model
    def _crm_values(self, partner, stored):
        values = {}
        for field in stored:
            value = partner[field.name]
            if field.type == "many2one" and value:
                values[field.name] = [value.id, value.display_name]
            elif field.type in ("date", "datetime") and value:
                values[field.name] = field.to_string(value)
            elif value:
                values[field.name] = value
        return values

    def _crm_note_moved(self, table, column, ids):
        if self and ids:
            columns = (self.moved or {}).get(table, {})
            before = columns.get(column, {"count": 0, "ids": []})
            columns = columns | {
                column: {
                    "count": before["count"] + len(ids),
                    "ids": (before["ids"] + ids)[:_MOST_IDS],
                }
            }
            self.moved = (self.moved or {}) | {table: columns}

    def _crm_note_dropped(self, table, ids):
        if self and ids:
            rows = self.env.execute_query(
                SQL(
                    "SELECT to_jsonb(kept) FROM %s AS kept WHERE id = ANY(%s) ORDER BY id",
                    SQL.identifier(table),
                    ids,
                )
            )
            known = (self.dropped or {}).get(table, [])
            self.dropped = (self.dropped or {}) | {table: known + [row for (row,) in rows]}
