"""What comparing each book with Stripe has found: how far, how much, and what differs still.

A comparison of a kind saves where it is in the transaction that saves what it found, so whatever
is killed goes on where its last commit was.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    and_,
    case,
    func,
    or_,
    select,
)

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.store.books import Book
from dashboard.store.sync_runs import Window

MOST_KEPT = 1_000
"""Open differences of a kind that are kept one by one; more are only counted."""

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
check_differences = Table(
    "check_differences",
    database.metadata,
    Column("book_id", ForeignKey("books.id"), primary_key=True),
    Column("kind", String(64), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("what", String(16), nullable=False),
    Column("fields", Text, nullable=False),
    Column("found_at", Integer, nullable=False),
    # When it was last seen to stand.
    Column("seen_at", Integer, nullable=False),
    # When it was repaired here, or found to be gone.
    Column("repaired_at", Integer),
    Index(None, "book_id", "repaired_at"),
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


class What(StrEnum):
    """In which way the mirror differs from Stripe."""

    MISSING = "missing"
    EXTRA = "extra"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Difference:
    """An object that Stripe has and we have not, the reverse, or one whose ``fields`` differ.

    ``found_at`` is when that was first seen (UTC seconds), 0 while it is not kept.
    """

    kind: str
    id: str
    what: What
    fields: tuple[str, ...] = ()
    found_at: int = 0


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


def keep(db: Connection, book: Book, found: Sequence[Difference]) -> list[Difference]:
    """Keep differences that stand, and return those left out where a kind has too many.

    What was known already stays known since it was found.
    """
    known, room = _known(db, book, found), _room(db, book)
    kept = [one for one in found if (one.kind, one.id) in known]
    for one in found:
        left = room.get(one.kind, MOST_KEPT)
        if left and (one.kind, one.id) not in known:
            room[one.kind] = left - 1
            kept.append(one)
    now = clock.seconds()
    lines = [
        {
            "book_id": book.id,
            "kind": one.kind,
            "id": one.id,
            "what": one.what,
            "fields": orjson.dumps(one.fields).decode(),
            "found_at": now,
            "seen_at": now,
            "repaired_at": None,
        }
        for one in kept
    ]
    _write_differences(db, lines)
    names = {(one.kind, one.id) for one in kept}
    return [one for one in found if (one.kind, one.id) not in names]


def repaired(db: Connection, book: Book, done: Iterable[Difference]) -> None:
    """Note that these differences stand no more."""
    table = check_differences.c
    for one in done:
        db.execute(
            check_differences.update()
            .where(table.book_id == book.id, table.kind == one.kind, table.id == one.id)
            .values(repaired_at=clock.seconds())
        )


def forget_before(db: Connection, book: Book, kind: str, moment: int) -> None:
    """Note that differences of ``kind`` are gone that nobody has seen since ``moment``."""
    table = check_differences.c
    db.execute(
        check_differences.update()
        .where(
            table.book_id == book.id,
            table.kind == kind,
            table.repaired_at.is_(None),
            table.seen_at < moment,
        )
        .values(repaired_at=clock.seconds())
    )


def differences(db: Connection, book: Book, limit: int) -> list[Difference]:
    """Return open differences, those first that were found last."""
    table = check_differences.c
    query = (
        select(table.kind, table.id, table.what, table.fields, table.found_at)
        .where(table.book_id == book.id, table.repaired_at.is_(None))
        .order_by(table.found_at.desc(), table.kind, table.id)
        .limit(limit)
    )
    return [
        Difference(kind, name, What(what), tuple(orjson.loads(told)), found_at)
        for kind, name, what, told, found_at in db.execute(query)
    ]


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
            _open_differences(book),
            _faults(book),
        ).where(table.book_id == book.id)
    ).one()
    compared_at, objects, left_out, open_kinds, oldest_at, found, faults = row
    return Standing(
        compared_at, objects or 0, found + (left_out or 0), faults or 0, open_kinds, oldest_at
    )


def _open_differences(book: Book) -> Any:
    table = check_differences.c
    return (
        select(func.count())
        .where(and_(table.book_id == book.id, table.repaired_at.is_(None)))
        .scalar_subquery()
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


def _known(db: Connection, book: Book, found: Sequence[Difference]) -> set[tuple[str, str]]:
    """Return kind and id of those that are open already."""
    table = check_differences.c
    query = select(table.kind, table.id).where(
        table.book_id == book.id,
        table.id.in_([one.id for one in found]),
        table.repaired_at.is_(None),
    )
    return {(kind, name) for kind, name in db.execute(query)} if found else set()


def _room(db: Connection, book: Book) -> dict[str, int]:
    """Return for how many differences more of each kind there is room."""
    table = check_differences.c
    query = (
        select(table.kind, func.count())
        .where(table.book_id == book.id, table.repaired_at.is_(None))
        .group_by(table.kind)
    )
    return {kind: max(MOST_KEPT - count, 0) for kind, count in db.execute(query)}


def _write_differences(db: Connection, lines: list[dict[str, Any]]) -> None:
    """Write differences; those that are open already keep the moment when they were found."""
    if not lines:
        return
    statement = database.insert(db, check_differences)
    news, known = statement.excluded, check_differences.c
    since = case((known.repaired_at.is_(None), known.found_at), else_=news.found_at)
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["book_id", "kind", "id"],
            set_={
                **{name: news[name] for name in ("what", "fields", "seen_at", "repaired_at")},
                "found_at": since,
            },
        ),
        lines,
    )


def _write(db: Connection, table: Table, lines: list[dict[str, Any]]) -> None:
    if not lines:
        return
    statement = database.insert(db, table)
    keys = [column.name for column in table.primary_key]
    values = {c.name: statement.excluded[c.name] for c in table.c if c.name not in keys}
    db.execute(statement.on_conflict_do_update(index_elements=keys, set_=values), lines)
