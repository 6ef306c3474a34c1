import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine, text

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.store import books, connections, inbox, sync_runs, workers
from dashboard.store.connections import How
from dashboard.store.inbox import Arrival
from tests.clients import CheckedClient
from tests.queues import Valkey

LIVE, READY, DEEP = "/health/live", "/health/ready", "/health/deep"


def _checks(client: CheckedClient, path: str, status: int) -> dict[str, str]:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    told: dict[str, str] = answer.get_json()["checks"]
    return told


def _well(engine: Engine) -> books.Book:
    """Let a worker show itself, and an account be synced just now."""
    with database.writing(engine) as db:
        workers.show(db, "worker")
        book = books.open_book(db, "acct_1", livemode=False)
        connections.keep(db, book, How.ENVIRONMENT, fingerprint="f")
        sync_runs.finish(db, sync_runs.start(db, book), complete=True, message=None)
    return book


def _wrong(client: CheckedClient, path: str, status: int) -> dict[str, str]:
    found = _checks(client, path, status)
    return {name: told for name, told in found.items() if told != "ok"}


def test_a_process_that_answers_is_alive_without_a_database(
    make_app: Callable[[Settings], Flask], settings: Settings, tmp_path: Path
) -> None:
    app = make_app(settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/none/no"}))
    client = app.test_client()
    assert client.get(LIVE).get_json() == {"status": "ok"}


def test_all_is_well_where_all_is_well(client: CheckedClient, sqlite_engine: Engine) -> None:
    _well(sqlite_engine)
    assert client.get(READY).get_json()["status"] == "ok"
    assert _wrong(client, DEEP, 200) == {}


def test_a_database_without_tables_is_not_ready(
    make_app: Callable[[Settings], Flask], settings: Settings, tmp_path: Path
) -> None:
    app = make_app(settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/empty"}))
    client = app.test_client()
    assert isinstance(client, CheckedClient)
    assert "at none" in _wrong(client, READY, 503)["migrations"]
    assert client.get(LIVE).status_code == 200


def test_a_database_that_is_behind_is_not_ready(
    client: CheckedClient, sqlite_engine: Engine
) -> None:
    with database.writing(sqlite_engine) as db:
        db.execute(text("UPDATE alembic_version SET version_num = '0002'"))
    assert "at 0002" in _wrong(client, READY, 503)["migrations"]


def test_a_database_that_is_away_is_told(
    make_app: Callable[[Settings], Flask], settings: Settings
) -> None:
    away = "postgresql+psycopg://nobody@127.0.0.1:9/none"
    client = make_app(settings.model_copy(update={"database_url": away})).test_client()
    assert isinstance(client, CheckedClient)
    assert _wrong(client, READY, 503)["database"] == "away"
    assert _wrong(client, DEEP, 503)["database"] == "away"
    assert client.get(LIVE).status_code == 200


def test_pages_are_ready_without_a_worker_and_alarms_hear_of_it(
    client: CheckedClient, sqlite_engine: Engine
) -> None:
    _well(sqlite_engine)
    with database.writing(sqlite_engine) as db:
        workers.leave(db, "worker")
    assert _wrong(client, READY, 200).keys() == {"worker"}
    assert client.get(READY).get_json()["status"] == "degraded"
    assert _wrong(client, DEEP, 503).keys() == {"worker"}


def test_a_queue_that_is_away_is_told_soon(
    make_app: Callable[[Settings], Flask],
    settings: Settings,
    sqlite_engine: Engine,
    valkey: Valkey,
) -> None:
    _well(sqlite_engine)
    client = make_app(settings.model_copy(update={"redis_url": valkey.url})).test_client()
    assert isinstance(client, CheckedClient)
    assert _wrong(client, DEEP, 200) == {}
    valkey.stop()
    began = time.monotonic()
    assert _wrong(client, READY, 200) == {"queue": "away"}
    assert _wrong(client, DEEP, 503) == {"queue": "away"}
    assert time.monotonic() - began < 5
    valkey.start()
    assert _wrong(client, DEEP, 200) == {}


def test_a_mirror_that_was_never_filled_or_failed_is_told(
    client: CheckedClient, sqlite_engine: Engine
) -> None:
    book = _well(sqlite_engine)
    with database.writing(sqlite_engine) as db:
        sync_runs.finish(db, sync_runs.start(db, book), complete=False, message="Refused.")
    assert _wrong(client, DEEP, 503) == {"stripe": "error"}
    assert _wrong(client, READY, 200) == {}


def test_a_sync_that_runs_hides_no_trouble(client: CheckedClient, sqlite_engine: Engine) -> None:
    book = _well(sqlite_engine)
    with database.writing(sqlite_engine) as db:
        running = sync_runs.start(db, book)
    assert _wrong(client, DEEP, 200) == {}
    with database.writing(sqlite_engine) as db:
        sync_runs.finish(db, running, complete=False, message="Stripe does not answer.")
        sync_runs.start(db, book)
    assert _wrong(client, DEEP, 503) == {"stripe": "error"}


def test_a_mirror_that_is_filled_for_the_first_time_is_not_whole_yet(
    client: CheckedClient, sqlite_engine: Engine
) -> None:
    with database.writing(sqlite_engine) as db:
        workers.show(db, "worker")
        book = books.open_book(db, "acct_1", livemode=False)
        connections.keep(db, book, How.ENVIRONMENT, fingerprint="f")
        sync_runs.start(db, book)
    assert _wrong(client, DEEP, 503) == {"stripe": "never"}


def test_deliveries_that_nobody_handles_are_told(
    client: CheckedClient, sqlite_engine: Engine
) -> None:
    book = _well(sqlite_engine)
    arrival = Arrival("evt_1", "charge.updated", "ch_1", None, clock.seconds(), b"{}")
    with database.writing(sqlite_engine) as db:
        inbox.receive(db, book, arrival)
    assert _wrong(client, DEEP, 200) == {}
    with database.writing(sqlite_engine) as db:
        db.execute(inbox.deliveries.update().values(received_ms=clock.milliseconds() - 900_000))
    assert "1 waiting" in _wrong(client, DEEP, 503)["deliveries"]
    with database.writing(sqlite_engine) as db:
        db.execute(inbox.deliveries.update().values(state="dead", due_at=None))
    assert _wrong(client, DEEP, 503) == {"deliveries": "1 dead"}


def test_health_names_no_account_and_no_address(
    client: CheckedClient, sqlite_engine: Engine
) -> None:
    _well(sqlite_engine)
    told = client.get(DEEP).text
    assert "acct" not in told
    assert "sqlite" not in told
