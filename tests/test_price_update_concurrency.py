# SPDX-License-Identifier: LGPL-3.0-or-later
"""Several people change the same prices at the same moment, over connections of their own."""

from concurrent.futures import ThreadPoolExecutor

import pytest

UPDATE, LINE, HISTORY = "crm.price.update", "crm.price.update.line", "crm.price.history"


def at_once(*calls):
    """Return the answers of simultaneous calls, given as functions without arguments."""
    with ThreadPoolExecutor(len(calls)) as people:
        return [future.result() for future in [people.submit(call) for call in calls]]


@pytest.fixture
def products(admin):
    """Three products at 100 each."""
    values = [{"name": f"Shelf {number}", "list_price": 100.0} for number in range(3)]
    return admin("product.template", "create", values)


@pytest.fixture
def simulated(admin, products):
    """Return a function that makes a simulated update of the products."""

    def make(**values):
        update = admin(
            UPDATE,
            "create",
            {"name": "Shelves", "product_tmpl_ids": [(6, 0, products)], "value": 5.0, **values},
        )
        admin(UPDATE, "action_simulate", [update])
        return update

    return make


def states(admin, update):
    lines = admin(LINE, "search_read", [("update_id", "=", update)], ["state"], order="id")
    return [line["state"] for line in lines]


def prices(admin, products):
    rows = admin("product.template", "read", products, ["list_price"])
    return {row["id"]: row["list_price"] for row in rows}


def test_twelve_clicks_on_apply_change_each_price_once(admin, products, simulated):
    update = simulated()
    at_once(*12 * [lambda: admin(UPDATE, "action_apply", [update])])

    assert set(prices(admin, products).values()) == {105.0}
    assert states(admin, update) == 3 * ["applied"]
    assert admin(HISTORY, "search_count", [("update_id", "=", update)]) == 3


def test_of_two_updates_at_once_each_price_belongs_to_one(admin, products, simulated):
    for _round in range(5):
        before = prices(admin, products)
        # In another order of the products: whoever locks in that order waits for ever.
        one = simulated(value=5.0)
        other = simulated(value=20.0, product_tmpl_ids=[(6, 0, products[::-1])])
        at_once(
            lambda one=one: admin(UPDATE, "action_apply", [one]),
            lambda other=other: admin(UPDATE, "action_apply", [other]),
        )
        after = prices(admin, products)
        factors = {round(after[product] / before[product], 4) for product in products}
        assert factors in ({1.05}, {1.2})
        winner, loser = (one, other) if factors == {1.05} else (other, one)
        assert states(admin, winner) == 3 * ["applied"]
        assert states(admin, loser) == 3 * ["changed"]
        admin(UPDATE, "action_revert", [winner])
        assert prices(admin, products) == before


def test_two_updates_at_once_add_one_price_to_a_list(admin, products, simulated):
    pricelist = admin("product.pricelist", "create", {"name": "Shelves"})
    values = {"target": "pricelist", "pricelist_id": pricelist, "create_missing": True}
    updates = [simulated(**values) for _number in range(4)]
    at_once(*[lambda u=update: admin(UPDATE, "action_apply", [u]) for update in updates])

    assert admin("product.pricelist.item", "search_count", [("pricelist_id", "=", pricelist)]) == 3
    outcomes = sorted(states(admin, update)[0] for update in updates)
    assert outcomes == ["applied", "changed", "changed", "changed"]


def test_undo_never_overwrites_what_somebody_writes_at_that_moment(admin, products, simulated):
    for number in range(5):
        update = simulated()
        admin(UPDATE, "action_apply", [update])
        by_hand = 200.0 + number
        at_once(
            lambda update=update: admin(UPDATE, "action_revert", [update]),
            lambda by_hand=by_hand: admin(
                "product.template", "write", products[:1], {"list_price": by_hand}
            ),
        )
        assert prices(admin, products)[products[0]] == by_hand
        assert states(admin, update)[1:] == 2 * ["reverted"]


def test_cancel_and_approve_at_once_leave_one_outcome(admin, products, simulated):
    update = simulated()
    answers = at_once(
        lambda: _try(admin, UPDATE, "action_apply", [update]),
        lambda: _try(admin, UPDATE, "action_cancel", [update]),
    )
    (row,) = admin(UPDATE, "read", [update], ["state"])
    applied = set(prices(admin, products).values()) == {105.0}
    assert (row["state"] == "applied") == applied
    assert row["state"] in ("applied", "cancel")
    assert sum(answer is None for answer in answers) == 1, "the second one is told"


def _try(call, *args):
    try:
        call(*args)
    except Exception as error:  # noqa: BLE001
        return str(error)
    return None
