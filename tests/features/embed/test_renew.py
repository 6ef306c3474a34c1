"""A session goes on with a new token for the same person, and ends without."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from time_machine import travel

from dashboard.core import clock
from tests.features.audited import entries
from tests.features.embed.conftest import Frame
from tests.portals import OTHER_PORTAL

HOUR = 3_600


def test_a_session_ends_in_place_and_goes_on_with_a_new_token(mia: Frame) -> None:
    with travel(clock.now().timestamp() + HOUR):
        page = mia.get("/payments")
        assert page.status_code == 401
        assert "Open the dashboard again from ATOM" in page.text
        part = mia.get("/payments", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
        assert (part.status_code, part.headers["HX-Reswap"], part.text) == (401, "none", "")
        assert mia.renew().json == {"ok": True, "seconds": 900}
        assert mia.get("/payments").status_code == 200


@pytest.mark.parametrize(
    "changes",
    [{"sub": "atom-user-8"}, {"origin": OTHER_PORTAL}, {"role": "admin"}, {"exp": 1}],
)
def test_a_token_for_another_renews_nothing(
    mia: Frame, engine: Engine, changes: dict[str, str]
) -> None:
    answer = mia.renew(**changes)
    assert answer.status_code == 403
    assert answer.json
    assert answer.json["error"]["code"] == "token_refused"
    assert len(entries(engine, "portal.refused")) == 1


def test_who_was_let_in_can_be_given_less(mia: Frame, engine: Engine) -> None:
    assert mia.renew(role="viewer").status_code == 200
    assert "Export" not in mia.get("/payments").text
    (changed,) = entries(engine, "portal.changed")
    assert changed["before"]["role"] == "analyst"
    assert changed["after"]["role"] == "viewer"


def test_nobody_renews_what_never_began(another_frame: Callable[[], Frame]) -> None:
    assert another_frame().renew().status_code == 401


def test_a_visitor_who_leaves_the_portal_leaves_us(mia: Frame, engine: Engine) -> None:
    headers = {"X-CSRFToken": mia.csrf_token(), "Accept": "application/json"}
    assert mia.post("/leave", headers=headers).status_code == 200
    assert mia.get("/payments").status_code == 401
    assert mia.renew().status_code == 401
    assert len(entries(engine, "portal.left")) == 1


@pytest.mark.parametrize("origin", [None, "null", "https://portal.test", "http://dash.test"])
def test_what_changes_something_must_come_from_our_own_origin(
    mia: Frame, origin: str | None
) -> None:
    headers = {"X-CSRFToken": mia.csrf_token()}
    assert mia.post("/leave", origin=origin, headers=headers).status_code == 403


def test_what_changes_something_must_carry_the_token_of_its_session(mia: Frame) -> None:
    assert mia.post("/leave").status_code == 400
    assert mia.post("/renew", headers={"X-CSRFToken": "wrong"}).status_code == 400
    assert mia.get("/payments").status_code == 200
