"""The table of endpoint and permission is complete and holds, and nobody is sent elsewhere."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Engine, event, func, select
from werkzeug.test import TestResponse

from dashboard.core import clock, db
from dashboard.core.errors import NotSignedInError
from dashboard.store import sessions
from dashboard.store.roles import MAY, Permission, Role
from dashboard.web import access
from dashboard.web.access import NEEDS, local_path
from tests.clients import CheckedClient, signed_in, signed_out


def test_every_endpoint_has_an_entry_and_every_entry_an_endpoint(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(NEEDS)


def ask(client: CheckedClient, app: Flask, endpoint: str) -> TestResponse:
    """Send the endpoint a request with a token; its arguments name nothing that exists."""
    rule = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint)
    # A converter that lists its values gives its first, any other takes a number.
    arguments = rule._converters.items()  # noqa: SLF001
    values = {name: next(iter(getattr(kind, "items", [1]))) for name, kind in arguments}
    path = app.url_map.bind("localhost").build(
        endpoint, values, method=next(iter(rule.methods or ()))
    )
    if "GET" in (rule.methods or ()):
        return client.get(path)
    return client.submit(path)


@pytest.mark.parametrize("endpoint", [name for name, needed in NEEDS.items() if needed])
def test_a_guarded_endpoint_sends_a_stranger_to_sign_in(
    app: Flask, client: CheckedClient, endpoint: str
) -> None:
    response = ask(client, app, endpoint)
    if response.is_json:
        assert response.status_code == 401
    else:
        assert response.status_code == 303
        assert response.location.startswith("/login")


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("role", Role)
def test_each_role_enters_where_the_table_lets_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch, role: Role, permission: Permission
) -> None:
    app.add_url_rule("/guarded", "guarded", lambda: "inside")
    monkeypatch.setitem(NEEDS, "guarded", permission)
    response = signed_in(app, "ann@example.com", role).get("/guarded")
    assert response.status_code == (200 if permission in MAY[role] else 403)


def test_an_endpoint_without_an_entry_is_closed_to_everybody(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "inside")
    assert signed_in(app, "boss@example.com", Role.ADMIN).get("/forgotten").status_code == 403
    assert signed_out(app).get("/forgotten").status_code == 303


def test_signing_in_costs_one_statement_for_each_request(ann: CheckedClient, app: Flask) -> None:
    statements: list[str] = []
    app.add_url_rule("/guarded", "guarded", lambda: "inside")
    NEEDS["guarded"] = Permission.READ
    engine = app.extensions["dashboard"].engine
    event.listen(
        engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2])
    )
    try:
        assert ann.get("/guarded").text == "inside"
    finally:
        del NEEDS["guarded"]
    assert [statement for statement in statements if not statement.startswith("BEGIN")] == [
        statement for statement in statements if "FROM sessions" in statement
    ]
    assert sum("FROM sessions" in statement for statement in statements) == 1


def test_static_files_ask_nobody_who_they_are(ann: CheckedClient, app: Flask) -> None:
    engine = app.extensions["dashboard"].engine
    statements: list[str] = []
    event.listen(
        engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2])
    )
    assert ann.get("/static/css/base.css").status_code == 200
    assert statements == []


def test_presence_is_noted_at_most_once_a_minute(ann: CheckedClient, app: Flask) -> None:
    engine = app.extensions["dashboard"].engine
    assert ann.user
    seen = []
    for age in (30, 90):
        with db.writing(engine) as connection:
            now = connection.execute(sessions.sessions.select()).one().created_at
            connection.execute(sessions.sessions.update().values(seen_at=now - age))
        ann.get("/account")
        with db.reading(engine) as connection:
            seen.append(connection.execute(sessions.sessions.select()).one().seen_at - now)
    assert seen[0] == -30
    assert seen[1] >= 0


def test_a_page_does_not_wait_for_another_writer(ann: CheckedClient, app: Flask) -> None:
    engine = app.extensions["dashboard"].engine
    with db.writing(engine) as connection:
        connection.execute(sessions.sessions.update().values(seen_at=clock.seconds() - 90))
    with db.writing(engine):
        response = ann.get("/account", buffered=False)
        assert response.status_code == 200
    response.close()


def test_a_made_up_session_is_nobodys(client: CheckedClient) -> None:
    with client.session_transaction() as cookie:
        cookie["_user_id"] = "made-up"
    assert client.get("/account").status_code == 303


@pytest.mark.parametrize(
    "target", ["/", "/account", "/payments?status=failed&q=a%20b", "/payments/pi_1#raw"]
)
def test_a_path_of_ours_is_returned_to(target: str) -> None:
    assert local_path(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "account",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/\tevil",
        "/\r\nSet-Cookie: a=b",
        " /account",
        "/login?next=/login",
        "/logout",
    ],
)
def test_no_other_target_is_returned_to(target: str | None) -> None:
    assert local_path(target) == "/"


def test_outside_a_guarded_endpoint_there_may_be_no_user(app: Flask) -> None:
    with (
        app.test_request_context("/login"),
        pytest.raises(NotSignedInError),
    ):
        access.user()


def test_a_page_that_renews_itself_does_not_keep_a_session_alive(
    app: Flask, ann: CheckedClient
) -> None:
    engine = app.extensions["dashboard"].engine
    with time_machine.travel(clock.now() + timedelta(minutes=5)):
        ann.get("/account", headers={"X-Poll": "true"})
        assert seen_at(engine) < clock.seconds() - 200
        ann.get("/account")
        assert seen_at(engine) == clock.seconds()


def seen_at(engine: Engine) -> int:
    with db.reading(engine) as connection:
        return int(connection.scalar(select(func.max(sessions.sessions.c.seen_at))) or 0)
