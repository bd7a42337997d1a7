# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.fields import Domain


def path_search(path, operator, value):
    """Return the domain of a computed relation that collects what ``path`` leads to.

    A condition on a path is true when one line fulfils it; "is not set" means that none leads
    anywhere, and the negative operators are left to Odoo, which negates the positive ones.
    """
    if operator in Domain.NEGATIVE_OPERATORS:
        return NotImplemented
    if operator != "in" or False not in value:
        return Domain(path, operator, value)
    return Domain(path, "in", [item for item in value if item]) | ~Domain(path, "!=", False)
