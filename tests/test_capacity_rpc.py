# SPDX-License-Identifier: LGPL-3.0-or-later
"""Many administrators give away the last free seat at the same moment, over connections of their
own, to a real server.
"""

import xmlrpc.client
from concurrent.futures import ThreadPoolExecutor

import pytest


def count_users(admin):
    return admin("crm.module.capacity", "search_read", [], ["crm_user_count"])[0]["crm_user_count"]


@pytest.fixture
def seats(admin):
    """Return a function that sets the limit so that ``free`` seats are left, and returns it."""
    (row,) = admin("crm.module.capacity", "search", [["module", "=", "crm_leads"]])

    def leave(free):
        limit = count_users(admin) + free
        admin("crm.module.capacity", "write", [row], {"max_users": limit})
        return limit

    yield leave
    admin("crm.module.capacity", "write", [row], {"max_users": 0})


def group_id(admin, module, name):
    domain = [["module", "=", module], ["name", "=", name]]
    (row,) = admin("ir.model.data", "search_read", domain, ["res_id"])
    return row["res_id"]


@pytest.fixture
def sales_group(admin):
    return group_id(admin, "sales_team", "group_sale_salesman")


@pytest.fixture
def employees(admin, request):
    """Two employees without rights in the CRM."""
    groups = [[6, 0, [group_id(admin, "base", "group_user")]]]
    logins = [f"{request.node.name} {number}" for number in range(2)]
    return admin(
        "res.users",
        "create",
        [{"name": login, "login": login, "group_ids": groups} for login in logins],
    )


def together(calls):
    """Return the outcome of simultaneous calls: True, or the refusal."""

    def attempt(call):
        try:
            call()
        except xmlrpc.client.Fault as fault:
            return fault.faultString
        return True

    with ThreadPoolExecutor(len(calls)) as people:
        return list(people.map(attempt, calls))


def assert_one_passed(admin, outcomes, limit):
    refusals = [outcome for outcome in outcomes if outcome is not True]
    assert len(refusals) == len(outcomes) - 1, outcomes
    assert all(f"seats for {limit} users" in refusal for refusal in refusals), refusals
    assert count_users(admin) == limit


def test_two_users_created_at_the_last_seat(admin, seats, sales_group):
    limit = seats(free=1)

    def create(number):
        login = f"new {number}"
        values = {"name": login, "login": login, "group_ids": [[6, 0, [sales_group]]]}
        return lambda: admin("res.users", "create", values)

    assert_one_passed(admin, together([create(1), create(2)]), limit)


def test_a_user_and_a_group_written_at_the_last_seat(admin, seats, sales_group, employees):
    limit = seats(free=1)
    first, second = employees
    outcomes = together(
        [
            lambda: admin("res.users", "write", [first], {"group_ids": [[4, sales_group]]}),
            lambda: admin("res.groups", "write", [sales_group], {"user_ids": [[4, second]]}),
        ]
    )
    assert_one_passed(admin, outcomes, limit)


def test_an_implied_group_and_a_user_written_at_the_last_seat(admin, seats, sales_group, employees):
    first, second = employees
    team = admin("res.groups", "create", {"name": "Showroom", "user_ids": [[6, 0, [first]]]})
    limit = seats(free=1)
    outcomes = together(
        [
            lambda: admin("res.groups", "write", [team], {"implied_ids": [[4, sales_group]]}),
            lambda: admin("res.users", "write", [second], {"group_ids": [[4, sales_group]]}),
        ]
    )
    assert_one_passed(admin, outcomes, limit)


def test_no_seat_left(admin, seats, sales_group, employees):
    limit = seats(free=0)
    with pytest.raises(xmlrpc.client.Fault, match=f"seats for {limit} users.*CRM Leads"):
        admin("res.users", "write", employees, {"group_ids": [[4, sales_group]]})
    assert count_users(admin) == limit
