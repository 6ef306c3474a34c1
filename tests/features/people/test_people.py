"""Admins invite people, change what they may do and let them in no more; nobody else does."""

import html
import re
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
from dashboard.store import books, grants, jobs, users
from dashboard.store.roles import Role
from dashboard.store.users import User
from tests.clients import PASSWORD, CheckedClient, signed_in, signed_out
from tests.features.audited import entries
from tests.features.letters import mailed

BOB = "bob@example.com"
WELCOME = {"name": "Bob Baker", "password": "nine loud herons", "again": "nine loud herons"}
OFFER = {"email": BOB, "role": "viewer", "role_acct_1": "finance"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"atom_oauth_encryption_key": SecretStr(make_key())})


@pytest.fixture
def engine(app: Flask) -> Engine:
    found: Engine = app.extensions["dashboard"].engine
    with database.writing(found) as db:
        for account_id in ("acct_1", "acct_2"):
            books.open_book(db, account_id, livemode=False)
    return found


def link_in(page: str) -> str:
    found = re.search(r"http://localhost(/\S+?)</pre>", page)
    assert found
    return html.unescape(found[1])


def invited(boss: CheckedClient, **changes: str) -> str:
    """Invite Bob and return the path of the link that is shown."""
    answer = boss.submit("/people/new", {**OFFER, **changes})
    assert answer.status_code == 200, answer.text
    return link_in(answer.text)


def accepted(app: Flask, path: str, **changes: str) -> tuple[CheckedClient, int]:
    """Open the link in a new browser, fill in its form, and return the browser and the status."""
    client = signed_out(app)
    page = client.get(path)
    if page.status_code != 200:
        return client, page.status_code
    token = path.partition("token=")[2]
    answer = client.submit("/invitation", {**WELCOME, "token": token, **changes})
    return client, answer.status_code


def user(engine: Engine, email: str) -> User:
    with database.reading(engine) as db:
        return users.find(db, email)


def test_who_accepts_an_invitation_is_in_with_what_was_offered(
    app: Flask, boss: CheckedClient, engine: Engine
) -> None:
    bob, status = accepted(app, invited(boss))
    assert status == 303
    assert bob.get("/payments?account=acct_1").status_code == 200
    assert bob.get("/payments?account=acct_2").status_code == 404
    made = user(engine, BOB)
    assert (made.name, made.role, made.every_account) == ("Bob Baker", Role.VIEWER, False)
    with database.reading(engine) as db:
        assert grants.of_user(db, made.id) == {"acct_1": Role.FINANCE}
    (offered,), (created,) = entries(engine, "user.invited"), entries(engine, "user.created")
    assert (offered["actor"], offered["subject"]) == ("boss@example.com", BOB)
    assert created["after"]["grants"] == {"acct_1": "finance"}


def test_the_link_is_mailed_and_stands_nowhere_in_the_clear(
    app: Flask, boss: CheckedClient, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    path = invited(boss)
    token = path.partition("token=")[2]
    accepted(app, path, password="short", again="short")
    logged = capsys.readouterr().err
    with database.reading(engine) as db:
        rows = str(db.execute(select(jobs.jobs)).all())
    assert "sealed" in rows
    assert token not in rows + logged
    assert mailed(app, capsys) == [(BOB, path)]
    assert token not in boss.get("/people").text


def test_an_invitation_is_used_once_and_a_bad_password_does_not_use_it_up(
    app: Flask, boss: CheckedClient
) -> None:
    path = invited(boss)
    assert accepted(app, path, password="short", again="short")[1] == 422
    assert accepted(app, path)[1] == 303
    assert accepted(app, path)[1] == 404


def test_looking_at_a_link_does_not_use_it_up(app: Flask, boss: CheckedClient) -> None:
    path = invited(boss)
    for _ in range(15):
        assert signed_out(app).get(path).status_code == 200


def test_an_invitation_ends_after_a_day_or_when_it_is_taken_back(
    app: Flask, boss: CheckedClient, engine: Engine
) -> None:
    first = invited(boss)
    with time_machine.travel(clock.now() + timedelta(hours=24, seconds=1)):
        assert signed_out(app).get(first).status_code == 404
    second = invited(boss)
    assert signed_out(app).get(first).status_code == 404
    assert "Take back" in boss.get("/people").text
    assert boss.submit("/people/invitations/2/revoke").status_code == 303
    assert signed_out(app).get(second).status_code == 404
    assert boss.submit("/people/invitations/2/revoke").status_code == 404
    assert [each["subject"] for each in entries(engine, "invitation.revoked")] == [BOB]


def test_guessing_links_is_stopped(app: Flask) -> None:
    client = signed_out(app)
    answers = [client.get(f"/invitation?token={n}").status_code for n in range(11)]
    assert answers == [404] * 10 + [429]


def test_nobody_is_invited_twice_or_without_an_address(boss: CheckedClient) -> None:
    for email, words in (("boss@example.com", "is a user already"), ("bob", "is not an e-mail")):
        answer = boss.submit("/people/new", {**OFFER, "email": email})
        assert answer.status_code == 422
        assert words in answer.text


def test_changed_access_holds_from_the_next_request_on(
    boss: CheckedClient, ann: CheckedClient, engine: Engine
) -> None:
    assert ann.user
    path = f"/people/{ann.user.id}"
    assert ann.get("/payments/export.csv").status_code == 200
    page = boss.get(path)
    assert page.status_code == 200
    assert "Finance: " in page.text
    assert boss.submit(path, {"role": "viewer", "role_acct_2": "analyst"}).status_code == 303
    assert ann.get("/payments?account=acct_1").status_code == 404
    assert ann.get("/payments/export.csv?account=acct_2").status_code == 200
    (noted,) = entries(engine, "user.access_changed")
    assert noted["before"] == {"role": "finance", "every_account": True, "grants": {}}
    assert noted["after"]["grants"] == {"acct_2": "analyst"}


def test_a_form_from_before_another_account_was_connected_gives_no_role_there(
    boss: CheckedClient, ann: CheckedClient, engine: Engine
) -> None:
    assert ann.user
    with database.writing(engine) as db:
        first = books.open_book(db, "acct_0", livemode=True)
        books.describe(db, first, timezone="UTC", currency="usd", name="")
    boss.submit(f"/people/{ann.user.id}", {"role": "viewer", "role_acct_1": "support"})
    with database.reading(engine) as db:
        assert grants.of_user(db, ann.user.id) == {"acct_1": Role.SUPPORT}


def test_who_is_disabled_is_out_at_once_and_in_again_when_enabled(
    app: Flask, boss: CheckedClient, ann: CheckedClient
) -> None:
    assert ann.user
    boss.submit(f"/people/{ann.user.id}/disable")
    assert ann.get("/account").status_code == 303
    attempt = {"email": "ann@example.com", "password": PASSWORD}
    assert signed_out(app).submit("/login", attempt).status_code == 422
    assert "Disabled" in boss.get("/people").text
    boss.submit(f"/people/{ann.user.id}/enable")
    assert signed_out(app).submit("/login", attempt).status_code == 303


def test_the_last_admin_can_neither_disable_nor_demote_themselves(
    app: Flask, boss: CheckedClient, engine: Engine
) -> None:
    assert boss.user
    path = f"/people/{boss.user.id}"
    assert boss.submit(f"{path}/disable").status_code == 409
    for lesser in ({"role": "viewer", "every_account": "y"}, {"role": "admin"}):
        answer = boss.submit(path, lesser)
        assert answer.status_code == 422
        assert "Nobody would be left" in answer.text
    assert boss.get("/people").status_code == 200
    signed_in(app, "eve@example.com", Role.ADMIN)
    assert boss.submit(path, {"role": "viewer", "every_account": "y"}).status_code == 303
    assert boss.get("/people").status_code == 403


def test_sessions_of_somebody_are_ended(boss: CheckedClient, ann: CheckedClient) -> None:
    assert ann.user
    assert "127.0.0.1" in boss.get(f"/people/{ann.user.id}").text
    boss.submit(f"/people/{ann.user.id}/sessions/revoke")
    assert ann.get("/account").status_code == 303


def test_a_link_to_a_new_password_replaces_the_old_and_ends_the_sessions(
    app: Flask, boss: CheckedClient, ann: CheckedClient, engine: Engine
) -> None:
    assert ann.user
    path = link_in(boss.submit(f"/people/{ann.user.id}/reset").text)
    client = signed_out(app)
    assert "ann@example.com" in client.get(path).text
    form = {**WELCOME, "token": path.partition("token=")[2]}
    assert client.submit("/login/reset", form).status_code == 303
    assert client.submit("/login/reset", form).status_code == 404
    assert ann.get("/account").status_code == 303
    for password, status in ((PASSWORD, 422), (WELCOME["password"], 303)):
        attempt = {"email": "ann@example.com", "password": password}
        assert signed_out(app).submit("/login", attempt).status_code == status
    assert [each["actor"] for each in entries(engine, "user.password_changed")] == [
        "ann@example.com"
    ]


def test_people_are_changed_only_by_who_confirmed_of_late(
    boss: CheckedClient, ann: CheckedClient
) -> None:
    assert ann.user
    path = f"/people/{ann.user.id}"
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        assert boss.get("/people").status_code == 200
        answer = boss.get(path)
        assert (answer.status_code, answer.location) == (303, f"/confirm?next={path}")
        here = {"Referer": f"http://localhost{path}"}
        answer = boss.submit(f"{path}/disable", headers=here)
        assert (answer.status_code, answer.location) == (303, f"/confirm?next={path}")
        assert boss.submit("/confirm", {"password": "wrong"}).status_code == 422
        assert boss.get(path).status_code == 303
        answer = boss.submit(f"/confirm?next={path}", {"password": PASSWORD})
        assert (answer.status_code, answer.location) == (303, path)
        assert boss.submit(f"{path}/disable").status_code == 303


def test_the_page_leads_nowhere_for_others(ann: CheckedClient, boss: CheckedClient) -> None:
    assert ">People<" in boss.get("/account").text
    assert ">People<" not in ann.get("/account").text
    assert ann.get("/people").status_code == 403
    assert boss.get("/people/999").status_code == 404
