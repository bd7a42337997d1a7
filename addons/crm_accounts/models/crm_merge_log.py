# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.tools import SQL

# Enough to put a contact back together; more would make the log larger than what it is about.
_MOST_IDS = 1000


class CrmMergeLog(models.Model):
    """What a merge of contacts took from where: the values of the contacts that went, the rows
    that were moved, and those that could not be kept beside the ones that were there.
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
    values = fields.Json("Values of the Merged Contacts", readonly=True)
    moved = fields.Json("Moved Rows", readonly=True)
    dropped = fields.Json("Dropped Rows", readonly=True)
    summary = fields.Text(compute="_compute_summary")

    @api.depends_context("lang")
    @api.depends("values", "moved", "dropped")
    def _compute_summary(self):
        labels = self._crm_labels()
        for log in self:
            lines = []
            for source in log.values or ():
                lines.append(f"{source['display_name']} (ID {source['id']})")
                lines += [
                    f"  {self._crm_field_label(name)}: {value}"
                    for name, value in source["values"].items()
                ]
            if log.moved:
                lines.append(self.env._("Moved:"))
                lines += [
                    f"  {labels.get(table, table)}: {sum(row['count'] for row in rows.values())}"
                    for table, rows in log.moved.items()
                ]
            if log.dropped:
                lines.append(self.env._("Was there already and was dropped:"))
                lines += [
                    f"  {labels.get(table, table)}: {len(rows)}"
                    for table, rows in log.dropped.items()
                ]
            log.summary = "\n".join(lines)

    @api.model
    def _crm_labels(self):
        return {
            model._table: self.env[name]._description for name, model in self.env.registry.items()
        }

    @api.model
    def _crm_field_label(self, name):
        field = self.env["res.partner"]._fields.get(name)
        return field._description_string(self.env) if field else name

    @api.model
    def _crm_open(self, sources, dst_partner, replaced=()):
        """Return the log of a merge that is about to begin, with the values of its sources and
        those of the kept contact that will be ``replaced``.
        """
        self.env.flush_all()
        stored = [
            field
            for field in sources._fields.values()
            if field.store and field.column_type and field.type not in ("binary", "json")
        ]
        values = []
        for source in (sources | (dst_partner if replaced else sources)).sudo():
            kept = {}
            for field in stored:
                if source == dst_partner and field.name not in replaced:
                    continue
                value = source[field.name]
                if field.type == "many2one" and value:
                    kept[field.name] = [value.id, value.display_name]
                elif field.type in ("date", "datetime") and value:
                    kept[field.name] = fields.Datetime.to_string(value)
                elif value and field.type not in ("properties", "properties_definition"):
                    kept[field.name] = value
            values.append({"id": source.id, "display_name": source.display_name, "values": kept})
        # Whoever may merge leaves a trace, and reads none.
        return self.sudo().create(
            {
                "partner_id": dst_partner.id,
                "names": ", ".join(sources.mapped("display_name")),
                "company_id": dst_partner.company_id.id,
                "values": values,
                "moved": {},
                "dropped": {},
            }
        )

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
