# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tools import float_round

# Above, a number is a slip of the keyboard; below, a float has no such steps.
MOST = 1e12
LEAST_STEP = 1e-6


def apply_operation(base, operation, value):
    """Return the price that an operation makes of a base price.

    >>> apply_operation(200.0, "percent", 5)
    210.0
    >>> apply_operation(200.0, "amount", -12.5)
    187.5

    A margin is a share of the price, not of the cost:

    >>> apply_operation(75.0, "margin", 25)
    100.0
    """
    if operation == "percent":
        return base * (100 + value) / 100
    if operation == "amount":
        return base + value
    return base * 100 / (100 - value)


def round_price(price, multiple, ending=0.0, method="HALF-UP", minimum=None):
    """Return the price of the form ``n × multiple + ending`` that is nearest, or next above or
    below; not less than ``minimum``, if there is one.

    >>> round_price(103.456, 0.01)
    103.46
    >>> round_price(103.456, 5)
    105.0
    >>> round_price(104.20, 1, ending=-0.01)
    103.99
    >>> round_price(104.20, 1, ending=-0.01, method="UP")
    104.99
    >>> round_price(103.99, 1, ending=-0.01, method="UP")
    103.99
    >>> round_price(104.20, 1, ending=-0.01, minimum=104.5)
    104.99
    >>> round_price(104.20, 0.01, minimum=104.501)
    104.51
    """
    rounded = _to_step(price, multiple, ending, method)
    if minimum is not None and rounded < minimum:
        rounded = _to_step(minimum, multiple, ending, "UP")
    return rounded


def _to_step(price, multiple, ending, method):
    steps = float_round(price - ending, precision_rounding=multiple, rounding_method=method)
    # Of sums of floats only their dust is cut off.
    return float_round(steps + ending, precision_digits=8)


def change(old, new):
    """Return by which part of itself a price changes; out of nothing it is a whole new price.

    >>> change(200.0, 210.0)
    0.05
    >>> change(0.0, 3.0)
    1.0
    """
    if not old:
        return 1.0 if new else 0.0
    return (new - old) / old
