"""Who writes next in a SQLite file."""

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from dashboard.core import db as database

BULK = {database.WRITING: True, database.BULK: True}


@pytest.fixture
def notes(tmp_path: Path) -> Iterator[Engine]:
    """A database with one table."""
    engine = database.connect(f"sqlite:///{tmp_path / 'notes.sqlite'}")
    with database.writing(engine) as db:
        db.execute(text("CREATE TABLE notes (writer TEXT)"))
    yield engine
    engine.dispose()


def _note(db: Connection, writer: str) -> None:
    db.execute(text("INSERT INTO notes VALUES (:writer)"), {"writer": writer})


def _queue(engine: Engine) -> Path:
    return Path(f"{engine.url.database}-queue")


@contextmanager
def _writing_all_the_time(engine: Engine) -> Iterator[threading.Event]:
    """Let a thread write one transaction after the other; the event is set once it has begun."""
    begun, ended = threading.Event(), threading.Event()

    def write() -> None:
        with engine.connect().execution_options(**BULK) as db:
            while not ended.is_set():
                with db.begin():
                    _note(db, "bulk")
                    begun.set()
                    ended.wait(0.05)

    thread = threading.Thread(target=write)
    thread.start()
    begun.wait()
    try:
        yield begun
    finally:
        ended.set()
        thread.join()


def test_who_writes_all_the_time_lets_others_go_first(notes: Engine) -> None:
    count = text("SELECT count(*) FROM notes WHERE writer = 'bulk'")
    with _writing_all_the_time(notes):
        for _ in range(10):
            with database.reading(notes) as db:
                before = db.scalar(count)
            with database.writing(notes) as db:
                after = db.scalar(count)
                _note(db, "small")
            # The transaction in progress, and one that may have begun meanwhile.
            assert after - before <= 2


def test_who_writes_all_the_time_does_not_wait_for_ever(
    notes: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE_SECONDS", 0.05)
    with _queue(notes).open("ab") as queue, notes.connect().execution_options(**BULK) as db:
        fcntl.flock(queue, fcntl.LOCK_SH)
        with db.begin():
            _note(db, "bulk")


def test_who_may_not_write_waits_no_longer(notes: Engine) -> None:
    with (
        database.writing(notes),
        notes.connect().execution_options(**{database.WRITING: True}) as db,
    ):
        db.connection.cursor().execute("PRAGMA busy_timeout = 10")
        with pytest.raises(OperationalError), db.begin():
            pass
    with _queue(notes).open("ab") as queue:
        fcntl.flock(queue, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_few_commits_carry_the_log_of_sqlite_over(notes: Engine) -> None:
    file, carried = Path(str(notes.url.database)), 0
    for _ in range(60):
        before = file.stat().st_size
        with database.writing(notes) as db:
            db.execute(text("INSERT INTO notes VALUES (hex(zeroblob(250000)))"))
        carried += file.stat().st_size > before
    # Of 30 MB.
    assert carried == 1


def test_who_is_in_a_hurry_leaves_others_their_patience(engine: Engine) -> None:
    for _ in range(2):
        with database.writing(engine, lock_milliseconds=50) as db:
            assert _patience(db) == 50
        with database.writing(engine) as db:
            assert _patience(db) == database.BUSY_MILLISECONDS
        with pytest.raises(ZeroDivisionError):
            _fail_in_a_hurry(engine)


def _fail_in_a_hurry(engine: Engine) -> None:
    with database.writing(engine, lock_milliseconds=50) as db:
        assert _patience(db) == 50
        raise ZeroDivisionError


def test_who_is_in_a_hurry_gives_up_soon(notes: Engine) -> None:
    with database.writing(notes):
        began = time.monotonic()
        with pytest.raises(OperationalError), database.writing(notes, lock_milliseconds=50):
            pass
        assert time.monotonic() - began < database.BUSY_MILLISECONDS / 2_000


def _patience(db: Connection) -> int:
    """Return how long the connection waits for locks, in milliseconds."""
    is_sqlite = db.dialect.name == "sqlite"
    ask = (
        "PRAGMA busy_timeout"
        if is_sqlite
        else "SELECT setting FROM pg_settings WHERE name = 'lock_timeout'"
    )
    return int(db.scalar(text(ask)) or 0)


@pytest.mark.postgres
def test_nobody_waits_for_a_lock_for_ever(postgres_engine: Engine) -> None:
    with database.reading(postgres_engine) as db:
        assert db.scalar(text("SHOW lock_timeout")) == "15s"
