# SPDX-License-Identifier: LGPL-3.0-or-later
"""Read the lines of an XLSX or CSV file by the headings of a layout, and note every cell that
cannot be understood. Nothing in the file is calculated, run or believed.
"""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice

from xlsxwriter.utility import xl_col_to_name

from odoo.tools.translate import LazyTranslate

from .layout import ERRORS, EXAMPLE, LAYOUTS, fold, spellings
from .values import READERS, Percent, Unreadable

_lt = LazyTranslate(__name__)

MOST_LINES = 200_000
MOST_BYTES = 50 * 2**20
_MOST_UNPACKED = 400 * 2**20
# All that is not cells and texts, such as styles, is read at once.
_MOST_BESIDE_CELLS = 50 * 2**20
_CELLS = re.compile(r"xl/(worksheets/|sharedStrings\.xml$|media/)", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_ELEMENT = re.compile(rb"<[A-Za-z_]")
_LONGEST_PROLOG = 4096
_MOST_SHEETS = 20
# Where the headings are looked for, and the last row that Excel has.
_HEADING_ROWS = 20
_HEADING_COLUMNS = 100
_LAST_ROW = 1_048_576
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LONGEST_SHOWN = 80


class FileProblem(Exception):
    """The file as a whole cannot be read; says what to do."""

    def __init__(self, message):
        super().__init__(message)
        self.message = message


@dataclass(slots=True)
class Problem:
    """What is wrong in a line, or in the whole file (line 0), and what to do about it."""

    line: int
    column: str
    value: str
    message: str


@dataclass(slots=True)
class Line:
    """What a line of the sheet holds by the names of the columns. Empty cells are left out, and
    so are the ``wrong`` ones.
    """

    number: int
    values: dict
    wrong: frozenset | set = frozenset()


@dataclass(slots=True)
class Reading:
    lines: list = field(default_factory=list)
    problems: list = field(default_factory=list)
    warnings: list = field(default_factory=list)


@dataclass(frozen=True)
class Words:
    """The language of the user, and those in which headings and choices are understood."""

    say: Callable
    languages: tuple


def read(content, file_name, layout, words, ignored=()):
    """Return the ``Reading`` of a file: its lines, and every cell that is wrong.

    :param bytes content: XLSX or CSV
    :param ignored: names of columns that the user may not import
    """
    reading = Reading()
    try:
        rows, headings = _open(content, file_name, layout, words)
        _Reader(layout, words, headings, ignored, reading).fill(rows)
    except FileProblem as problem:
        reading.lines.clear()
        reading.problems = [Problem(0, "", "", words.say(problem.message))]
    return reading


def rows_as_they_are(content, file_name, layout, words):
    """Yield ``(number, values)`` of the heading row and of all rows below, as the file has them."""
    rows, headings = _open(content, file_name, layout, words)
    yield headings.row, headings.texts
    for number, cells in rows:
        yield number, [cell.value for cell in cells]


class _CsvCell:
    __slots__ = ("value",)
    data_type = "s"
    number_format = ""

    def __init__(self, value):
        self.value = value or None


@dataclass
class _Headings:
    row: int
    texts: list
    # {position: Column}
    columns: dict
    unknown: list
    twice: list

    def lacks(self, layout):
        """Return the groups of columns of which none is there."""
        names = {column.name for column in self.columns.values()}
        return [group for group in layout.needs if not names.intersection(group)]


def _open(content, file_name, layout, words):
    """Return the rows below the headings, as ``(number, cells)``, and the headings."""
    if not content:
        raise FileProblem(_lt("The file is empty."))
    if len(content) > MOST_BYTES:
        raise FileProblem(
            _lt("The file is larger than %(most)s MB: split it.", most=MOST_BYTES // 2**20)
        )
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise FileProblem(
                _lt("The file is protected by a password: save it without one and try again.")
            )
        raise FileProblem(_lt("This is an old Excel file (XLS): save it as XLSX and try again."))
    if content.startswith(b"PK"):
        sheets = _xlsx_sheets(content)
    elif (file_name or "").lower().endswith((".csv", ".txt", ".tsv")):
        sheets = [_csv_rows(content)]
    else:
        raise FileProblem(
            _lt("This is neither an XLSX nor a CSV file: save it as XLSX (.xlsx) and try again.")
        )
    return _choose(sheets, layout, words)


def _xlsx_sheets(content):
    """Return a function for each sheet that yields its rows, up to a column."""
    # As long to load as all the rest of the addon, at each start of a server, for few imports.
    import openpyxl

    try:
        _check_parts(content)
        book = openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=False, keep_links=False
        )
        sheets = book.worksheets[:_MOST_SHEETS]
    except FileProblem:
        raise
    # A file from anywhere: what a library stumbles over in it has no end.
    except Exception as error:
        raise FileProblem(_damaged()) from error

    def rows_of(sheet):
        # What a file says about its own size is often wrong.
        sheet.reset_dimensions()

        def rows(columns):
            found = sheet.iter_rows(max_col=columns)
            number = 0
            while True:
                try:
                    cells = next(found, None)
                except Exception as error:
                    raise FileProblem(_damaged()) from error
                number += 1
                if cells is None or number > _LAST_ROW:
                    return
                yield number, cells

        return rows

    return [rows_of(sheet) for sheet in sheets]


def _check_parts(content):
    """Refuse what needs too much memory when it is unpacked and read."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        unpacked = beside = 0
        for entry in archive.infolist():
            # No more than this is unpacked, whatever is packed.
            unpacked += entry.file_size
            beside += entry.file_size * (not _CELLS.match(entry.filename))
            if unpacked > _MOST_UNPACKED or beside > _MOST_BESIDE_CELLS:
                raise FileProblem(
                    _lt("The file is too large when it is unpacked: keep one sheet, or split it.")
                )
        for entry in archive.infolist():
            with archive.open(entry) as part:
                start = part.read(_LONGEST_PROLOG).replace(b"\0", b"")
            # A document type defines texts that repeat others, and grow without end.
            if b"<!" in _ELEMENT.split(_COMMENT.sub(b"", start), maxsplit=1)[0]:
                raise FileProblem(_damaged())


def _damaged():
    return _lt(
        "The file cannot be read as XLSX: open it in Excel or LibreOffice, save it as XLSX "
        "(.xlsx) and try again."
    )


def _csv_rows(content):
    for encoding in ("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", None):
        try:
            text = content.decode(encoding or "cp1252", "strict" if encoding else "replace")
            break
        except UnicodeDecodeError:
            continue
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(";,\t", key=first.count)

    def rows(columns):
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        while True:
            try:
                values = next(reader, None)
            except csv.Error as error:
                raise FileProblem(
                    _lt("The file cannot be read as CSV: save it as XLSX (.xlsx) and try again.")
                ) from error
            if values is None:
                return
            values = values[:columns] + [""] * (columns - len(values))
            yield reader.line_num, [_CsvCell(value.strip()) for value in values]

    return rows


def _choose(sheets, layout, words):
    """Return the rows and headings of the first sheet that has the columns of the layout."""
    found = [_headings(rows, layout, words) for rows in sheets]
    for rows, headings in zip(sheets, found, strict=True):
        if headings and not headings.lacks(layout):
            if headings.twice:
                raise FileProblem(
                    _lt(
                        "The column “%(column)s” is there twice: remove one.",
                        column=headings.twice[0],
                    )
                )
            columns = max(headings.columns) + 1
            return islice(rows(columns), headings.row, None), headings
    if other := _other_layout(sheets, layout, words):
        raise FileProblem(
            _lt(
                "These are the columns of “%(other)s”, not of “%(layout)s”: choose what you "
                "import, or another file.",
                other=other.title,
                layout=layout.title,
            )
        )
    nearest = max(filter(None, found), key=lambda some: len(some.columns), default=None)
    lacking = nearest.lacks(layout) if nearest else layout.needs
    labels = {column.name: words.say(column.label) for column in layout.columns}
    raise FileProblem(
        _lt(
            "No sheet of the file has the column “%(column)s”: write the headings of the template "
            "in the first row.",
            # One is enough of those that can stand in for each other.
            column="”, “".join(labels[group[0]] for group in lacking),
        )
    )


def _other_layout(sheets, layout, words):
    """Return the layout, other than this one, that the columns of a sheet are of, or None."""
    fitting = {}
    for other in LAYOUTS.values():
        for rows in sheets:
            headings = other is not layout and _headings(rows, other, words)
            if headings and not headings.lacks(other):
                fitting[len(headings.columns)] = other
    return fitting[max(fitting)] if fitting else None


def _headings(rows, layout, words):
    """Return the headings in the first rows that have more than one, or else None."""
    known = {
        spelling: column
        for column in reversed(layout.columns)
        for spelling in spellings(column.label, words.languages, column.name, *column.aliases)
    }
    # A label wins over a further word of another column.
    known |= {
        spelling: column
        for column in layout.columns
        for spelling in spellings(column.label, words.languages)
    }
    ours = spellings(ERRORS, words.languages)
    best = None
    for number, cells in islice(rows(_HEADING_COLUMNS), _HEADING_ROWS):
        texts = [str(cell.value).strip() if cell.value is not None else "" for cell in cells]
        columns, taken, unknown, twice = {}, set(), [], []
        for position, heading in enumerate(texts):
            column = known.get(fold(heading))
            if column is None:
                if heading and fold(heading) not in ours:
                    unknown.append(heading)
            elif column.name in taken:
                twice.append(heading)
            else:
                taken.add(column.name)
                columns[position] = column
        if len(columns) > (len(best.columns) if best else 1):
            best = _Headings(number, texts, columns, unknown, twice)
            if not best.lacks(layout) and len(best.columns) == len(list(filter(None, texts))):
                break
    return best


class _Reader:
    def __init__(self, layout, words, headings, ignored, reading):
        self.say = words.say
        self.reading = reading
        self.headings = headings
        self.ignored = [column for column in headings.columns.values() if column.name in ignored]
        self.columns = [
            (position, column, words.say(column.label), self._reader(column, words))
            for position, column in headings.columns.items()
            if column.name not in ignored
        ]
        self.required = [
            (column.name, words.say(column.label)) for column in layout.columns if column.required
        ]
        examples = spellings(EXAMPLE, words.languages, "EXAMPLE", "EJEMPLO")
        self.examples = {f"{word}{number}" for word in examples for number in (1, 2)}

    def fill(self, rows):
        """Fill the reading with the lines and problems of the rows."""
        self._note_columns()
        lines, examples = self.reading.lines, []
        for number, cells in rows:
            line = self._line(number, cells)
            if line is None:
                continue
            if fold(line.values.get("reference", "")) in self.examples:
                examples.append(number)
                continue
            lines.append(line)
            if len(lines) > MOST_LINES:
                raise FileProblem(
                    _lt("The file has more than %(most)s lines: split it.", most=MOST_LINES)
                )
        if examples:
            # Whatever is wrong in the examples of the template is not the user's problem.
            self.reading.problems = [
                problem for problem in self.reading.problems if problem.line not in examples
            ]
            self._warn(_lt("The examples of the template are left out."), line=examples[0])
        if not lines and not self.reading.problems:
            raise FileProblem(_lt("There is no line below the headings: fill in the template."))

    def _note_columns(self):
        for heading in self.headings.unknown:
            self._warn(_lt("This column is not known and is left out."), heading)
        for column in self.ignored:
            self._warn(
                _lt("You may not see costs: this column is left out."), self.say(column.label)
            )

    def _warn(self, message, column="", line=0):
        self.reading.warnings.append(Problem(line, column, "", self.say(message)))

    def _line(self, number, cells):
        """Return the values of a row, or None if it is empty; note what is wrong in it."""
        values, wrong = {}, set()
        for position, column, label, reader in self.columns:
            cell = cells[position]
            value = cell.value
            if value is None or (value.__class__ is str and not value.strip()):
                continue
            try:
                if cell.data_type == "f":
                    raise Unreadable(
                        _lt(
                            "Cell %(cell)s holds a formula: paste its value.",
                            cell=f"{xl_col_to_name(position)}{number}",
                        )
                    )
                if cell.data_type == "e":
                    raise Unreadable(_lt("The cell holds an error of Excel: type a value."))
                if (
                    cell.data_type == "n"
                    and column.holds in ("value", "amount")
                    and "%" in cell.number_format
                ):
                    value = Percent(value * 100)
                values[column.name] = reader(value)
            except Unreadable as problem:
                wrong.add(column.name)
                self._problem(number, label, value, problem.message)
        if not values and not wrong:
            return None
        for name, label in self.required:
            if name not in values and name not in wrong:
                wrong.add(name)
                self._problem(number, label, "", _lt("The cell is empty: fill it in."))
        # A line with a wrong cell is planned as well, so that all its problems are known at once.
        return Line(number, values, wrong or frozenset())

    def _problem(self, number, label, value, message):
        shown = getattr(value, "text", None) or str(value)
        if len(shown) > _LONGEST_SHOWN:
            shown = shown[:_LONGEST_SHOWN] + "…"
        self.reading.problems.append(Problem(number, label, shown, self.say(message)))

    def _reader(self, column, words):
        if column.holds != "choice":
            return READERS[column.holds]
        known = {fold(word): value for word, value in column.words.items()}
        for value, label in column.choices.items():
            known |= dict.fromkeys(spellings(label, words.languages, value), value)
        labels = " / ".join(map(self.say, column.choices.values()))

        def choice(value):
            found = known.get(fold(READERS["text"](value)))
            if found is None:
                raise Unreadable(_lt("Type one of: %(choices)s.", choices=labels))
            return found

        return choice
