# SPDX-License-Identifier: LGPL-3.0-or-later
"""Several people confirm imports of the same products at the same moment."""

import base64
import xmlrpc.client
from concurrent.futures import ThreadPoolExecutor

PEOPLE = 8
MODEL = "crm.price.import"


def new_imports(admin, kind, contents):
    """Return the ids of checked imports, one for each content of a CSV file."""
    ids = []
    for content in contents:
        values = {
            "kind": kind,
            "file_name": "same.csv",
            "file": base64.b64encode(content.encode()).decode(),
        }
        ids.append(admin(MODEL, "create", values))
        admin(MODEL, "action_check", ids[-1:])
    return ids


def confirm_at_once(admin, ids):
    """Confirm all imports at the same moment; a refusal is as good as a new preview."""

    def confirm(import_id):
        try:
            admin(MODEL, "action_confirm", [import_id])
        except xmlrpc.client.Fault as fault:
            assert "is being written right now" in fault.faultString

    with ThreadPoolExecutor(PEOPLE) as people:
        list(people.map(confirm, ids))
    return admin(MODEL, "read", ids, fields=["state", "new_count", "changed_count"])


def test_same_new_products_at_once_are_made_once(admin):
    lines = "\n".join(f"TWICE-{number},Made once,{number}" for number in range(20))
    ids = new_imports(admin, "product", [f"Reference,Name,Price\n{lines}\n"] * PEOPLE)

    found = confirm_at_once(admin, ids)

    domain = [("default_code", "like", "TWICE-")]
    assert admin("product.product", "search_count", domain) == 20
    assert sorted(row["state"] for row in found) == ["done"] + ["preview"] * (PEOPLE - 1)


def test_different_prices_at_once_are_previewed_again(admin):
    admin("product.product", "create", {"name": "Contested", "default_code": "CONTESTED"})
    ids = new_imports(
        admin, "product", [f"Reference,Price\nCONTESTED,{number}\n" for number in range(50, 58)]
    )

    found = confirm_at_once(admin, ids)

    (winner,) = [row["id"] for row in found if row["state"] == "done"]
    price = 50 + ids.index(winner)
    domain = [("default_code", "=", "CONTESTED")]
    (product,) = admin("product.product", "search_read", domain, fields=["list_price"])
    assert product["list_price"] == price
    # The others see what the winner wrote before they write over it.
    (other,) = [row["id"] for row in found if row["state"] == "preview"][:1]
    admin(MODEL, "action_confirm", [other])
    (row,) = admin(MODEL, "read", [other], fields=["state", "notice"])
    if row["state"] == "preview":
        shown = admin(MODEL, "crm_preview", [other], "changed")["rows"][0][3]
        assert row["notice"] and shown["list_price"][0] == price
