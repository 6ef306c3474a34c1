"""Who writes next in a SQLite file."""

import fcntl
import threading
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


@pytest.mark.postgres
def test_nobody_waits_for_a_lock_for_ever(postgres_engine: Engine) -> None:
    with database.reading(postgres_engine) as db:
        assert db.scalar(text("SHOW lock_timeout")) == "15s"
