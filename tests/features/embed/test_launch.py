"""The portal lets its people in: once for each token, with what it says and nothing more."""

from collections.abc import Callable

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import Engine, func, select

from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.store import portal_sessions
from dashboard.store.roles import Role
from tests.clients import CheckedClient, signed_in, signed_out
from tests.features.audited import entries
from tests.features.embed.conftest import Frame
from tests.features.make import Maker
from tests.portals import OTHER_PORTAL, PORTAL, token
from tests.store.forgeries import forged

FORGERIES = 60


def test_without_a_portal_there_is_no_way_in(
    make_app: Callable[[Settings], Flask], settings: Settings
) -> None:
    none = {"atom_embed_origins": "", "atom_embed_keys": SecretStr("")}
    client = signed_out(make_app(settings.model_copy(update=none)))
    for path in ("/embed", "/embed/", "/embed/payments", "/embed/arrive", "/arrive"):
        response = client.get(path)
        assert response.status_code == 404
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert client.post("/embed/launch", data={"token": token()}).status_code in (400, 404)


def test_a_launch_ends_at_a_clean_address(frame: Frame) -> None:
    response = frame.launch(path="/payments?status=failed")
    assert response.status_code == 303
    arrived = frame.client.get(response.location, base_url="https://dash.test")
    assert arrived.status_code == 303
    assert arrived.location == "/embed/payments?status=failed"
    page = frame.get("/payments?status=failed")
    assert page.status_code == 200
    assert "mia@atom.example" not in page.request.url


def test_the_cookie_is_of_a_kind_that_a_frame_may_keep(frame: Frame) -> None:
    name, *attributes = frame.launch().headers["Set-Cookie"].split("; ")
    assert name.startswith("__Host-embed=")
    assert set(attributes) == {"Secure", "HttpOnly", "Path=/", "SameSite=None", "Partitioned"}


@pytest.mark.parametrize(
    "path",
    [
        *("//evil.test", "https://evil.test", "/\\evil.test", "/../login", "/%2e%2e/login"),
        *("/a/%252e%252e/b", "javascript:alert(1)", "\t/x", "/launch", "login", "/arrive?to=/"),
    ],
)
def test_a_deep_link_leads_nowhere_else(mia: Frame, path: str) -> None:
    assert mia.get("/arrive", query_string={"to": path}).location == "/embed/"


@pytest.mark.parametrize("path", ["/", "/payments", "/payments/pi_1?a=b", "/customers?q=a%2Fb"])
def test_a_deep_link_leads_to_a_page_of_ours(mia: Frame, path: str) -> None:
    assert mia.get("/arrive", query_string={"to": path}).location == f"/embed{path}"


def test_no_forged_token_lets_anybody_in(frame: Frame, engine: Engine) -> None:
    for what, forgery in forged(FORGERIES, seed=7):
        response = frame.post("/launch", {"token": forgery}, PORTAL)
        assert response.status_code in (400, 403), what
    with database.reading(engine) as db:
        count = db.scalar(select(func.count()).select_from(portal_sessions.portal_sessions))
    assert count == 0
    assert entries(engine, "portal.refused")
    assert not entries(engine, "portal.opened")


def test_a_token_works_once(frame: Frame, another_frame: Callable[[], Frame]) -> None:
    good = token()
    assert frame.post("/launch", {"token": good}, PORTAL).status_code == 303
    for again in (frame, another_frame()):
        response = again.post("/launch", {"token": good}, PORTAL)
        assert response.status_code == 403
        assert "Open the dashboard again from the portal." in response.text


def test_a_launch_is_noted_with_what_it_gives(mia: Frame, engine: Engine) -> None:
    (opened,) = entries(engine, "portal.opened")
    assert (opened["actor"], opened["subject"]) == ("mia@atom.example (portal)", "atom-user-7")
    assert opened["after"] == {
        "role": "analyst",
        "accounts": "acct_make",
        "origin": PORTAL,
        "key": "new",
    }


def test_a_refusal_is_noted_with_its_reason_and_shown_without(frame: Frame, engine: Engine) -> None:
    response = frame.launch(role="admin")
    (refused,) = entries(engine, "portal.refused")
    assert refused["after"] == {"reason": "role"}
    assert response.status_code == 403
    assert "role" not in response.text.partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize(
    "origin",
    [None, "null", "https://evil.test", OTHER_PORTAL, "https://portal.test.evil.test", ""],
)
def test_the_form_must_come_from_the_origin_of_the_token(frame: Frame, origin: str | None) -> None:
    assert frame.launch(origin=origin).status_code == 403


def test_a_window_of_ours_may_post_the_token_that_the_portal_handed_it(frame: Frame) -> None:
    assert frame.launch(origin="https://dash.test").status_code == 303


def test_who_has_no_account_here_is_not_let_in(frame: Frame) -> None:
    assert frame.launch(accounts=["acct_elsewhere"]).status_code == 403


def test_a_visitor_sees_the_accounts_of_the_token_alone(mia: Frame, make: Maker) -> None:
    with database.writing(make.engine) as db:
        from dashboard.store import books  # noqa: PLC0415

        books.open_book(db, "acct_2", livemode=False)
    assert mia.get("/payments?account=acct_make").status_code == 200
    assert mia.get("/payments?account=acct_2").status_code == 404
    assert "acct_2" not in mia.get("/").text


@pytest.mark.parametrize(
    "path",
    [
        *("/login", "/logout", "/account", "/audit", "/jobs", "/webhooks", "/connections"),
        *("/people", "/health/ready", "/api/v1/stripe/webhooks", "/embed/", "/embed/payments"),
    ],
)
def test_what_is_not_for_portals_is_not_there(mia: Frame, path: str) -> None:
    assert mia.get(path).status_code in (404, 405)


def test_a_viewer_exports_nothing(frame: Frame) -> None:
    frame.launch(role="viewer")
    assert frame.get("/payments").status_code == 200
    assert frame.get("/payments/export.csv").status_code in (403, 404)
    assert frame.get("/payments/export?format=csv").status_code in (403, 404)


def test_the_way_in_is_not_open_outside_of_the_frame(mia: Frame) -> None:
    for path in ("/launch", "/arrive", "/renew", "/leave"):
        response = mia.client.open(path, base_url="https://dash.test")
        assert response.status_code in (404, 405)


def test_neither_session_passes_for_the_other(mia: Frame, app: Flask) -> None:
    framed = mia.client.get_cookie("__Host-embed", domain="dash.test")
    assert framed
    boss = signed_in(app, "boss@example.com", Role.ADMIN)
    own = boss.get_cookie("session")
    assert own
    stranger = signed_out(app)
    stranger.set_cookie("session", framed.value)
    assert stranger.get("/account").status_code == 303
    stranger.set_cookie("__Host-embed", own.value, domain="dash.test", secure=True)
    assert stranger.get("/embed/payments", base_url="https://dash.test").status_code == 401
    assert boss.get("/embed/payments").status_code == 401


def test_a_key_taken_out_of_the_settings_takes_its_sessions_along(
    mia: Frame, app: Flask, make_app: Callable[[Settings], Flask], settings: Settings
) -> None:
    cookie = mia.client.get_cookie("__Host-embed", domain="dash.test")
    assert cookie
    for changes in (
        {"atom_embed_keys": SecretStr(settings.atom_embed_keys.get_secret_value().split()[1])},
        {"atom_embed_origins": OTHER_PORTAL},
        {"atom_embed_role": "viewer"},
    ):
        later: CheckedClient = signed_out(make_app(settings.model_copy(update=changes)))
        later.set_cookie("__Host-embed", cookie.value, domain="dash.test", secure=True)
        assert later.get("/embed/payments", base_url="https://dash.test").status_code == 401
    assert mia.get("/payments").status_code == 200
