"""R3, R7 to R10 and the faults of what the product stands on: few of each."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, func, select, text

from dashboard import migrations
from dashboard.core import db as database
from dashboard.store import inbox
from dashboard.store.roles import Role
from tests.clients import CheckedClient, signed_in
from tests.deliveries import deliver
from tests.deliveries import event as told
from tests.features.webhooks.conftest import book, settings
from tests.mirror.sync.conftest import empty_stripe
from tests.queues import Valkey
from tests.soak import healing, pages, politeness, stores
from tests.soak.databases import Postgres, serving_postgres
from tests.soak.practice import Practice
from tests.stripe_like import serving

__all__ = ["book", "settings"]

THEN = 1_790_000_000


def test_one_sync_heals_what_was_never_delivered(
    sqlite_engine: Engine, practice: Practice, tmp_path: Path
) -> None:
    tally = healing.dropped(sqlite_engine, tmp_path, practice, rounds=1, deeds=15)
    assert tally.figures["dropped"]
    assert tally.failures == []


def test_after_a_gap_of_31_days_all_is_read_anew(engine: Engine, tmp_path: Path) -> None:
    with serving(empty_stripe()) as server:
        assert healing.gap(engine, tmp_path, server, days=31).failures == []


def test_two_processes_together_are_polite(
    sqlite_engine: Engine, practice: Practice, tmp_path: Path
) -> None:
    tally = politeness.politeness(sqlite_engine, tmp_path, practice, syncs=1, deeds=3, rate=80)
    assert tally.failures == []


def test_no_page_asks_stripe(sqlite_engine: Engine, practice: Practice, tmp_path: Path) -> None:
    tally = pages.without_calls(sqlite_engine, tmp_path, practice)
    assert tally.cases == len(pages.PATHS)
    assert tally.failures == []


def test_pages_live_and_health_is_true_while_stripe_fails(
    sqlite_engine: Engine, practice: Practice, tmp_path: Path
) -> None:
    tally = pages.without_stripe(
        sqlite_engine,
        tmp_path,
        practice,
        rounds=1,
        seconds=20,
        faults=("hanging", "refusing", "401", "bad_json"),
    )
    assert tally.failures == []


def test_a_steady_stream_is_taken_while_pages_are_read(
    sqlite_engine: Engine, practice: Practice, tmp_path: Path
) -> None:
    tally = pages.steady(sqlite_engine, tmp_path, practice, seconds=2)
    assert tally.failures == []


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL of our own: it is restarted."""
    with serving_postgres() as server:
        yield server


@pytest.mark.postgres
def test_a_database_that_is_restarted_loses_nothing(
    postgres: Postgres, practice: Practice, tmp_path: Path
) -> None:
    engine = database.connect(postgres.new_database("restarted"))
    migrations.upgrade(engine)
    tally = stores.restarted(engine, tmp_path, practice, postgres.restart, times=1)
    engine.dispose()
    assert tally.failures == []


def test_a_queue_that_is_away_and_comes_back_empty_loses_nothing(
    sqlite_engine: Engine, practice: Practice, valkey: Valkey, tmp_path: Path
) -> None:
    tally = stores.without_queue(sqlite_engine, tmp_path, practice, valkey, times=1)
    assert tally.failures == []


def test_with_a_clock_that_is_late_deliveries_are_refused_and_the_mirror_is_right(
    sqlite_engine: Engine, practice: Practice, tmp_path: Path
) -> None:
    tally = stores.wrong_clock(sqlite_engine, tmp_path, practice, seconds=-600)
    assert tally.failures == []


def _limited(app: Flask, *pragmas: str) -> None:
    """Let every connection of the application from now on be so limited."""
    engine: Engine = app.extensions["dashboard"].engine
    engine.dispose()

    @event.listens_for(engine, "connect")
    def limit(connection: Any, _record: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")


def _kept(app: Flask) -> int:
    with database.reading(app.extensions["dashboard"].engine) as db:
        return db.scalar(select(func.count()).select_from(inbox.deliveries)) or 0


def _large(number: int) -> dict[str, Any]:
    """Return an event that takes a page or two however it is compressed."""
    noise = secrets.token_hex(9_000)
    return told("customer.updated", {"id": f"cus_{number}", "noise": noise}, created=THEN)


@pytest.mark.usefixtures("book")
def test_a_full_database_refuses_and_keeps_all_that_it_acknowledged(
    app: Flask, client: CheckedClient
) -> None:
    ann = signed_in(app, "ann@example.com", Role.FINANCE)
    with database.reading(app.extensions["dashboard"].engine) as db:
        size = db.scalar(text("PRAGMA page_count"))
    _limited(app, f"max_page_count = {size + 12}")
    statuses = [deliver(client, _large(number)).status_code for number in range(40)]
    assert set(statuses) == {200, 503}
    assert _kept(app) == statuses.count(200)
    assert ann.get("/payments").status_code == 200
    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 200
    _limited(app, "max_page_count = 1000000")
    assert deliver(client, _large(99)).status_code == 200
    assert _kept(app) == statuses.count(200) + 1


@pytest.mark.usefixtures("book")
def test_a_database_that_may_only_be_read_refuses_deliveries_and_shows_pages(
    app: Flask, client: CheckedClient
) -> None:
    ann = signed_in(app, "ann@example.com", Role.FINANCE)
    _limited(app, "query_only = ON")
    answer = deliver(client, _large(1))
    assert answer.status_code == 503
    assert answer.get_json()["ok"] is False
    assert ann.get("/payments").status_code == 200
    assert client.get("/health/ready").status_code == 200
    assert _kept(app) == 0
