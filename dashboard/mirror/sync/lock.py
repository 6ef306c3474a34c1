"""One of a kind at a time for a book, over all processes; a killed one holds nothing back."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from sqlalchemy import Engine, text

from dashboard.core.errors import ConflictError
from dashboard.store.books import Book


class Deed(Enum):
    """What goes on but once for a book.

    Each has its class of advisory locks in PostgreSQL, apart from those of writers.
    """

    SYNC = 7_001
    COMPARISON = 7_002
    HANDLING = 7_003


@contextmanager
def alone(engine: Engine, book: Book, deed: Deed = Deed.SYNC) -> Iterator[None]:
    """Hold the right to sync ``book``, or to do another deed.

    Raises:
        ConflictError: another process holds it.
    """
    if engine.dialect.name == "postgresql":
        with _advisory(engine, book, deed):
            yield
    elif engine.url.database in (None, "", ":memory:"):
        yield
    else:
        with _file(Path(f"{engine.url.database}-{deed.name.lower()}-{book.id}.lock"), deed):
            yield


@contextmanager
def _advisory(engine: Engine, book: Book, deed: Deed) -> Iterator[None]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        keys = {"deed": deed.value, "book": book.id}
        if not db.scalar(text("SELECT pg_try_advisory_lock(:deed, :book)"), keys):
            raise _busy(deed)
        try:
            yield
        finally:
            db.execute(text("SELECT pg_advisory_unlock(:deed, :book)"), keys)


@contextmanager
def _file(path: Path, deed: Deed) -> Iterator[None]:
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise _busy(deed) from None
        yield


def _busy(deed: Deed) -> ConflictError:
    return ConflictError(
        f"A {deed.name.lower()} of this account is running.", remedy="Wait until it has finished."
    )
