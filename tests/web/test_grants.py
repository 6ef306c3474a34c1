"""Every route, role and account: what may be seen is decided by the tables and by nothing else.

The routes come from the URL map, the permissions from ``NEEDS`` and ``MAY``. Another account
answers exactly as one that does not exist.
"""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.routing import Rule

from dashboard.core import db as database
from dashboard.store import books, grants, users
from dashboard.store.roles import Permission, Role
from dashboard.web import context
from dashboard.web.access import IN_THE_HOUSE, NEEDS
from tests.clients import CheckedClient, signed_in

OWN, GRANTED, OTHER, UNKNOWN = "acct_own", "acct_granted", "acct_other", "acct_unknown"


@pytest.fixture
def engine(app: Flask) -> Engine:
    found: Engine = app.extensions["dashboard"].engine
    with database.writing(found) as db:
        for account_id in (OWN, GRANTED, OTHER):
            books.open_book(db, account_id, livemode=False)
    return found


@pytest.fixture
def entered(app: Flask, engine: Engine) -> list[tuple[str, str | None]]:
    """Every view as one that says which book is open: the guard decides, nothing is done."""
    app.config["WTF_CSRF_ENABLED"] = False
    seen: list[tuple[str, str | None]] = []

    def view(endpoint: str) -> Callable[..., str]:
        def enter(**_arguments: object) -> str:
            book = context.book()
            seen.append((endpoint, book.account_id if book else None))
            return "inside"

        return enter

    for endpoint, needed in NEEDS.items():
        if needed is not None and endpoint in app.view_functions:
            app.view_functions[endpoint] = view(endpoint)
    return seen


def guarded(app: Flask) -> list[tuple[Rule, Permission]]:
    rules = {rule.endpoint: rule for rule in app.url_map.iter_rules()}
    return [(rules[name], needed) for name, needed in NEEDS.items() if needed and name in rules]


def ask(client: CheckedClient, app: Flask, rule: Rule, account_id: str) -> int:
    """Send the route a request about the account and return the status of the answer."""
    arguments = rule._converters.items()  # noqa: SLF001
    values = {name: next(iter(getattr(kind, "items", [1]))) for name, kind in arguments}
    method = "GET" if "GET" in (rule.methods or ()) else "POST"
    path = app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
    # As JSON: what is refused need not be drawn.
    wanted = {"Accept": "application/json"}
    query = {"account": account_id}
    return client.open(path, method=method, query_string=query, headers=wanted).status_code


def person(
    app: Flask, role: Role, *, every_account: bool, granted: dict[str, Role]
) -> CheckedClient:
    email = f"{role}-{every_account}-{len(granted)}@example.com"
    client = signed_in(app, email, role)
    assert client.user
    with database.writing(app.extensions["dashboard"].engine) as db:
        users.set_every_account(db, client.user.id, every_account=every_account)
        grants.replace(db, client.user.id, granted)
    return client


@pytest.mark.parametrize("role", Role)
def test_every_route_lets_the_role_at_the_account_in_and_nobody_else(
    app: Flask, entered: list[tuple[str, str | None]], role: Role
) -> None:
    """Somebody who is ``role`` at one account, viewer at another, and nothing at a third."""
    at = {OWN: role, GRANTED: Role.VIEWER}
    client = person(app, Role.ADMIN, every_account=False, granted=at)
    for rule, needed in guarded(app):
        in_house = rule.endpoint.partition(".")[0] in IN_THE_HOUSE
        answers = {}
        for account_id in (OWN, GRANTED, OTHER, UNKNOWN):
            entered.clear()
            answers[account_id] = status = ask(client, app, rule, account_id)
            if account_id in at and needed is not Permission.OWN:
                allowed = not in_house and at[account_id].allows(needed)
                assert status == (200 if allowed else 403), (rule.endpoint, account_id)
                assert bool(entered) is allowed
            if entered:
                # However it came there, the view saw an account that is theirs.
                assert entered[0][1] in (OWN, GRANTED), (rule.endpoint, account_id)
        assert (
            answers[OTHER]
            == answers[UNKNOWN]
            == (403 if in_house and needed is not Permission.OWN else 404)
        ), rule.endpoint


@pytest.mark.parametrize("role", [Role.ANALYST, Role.ADMIN])
def test_who_sees_every_account_has_one_role_but_where_another_is_granted(
    app: Flask, entered: list[tuple[str, str | None]], role: Role
) -> None:
    client = person(app, role, every_account=True, granted={GRANTED: Role.VIEWER})
    for rule, needed in guarded(app):
        in_house = rule.endpoint.partition(".")[0] in IN_THE_HOUSE
        for account_id in (OWN, GRANTED):
            there = Role.VIEWER if account_id == GRANTED and not in_house else role
            status = ask(client, app, rule, account_id)
            allowed = needed is Permission.OWN or there.allows(needed)
            assert status == (200 if allowed else 403), (rule.endpoint, account_id)


def test_who_may_see_nothing_is_told_so_and_enters_nothing(
    app: Flask, entered: list[tuple[str, str | None]]
) -> None:
    client = person(app, Role.ADMIN, every_account=False, granted={})
    for rule, needed in guarded(app):
        entered.clear()
        status = ask(client, app, rule, "")
        assert status == (200 if needed is Permission.OWN else 403), rule.endpoint
        assert not entered or entered[0][1] is None


def test_the_answer_about_another_account_is_that_about_an_unknown_one(
    app: Flask, engine: Engine
) -> None:
    client = person(app, Role.VIEWER, every_account=False, granted={OWN: Role.ANALYST})
    for path in ("/payments", "/payments/export.csv", "/payments/pi_1", "/revenue.json"):
        other, unknown = (client.get(f"{path}?account={each}") for each in (OTHER, UNKNOWN))
        assert other.status_code == unknown.status_code == 404
        assert _without_id(other.text) == _without_id(unknown.text).replace(UNKNOWN, OTHER)
        assert OTHER not in client.get("/account").text


def test_what_was_chosen_before_is_closed_once_it_is_taken_away(app: Flask, engine: Engine) -> None:
    client = person(app, Role.VIEWER, every_account=True, granted={})
    assert client.get(f"/payments?account={OTHER}").status_code == 200
    assert client.user
    with database.writing(engine) as db:
        users.set_every_account(db, client.user.id, every_account=False)
        grants.replace(db, client.user.id, {OWN: Role.VIEWER})
    page = client.get("/payments")
    assert page.status_code == 200
    assert OWN[-4:] in page.text
    assert OTHER not in page.text


def _without_id(page: str) -> str:
    return re.sub("req_[0-9a-f]+", "", page)
