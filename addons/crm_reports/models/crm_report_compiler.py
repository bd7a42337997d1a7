# SPDX-License-Identifier: LGPL-3.0-or-later
import psycopg2

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.models import READ_GROUP_NUMBER_GRANULARITY

from ..engine import definition as shape
from ..engine.plan import Column, Plan

NUMBERS = ("integer", "float", "monetary")
DATES = ("date", "datetime")
CELL_TYPES = (*NUMBERS, *DATES, "boolean")
UNREADABLE = ("binary", "json", "properties", "properties_definition")
GROUPABLE = ("boolean", "char", "date", "datetime", "integer", "many2many", "many2one")
GROUPABLE += ("many2one_reference", "selection", "text")
AGGREGATORS = {
    **dict.fromkeys(NUMBERS, shape.AGGREGATORS),
    **dict.fromkeys(DATES, ("min", "max", "count_distinct")),
    **dict.fromkeys(("char", "many2one", "selection"), ("count_distinct",)),
}
SEPARATOR = " › "


class CrmReportCompiler(models.AbstractModel):
    """Turns a stored definition into a plan, with the rights of the user who runs it.

    A definition is never trusted: every hop of every path is looked up again at each run.
    """

    _name = "crm.report.compiler"
    _description = "Report Compiler"

    @api.model
    def _compile(self, model_name, kind, definition):
        """Return the Plan of the report, or raise one error that lists all problems."""
        plan, problems = self._inspect(model_name, kind, definition)
        self._raise(problems)
        return plan

    @api.model
    def _check_shape(self, definition):
        """Raise one error that lists all problems of the shape of a definition."""
        self._raise(self._shape_problems(definition))

    def _raise(self, problems):
        if problems:
            texts = list(dict.fromkeys(text for _code, text in problems))
            error = AccessError if any(code == "access" for code, _text in problems) else UserError
            if len(texts) == 1:
                raise error(texts[0])
            raise error(
                self.env._("The report has problems:") + "".join(f"\n- {text}" for text in texts)
            )

    @api.model
    def _inspect(self, model_name, kind, definition, rights=True):
        """Return ``(plan, [(code, text)])``; the plan is only usable without problems.

        :param rights: False to look at the structure only: what has gone, whoever asks
        """
        if not self.env["crm.report.catalog"]._is_reportable(model_name):
            text = self.env._("The records this report is built on are not available any more.")
            return None, [("missing", text)]
        model = self.env[model_name]
        if rights and not model.has_access("read"):
            return None, [("access", self._text_model_access(model))]
        problems = self._shape_problems(definition)
        if problems:
            return None, problems
        plan = Plan(
            model=model,
            kind=kind,
            domain=definition.get("filters") or [],
            limit=definition.get("limit"),
            chart=definition.get("chart") or "bar",
        )
        if kind == "list":
            plan.columns = self._columns(model, definition, problems, rights)
        else:
            plan.groups = self._groups(model, definition, problems, rights)
            plan.measures = self._measures(model, definition, problems, rights)
        plan.order = self._order_clause(plan, definition, problems, rights)
        self._check_filters(model, plan.domain, problems, rights)
        return plan, problems

    def _shape_problems(self, definition):
        return [
            ("shape", self._text_shape(part, code, detail))
            for part, code, detail in shape.shape_problems(definition)
        ]

    # Parts of a definition

    def _columns(self, model, definition, problems, rights):
        columns = []
        for item in definition.get("columns") or []:
            found = self._walk("columns", model, item["path"], problems, rights)
            if not found:
                continue
            end, field, label, hops = found
            if field.type in UNREADABLE:
                self._add(problems, "columns", label, "unreadable")
                continue
            column = self._column("column", item, end, field, label, rights)
            if any(hop.type in ("one2many", "many2many") for hop in hops):
                column.type = "text"
            if rights and not hops:
                column.sortable = bool(field._description_sortable(self.env))
                column.total = (
                    field.type in NUMBERS
                    and field.aggregator == "sum"
                    and self._is_sql(model, f"{field.name}:sum")
                )
            columns.append(column)
        if not columns and not problems:
            problems.append(("shape", self.env._("Choose at least one column.")))
        return columns

    def _groups(self, model, definition, problems, rights):
        groups = []
        for item in definition.get("groups") or []:
            found = self._walk("groups", model, item["path"], problems, rights)
            if not found:
                continue
            end, field, label, hops = found
            granularity = item.get("granularity")
            if any(hop.type != "many2one" for hop in hops):
                self._add(problems, "groups", label, "group_path")
            elif (
                field.type not in GROUPABLE
                or field.name == "id"
                or (rights and not field._description_groupable(self.env))
            ):
                self._add(problems, "groups", label, "group_type")
            elif field.type in DATES and not granularity:
                self._add(problems, "groups", label, "granularity")
            elif field.type not in DATES and granularity:
                self._add(problems, "groups", label, "no_granularity")
            else:
                group = self._column("group", item, end, field, label, rights)
                group.spec = shape.group_spec(item)
                group.granularity = granularity
                group.axis = item.get("axis", "row")
                group.sortable = True
                if group.type not in ("boolean", "integer"):
                    group.type = "text"
                groups.append(group)
        return groups

    def _measures(self, model, definition, problems, rights):
        measures = []
        for item in definition.get("measures") or []:
            path = item["path"]
            if path == shape.COUNT:
                label = item.get("label") or self.env._("Count")
                measures.append(
                    Column(path, label, "integer", "measure", path, model=model, sortable=True)
                )
                continue
            found = self._walk("measures", model, path, problems, rights)
            if not found:
                continue
            end, field, label, hops = found
            aggregator = item["aggregator"]
            aggregators = AGGREGATORS.get(field.type, ())
            if hops:
                self._add(problems, "measures", label, "measure_path")
            elif aggregator not in aggregators:
                self._add(problems, "measures", label, "measure_type")
            elif rights and not self._is_sql(model, f"{path}:{aggregator}"):
                self._add(problems, "measures", label, "not_stored")
            else:
                measure = self._column("measure", item, end, field, label, rights)
                measure.spec = shape.measure_spec(item)
                measure.aggregator = aggregator
                measure.aggregators = aggregators
                measure.sortable = True
                if aggregator == "count_distinct":
                    measure.type = "integer"
                elif aggregator == "avg" and field.type == "integer":
                    measure.type, measure.digits = "float", (16, 2)
                if not item.get("label"):
                    measure.label = self._label_measure(label, field, aggregator)
                measures.append(measure)
        if not measures and not problems:
            problems.append(("shape", self.env._("Choose at least one measure.")))
        return measures

    def _order_clause(self, plan, definition, problems, rights):
        """Return the order clause, or None for the order of the records or groups themselves."""
        terms = []
        specs = {column.spec for column in plan.groups + plan.measures}
        for item in definition.get("order") or []:
            path = item["path"]
            direction = "desc" if item.get("desc") else "asc"
            if plan.kind != "list":
                if path in specs:
                    terms.append(f"{path} {direction} nulls last")
                elif not problems:
                    self._add(problems, "order", path, "order_unknown")
                continue
            found = self._walk("order", plan.model, path, problems, rights)
            if not found:
                continue
            _end, field, label, hops = found
            if hops or (rights and not field._description_sortable(self.env)):
                self._add(problems, "order", label, "order_type")
            else:
                terms.append(f"{field.name} {direction}")
        if plan.kind == "list":
            # the same page twice shows the same rows
            return ", ".join([*terms, "id"]) if terms else None
        ordered = {term.split(" ")[0] for term in terms}
        terms += [group.spec for group in plan.groups if group.spec not in ordered]
        return ", ".join(terms)

    def _check_filters(self, model, domain, problems, rights):
        if not domain:
            return
        known = len(problems)
        self._check_domain(model, domain, problems, rights)
        if not rights or len(problems) > known:
            return
        try:
            # conditions may run the search methods of fields
            with self.env.cr.savepoint(flush=False):
                self._check_values(model, domain, problems)
        except psycopg2.DataError:
            problems.append(("shape", self.env._("Filters: a value does not fit its field.")))

    def _check_domain(self, model, domain, problems, rights):
        for item in domain:
            if not shape.is_condition(item) or shape.is_constant(item):
                continue
            path, operator, value = item
            found = self._walk("filters", model, path, problems, rights)
            if not found:
                continue
            _end, field, label, _hops = found
            if not field._description_searchable:
                self._add(problems, "filters", label, "filter_type")
            elif operator in ("any", "not any"):
                if field.comodel_name:
                    comodel = self.env[field.comodel_name]
                    self._check_domain(comodel, value, problems, rights)
                else:
                    self._add(problems, "filters", label, "filter_any")

    def _check_values(self, model, domain, problems):
        """Let Odoo check operator and value of each condition, so that the label can be named."""
        for item in domain:
            if not shape.is_condition(item):
                continue
            try:
                # compiled, not run
                model._search(Domain([item]))
            except AccessError:
                self._add(problems, "filters", self._label(model, item[0]), "access")
            except (ValueError, TypeError, KeyError, NotImplementedError, UserError, OverflowError):
                self._add(problems, "filters", self._label(model, item[0]), "value")

    # Fields

    def _walk(self, part, model, path, problems, rights):
        """Follow ``path``; return ``(model, field, label, hops)`` of its end, or None.

        What is missing or may not be read is added to ``problems``.
        """
        names = path.split(".")
        hops = []
        for position, name in enumerate(names):
            code = self._check_field(model, name, rights)
            if code:
                self._add(problems, part, self._label_path(hops, model, name), code)
                return None
            field = model._fields[name]
            rest = names[position + 1 :]
            if not rest or (part == "filters" and self._ends_path(model, field, rest)):
                label = self._label_path(hops, model, name)
                if rights and field.comodel_name and not self._is_open(field.comodel_name):
                    self._add(problems, part, label, "access")
                    return None
                return model, field, label, hops
            if not field.comodel_name:
                label = self._label_path(hops, model, name)
                self._add(problems, part, label, "no_relation")
                return None
            hops.append(field)
            model = self.env[field.comodel_name]
        return None

    def _ends_path(self, model, field, rest):
        """Return whether ``rest`` is a part of a date or the name of a property."""
        if len(rest) > 1:
            return False
        if field.type in DATES:
            return rest[0] in READ_GROUP_NUMBER_GRANULARITY
        return field.type == "properties"

    def _check_field(self, model, name, rights):
        """Return the code of what stops the current user from reading the field, or None."""
        if name not in model._fields:
            return "missing"
        if not rights:
            return None
        if not self._is_open(model._name):
            return "access"
        field = model._fields[name]
        if not model._has_field_access(field, "read"):
            return "access"
        if field.related and not field.store:
            origin = model
            for related_name in field.related.split("."):
                code = self._check_field(origin, related_name, rights)
                if code:
                    return code
                related_field = origin._fields[related_name]
                origin = (
                    self.env[related_field.comodel_name] if related_field.comodel_name else None
                )
        elif field.type == "properties":
            return self._check_field(model, field.definition_record, rights)
        return None

    def _is_open(self, model_name):
        return self.env[model_name].has_access("read")

    def _is_sql(self, model, spec):
        """Return whether the database can compute the aggregate."""
        try:
            model._read_group_select(spec, model._as_query(ordered=False))
        except ValueError:
            return False
        return True

    def _column(self, role, item, model, field, label, rights):
        column = Column(
            spec=item["path"],
            label=item.get("label") or label,
            type=field.type if field.type in CELL_TYPES else "text",
            role=role,
            path=item["path"],
            field=field,
            model=model,
        )
        if field.type == "float":
            column.digits = field.get_digits(self.env)
        elif field.type == "monetary":
            currency_field = field.get_currency_field(model)
            if (
                currency_field
                and not self._check_field(model, currency_field, rights)
                and (not rights or self._is_open("res.currency"))
            ):
                column.currency_field = currency_field
                column.currency_sql = rights and self._is_sql(
                    model, f"{currency_field}:array_agg_distinct"
                )
        elif field.type == "many2one_reference":
            column.type = "integer"
        return column

    # Words

    def _add(self, problems, part, label, code):
        kind = code if code in ("access", "missing") else "shape"
        text = self.env._(
            "%(part)s: %(problem)s",
            part=self._part_name(part),
            problem=self._text_field(code, label),
        )
        problems.append((kind, text))

    def _label(self, model, path):
        """Return the label of a path that is known to exist."""
        hops = []
        for name in path.split(".") if isinstance(path, str) else ():
            field = model._fields.get(name)
            if field is None:
                break
            hops.append(field)
            if not field.comodel_name:
                break
            model = self.env[field.comodel_name]
        return SEPARATOR.join(field._description_string(self.env) for field in hops)

    def _label_path(self, hops, model, name):
        labels = [field._description_string(self.env) for field in hops]
        field = model._fields.get(name)
        labels.append(field._description_string(self.env) if field else name)
        return SEPARATOR.join(labels)

    def _label_measure(self, label, field, aggregator):
        if aggregator == (field.aggregator or "sum"):
            return label
        return {
            "sum": self.env._("%(field)s (sum)", field=label),
            "avg": self.env._("%(field)s (average)", field=label),
            "min": self.env._("%(field)s (lowest)", field=label),
            "max": self.env._("%(field)s (highest)", field=label),
            "count_distinct": self.env._("%(field)s (different values)", field=label),
        }[aggregator]

    def _part_name(self, part):
        return {
            "definition": self.env._("Report"),
            "columns": self.env._("Columns"),
            "groups": self.env._("Groups"),
            "measures": self.env._("Measures"),
            "order": self.env._("Sort order"),
            "filters": self.env._("Filters"),
            "limit": self.env._("Limit"),
            "chart": self.env._("Chart"),
        }[part]

    def _text_model_access(self, model):
        return self.env._(
            "You do not have access to the records of this report: %(name)s.",
            # the name of a model is no secret, but users may not read ir.model
            name=self.env["ir.model"]._get(model._name).name,
        )

    def _text_field(self, code, label):
        return {
            "access": self.env._("“%(label)s” is not accessible to you.", label=label),
            "missing": self.env._("“%(label)s” does not exist any more.", label=label),
            "no_relation": self.env._("“%(label)s” has no fields of its own.", label=label),
            "unreadable": self.env._("“%(label)s” cannot be shown in a table.", label=label),
            "group_path": self.env._(
                "“%(label)s” can only be reached through single records.", label=label
            ),
            "group_type": self.env._("“%(label)s” cannot be grouped by.", label=label),
            "granularity": self.env._(
                "“%(label)s” needs a period: day, week, month, quarter or year.", label=label
            ),
            "no_granularity": self.env._(
                "“%(label)s” is not a date and takes no period.", label=label
            ),
            "measure_path": self.env._(
                "“%(label)s” belongs to another record and cannot be added up here.", label=label
            ),
            "measure_type": self.env._("“%(label)s” cannot be computed this way.", label=label),
            "not_stored": self.env._(
                "“%(label)s” is computed on the fly and cannot be added up.", label=label
            ),
            "order_unknown": self.env._(
                "“%(label)s” is not a group or measure of the report.", label=label
            ),
            "order_type": self.env._("“%(label)s” cannot be sorted by.", label=label),
            "filter_type": self.env._("“%(label)s” cannot be searched.", label=label),
            "filter_any": self.env._("“%(label)s” is not a relation.", label=label),
            "value": self.env._(
                "“%(label)s” is compared with a value that does not fit.", label=label
            ),
        }[code]

    def _text_shape(self, part, code, detail):
        texts = {
            "type": self.env._("this part is not written as expected."),
            "size": self.env._("the definition is larger than %(number)s KB.", number=detail),
            "version": self.env._(
                "the definition has an unknown version: %(value)s.", value=detail
            ),
            "key": self.env._("unknown part “%(value)s”.", value=detail),
            "most": self.env._("at most %(number)s are possible.", number=detail),
            "item": self.env._("an entry is not written as expected."),
            "twice": self.env._("“%(value)s” stands twice.", value=detail),
            "depth": self.env._("a field can be at most %(number)s steps away.", number=detail),
            "label": self.env._("a title is longer than %(number)s characters.", number=detail),
            "granularity": self.env._("unknown period “%(value)s”.", value=detail),
            "axis": self.env._("unknown place “%(value)s”.", value=detail),
            "aggregator": self.env._("unknown calculation “%(value)s”.", value=detail),
            "limit": self.env._(
                "the number of rows must be between 1 and %(number)s.", number=shape.MAX_LIMIT
            ),
            "chart": self.env._("unknown chart “%(value)s”.", value=detail),
            "nesting": self.env._(
                "conditions are nested more than %(number)s deep.", number=detail
            ),
            "operator": self.env._("unknown comparison “%(value)s”.", value=detail),
            "value": self.env._("a condition is compared with something that is no value."),
        }
        return self.env._("%(part)s: %(problem)s", part=self._part_name(part), problem=texts[code])
