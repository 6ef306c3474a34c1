"""One sync of a book at a time, over all processes; a killed one holds nothing back."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

from dashboard.core.errors import ConflictError
from dashboard.store.books import Book

SYNC = 7_001
"""The class of our advisory locks in PostgreSQL, apart from those of writers."""


@contextmanager
def alone(engine: Engine, book: Book) -> Iterator[None]:
    """Hold the right to sync ``book``.

    Raises:
        ConflictError: another process holds it.
    """
    if engine.dialect.name == "postgresql":
        with _advisory(engine, book):
            yield
    elif engine.url.database in (None, "", ":memory:"):
        yield
    else:
        with _file(Path(f"{engine.url.database}-sync-{book.id}.lock")):
            yield


@contextmanager
def _advisory(engine: Engine, book: Book) -> Iterator[None]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        keys = {"sync": SYNC, "book": book.id}
        if not db.scalar(text("SELECT pg_try_advisory_lock(:sync, :book)"), keys):
            raise _busy()
        try:
            yield
        finally:
            db.execute(text("SELECT pg_advisory_unlock(:sync, :book)"), keys)


@contextmanager
def _file(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise _busy() from None
        yield


def _busy() -> ConflictError:
    return ConflictError("A sync of this account is running.", remedy="Wait until it has finished.")
