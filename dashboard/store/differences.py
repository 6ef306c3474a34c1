"""Where each book differs from Stripe: objects that do, since when, and until when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    ScalarSelect,
    String,
    Table,
    Text,
    case,
    func,
    select,
)

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.store.books import Book

MOST_KEPT = 1_000
"""Open differences of a kind that are kept one by one; more are only counted."""

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
    _write(db, lines)
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


def newest(db: Connection, book: Book, limit: int) -> list[Difference]:
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


def open_count(book: Book) -> ScalarSelect[int]:
    """Return the expression that counts the open differences of the book."""
    table = check_differences.c
    return (
        select(func.count())
        .where(table.book_id == book.id, table.repaired_at.is_(None))
        .scalar_subquery()
    )


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


def _write(db: Connection, lines: list[dict[str, Any]]) -> None:
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
