"""The time zone in which a book's days are summed, and the day of a moment in it."""

from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Integer,
    String,
    Table,
    bindparam,
    func,
    select,
)

from dashboard.core import db as database
from dashboard.core.clock import DayFinder
from dashboard.store.books import Book, books

summary_zones = Table(
    "summary_zones",
    database.metadata,
    Column("book_id", Integer, ForeignKey("books.id"), primary_key=True),
    Column("timezone", String(64), nullable=False),
)

ZONE = (
    select(func.coalesce(summary_zones.c.timezone, books.c.timezone))
    .join_from(books, summary_zones, isouter=True)
    .where(books.c.id == bindparam("book"))
)

FOUND = "zone"
"""Where a connection notes in which zone a book is summed, as of its transaction."""

_finder_of = lru_cache(maxsize=64)(DayFinder)


def finder(db: Connection, book: Book) -> DayFinder:
    """Return what finds the local day of a moment, in the zone that the book is summed in.

    All summaries of a book stand in one zone, whatever a caller's ``book`` remembers.
    """
    return _finder_of(zone(db, book))


def zone(db: Connection, book: Book) -> str:
    """Return the zone that the book is summed in; a transaction asks once."""
    asked = (db.get_transaction(), book.id)
    found: str | None = db.info.get(FOUND, {}).get(asked)
    if found is None:
        found = db.scalar(ZONE, {"book": book.id}) or book.timezone
        db.info[FOUND] = {asked: found}
    return found


def find_zones(db: Connection, several: Iterable[Book]) -> None:
    """Ask for the zones of several books at once; ``zone`` knows them in this transaction."""
    zones = {book.id: book.timezone for book in several}
    kept = select(summary_zones).where(summary_zones.c.book_id.in_(zones))
    zones |= {line.book_id: line.timezone for line in db.execute(kept)}
    transaction = db.get_transaction()
    db.info[FOUND] = {(transaction, id): zone for id, zone in zones.items()}


def bounds(
    db: Connection, book: Book, start: int | None, end: int | None
) -> tuple[str | None, str | None] | None:
    """Return the first day of a span of UTC seconds and the day at which it ends.

    A side that is open stays ``None``; so is all of it when a side lies within a day.
    """
    find_day = finder(db, book)
    if any(edge is not None and find_day(edge) == find_day(edge - 1) for edge in (start, end)):
        return None
    first, last = (None if edge is None else find_day(edge) for edge in (start, end))
    return first, last


def move(db: Connection, book: Book) -> bool:
    """Take over the zone that the book has now; says whether its days are others than before."""
    kept = select(summary_zones.c.timezone).where(summary_zones.c.book_id == book.id)
    before = db.scalar(kept)
    zone = db.scalar(select(books.c.timezone).where(books.c.id == book.id))
    statement = database.insert(db, summary_zones).values(book_id=book.id, timezone=zone)
    db.execute(statement.on_conflict_do_update(index_elements=["book_id"], set_={"timezone": zone}))
    db.info.pop(FOUND, None)
    return zone != before
