# SPDX-License-Identifier: LGPL-3.0-or-later
from contextlib import contextmanager
from datetime import date, datetime
from itertools import chain

import psycopg2

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Date, Datetime, Domain
from odoo.tools import format_date, format_datetime, html2plaintext
from odoo.tools.misc import formatLang

from ..engine.plan import DateGroup, Money, Table

BATCH = 2000
# most names shown in one cell of a relation to many records
MAX_NAMES = 20


class CrmReportEngine(models.AbstractModel):
    """Runs a compiled plan with the rights of its user and returns typed rows."""

    _name = "crm.report.engine"
    _description = "Report Engine"

    @api.model
    def _run(self, plan, limit=None):
        """Return the Table of ``plan``.

        :param limit: most rows wanted by the caller, on top of the report's own limit;
            without it the rows of a list are read in batches while they are consumed
        """
        run = self._run_list if plan.kind == "list" else self._run_groups
        return run(plan, limit)

    @api.model
    def _to_json(self, table):
        """Return the table for a web client; amounts are ``[amount, currency id]``."""
        return {
            "columns": [
                {
                    "spec": column.spec,
                    "label": column.label,
                    "type": column.type,
                    "role": column.role,
                    "digits": column.digits,
                    "granularity": column.granularity,
                    "axis": column.axis,
                    "aggregator": column.aggregator,
                    "aggregators": column.aggregators,
                    "sortable": column.sortable,
                }
                for column in table.columns
            ],
            "rows": [[self._cell_to_json(cell) for cell in row] for row in table.rows],
            "totals": table.totals and [self._cell_to_json(cell) for cell in table.totals],
            "count": table.count,
            "truncated": table.truncated,
            "converted": table.converted,
        }

    def _cell_to_json(self, cell):
        if isinstance(cell, Money):
            return list(cell)
        if isinstance(cell, DateGroup):
            return cell.label
        if isinstance(cell, datetime):
            return Datetime.to_string(cell)
        if isinstance(cell, date):
            return Date.to_string(cell)
        return cell

    @contextmanager
    def _data_errors(self):
        """Turn a value that PostgreSQL refuses into a sentence, and keep the transaction."""
        try:
            with self.env.cr.savepoint(flush=False):
                yield
        except psycopg2.DataError as error:
            raise UserError(
                self.env._("The report cannot be computed: a filter holds an impossible value.")
            ) from error

    # Lists

    def _run_list(self, plan, limit):
        model = plan.model
        limits = [number for number in (plan.limit, limit) if number]
        wanted = min(limits, default=None)
        scope = Domain(plan.domain)
        summed = [column for column in plan.columns if column.total]
        aggregates = [self._aggregates(column, "sum") for column in summed]
        with self._data_errors():
            records = model.search(scope, limit=wanted, order=plan.order)
            if plan.limit:
                # totals of what the report shows, not of everything its filters find
                order = plan.order or model._order
                query = model._search(scope, limit=plan.limit, order=order)
                scope = Domain("id", "any", query)
            [(count, *values)] = model._read_group(scope, [], ["__count", *chain(*aggregates)])
        totals, converted = None, False
        if summed:
            cells, converted = self._measure_cells(summed, aggregates, values)
            found = dict(zip((id(column) for column in summed), cells, strict=True))
            totals = [found.get(id(column)) for column in plan.columns]
        return Table(
            columns=plan.columns,
            rows=self._list_rows(plan, records),
            totals=totals,
            count=count,
            truncated=count > len(records),
            converted=converted,
        )

    def _list_rows(self, plan, records):
        names = list(dict.fromkeys(column.path.split(".")[0] for column in plan.columns))
        for start in range(0, len(records), BATCH):
            if start:
                # memory stays flat: what was read is not read again
                self.env.invalidate_all(flush=False)
            batch = plan.model.browse(records._ids[start : start + BATCH])
            batch.fetch(names)
            yield from zip(*(self._cells(column, batch) for column in plan.columns), strict=True)

    def _cells(self, column, records):
        """Return one value for each record, by way of records that the user may read."""
        *hops, last = column.path.split(".")
        ends = list(records)
        for name in hops:
            ends, _hidden = self._follow(ends, name)
        if column.field.relational:
            ends, hidden = self._follow(ends, last)
            restricted = self.env._("Restricted")
            return [
                self._join([record.display_name or "" for record in end])
                or (restricted if is_hidden else "")
                for end, is_hidden in zip(ends, hidden, strict=True)
            ]
        labels = {}
        if column.field.type == "selection":
            labels = dict(column.field._description_selection(self.env))
        if column.type == "text":
            return [
                self._join([self._text(column, record, last, labels) for record in end])
                for end in ends
            ]
        return [self._value(column, end, last) if end else None for end in ends]

    def _follow(self, ends, name):
        """Return what ``name`` leads to from each of ``ends``, and whether something is hidden."""
        targets = [end[name] if len(end) == 1 else end.mapped(name) for end in ends]
        union = targets[0].union(*targets)
        visible = union._filtered_access("read")
        shown = set(visible._ids)
        followed = [
            union.browse(id_ for id_ in target._ids if id_ in shown).with_prefetch(visible._ids)
            for target in targets
        ]
        hidden = [len(kept) < len(target) for kept, target in zip(followed, targets, strict=True)]
        return followed, hidden

    def _join(self, texts):
        texts = [text for text in texts if text]
        more = ["…"] if len(texts) > MAX_NAMES else []
        return ", ".join(texts[:MAX_NAMES] + more)

    def _value(self, column, record, name):
        value = record[name]
        if column.type == "monetary":
            currency = record[column.currency_field] if column.currency_field else None
            return Money(value, currency.id if currency else False)
        if column.type in ("date", "datetime"):
            return value or None
        if column.field.type == "many2one_reference":
            return value or None
        return value

    def _text(self, column, record, name, labels):
        value = record[name]
        kind = column.field.type
        if kind == "selection":
            return labels.get(value, value or "")
        if kind == "html":
            return html2plaintext(value or "")
        if kind == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if kind == "date":
            return format_date(self.env, value)
        if kind == "datetime":
            return format_datetime(self.env, value) if value else ""
        if kind in ("float", "monetary"):
            return formatLang(self.env, value)
        if isinstance(value, models.BaseModel):
            visible = value._filtered_access("read")
            return visible.display_name or (self.env._("Restricted") if value else "")
        return "" if value is False or value is None else str(value)

    # Groups

    def _run_groups(self, plan, limit):
        model = plan.model
        limits = [number for number in (plan.limit, limit) if number]
        wanted = min(limits, default=None)
        aggregates = [self._aggregates(measure) for measure in plan.measures]
        specs = list(chain(*aggregates))
        rows, truncated = [], False
        with self._data_errors():
            if plan.groups:
                rows = model._read_group(
                    plan.domain,
                    [group.spec for group in plan.groups],
                    specs,
                    limit=wanted and wanted + 1,
                    order=plan.order,
                )
                truncated = bool(wanted) and len(rows) > wanted
                rows = rows[:wanted]
            # The groups of a many2many overlap: only the database knows the total.
            [(count, *values)] = model._read_group(plan.domain, [], ["__count", *specs])
        totals, converted = self._measure_cells(plan.measures, aggregates, values)
        labels = [
            self._group_cells(group, [row[position] for row in rows])
            for position, group in enumerate(plan.groups)
        ]
        cells = []
        for row, *names in zip(rows, *labels, strict=True):
            measures, mixed = self._measure_cells(plan.measures, aggregates, row[len(names) :])
            converted = converted or mixed
            cells.append((*names, *measures))
        if not plan.groups:
            cells, totals = [tuple(totals)], None
        return Table(
            columns=plan.shown,
            rows=cells,
            totals=totals and [None] * len(plan.groups) + totals,
            count=count,
            truncated=truncated,
            converted=converted,
        )

    def _aggregates(self, column, aggregator=None):
        """Return what the database has to compute for one measure."""
        aggregator = aggregator or column.aggregator
        if not aggregator:
            return [column.spec]
        specs = [f"{column.path}:{aggregator}"]
        if column.type == "monetary" and column.currency_sql:
            specs.append(f"{column.currency_field}:array_agg_distinct")
            if aggregator == "sum":
                specs.append(f"{column.path}:sum_currency")
        return specs

    def _measure_cells(self, columns, aggregates, values):
        """Return the cells of one row, and whether amounts had to be converted."""
        values = iter(values)
        cells, converted = [], False
        for column, specs in zip(columns, aggregates, strict=True):
            value, *more = [next(values) for _spec in specs]
            if column.type == "monetary":
                currencies = [id_ for id_ in more[0] if id_] if more else []
                if len(currencies) < 2:
                    value = Money(value or 0.0, currencies[0] if currencies else False)
                elif len(more) == 2:
                    value = Money(more[1], self.env.company.currency_id.id)
                    converted = True
                else:
                    # the lowest, highest or average of different currencies means nothing
                    value = None
            elif column.type in ("integer", "float"):
                value = value or 0
            elif value is False:
                value = None
            cells.append(value)
        return cells, converted

    def _group_cells(self, group, values):
        """Return the cells of one group column."""
        if group.field.type in ("date", "datetime"):
            return self._date_cells(group, values)
        nothing = self.env._("None")
        if group.field.relational:
            union = group.model.env[group.field.comodel_name].union(*values)
            visible = union._filtered_access("read")
            names = {record.id: record.display_name for record in visible}
            restricted = self.env._("Restricted")
            return [names.get(value.id, restricted) if value else nothing for value in values]
        if group.field.type == "selection":
            labels = dict(group.field._description_selection(self.env))
            return [labels.get(value, value) if value else nothing for value in values]
        if group.type == "boolean":
            return values
        if group.type == "integer":
            return [None if value is False else value for value in values]
        return [value or nothing for value in values]

    def _date_cells(self, group, values):
        # Odoo's own labels, so that a pivot of the same report reads the same
        spec = f"{group.field.name}:{group.granularity}"
        label = group.model._web_read_group_groupby_formatter(spec, values)
        cells = []
        for value in values:
            if value:
                (_start, text), _domain = label(value)
                cells.append(DateGroup(text, Date.to_date(value)))
            else:
                cells.append(DateGroup(self.env._("None"), None))
        return cells
