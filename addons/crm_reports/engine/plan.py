# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the compiler hands to the engine: a checked report, ready to run."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple


class Money(NamedTuple):
    """An amount with the id of its currency (False: no currency is known)."""

    amount: float
    currency_id: int | bool


class DateGroup(NamedTuple):
    """A period: its label in the reader's language and its first day (None: no date)."""

    label: str
    start: date | None


@dataclass
class Column:
    """One column of the result, whatever it is made from."""

    spec: str
    label: str
    # text, integer, float, monetary, date, datetime or boolean
    type: str
    # column, group or measure
    role: str
    path: str
    field: Any = None
    # the model that holds ``field``: the end of the path
    model: Any = None
    digits: int | None = None
    granularity: str | None = None
    axis: str | None = None
    aggregator: str | None = None
    aggregators: tuple = ()
    currency_field: str | None = None
    # whether the database can tell which currencies a sum contains
    currency_sql: bool = False
    # whether the ORM may add the column up below a list
    total: bool = False
    sortable: bool = False


@dataclass
class Plan:
    """A report checked against the rights of ``model.env.user``."""

    model: Any
    kind: str
    domain: list
    columns: list = field(default_factory=list)
    groups: list = field(default_factory=list)
    measures: list = field(default_factory=list)
    order: str | None = None
    limit: int | None = None
    chart: str = "bar"

    @property
    def shown(self):
        """Return the columns of the result, in order."""
        return self.columns if self.kind == "list" else self.groups + self.measures


class Table(NamedTuple):
    """The result of a run. ``rows`` may be consumed once; cells are typed Python values."""

    columns: list
    rows: Any
    totals: list | None
    # how many records the report counts, and whether rows were left out
    count: int
    truncated: bool
    converted: bool
