"""How far each book is synced: runs, the state of each kind, and the windows yet to be read.

Windows partition a kind's time of creation. Each is read newest first, and its cursor is saved in
the transaction that stores the page, so whatever is killed goes on where its last commit was.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    Text,
    func,
    select,
)

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.store.books import Book


class KindState(StrEnum):
    """How far a kind is: ``filled`` once all of it has been read."""

    FILLING = "filling"
    FILLED = "filled"
    REFUSED = "refused"
    ABSENT = "absent"
    FAILED = "failed"


sync_runs = Table(
    "sync_runs",
    database.metadata,
    Column("id", Integer, primary_key=True),
    Column("book_id", ForeignKey("books.id"), nullable=False),
    Column("started_at", Integer, nullable=False),
    Column("touched_at", Integer, nullable=False),
    Column("finished_at", Integer),
    Column("complete", Boolean, nullable=False),
    Column("objects", Integer, nullable=False),
    Column("message", Text),
    Index(None, "book_id", "id"),
)
sync_kinds = Table(
    "sync_kinds",
    database.metadata,
    Column("book_id", ForeignKey("books.id"), primary_key=True),
    Column("kind", String(64), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("filled_at", Integer),
    # Stripe's time when the filling began: what a full sync has not seen since is gone.
    Column("since_at", BigInteger),
    Column("caught_at", Integer),
    # Stripe's time to which all news are known: the next run reads on from there.
    Column("abreast_at", BigInteger),
    Column("objects", Integer, nullable=False),
    Column("message", Text),
)
sync_windows = Table(
    "sync_windows",
    database.metadata,
    Column("book_id", ForeignKey("books.id"), primary_key=True),
    Column("kind", String(64), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("from_at", BigInteger),
    Column("until_at", BigInteger),
    Column("cursor", Text),
    Column("cursor_at", BigInteger),
)


INTERRUPTED = "It was interrupted."
STOPPED = "It was stopped."

WindowKey: TypeAlias = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Window:
    """The objects of ``kind`` created from ``from_at`` (inclusive) until ``until_at`` (exclusive).

    ``None`` is open. ``cursor`` is the oldest object that is stored already, ``cursor_at`` when it
    was created; UTC seconds.
    """

    kind: str
    number: int = 0
    from_at: int | None = None
    until_at: int | None = None
    cursor: str | None = None
    cursor_at: int | None = None

    @property
    def key(self) -> "WindowKey":
        """Kind and number: what stays while the window moves on."""
        return self.kind, self.number


@dataclass(frozen=True, slots=True)
class KindStatus:
    """How far one kind is; ``objects`` were stored since its filling began.

    ``filled_at`` is when all of it had been read, ``caught_at`` when its news were read last, and
    ``abreast_at`` to which of Stripe's moments all news are known.
    """

    kind: str
    state: KindState
    filled_at: int | None = None
    since_at: int | None = None
    caught_at: int | None = None
    abreast_at: int | None = None
    objects: int = 0
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One sync of a book; UTC seconds."""

    id: int
    started_at: int
    touched_at: int
    finished_at: int | None
    complete: bool
    objects: int
    message: str | None


def start(db: Connection, book: Book) -> int:
    """Begin a run and return its id; what was left unfinished counts as ended."""
    now = clock.seconds()
    db.execute(
        sync_runs.update()
        .where(sync_runs.c.book_id == book.id, sync_runs.c.finished_at.is_(None))
        .values(finished_at=sync_runs.c.touched_at, message=INTERRUPTED)
    )
    values = {"book_id": book.id, "started_at": now, "touched_at": now}
    statement = sync_runs.insert().values(**values, complete=False, objects=0)
    return int(db.execute(statement.returning(sync_runs.c.id)).scalar_one())


def touch(db: Connection, run_id: int, objects: int) -> bool:
    """Note that the run is alive and has stored so many objects more; say whether it may go on."""
    running = sync_runs.update().where(sync_runs.c.id == run_id, sync_runs.c.finished_at.is_(None))
    values = {"touched_at": clock.seconds(), "objects": sync_runs.c.objects + objects}
    return db.execute(running.values(values)).rowcount > 0


def stop(db: Connection, book: Book) -> bool:
    """Let the run of the book end with its next page, wherever it runs; say whether one did run."""
    running = sync_runs.update().where(
        sync_runs.c.book_id == book.id, sync_runs.c.finished_at.is_(None)
    )
    return db.execute(running.values(finished_at=clock.seconds(), message=STOPPED)).rowcount > 0


def finish(db: Connection, run_id: int, *, complete: bool, message: str | None) -> None:
    """Note how the run ended."""
    now = clock.seconds()
    db.execute(
        sync_runs.update()
        .where(sync_runs.c.id == run_id)
        .values(touched_at=now, finished_at=now, complete=complete, message=message)
    )


def purge(db: Connection, *, keep_seconds: int) -> int:
    """Delete runs that began longer ago and return how many.

    The last of each book stays, and the last that was complete.
    """
    newest = select(func.max(sync_runs.c.id)).group_by(sync_runs.c.book_id)
    return db.execute(
        sync_runs.delete().where(
            sync_runs.c.started_at < clock.seconds() - keep_seconds,
            sync_runs.c.id.not_in(newest),
            sync_runs.c.id.not_in(newest.where(sync_runs.c.complete)),
        )
    ).rowcount


def latest(db: Connection, book: Book) -> Run | None:
    """Return the run that began last."""
    return next(iter(newest(db, book, 1)), None)


def newest(db: Connection, book: Book, most: int) -> list[Run]:
    """Return the runs that began last, the newest first."""
    query = _without_book(sync_runs).where(sync_runs.c.book_id == book.id)
    rows = db.execute(query.order_by(sync_runs.c.id.desc()).limit(most))
    return [Run(*row) for row in rows]


def statuses(db: Connection, book: Book) -> dict[str, KindStatus]:
    """Return how far each kind is that was ever asked for."""
    query = _without_book(sync_kinds)
    rows = db.execute(query.where(sync_kinds.c.book_id == book.id))
    return {row.kind: KindStatus(row[0], KindState(row[1]), *row[2:]) for row in rows}


def save_statuses(db: Connection, book: Book, news: Iterable[KindStatus]) -> None:
    """Keep how far these kinds are."""
    _save(db, sync_kinds, [{"book_id": book.id} | asdict(one) for one in news])


def windows(db: Connection, book: Book) -> list[Window]:
    """Return the windows that are not read to their end."""
    query = _without_book(sync_windows)
    rows = db.execute(
        query.where(sync_windows.c.book_id == book.id).order_by(sync_windows.c.number)
    )
    return [Window(*row) for row in rows]


def save_windows(db: Connection, book: Book, news: Iterable[Window]) -> None:
    """Keep these windows, new or moved on."""
    _save(db, sync_windows, [{"book_id": book.id} | asdict(one) for one in news])


def close_windows(db: Connection, book: Book, done: Iterable[WindowKey]) -> None:
    """Forget these windows: they are read to their end."""
    for kind, number in done:
        db.execute(
            sync_windows.delete().where(
                sync_windows.c.book_id == book.id,
                sync_windows.c.kind == kind,
                sync_windows.c.number == number,
            )
        )


def start_over(db: Connection, book: Book) -> None:
    """Forget how far each kind is: the next run reads everything again."""
    db.execute(sync_windows.delete().where(sync_windows.c.book_id == book.id))
    db.execute(
        sync_kinds.update()
        .where(sync_kinds.c.book_id == book.id)
        .values(
            state=KindState.FILLING,
            filled_at=None,
            since_at=None,
            caught_at=None,
            abreast_at=None,
            objects=0,
            message=None,
        )
    )


def _without_book(table: Table) -> Select[Any]:
    return select(*(column for column in table.c if column.name != "book_id"))


def _save(db: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        db.execute(_upserts(db)[table.name], rows)


def _upserts(db: Connection) -> dict[str, Any]:
    """Return the statements that write whole rows; they are made once for each database."""
    name = db.dialect.name
    if name not in _made:
        _made[name] = {each.name: database.upsert(db, each) for each in (sync_kinds, sync_windows)}
    return _made[name]


_made: dict[str, dict[str, Any]] = {}
