"""A forgotten password: the same answer for everybody, a mail for those who are here."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import Engine, select

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.crypto import make_key
from dashboard.features.people import actions as people
from dashboard.store import jobs
from dashboard.store.roles import Role
from tests.clients import PASSWORD, CheckedClient, signed_out
from tests.features.letters import mailed

NEW = {"password": "nine loud herons", "again": "nine loud herons"}
FORM = "/login/forgotten"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"atom_oauth_encryption_key": SecretStr(make_key())})


@pytest.fixture(autouse=True)
def _ann_exists(sqlite_engine: Engine) -> None:
    people.create(sqlite_engine, "ann@example.com", Role.FINANCE, PASSWORD)


def test_who_is_here_gets_a_link_and_chooses_a_new_password(
    app: Flask, client: CheckedClient, capsys: pytest.CaptureFixture[str]
) -> None:
    client.submit(FORM, {"email": " Ann@Example.com "})
    ((to, path),) = mailed(app, capsys)
    assert to == "ann@example.com"
    assert client.get(path).status_code == 200
    form = {**NEW, "token": path.partition("token=")[2]}
    assert client.submit("/login/reset", form).location == "/login"
    assert client.submit("/login/reset", form).status_code == 404
    attempt = {"email": "ann@example.com", "password": NEW["password"]}
    assert client.submit("/login", attempt).status_code == 303


def test_the_answer_is_the_same_for_somebody_unknown(
    app: Flask, sqlite_engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    people.create(sqlite_engine, "gone@example.com", Role.FINANCE, PASSWORD)
    people.disable(sqlite_engine, "gone@example.com")
    answers = []
    for email in ("ann@example.com", "eve@example.com", "gone@example.com", "no address"):
        client = signed_out(app)
        answer = client.submit(FORM, {"email": email})
        token = client.csrf_token()
        answers.append((answer.status_code, answer.text.replace(token, "")))
    assert len(set(answers)) == 1
    assert [to for to, _ in mailed(app, capsys)] == ["ann@example.com"]


def test_a_link_ends_after_an_hour(
    app: Flask, client: CheckedClient, capsys: pytest.CaptureFixture[str]
) -> None:
    client.submit(FORM, {"email": "ann@example.com"})
    ((_, path),) = mailed(app, capsys)
    with time_machine.travel(clock.now() + timedelta(hours=1, seconds=1)):
        assert client.get(path).status_code == 404


def test_a_mailbox_is_not_flooded_and_the_links_in_it_count(
    app: Flask, client: CheckedClient, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = [client.submit(FORM, {"email": "ann@example.com"}).status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]
    paths = [path for _, path in mailed(app, capsys)]
    assert len(paths) == 3
    assert [client.get(path).status_code for path in paths] == [200] * 3
    client.submit("/login/reset", {**NEW, "token": paths[1].partition("token=")[2]})
    assert [client.get(path).status_code for path in paths] == [404] * 3


def test_no_row_holds_the_token_or_the_address(
    app: Flask,
    client: CheckedClient,
    sqlite_engine: Engine,
    capsys: pytest.CaptureFixture[str],
) -> None:
    client.submit(FORM, {"email": "ann@example.com"})
    ((_, path),) = mailed(app, capsys)
    with database.reading(sqlite_engine) as db:
        rows = str(db.execute(select(jobs.jobs)).all())
    assert "reset-link" in rows
    assert path.partition("token=")[2] not in rows
    assert "ann@example.com" not in rows


def test_a_made_up_host_is_not_mailed(
    make_app: Callable[[Settings], Flask],
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    app = make_app(settings.model_copy(update={"public_url": "http://localhost"}))
    client = signed_out(app)
    client.submit(FORM, {"email": "ann@example.com"}, headers={"Host": "evil.example"})
    for _, path in mailed(app, capsys):
        assert path.startswith("/login/reset?token=")


def test_where_nothing_can_be_mailed_it_says_whom_to_ask(
    make_app: Callable[[Settings], Flask], settings: Settings
) -> None:
    server = SecretStr("smtp://mail.example.com")
    for changes in ({"smtp_url": SecretStr("")}, {"smtp_url": server, "public_url": ""}):
        away = {"environment": "production", "secret_key": SecretStr("s" * 40), **changes}
        client = signed_out(make_app(settings.model_copy(update=away)))
        page = client.get(FORM, base_url="https://dashboard.example.com")
        assert "Ask an administrator" in page.text
        assert "<form" not in page.text.partition("<main")[2]
