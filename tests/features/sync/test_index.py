from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from dashboard.core import db
from dashboard.core.config import Settings
from dashboard.mirror.sync.lock import alone
from dashboard.store import books
from dashboard.store.users import Role
from tests.clients import CheckedClient, run_jobs, signed_in
from tests.features.make import Maker
from tests.stripe_like import KEY, Misfortune, StripeLike, serving


@pytest.fixture
def stripe_like() -> Iterator[StripeLike]:
    """A server with one account and one customer, and without the rest."""
    customer = {"id": "cus_1", "object": "customer", "created": 1_700_000_000}
    account = {"id": "acct_like", "object": "account"}
    server = StripeLike({"/v1/customers": [customer]}, {"/v1/account": account})
    with serving(server) as running:
        yield running


@pytest.fixture
def admin(
    make_app: Callable[[Settings], Flask], settings: Settings, stripe_like: StripeLike
) -> CheckedClient:
    """An administrator of an application that is pointed at the server."""
    news = {"stripe_api_base": stripe_like.url, "stripe_secret_key": KEY}
    app = make_app(Settings(**{**dict(settings), **news}))
    return signed_in(app, "boss@example.com", Role.ADMIN)


def _sync(client: CheckedClient) -> None:
    assert client.submit("/sync/start").status_code == 303
    assert run_jobs(client.application)


def test_an_admin_starts_a_sync_and_sees_how_it_went(
    admin: CheckedClient, stripe_like: StripeLike
) -> None:
    stripe_like.meet = lambda asked: Misfortune(403) if "payouts" in asked.path else None
    _sync(admin)
    page = admin.get("/sync").text
    assert "Last sync incomplete" in page
    assert "Stripe refuses payouts to this key." in page
    assert "Complete" in page


def test_the_button_is_for_admins_only(rob: CheckedClient) -> None:
    assert "Sync now" not in rob.get("/sync").text
    assert rob.submit("/sync/start").status_code == 403


def test_a_click_while_a_sync_waits_or_runs_starts_no_second_one(
    admin: CheckedClient, stripe_like: StripeLike
) -> None:
    _sync(admin)
    asked = len(stripe_like.log)
    admin.submit("/sync/start")
    admin.submit("/sync/start")
    assert "already" in admin.get("/sync").text
    engine = admin.application.extensions["dashboard"].engine
    with db.reading(engine) as connection:
        book = books.find(connection, "acct_like")
    with alone(engine, book):
        assert run_jobs(admin.application) == 1
    assert len(stripe_like.log) == asked


def test_the_stamp_says_how_old_the_data_is(admin: CheckedClient) -> None:
    _sync(admin)
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    stamp = admin.get("/sync/freshness", headers=headers)
    assert "never complete" in stamp.text
    headers["If-None-Match"] = stamp.headers["ETag"]
    assert admin.get("/sync/freshness", headers=headers).status_code == 304


def test_the_page_works_before_any_account_is_connected(rob: CheckedClient) -> None:
    assert rob.get("/sync").status_code == 200


def test_a_connected_account_that_was_never_synced_is_not_called_unconnected(
    rob: CheckedClient, make: Maker
) -> None:
    assert make.book
    page = rob.get("/sync").text
    assert "Never synced" in page
    assert "not-connected" not in page


def test_the_setting_says_everywhere_when_data_is_stale(
    make_app: Callable[[Settings], Flask], settings: Settings
) -> None:
    app = make_app(Settings(**{**dict(settings), "stale_after_minutes": 2}))
    make = Maker(app.extensions["dashboard"].engine)
    make.synced(minutes_ago=5)
    page = signed_in(app, "rob@example.com", Role.VIEWER).get("/payments").text
    assert "fresh-stale" in page
