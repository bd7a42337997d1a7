# SPDX-License-Identifier: LGPL-3.0-or-later
"""The shape of a report definition: what may stand where, before any field is looked up."""

import json
import math

VERSION = 1

GRANULARITIES = ("hour", "day", "week", "month", "quarter", "year")
AGGREGATORS = ("sum", "avg", "min", "max", "count_distinct")
AXES = ("row", "column")
CHARTS = ("bar", "line", "pie")
COUNT = "__count"

MAX_BYTES = 64 * 1024
MAX_COLUMNS = 60
MAX_GROUPS = 8
MAX_MEASURES = 30
MAX_ORDER = 8
MAX_DEPTH = 5
MAX_CONDITIONS = 200
MAX_NESTING = 8
MAX_LIMIT = 1_000_000
MAX_LABEL = 100

# The operators that Odoo documents for domains; the ones that skip record rules are left out.
OPERATORS = frozenset(
    ["=", "!=", "<", ">", "<=", ">=", "=?", "in", "not in", "any", "not any"]
    + ["like", "not like", "ilike", "not ilike", "=like", "not =like", "=ilike", "not =ilike"]
    + ["child_of", "parent_of"]
)
CONNECTORS = ("&", "|", "!")

# part: (keys that its items may hold, most items)
PARTS = {
    "columns": ({"path", "label"}, MAX_COLUMNS),
    "groups": ({"path", "label", "granularity", "axis"}, MAX_GROUPS),
    "measures": ({"path", "label", "aggregator"}, MAX_MEASURES),
    "order": ({"path", "desc"}, MAX_ORDER),
}
KEYS = {"version", "filters", "limit", "chart", *PARTS}


def empty():
    """Return the definition of a report that shows nothing yet."""
    return {
        "version": VERSION,
        "columns": [],
        "filters": [],
        "groups": [],
        "measures": [{"path": COUNT}],
        "order": [],
        "limit": None,
        "chart": "bar",
    }


def group_spec(group):
    """Return the group as Odoo's grouping functions write it.

    >>> group_spec({"path": "date", "granularity": "month"})
    'date:month'
    """
    granularity = group.get("granularity")
    return f"{group['path']}:{granularity}" if granularity else group["path"]


def measure_spec(measure):
    """Return the measure as Odoo's grouping functions write it.

    >>> measure_spec({"path": "amount", "aggregator": "avg"})
    'amount:avg'
    >>> measure_spec({"path": "__count"})
    '__count'
    """
    path = measure["path"]
    return path if path == COUNT else f"{path}:{measure.get('aggregator')}"


def is_condition(item):
    return isinstance(item, (list, tuple)) and len(item) == 3


def is_constant(condition):
    """Return whether the condition is the always-true or always-false one of Odoo's editor."""
    return condition[0] in (0, 1) and condition[1] == "=" and condition[2] in (0, 1)


def shape_problems(definition):
    """Return what is wrong with the shape as ``(part, code, detail)``, everything at once.

    >>> shape_problems(empty())
    []
    >>> shape_problems({"version": 1, "limit": -1})
    [('limit', 'limit', -1)]
    >>> shape_problems({"version": 1, "measures": [{"path": "a", "aggregator": "sum) --"}]})
    [('measures', 'aggregator', 'sum) --')]
    """
    if not isinstance(definition, dict):
        return [("definition", "type", None)]
    try:
        text = json.dumps(definition, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return [("definition", "type", None)]
    if "\\u0000" in text:
        # PostgreSQL cannot store it
        return [("definition", "type", None)]
    if len(text) > MAX_BYTES:
        return [("definition", "size", MAX_BYTES // 1024)]
    version = definition.get("version")
    if version != VERSION:
        return [("definition", "version", version)]
    problems = [("definition", "key", key) for key in definition if key not in KEYS]
    for part, (keys, most) in PARTS.items():
        problems += _part_problems(part, definition.get(part) or [], keys, most)
    problems += _filter_problems(definition.get("filters") or [])
    limit = definition.get("limit")
    if limit is not None and (
        not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= MAX_LIMIT
    ):
        problems.append(("limit", "limit", limit))
    if definition.get("chart", "bar") not in CHARTS:
        problems.append(("chart", "chart", definition["chart"]))
    return problems


def _part_problems(part, items, keys, most):
    if not isinstance(items, list):
        return [(part, "type", None)]
    if len(items) > most:
        return [(part, "most", most)]
    problems = []
    seen = set()
    for item in items:
        if not isinstance(item, dict) or not set(item) <= keys:
            problems.append((part, "item", None))
            continue
        item_problems = list(_item_problems(part, item))
        problems += item_problems
        if not item_problems and part in ("groups", "measures"):
            spec = group_spec(item) if part == "groups" else measure_spec(item)
            if spec in seen:
                problems.append((part, "twice", item["path"]))
            seen.add(spec)
    return problems


def _item_problems(part, item):
    path = item.get("path")
    if not isinstance(path, str) or not path:
        yield part, "item", None
        return
    if part != "order" and path.count(".") >= MAX_DEPTH:
        yield part, "depth", MAX_DEPTH
    label = item.get("label")
    if label is not None and (not isinstance(label, str) or len(label) > MAX_LABEL):
        yield part, "label", MAX_LABEL
    if part == "groups":
        granularity = item.get("granularity")
        if granularity is not None and granularity not in GRANULARITIES:
            yield part, "granularity", granularity
        if item.get("axis", "row") not in AXES:
            yield part, "axis", item["axis"]
    elif part == "measures" and path != COUNT and item.get("aggregator") not in AGGREGATORS:
        yield part, "aggregator", item.get("aggregator")
    elif part == "order" and not isinstance(item.get("desc", False), bool):
        yield part, "item", None


def _filter_problems(filters):
    problems = []
    conditions = 0
    todo = [(filters, 1)]
    while todo:
        domain, depth = todo.pop()
        if depth > MAX_NESTING:
            return problems + [("filters", "nesting", MAX_NESTING)]
        if not isinstance(domain, (list, tuple)):
            return problems + [("filters", "type", None)]
        for item in domain:
            if isinstance(item, str) and item in CONNECTORS:
                continue
            if not is_condition(item):
                return problems + [("filters", "type", None)]
            if is_constant(item):
                continue
            conditions += 1
            if conditions > MAX_CONDITIONS:
                return problems + [("filters", "most", MAX_CONDITIONS)]
            path, operator, value = item
            if not isinstance(path, str) or not path:
                problems.append(("filters", "item", None))
            elif path.count(".") >= MAX_DEPTH:
                problems.append(("filters", "depth", MAX_DEPTH))
            elif not isinstance(operator, str) or operator not in OPERATORS:
                problems.append(("filters", "operator", operator))
            elif operator in ("any", "not any"):
                todo.append((value, depth + 1))
            elif not _is_value(value):
                problems.append(("filters", "value", None))
        if not _is_balanced(domain):
            problems.append(("filters", "type", None))
    return problems


def _is_value(value):
    if isinstance(value, (list, tuple)):
        return all(_is_scalar(item) for item in value)
    return _is_scalar(value)


def _is_scalar(value):
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, (str, int))


def _is_balanced(domain):
    """Return whether every connector of the prefix notation finds its operands.

    >>> _is_balanced(["|", ["a", "=", 1], ["b", "=", 2]]), _is_balanced(["|", ["a", "=", 1]])
    (True, False)
    """
    depth = 0
    for item in reversed(domain):
        if item == "!":
            if depth < 1:
                return False
        elif item in ("&", "|"):
            if depth < 2:
                return False
            depth -= 1
        else:
            depth += 1
    return True
