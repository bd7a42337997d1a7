# SPDX-License-Identifier: LGPL-3.0-or-later
"""How likely it is that two records are the same company or the same person."""

# From which likelihood a pair goes into the queue, and a record is shown while typing.
QUEUE_SCORE = 60
WARNING_SCORE = 35
SIMILAR_NAME = 0.55

_ACCOUNT_WEIGHTS = {"vat": 0.95, "email": 0.75, "phone": 0.65, "domain": 0.35, "city": 0.2}
_PERSON_WEIGHTS = {"email": 0.85, "phone": 0.5, "account": 0.4, "city": 0.1}
_SAME_NAME = {True: 0.65, False: 0.45}


def score(is_account, reasons):
    """Return the likelihood from 0 to 100, each reason taking away from what is left of doubt.

    ``reasons``: names of what both have in common; for the name ``("name", similarity)`` from 0
    to 1. Different tax ids ("other_vat") halve it. What only says where a person works counts
    beside a similar name, because colleagues share it.

    >>> score(True, [("name", 1.0)]), score(True, ["phone", ("name", 0.6)])
    (65, 79)
    >>> score(False, ["phone"]), score(False, ["phone", "account"])
    (50, 50)
    >>> score(False, [("name", 1.0), "account"]), score(True, ["vat"])
    (67, 95)
    >>> score(True, ["domain", ("name", 1.0), "other_vat"])
    39
    """
    weights = _ACCOUNT_WEIGHTS if is_account else _PERSON_WEIGHTS
    names = [reason for reason in reasons if isinstance(reason, tuple)]
    doubt = 1.0
    for reason in reasons:
        if isinstance(reason, tuple):
            doubt *= 1 - _SAME_NAME[is_account] * reason[1]
        elif reason == "domain" and "email" in reasons:
            continue
        elif names or reason not in ("account", "city"):
            doubt *= 1 - weights.get(reason, 0)
    return round(100 * (1 - doubt) * (0.5 if "other_vat" in reasons else 1))
