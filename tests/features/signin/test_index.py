"""Signing in: the right password opens a session of its own, anything else says the same."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import Engine, select

from dashboard.core import db
from dashboard.core.config import Settings
from dashboard.features.people import actions as people
from dashboard.store import attempts, passwords, sessions, users
from dashboard.store.roles import Role
from tests.clients import PASSWORD, CheckedClient, signed_out

ANN = {"email": "ann@example.com", "password": PASSWORD}
WRONG = "The email or the password is wrong."
MORNING = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _ann_exists(sqlite_engine: Engine) -> None:
    people.create(sqlite_engine, "ann@example.com", Role.FINANCE, PASSWORD)


def is_signed_in(client: CheckedClient) -> bool:
    return client.get("/account").status_code == 200


def test_the_right_password_opens_the_door(client: CheckedClient) -> None:
    response = client.submit("/login", {**ANN, "email": " Ann@EXAMPLE.com "})
    assert (response.status_code, response.location) == (303, "/")
    assert "ann@example.com" in client.get("/account").text


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/payments?status=failed", "/payments?status=failed"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
    ],
)
def test_one_returns_to_where_one_was_but_never_elsewhere(
    client: CheckedClient, target: str, location: str
) -> None:
    response = client.submit("/login", ANN, query_string={"next": target})
    assert response.location == location


def test_a_refusal_never_says_which_part_was_wrong(client: CheckedClient, app: Flask) -> None:
    people.create(engine_of(app), "gone@example.com", Role.ADMIN, PASSWORD)
    people.disable(engine_of(app), "gone@example.com")
    tries = [
        {**ANN, "password": "wrong"},
        {**ANN, "email": "eve@example.com"},
        {**ANN, "email": "gone@example.com"},
        {**ANN, "email": "no address"},
    ]
    pages = [client.submit("/login", attempt) for attempt in tries]
    assert {page.status_code for page in pages} == {422}
    assert all(WRONG in page.text for page in pages)
    assert len({_without_values(page.text) for page in pages}) == 1
    assert not is_signed_in(client)


def _without_values(page: str) -> str:
    return re.sub(r'value="[^"]*"', "", page)


@pytest.mark.parametrize("missing", ["email", "password"])
def test_an_empty_field_is_named(client: CheckedClient, missing: str) -> None:
    response = client.submit("/login", {**ANN, missing: ""})
    assert response.status_code == 422
    assert f'id="{missing}-error"' in response.text
    assert PASSWORD not in response.text


def test_an_old_session_and_token_are_worth_nothing_after_sign_in(client: CheckedClient) -> None:
    token = client.csrf_token()
    before = client.get_cookie("session")
    assert before
    client.post("/login", data={**ANN, "csrf_token": token})
    assert client.post("/logout", data={"csrf_token": token}).status_code == 400
    signed = client.get_cookie("session")
    assert signed
    assert signed.value != before.value
    client.set_cookie("session", before.value)
    assert not is_signed_in(client)


def test_a_session_planted_before_sign_in_stays_a_strangers(
    client: CheckedClient, app: Flask
) -> None:
    with client.session_transaction() as cookie:
        cookie["_user_id"] = "planted"
    client.submit("/login", ANN)
    assert is_signed_in(client)
    attacker = signed_out(app)
    with attacker.session_transaction() as cookie:
        cookie["_user_id"] = "planted"
    assert not is_signed_in(attacker)


def test_signing_in_again_ends_the_session_before(client: CheckedClient, app: Flask) -> None:
    client.submit("/login", ANN)
    first = client.get_cookie("session")
    assert first
    client.submit("/login", ANN)
    assert is_signed_in(client)
    copy = signed_out(app)
    copy.set_cookie("session", first.value)
    assert not is_signed_in(copy)


def test_who_is_signed_in_already_goes_on(client: CheckedClient) -> None:
    client.submit("/login", ANN)
    response = client.get("/login?next=/account")
    assert (response.status_code, response.location) == (303, "/account")


def test_a_session_ends_when_nobody_is_there_and_at_the_end_of_the_day(
    client: CheckedClient,
) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        client.submit("/login", ANN)
        for _ in range(12 * 60 // 29):
            clock.shift(timedelta(minutes=29))
            assert is_signed_in(client)
        clock.move_to(MORNING + timedelta(hours=12))
        assert not is_signed_in(client)
        client.submit("/login", ANN)
        clock.shift(timedelta(minutes=30))
        assert not is_signed_in(client)


def test_the_time_outs_are_settings(
    make_app: Callable[[Settings], Flask], settings: Settings
) -> None:
    short = settings.model_copy(update={"session_idle_minutes": 5, "session_hours": 1})
    client = signed_out(make_app(short))
    with time_machine.travel(MORNING, tick=False) as clock:
        client.submit("/login", ANN)
        clock.shift(timedelta(minutes=5))
        assert not is_signed_in(client)


def test_guessing_is_stopped_and_says_for_how_long(client: CheckedClient) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        for _ in range(10):
            assert client.submit("/login", {**ANN, "password": "wrong"}).status_code == 422
        refused = client.submit("/login", ANN)
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "900"
        assert "Wait 15 minutes" in refused.text
        clock.shift(900)
        assert client.submit("/login", ANN).status_code == 303


def test_guessing_an_unknown_account_is_stopped_all_the_same(client: CheckedClient) -> None:
    eve = {**ANN, "email": "eve@example.com"}
    answers = [client.submit("/login", eve).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_guessing_from_elsewhere_does_not_lock_ann_out_of_her_desk(client: CheckedClient) -> None:
    desk, elsewhere = ({"REMOTE_ADDR": address} for address in ("192.0.2.1", "198.51.100.1"))
    client.submit("/login", ANN, environ_overrides=desk)
    client.submit("/logout")
    for _ in range(10):
        client.submit("/login", {**ANN, "password": "wrong"}, environ_overrides=elsewhere)
    assert client.submit("/login", ANN, environ_overrides=elsewhere).status_code == 429
    assert client.submit("/login", ANN, environ_overrides=desk).status_code == 303


@pytest.mark.parametrize("hops", [0, 1])
def test_a_spoofed_address_does_not_escape_the_throttling(
    make_app: Callable[[Settings], Flask], settings: Settings, hops: int
) -> None:
    client = signed_out(make_app(settings.model_copy(update={"proxy_hops": hops})))
    answers = []
    for turn in range(12):
        # With a proxy in front, what it adds stands last; all before comes from the guesser.
        spoofed = {"X-Forwarded-For": f"192.0.2.{turn}, 203.0.113.9", "X-Real-IP": f"10.0.0.{turn}"}
        guess = {"email": f"somebody{turn}@example.com", "password": "wrong"}
        answers.append(client.submit("/login", guess, headers=spoofed).status_code)
    engine = client.application.extensions["dashboard"].engine
    with db.reading(engine) as connection:
        networks = set(connection.scalars(select(attempts.attempts.c.network)))
    assert answers == [422] * 12
    assert networks == {"203.0.113.9" if hops else "127.0.0.1"}


def test_throttling_holds_over_several_processes(
    make_app: Callable[[Settings], Flask], settings: Settings
) -> None:
    clients = [signed_out(make_app(settings)) for _ in range(3)]
    wrong = {**ANN, "password": "wrong"}
    answers = [clients[turn % 3].submit("/login", wrong).status_code for turn in range(12)]
    assert answers == [422] * 10 + [429] * 2


def test_a_hash_of_older_strength_is_renewed_at_sign_in(
    client: CheckedClient, sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1_024, parallelism=1).hash(PASSWORD)
    with db.writing(sqlite_engine) as connection:
        user = users.find(connection, "ann@example.com")
        users.set_password(connection, user.id, weak)
    assert client.submit("/login", ANN).status_code == 303
    with db.reading(sqlite_engine) as connection:
        found = users.credentials(connection, "ann@example.com")
    assert found
    assert found[1] != weak
    assert passwords.matches(PASSWORD, found[1])


def test_no_cookie_outlives_the_browser(client: CheckedClient) -> None:
    response = client.submit("/login", ANN)
    (cookie,) = response.headers.getlist("Set-Cookie")
    assert cookie.startswith("session=")
    assert "expires" not in cookie.lower()
    assert "max-age" not in cookie.lower()


def test_the_log_tells_who_came_and_who_was_refused(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    client = signed_out(app)
    client.submit("/login", {**ANN, "password": "wrong"})
    client.submit("/login", ANN)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    told = [(each["event"], each["user_id"]) for each in lines if each["room"] == "signin"]
    assert told == [("sign_in_refused", 1), ("signed_in", 1)]


def test_the_table_keeps_where_the_session_began(
    client: CheckedClient, sqlite_engine: Engine
) -> None:
    client.submit("/login", ANN, headers={"User-Agent": "A browser"})
    with db.reading(sqlite_engine) as connection:
        row = connection.execute(select(sessions.sessions)).one()
    assert (row.address, row.agent) == ("127.0.0.1", "A browser")
    assert row.expires_at - row.created_at == 12 * 3_600


def engine_of(app: Flask) -> Engine:
    found: Engine = app.extensions["dashboard"].engine
    return found
