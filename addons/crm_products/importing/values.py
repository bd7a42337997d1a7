# SPDX-License-Identifier: LGPL-3.0-or-later
"""From the cells of a sheet to values: strictly, because a guess at a price is a wrong price.

A reader takes the value of a cell and returns what it holds, or raises ``Unreadable`` with the
sentence that tells what to do.
"""

import re
from datetime import date, datetime, time

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

# Above, a price is a slip of the keyboard, and a float no longer keeps the cents.
_MOST = 1e12
# Excel keeps fifteen digits of a number: a longer code has lost its last ones.
_MOST_DIGITS = 10**15
_LONGEST_CODE = 500
_LAST_YEAR = 2999
_SPACES = "[ \u00a0\u2009\u202f'’]"
_PLAIN = re.compile(r"[+-]?\d+")
_DECIMAL = re.compile(r"([+-]?\d+)[.,](\d+)")
_GROUPED = re.compile(
    rf"([+-]?\d{{1,3}})(?:(?P<mark>[.,]|{_SPACES})\d{{3}})(?:(?P=mark)\d{{3}})*(?:[.,]\d+)?"
)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_YES = {"yes", "y", "true", "1", "x", "si", "s", "verdadero"}
_NO = {"no", "n", "false", "0", "falso"}


class Unreadable(Exception):
    """A cell that does not hold what its column is for; says what to do."""

    def __init__(self, message):
        super().__init__(message)
        self.message = message


class Percent(float):
    """A number that the sheet shows with a percent sign."""


def number(value):
    """Return a number that is typed as a number, or as a text with a single possible meaning.

    >>> number("1.234,50"), number("1,234.50"), number("12,5"), number("1 234")
    (1234.5, 1234.5, 12.5, 1234.0)

    ``1.234`` is refused: it is one thousand two hundred thirty-four to some, and less than two
    to others.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        value = _from_text(value)
    # Neither is it a number if it is not a number (NaN).
    if not abs(value) < _MOST:
        raise Unreadable(_lt("The number is too large: check it."))
    return float(value)


def _from_text(value):
    text = str(value).strip() if isinstance(value, str) else ""
    # The minus of typographers.
    text = text.replace("−", "-")
    if _PLAIN.fullmatch(text):
        return float(text)
    if match := _DECIMAL.fullmatch(text):
        whole, decimals = match.groups()
        if len(decimals) == 3 and len(whole.lstrip("+-")) <= 3 and whole.lstrip("+-") != "0":
            raise Unreadable(
                _lt(
                    "This text can be read as two different numbers: type it as a number, "
                    "or with two decimals."
                )
            )
        return float(f"{whole}.{decimals}")
    if match := _GROUPED.fullmatch(text):
        mark = match["mark"]
        digits, decimals = text, ""
        # The last mark is the decimal one unless it is the one between the thousands.
        last = max(text.rfind("."), text.rfind(","))
        if last >= 0 and text[last] != mark:
            digits, decimals = text[:last], text[last + 1 :]
        return float(re.sub(rf"[.,]|{_SPACES}", "", digits) + f".{decimals or 0}")
    raise Unreadable(_lt("This is not a number: type digits only, without currency or unit."))


def amount(value):
    """Return a price, cost or quantity."""
    found = number(value)
    if isinstance(value, Percent):
        raise Unreadable(_lt("This is a percentage: type an amount."))
    if found < 0:
        raise Unreadable(_lt("The number is negative: it must be zero or more."))
    return found


def value_or_percent(value):
    """Return a number, as ``Percent`` if the cell or the text says so."""
    if isinstance(value, Percent):
        return Percent(number(float(value)))
    if isinstance(value, str) and value.strip().endswith("%"):
        return Percent(number(value.strip()[:-1]))
    return number(value)


def days(value):
    found = amount(value)
    if found != int(found) or found > 9999:
        raise Unreadable(_lt("Type whole days, up to 9999."))
    return int(found)


def number_of_record(value):
    found = number(value)
    if found != int(found) or not 0 < found < 2**31:
        raise Unreadable(_lt("This is no ID: keep the one of the download, or leave it empty."))
    return int(found)


def text(value):
    """Return the text of a cell; of a number, its digits."""
    if isinstance(value, str):
        return value.replace("\x00", "").replace("\r\n", "\n").strip()
    if isinstance(value, date | time) or not isinstance(value, int | float):
        raise Unreadable(
            _lt("Excel has made a date of this text: format the cell as text and type it again.")
        )
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if not abs(value) < _MOST_DIGITS:
        raise Unreadable(
            _lt(
                "Excel keeps only 15 digits of a number: format the cell as text and type it again."
            )
        )
    return str(int(value)) if value == int(value) else str(value)


def code(value):
    """Return a reference, code or barcode: a text of one line."""
    found = " ".join(text(value).split())
    # The database keeps an index of codes, in which longer ones find no place.
    if len(found) > _LONGEST_CODE:
        raise Unreadable(
            _lt("The code is longer than %(most)s characters: shorten it.", most=_LONGEST_CODE)
        )
    return found


def flag(value):
    if isinstance(value, bool):
        return value
    word = code(value).casefold().replace("í", "i")
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Unreadable(_lt("Type Yes or No."))


def day(value):
    """Return a date, or a moment if a text or cell has a time other than midnight."""
    found = value
    if isinstance(value, str):
        match = _ISO.fullmatch(value.strip())
        if not match:
            raise Unreadable(_lt("This is not a date: type it as a date, or as 2030-12-31."))
        parts = [int(part) for part in match.groups() if part is not None]
        try:
            # A time that is written counts, even if it is midnight.
            found = datetime(*parts) if len(parts) > 3 else date(*parts)
        except ValueError:
            raise Unreadable(_lt("There is no such day.")) from None
    elif isinstance(value, datetime):
        found = value.date() if value.time() == time() else value.replace(microsecond=0)
    elif not isinstance(value, date):
        raise Unreadable(
            _lt("This is not a date: format the cell as a date, or type it as 2030-12-31.")
        )
    if found.year > _LAST_YEAR:
        raise Unreadable(_lt("Leave the date empty if there is no last day."))
    if found.year < 1900:
        raise Unreadable(_lt("The year is not plausible: check the date."))
    return found


READERS = {
    "amount": amount,
    "code": code,
    "day": day,
    "days": days,
    "flag": flag,
    "number_of_record": number_of_record,
    "text": text,
    "value": value_or_percent,
}
