"""One's own account: see and end sessions, change the password."""

import pytest
from flask import Flask

from dashboard.core import db
from dashboard.store import sessions, users
from dashboard.store.roles import Role
from tests.clients import PASSWORD, CheckedClient, signed_in, signed_out

NEW = "four slow green tortoises"
CHANGE = {"current": PASSWORD, "password": NEW, "again": NEW}


def elsewhere(app: Flask, client: CheckedClient, address: str = "192.0.2.7") -> CheckedClient:
    """Return another browser in which the same user is signed in."""
    other = signed_out(app)
    assert client.user
    with db.writing(app.extensions["dashboard"].engine) as connection:
        token = sessions.start(
            connection, client.user.id, address=address, agent="a phone", lifetime_seconds=3_600
        )
    with other.session_transaction() as cookie:
        cookie["_user_id"] = token
    other.user = client.user
    return other


def session_id(app: Flask, address: str) -> int:
    with db.reading(app.extensions["dashboard"].engine) as connection:
        query = sessions.sessions.select().where(sessions.sessions.c.address == address)
        return int(connection.execute(query).one().id)


def is_signed_in(client: CheckedClient) -> bool:
    return client.get("/account").status_code == 200


def test_the_page_lists_where_one_is_signed_in(app: Flask, ann: CheckedClient) -> None:
    elsewhere(app, ann)
    page = ann.get("/account").text
    assert "192.0.2.7" in page
    assert "a phone" in page
    assert page.count("This session") == 1


def test_one_session_is_ended_and_the_others_go_on(app: Flask, ann: CheckedClient) -> None:
    phone, tablet = elsewhere(app, ann), elsewhere(app, ann, "192.0.2.8")
    response = ann.submit(f"/account/sessions/{session_id(app, '192.0.2.7')}/revoke")
    assert (response.status_code, response.location) == (303, "/account")
    assert [is_signed_in(each) for each in (phone, tablet, ann)] == [False, True, True]


def test_all_other_sessions_are_ended_at_once(app: Flask, ann: CheckedClient) -> None:
    others = [elsewhere(app, ann) for _ in range(3)]
    ann.submit("/account/sessions/revoke")
    assert not any(is_signed_in(each) for each in others)
    assert "3 sessions have ended." in ann.get("/account").text


def test_nobody_ends_the_session_of_somebody_else(
    app: Flask, ann: CheckedClient, boss: CheckedClient
) -> None:
    elsewhere(app, ann)
    path = f"/account/sessions/{session_id(app, '192.0.2.7')}/revoke"
    assert boss.submit(path).status_code == 404
    assert boss.submit("/account/sessions/99999999999999999999/revoke").status_code == 404


def test_a_new_password_ends_the_other_sessions(app: Flask, ann: CheckedClient) -> None:
    phone = elsewhere(app, ann)
    assert ann.submit("/account/password", CHANGE).status_code == 303
    assert "Your password is changed" in ann.get("/account").text
    assert not is_signed_in(phone)
    for password, status in ((PASSWORD, 422), (NEW, 303)):
        attempt = {"email": "ann@example.com", "password": password}
        assert signed_out(app).submit("/login", attempt).status_code == status


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"current": "wrong"}, "current"),
        ({"password": "short", "again": "short"}, "password"),
        ({"password": "ann@example.com", "again": "ann@example.com"}, "password"),
        ({"again": "something else"}, "again"),
        ({"current": ""}, "current"),
    ],
)
def test_a_change_that_is_wrong_says_where(
    ann: CheckedClient, change: dict[str, str], field: str
) -> None:
    response = ann.submit("/account/password", {**CHANGE, **change})
    assert response.status_code == 422
    assert f'id="{field}-error"' in response.text
    assert NEW not in response.text


def test_guessing_the_present_password_is_stopped(ann: CheckedClient) -> None:
    wrong = {**CHANGE, "current": "wrong"}
    answers = [ann.submit("/account/password", wrong).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_a_disabled_user_is_out_at_once(app: Flask) -> None:
    eve = signed_in(app, "eve@example.com", Role.ADMIN)
    assert is_signed_in(eve)
    assert eve.user
    with db.writing(app.extensions["dashboard"].engine) as connection:
        users.disable(connection, eve.user.id)
    assert not is_signed_in(eve)
