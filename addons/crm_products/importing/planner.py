# SPDX-License-Identifier: LGPL-3.0-or-later
"""From lines of a sheet to what they change in the database. Planning only reads."""

import difflib
import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from .reader import Problem
from .values import Percent, Unreadable

_lt = LazyTranslate(__name__)

# Lines whose records are looked up together.
_AT_A_TIME = 5000


def tidy(text):
    """Return a name without differences of case and of spaces."""
    return " ".join(text.split()).casefold()


def same(old, new):
    """Return whether two values are the same; a sheet keeps fifteen digits of a number."""
    if isinstance(old, float) and isinstance(new, float):
        return math.isclose(old, new, rel_tol=1e-9, abs_tol=1e-9)
    return old == new


def _plain(value):
    """Return a value as JSON has it."""
    if isinstance(value, date):
        return value.isoformat()
    return {"percent": float(value)} if isinstance(value, Percent) else value


@dataclass(slots=True)
class Step:
    """What a line does: to a record, or to a new one (``record_id`` 0). ``shown`` holds what a
    person sees of it by the names of columns: ``[old, new]``, or what the new one has.
    """

    line: int
    record_id: int
    name: str
    values: dict
    shown: dict


@dataclass
class Plan:
    steps: list = field(default_factory=list)
    problems: list = field(default_factory=list)
    warnings: list = field(default_factory=list)
    unchanged: int = 0


class Names:
    """Records of a small table by their names in the languages of the database."""

    def __init__(self, records, names, unknown, several):
        # {id: a name}
        self.names = {}
        self._ids = defaultdict(set)
        self._texts = {}
        self._unknown = unknown
        self._several = several
        self._errors = {}
        for record in records:
            for name in filter(None, names(record)):
                self.add(name, record.id)

    def __contains__(self, text):
        return tidy(text) in self._ids

    def add(self, name, record_id):
        self.names.setdefault(record_id, name)
        self._ids[tidy(name)].add(record_id)
        self._texts.setdefault(tidy(name), name)

    def has_one(self, text):
        return len(self._ids.get(tidy(text), ())) == 1

    def find(self, text):
        """Return the id of the one record with this name, or raise ``Unreadable``."""
        found = self._ids.get(tidy(text), ())
        if len(found) == 1:
            return next(iter(found))
        if text not in self._errors:
            self._errors[text] = self._message(text, found)
        raise Unreadable(self._errors[text])

    def _message(self, text, found):
        if found:
            return self._several
        key = tidy(text)
        ends = [known for known in self._texts if known.endswith(f" / {key}")]
        if len(ends) != 1:
            ends = difflib.get_close_matches(key, self._texts, n=1, cutoff=0.7)
        if ends:
            return _lt(
                "%(unknown)s Is “%(name)s” meant?",
                unknown=self._unknown,
                name=self._texts[ends[0]],
            )
        return self._unknown


class Planner:
    """Plans and writes one kind of import with the rights, company and language of ``env``."""

    layout = None

    def __init__(self, env, words):
        self.env = env
        self.say = words.say
        self.labels = {column.name: words.say(column.label) for column in self.layout.columns}
        self.languages = [code for code, _name in env["res.lang"].get_installed()]

    def plan(self, reading):
        """Return the ``Plan`` of what was read. Lines with a problem have no step in it."""
        self.result = Plan(problems=list(reading.problems), warnings=list(reading.warnings))
        self.lines_of = defaultdict(list)
        self._prepare()
        # From the last to the first, so that lines are forgotten when they have been planned.
        reading.lines.reverse()
        while reading.lines:
            lines = reading.lines[-_AT_A_TIME:]
            del reading.lines[-_AT_A_TIME:]
            lines.reverse()
            self._look_up(lines)
            for line in lines:
                self._plan_line(line)
            # What was read for these lines is of no use to the next ones.
            self.env.invalidate_all()
        self._refuse_doubles()
        bad = {problem.line for problem in self.result.problems}
        self.result.steps = [step for step in self.result.steps if step.line not in bad]
        self.result.problems.sort(key=lambda problem: problem.line)
        return self.result

    def write_steps(self, steps):
        """Write the steps and return the ids of their records, in the same order."""
        new = [step for step in steps if not step.record_id]
        ids = {}
        for step, record in zip(new, self._create(new), strict=True):
            ids[id(step)] = record.id
        alike = defaultdict(list)
        for step in steps:
            if step.record_id:
                ids[id(step)] = step.record_id
                alike[repr(sorted(step.values.items()))].append(step)
        known = [step.record_id for step in steps if step.record_id]
        for some in alike.values():
            # What a write has to read first is read for all of them at once.
            records = self.records.browse([step.record_id for step in some]).with_prefetch(known)
            self._update(records, some[0].values)
        return [ids[id(step)] for step in steps]

    # --- What the kinds differ in ----------------------------------------------------------

    def before_writing(self, steps):
        """Make what several steps need, once and outside of any savepoint."""

    def _prepare(self):
        """Read the small tables that all lines refer to."""

    def _look_up(self, lines):
        """Read the records that these lines refer to, in a few queries."""
        raise NotImplementedError

    def _plan_line(self, line):
        raise NotImplementedError

    def _create(self, steps):
        return self.records.create([step.values for step in steps])

    def _update(self, records, values):
        records.write(values)

    def lock(self, steps):
        """Lock what the steps change; raise if somebody else is changing it."""
        ids = [step.record_id for step in steps if step.record_id]
        for records in self._locked(self.records.browse(ids)):
            records.lock_for_update(allow_referencing=True)

    def _locked(self, records):
        """Return what is locked while records are changed, one recordset for each model."""
        return [records]

    def rows(self, columns):
        """Yield the current data as ``{column name: value}``, at least of these columns."""
        raise NotImplementedError

    def choices(self):
        """Return ``{column name: texts}`` to choose from in the template."""
        return {}

    # --- For the kinds ---------------------------------------------------------------------

    def problem(self, line, column, message, value=None):
        shown = line.values.get(column, "") if value is None else value
        self.result.problems.append(
            Problem(line.number, self.labels.get(column, ""), str(shown), self.say(message))
        )

    def warning(self, line, column, message):
        shown = line.values.get(column, "")
        self.result.warnings.append(
            Problem(line.number, self.labels.get(column, ""), str(shown), self.say(message))
        )

    def find(self, line, column, names):
        """Return the id of what a cell names; None if the cell is empty or names nothing."""
        text = line.values.get(column)
        if text is None:
            return None
        try:
            return names.find(text)
        except Unreadable as problem:
            self.problem(line, column, problem.message)
            return None

    def is_named(self, line, column, record):
        """Return whether a cell has the name of a record."""
        return tidy(line.values.get(column, "")) == tidy(record.name or "")

    def step(self, line, keys, record_id, name, values, shown):
        """Note what a line does; no two lines may have one of their ``keys`` in common.

        :param shown: ``{column: (old, new)}``
        """
        for key in keys:
            self.lines_of[key].append(line.number)
        if not record_id or shown:
            shown = {
                column: [_plain(old), _plain(new)] if record_id else _plain(new)
                for column, (old, new) in shown.items()
            }
            self.result.steps.append(Step(line.number, record_id, name, values, shown))
        else:
            self.result.unchanged += 1

    def domain(self, model):
        """Return the domain of the records of a model that the company may use."""
        return Domain(model._check_company_domain(self.env.company))

    def in_all_languages(self, record, field_name):
        return {record.with_context(lang=code)[field_name] for code in self.languages}

    def _refuse_doubles(self):
        # Lines that have several keys in common are told of once.
        for numbers in {tuple(numbers) for numbers in self.lines_of.values() if len(numbers) > 1}:
            shown = ", ".join(map(str, numbers[:5])) + ("…" if len(numbers) > 5 else "")
            message = self.say(_lt("Lines %(lines)s are about the same: keep one.", lines=shown))
            self.result.problems += [Problem(number, "", "", message) for number in numbers]
