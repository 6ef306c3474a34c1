"""How far each book is compared with Stripe, kind by kind, and how its sums agree.

A comparison of a kind saves where it is in the transaction that saves what it found, so whatever
is killed goes on where its last commit was.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    func,
    or_,
    select,
)

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.store import differences
from dashboard.store.books import Book
from dashboard.store.sync_runs import Window

check_kinds = Table(
    "check_kinds",
    database.metadata,
    Column("book_id", ForeignKey("books.id"), primary_key=True),
    Column("kind", String(64), primary_key=True),
    # The last comparison that came to its end.
    Column("compared_at", Integer),
    Column("objects", Integer, nullable=False),
    Column("oldest_at", BigInteger),
    Column("left_out", Integer, nullable=False),
    # The comparison under way.
    Column("begun_at", Integer),
    Column("so_far", Integer, nullable=False),
    Column("oldest_so_far", BigInteger),
    Column("left_out_so_far", Integer, nullable=False),
    Column("windows", Text, nullable=False),
    Column("message", Text),
)
check_sums = Table(
    "check_sums",
    database.metadata,
    Column("book_id", ForeignKey("books.id"), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("checked_at", Integer, nullable=False),
    Column("faults", Integer, nullable=False),
    Column("words", Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class OpenWindow:
    """A window that is not read to its end, and what it has shown of its last second so far.

    ``shown`` holds ids, each with the kinds of what rides inside.
    """

    window: Window
    shown: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KindCheck:
    """How far one kind is compared.

    ``compared_at`` is when its last full comparison began, which met ``objects``, the oldest of
    them created at ``oldest_at``. ``begun_at`` is when the one under way began; what it met is
    ``so_far``, and ``windows`` are left to be read. UTC seconds.
    """

    kind: str
    compared_at: int | None = None
    objects: int = 0
    oldest_at: int | None = None
    left_out: int = 0
    begun_at: int | None = None
    so_far: int = 0
    oldest_so_far: int | None = None
    left_out_so_far: int = 0
    windows: tuple[OpenWindow, ...] = ()
    message: str | None = None


@dataclass(frozen=True, slots=True)
class SumCheck:
    """Sums that must agree: how many do not, and that in plain words."""

    name: str
    faults: int
    words: str
    checked_at: int = field(default_factory=clock.seconds)


@dataclass(frozen=True, slots=True)
class Standing:
    """All that a certificate says of a book.

    ``compared_at`` is the oldest comparison of a kind, none where nothing was compared.
    ``open_kinds`` are compared but in part, ``faults`` the sums that do not agree, ``complete_at``
    the moment from which the mirror is complete (UTC seconds).
    """

    compared_at: int | None
    objects: int
    differences: int
    faults: int
    open_kinds: int
    complete_at: int | None


def kinds(db: Connection, book: Book) -> dict[str, KindCheck]:
    """Return how far each kind is that was ever compared."""
    table = check_kinds.c
    query = select(*(table[each.name] for each in fields(KindCheck)))
    rows = db.execute(query.where(table.book_id == book.id)).mappings()
    return {row["kind"]: _kind(dict(row)) for row in rows}


def save_kinds(db: Connection, book: Book, news: Iterable[KindCheck]) -> None:
    """Keep how far these kinds are."""
    lines = [
        {**asdict(one), "windows": orjson.dumps(one.windows).decode(), "book_id": book.id}
        for one in news
    ]
    _write(db, check_kinds, lines)


def sums(db: Connection, book: Book) -> list[SumCheck]:
    """Return how the sums agreed when they were last looked at."""
    table = check_sums.c
    query = select(table.name, table.faults, table.words, table.checked_at)
    rows = db.execute(query.where(table.book_id == book.id).order_by(table.name))
    return [SumCheck(*row) for row in rows]


def save_sums(db: Connection, book: Book, news: Iterable[SumCheck]) -> None:
    """Keep how these sums agree."""
    _write(db, check_sums, [{"book_id": book.id, **asdict(one)} for one in news])


def standing(db: Connection, book: Book, *, dated: Sequence[str]) -> Standing:
    """Return what the certificate says, with one statement.

    Of the kinds that are ``dated``, the oldest object tells from when on the mirror is complete.
    """
    table = check_kinds.c
    row = db.execute(
        select(
            func.min(table.compared_at),
            func.sum(table.objects),
            func.sum(table.left_out),
            func.count().filter(or_(table.compared_at.is_(None), table.message.is_not(None))),
            func.min(table.oldest_at).filter(table.kind.in_(dated)),
            differences.open_count(book),
            _faults(book),
        ).where(table.book_id == book.id)
    ).one()
    compared_at, objects, left_out, open_kinds, oldest_at, found, faults = row
    return Standing(
        compared_at, objects or 0, found + (left_out or 0), faults or 0, open_kinds, oldest_at
    )


def _faults(book: Book) -> Any:
    return (
        select(func.sum(check_sums.c.faults))
        .where(check_sums.c.book_id == book.id)
        .scalar_subquery()
    )


def _kind(row: dict[str, Any]) -> KindCheck:
    windows = tuple(
        OpenWindow(Window(**each["window"]), each["shown"]) for each in orjson.loads(row["windows"])
    )
    return KindCheck(**{**row, "windows": windows})


def _write(db: Connection, table: Table, lines: list[dict[str, Any]]) -> None:
    if lines:
        db.execute(database.upsert(db, table), lines)
