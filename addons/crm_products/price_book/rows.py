# SPDX-License-Identifier: LGPL-3.0-or-later
from typing import NamedTuple


class PriceRow(NamedTuple):
    """One product of a price book, as it is kept in a version (a JSON list): what isn't printed
    is empty. ``prices`` follow the columns of the version.
    """

    product_id: int
    category: str
    reference: str
    barcode: str
    name: str
    unit: str
    description: str
    prices: list
    # How the customer numbers and calls the product.
    customer_code: str = ""
    customer_name: str = ""
