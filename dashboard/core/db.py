"""The database: one engine, one transaction at the edge, the same code on SQLite and PostgreSQL."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_MILLISECONDS = 15_000
LOG_PAGES = 4_000
"""So long SQLite's log grows (16 MB) before the next commit carries it over into the file.

That commit takes tens of milliseconds. With SQLite's own 1,000 it would be one in a hundred of
those that keep a delivery.
"""

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMES)
"""Every table of the product; rooms add theirs when they are imported."""

WRITING = "writing"
"""Execution option: this connection is going to write, so SQLite takes its lock at BEGIN."""

BULK = "bulk"
"""Execution option: it writes much, one transaction after the other, and lets others go first."""

LOCK_MILLISECONDS = "lock_milliseconds"
"""Execution option: so long the transaction waits for the locks of others."""

QUEUE = "queue"
"""Where a connection keeps its place among those who want to write."""

PATIENCE_SECONDS = 1.0


def connect(url: str) -> Engine:
    """Return an engine for ``url``; the folder of a SQLite file is made where it is missing."""
    engine = create_engine(
        url,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        # An error quotes its statement in logs: never the hash or the address in it.
        hide_parameters=True,
        pool_pre_ping=not url.startswith("sqlite"),
    )
    if engine.dialect.name == "sqlite":
        if engine.url.database and engine.url.database != ":memory:":
            Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "commit", _end_waiting)
        event.listen(engine, "rollback", _end_waiting)
    else:
        event.listen(engine, "connect", _prepare_postgres)
        event.listen(engine, "begin", _begin_postgres)
        event.listen(engine, "rollback", _forget_patience)
    return engine


def _prepare_postgres(connection: Any, _record: ConnectionPoolEntry) -> None:
    """Wait for others' locks as long as on SQLite: a thread that waits for ever serves nobody."""
    connection.execute(f"SET lock_timeout = {BUSY_MILLISECONDS}")
    connection.commit()


def _begin_postgres(db: Connection) -> None:
    if db.get_execution_options().get(WRITING, False):
        _set_patience(db, "SET lock_timeout = {}")


def _set_patience(db: Connection, statement: str) -> None:
    """Tell the database how long to wait, where this connection last heard otherwise."""
    wanted = db.get_execution_options().get(LOCK_MILLISECONDS, BUSY_MILLISECONDS)
    if db.info.get(LOCK_MILLISECONDS, BUSY_MILLISECONDS) != wanted:
        db.exec_driver_sql(statement.format(wanted))
        db.info[LOCK_MILLISECONDS] = wanted


def _forget_patience(db: Connection) -> None:
    """PostgreSQL takes back what was set in a transaction that is rolled back."""
    if LOCK_MILLISECONDS in db.info:
        db.info[LOCK_MILLISECONDS] = None


def _prepare_sqlite(connection: Any, _record: ConnectionPoolEntry) -> None:
    """Let us say BEGIN ourselves, and set what makes SQLite safe and fast with many readers."""
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_MILLISECONDS}",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        f"wal_autocheckpoint = {LOG_PAGES}",
        "foreign_keys = ON",
        "cache_size = -16384",
        "mmap_size = 0",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(db: Connection) -> None:
    """Take the write lock at once when we mean to write: nobody reads, then loses a race."""
    options = db.get_execution_options()
    if not options.get(WRITING, False):
        db.exec_driver_sql("BEGIN")
        return
    _set_patience(db, "PRAGMA busy_timeout = {}")
    if options.get(BULK, False):
        _let_others_go_first(db)
    else:
        _wait(db)
    try:
        db.exec_driver_sql("BEGIN IMMEDIATE")
    except BaseException:
        _end_waiting(db)
        raise


def _wait(db: Connection) -> None:
    """Show that somebody wants to write, until the transaction ends.

    SQLite keeps no queue: who asks again now and then hardly ever finds the moment between two
    transactions of somebody who writes all the time.
    """
    if file := _queue(db):
        fcntl.flock(file, fcntl.LOCK_SH)
        db.info[WRITING] = True


def _end_waiting(db: Connection) -> None:
    if db.info.pop(WRITING, False):
        fcntl.flock(db.info[QUEUE], fcntl.LOCK_UN)


def _let_others_go_first(db: Connection) -> None:
    """Return when nobody waits, or when patience ends: the others may never stop coming."""
    if file := _queue(db):
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while not _is_empty(file) and time.monotonic() < give_up_at:
            time.sleep(0.002)


def _is_empty(queue: "_Queue") -> bool:
    try:
        fcntl.flock(queue, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(queue, fcntl.LOCK_UN)
    return True


class _Queue:
    """The file that those lock together who want to write; open as long as their connection."""

    def __init__(self, path: str) -> None:
        self._number = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o644)

    def fileno(self) -> int:
        """Return what ``flock`` takes."""
        return self._number

    def __del__(self) -> None:
        os.close(self._number)


def _queue(db: Connection) -> _Queue | None:
    """Return the connection's queue, none for a base in memory."""
    if QUEUE not in db.info:
        path = db.engine.url.database
        db.info[QUEUE] = None if path in (None, "", ":memory:") else _Queue(f"{path}-queue")
    found: _Queue | None = db.info[QUEUE]
    return found


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a connection for reads; whatever is written through it is lost."""
    with engine.connect() as db:
        yield db


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Open a connection for reads that all see one moment, whoever writes meanwhile."""
    is_postgres = engine.dialect.name == "postgresql"
    # SQLite's readers see one moment anyway.
    options = {"isolation_level": "REPEATABLE READ"} if is_postgres else {}
    with engine.connect().execution_options(**options) as db:
        yield db


@contextmanager
def writing(
    engine: Engine, *, bulk: bool = False, lock_milliseconds: int = BUSY_MILLISECONDS
) -> Iterator[Connection]:
    """Open one transaction that is committed at the end and rolled back on any exception.

    With ``bulk`` it is one of many, and lets others go first. It waits for the locks of others so
    many ``lock_milliseconds``, then raises ``OperationalError``.
    """
    options = {WRITING: True, BULK: bulk, LOCK_MILLISECONDS: lock_milliseconds}
    with engine.connect().execution_options(**options) as db, db.begin():
        yield db


def insert(db: Connection, table: Any) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that knows ``on_conflict_do_update`` for the database at hand."""
    if db.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def upsert(db: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT of whole rows that writes over those with the same primary key."""
    statement = insert(db, table)
    keys = [column.name for column in table.primary_key]
    values = {
        column.name: statement.excluded[column.name]
        for column in table.c
        if column.name not in keys
    }
    return statement.on_conflict_do_update(index_elements=keys, set_=values)
