# SPDX-License-Identifier: LGPL-3.0-or-later
_NOTHING = 1e-6


def margin_percent(price, cost):
    """Return the part of a price that is left over its cost: 0.25 is 25 %.

    >>> margin_percent(100.0, 75.0)
    0.25

    Without a known cost there is none, and what is given away is lost completely:

    >>> margin_percent(100.0, 0.0), margin_percent(0.0, 75.0)
    (0.0, -1.0)
    """
    if not cost:
        return 0.0
    return (price - cost) / price if price > 0 else -1.0


def is_under_margin(price, cost, minimum):
    """Return whether less is left over a known cost than the minimum.

    >>> is_under_margin(100.0, 75.0, 0.25), is_under_margin(100.0, 75.0, 0.3)
    (False, True)
    >>> is_under_margin(100.0, 0.0, 0.3)
    False
    """
    return bool(cost) and margin_percent(price, cost) < minimum - _NOTHING
