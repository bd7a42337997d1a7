# SPDX-License-Identifier: LGPL-3.0-or-later
from typing import NamedTuple

from .rows import PriceRow

NEW, CHANGED, REMOVED = "new", "changed", "removed"


class Change(NamedTuple):
    """What happened to a product between two versions. ``old_prices`` follow the columns of the
    newer version: None where the older one has no such price, or the same. Of a removed product
    ``row`` is the one of the older version.
    """

    kind: str
    row: PriceRow
    old_prices: list


def match_columns(columns, old_columns):
    """Return, for each column, the position of the same price in the older version, or None.

    >>> now = [{"list_id": 7, "quantity": 1, "currency_id": 2},
    ...        {"list_id": 7, "quantity": 5, "currency_id": 2}]
    >>> match_columns(now, now[1:])
    [None, 0]
    """

    def key(column):
        return column["list_id"], column["quantity"], column["currency_id"]

    positions = {key(column): position for position, column in enumerate(old_columns)}
    return [positions.get(key(column)) for column in columns]


def find_changes(rows, columns, old_rows, old_columns):
    """Yield the changes between two versions: the new products and the changed ones in the order
    of the newer version, then the removed ones. A price changed if one sees it in print.

    >>> column = {"list_id": 7, "quantity": 1, "currency_id": 2, "digits": 2}
    >>> def row(product, price):
    ...     return PriceRow(product, "", "", "", "", "", "", [price])
    >>> old = [row(1, 10.0), row(2, 5.0), row(3, 7.001)]
    >>> new = [row(2, 5.5), row(3, 7.0), row(4, 1.0)]
    >>> for change in find_changes(new, [column], old, [column]):
    ...     print(change.kind, change.row.product_id, change.old_prices)
    changed 2 [5.0]
    new 4 [None]
    removed 1 [None]
    """
    matches = match_columns(columns, old_columns)
    pairs = [
        (position, old_position, columns[position]["digits"])
        for position, old_position in enumerate(matches)
        if old_position is not None
    ]
    # Of the older version no more is kept in memory than its prices.
    left = {row.product_id: row.prices for row in _again(old_rows)}
    for row in rows:
        old = left.pop(row.product_id, None)
        if old is None:
            yield Change(NEW, row, [None] * len(columns))
            continue
        old_prices = [None] * len(columns)
        for position, old_position, digits in pairs:
            if round(row.prices[position], digits) != round(old[old_position], digits):
                old_prices[position] = old[old_position]
        if any(price is not None for price in old_prices):
            yield Change(CHANGED, row, old_prices)
    if left:
        for row in _again(old_rows):
            if row.product_id in left:
                yield Change(REMOVED, row, [None] * len(columns))


def _again(rows):
    return rows() if callable(rows) else rows
