# SPDX-License-Identifier: LGPL-3.0-or-later
import ast

from odoo.fields import Domain


def read_domain(text, model):
    """Return the domain that a user put together in a filter of ``model``. The text is read, never
    evaluated.

    :raise ValueError: when it is none, or compares with anything but fixed values
    """
    if not text:
        return Domain.TRUE
    try:
        value = ast.literal_eval(text)
        if _has_nul(value):
            raise ValueError("PostgreSQL knows no text with this character")
        domain = Domain(value)
        domain.validate(model)
    except (SyntaxError, TypeError, KeyError, MemoryError, RecursionError) as error:
        raise ValueError(str(error)) from error
    return domain


def _has_nul(value):
    if isinstance(value, str):
        return "\x00" in value
    return isinstance(value, (list, tuple, set)) and any(map(_has_nul, value))
