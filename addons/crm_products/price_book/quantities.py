# SPDX-License-Identifier: LGPL-3.0-or-later
import re

MOST = 10
_LARGEST = 10**9


def parse_quantities(text, decimal_point="."):
    """Return the quantities that a person wrote, without repetitions, the smallest first.

    >>> parse_quantities("1, 10; 100")
    [1.0, 10.0, 100.0]
    >>> parse_quantities("10,1,1")
    [1.0, 10.0]
    >>> parse_quantities("0,5; 12", decimal_point=",")
    [0.5, 12.0]
    >>> parse_quantities("1, 10", decimal_point=",")
    [1.0, 10.0]
    >>> parse_quantities("")
    []
    >>> parse_quantities("1; ten; -3; 0")
    Traceback (most recent call last):
    ...
    ValueError: ten; -3; 0

    :raise ValueError: with the parts that are no quantities above zero
    """
    # Where the comma is the decimal point, only one before a space separates.
    separators = r"[;\s]+|,(?=\s|$)" if decimal_point == "," else r"[;,\s]+"
    parts = [part for part in re.split(separators, text or "") if part]
    number = re.compile(rf"\d{{1,9}}({re.escape(decimal_point)}\d{{1,6}})?")
    wrong = [
        part
        for part in parts
        if not number.fullmatch(part) or not float(part.replace(decimal_point, "."))
    ]
    if wrong:
        raise ValueError("; ".join(wrong))
    return sorted({float(part.replace(decimal_point, ".")) for part in parts})


def is_quantity(value):
    """Return whether a value is a quantity above zero.

    >>> [is_quantity(value) for value in (1, 0.5, 0, -1, "1", True, 1e300)]
    [True, True, False, False, False, False, False]
    """
    return type(value) in (int, float) and 0 < value < _LARGEST


def format_quantity(quantity, decimal_point="."):
    """Return a quantity as a person writes it.

    >>> format_quantity(1000000.0), format_quantity(0.5, ",")
    ('1000000', '0,5')
    """
    text = f"{quantity:.6f}".rstrip("0").rstrip(".")
    return text.replace(".", decimal_point)
