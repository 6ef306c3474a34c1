from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from dashboard.core import db
from dashboard.core.config import Settings
from dashboard.mirror.sync.lock import alone
from dashboard.store import books, jobs, sync_runs
from dashboard.store.roles import Role
from tests.clients import CheckedClient, run_jobs, signed_in
from tests.features.make import Maker
from tests.stripe_like import KEY, Asked, Misfortune, StripeLike, serving


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


def test_an_admin_stops_a_sync_and_the_next_one_goes_on(
    admin: CheckedClient, stripe_like: StripeLike
) -> None:
    _sync(admin)
    engine = admin.application.extensions["dashboard"].engine
    answers: list[int] = []

    def stop_it(_asked: Asked) -> None:
        with db.writing(engine) as connection:
            (book,) = books.every(connection)
            answers.append(sync_runs.stop(connection, book))

    stripe_like.meet = stop_it
    _sync(admin)
    page = admin.get("/sync").text
    assert any(answers)
    assert "Stopped" in page
    assert "It was stopped." in page
    with db.reading(engine) as connection:
        newest = select(jobs.jobs.c.state).order_by(jobs.jobs.c.id.desc())
        assert connection.scalar(newest.limit(1)) == "done"
    stripe_like.meet = lambda _asked: None
    _sync(admin)
    runs = admin.get("/sync").text.partition('id="sync-runs"')[2].partition("<tbody>")[2]
    assert "Stopped" not in runs.partition("</tr>")[0]


def test_the_page_of_a_running_sync_has_a_button_that_stops_it(
    boss: CheckedClient, ann: CheckedClient, make: Maker
) -> None:
    with db.writing(make.engine) as connection:
        sync_runs.start(connection, make.book)
    assert "/sync/stop" in boss.get("/sync").text
    assert "/sync/stop" not in ann.get("/sync").text
    assert ann.submit("/sync/stop").status_code == 403
    assert boss.submit("/sync/stop").status_code == 303
    assert "/sync/stop" not in boss.get("/sync").text
    assert boss.submit("/sync/stop").status_code == 409


def test_the_last_ten_runs_are_listed_and_how_they_ended(rob: CheckedClient, make: Maker) -> None:
    for _ in range(11):
        make.synced()
    with db.writing(make.engine) as connection:
        sync_runs.start(connection, make.book)
        run_id = sync_runs.start(connection, make.book)
        sync_runs.finish(
            connection, run_id, complete=False, message="payouts: Stripe does not answer."
        )
    runs = rob.get("/sync").text.partition('id="sync-runs"')[2].partition("</section>")[0]
    assert runs.count("<tr>") == 11
    for told in ("Interrupted", "Incomplete", "Complete", "payouts: Stripe does not answer."):
        assert told in runs


def test_what_stripe_refuses_is_said_with_what_to_do(rob: CheckedClient, make: Maker) -> None:
    make.synced(refused=("payout",))
    assert "Give the key read access to it at Stripe" in rob.get("/sync").text
