"""Sums that are kept: rows of a mirror table added up by a few keys, in the same transaction."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Integer,
    String,
    Table,
    select,
)

from dashboard.core import db as database
from dashboard.core.clock import DayFinder
from dashboard.mirror import rows
from dashboard.mirror.changes import Change
from dashboard.mirror.kinds.base import Row
from dashboard.mirror.measures import days
from dashboard.store.books import Book

Key: TypeAlias = tuple[str, ...]
Sums: TypeAlias = tuple[int, ...]
Measure: TypeAlias = Callable[[Row, DayFinder], tuple[Key, Sums] | None]
"""Says under which key a row counts, and with what; ``None`` when it does not count."""

FETCH_SIZE = 5_000
TOLD = DayFinder("UTC")
LONGEST_KEY = 64

UNKNOWN = "unknown"
"""Stands in a key where Stripe says nothing, so that no row is dropped."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The rows of ``source`` added up in ``table`` by what ``measure`` says of each.

    ``keys`` and ``sums`` name the columns of ``table``, ``columns`` those of ``source`` that are
    measured. A key whose rows have all gone stays with zeros. The source may be a summary itself.
    """

    table: Table
    keys: tuple[str, ...]
    sums: tuple[str, ...]
    source: str
    columns: tuple[str, ...]
    measure: Measure

    def follow(self, db: Connection, book: Book, changes: Sequence[Change]) -> None:
        """Add what the rows count now and take away what they counted before."""
        self.take(db, book, changes)

    def take(self, db: Connection, book: Book, changes: Sequence[Change]) -> list[Row]:
        """Do the same and return the rows that were added to the summary."""
        find_day = days.finder(db, book)
        totals: dict[Key, list[int]] = {}
        for change in changes:
            before = self.measure(change.before, find_day) if change.before else None
            after = self.measure(change.after, find_day)
            if before != after:
                _count(totals, before, -1)
                _count(totals, after, 1)
        return self.add(db, book, totals)

    def add(self, db: Connection, book: Book, totals: dict[Key, list[int]]) -> list[Row]:
        """Add ``totals`` to the summary and return them as rows."""
        news = [self._row(book, key, sums) for key, sums in totals.items() if any(sums)]
        rows.write(db, self.table, news, self.sums)
        return news

    def roll_up(self, db: Connection, book: Book, added: Iterable[Row]) -> None:
        """Add what was added to the summary that is this one's source, where days are told."""
        self.add(db, book, self._summed(added, TOLD))

    def scan(
        self, db: Connection, book: Book, *conditions: ColumnElement[bool]
    ) -> dict[Key, list[int]]:
        """Return the sums of a walk over every row of the source, or those under ``conditions``."""
        totals = self._summed(self._source_rows(db, book, *conditions), days.finder(db, book))
        return {key: sums for key, sums in totals.items() if any(sums)}

    def _summed(self, source: Iterable[Row], find_day: DayFinder) -> dict[Key, list[int]]:
        totals: dict[Key, list[int]] = {}
        for row in source:
            _count(totals, self.measure(row, find_day), 1)
        return totals

    def kept(
        self, db: Connection, book: Book, *conditions: ColumnElement[bool]
    ) -> dict[Key, list[int]]:
        """Return the sums as they are kept, without zeros; all, or those under ``conditions``."""
        columns = [self.table.c[name] for name in (*self.keys, *self.sums)]
        query = select(*columns).where(self.table.c.book_id == book.id, *conditions)
        width = len(self.keys)
        found = {tuple(row[:width]): list(row[width:]) for row in db.execute(query)}
        return {key: sums for key, sums in found.items() if any(sums)}

    def rebuild(self, db: Connection, book: Book) -> None:
        """Replace what is kept with the sums of a full walk."""
        totals = self.scan(db, book)
        db.execute(self.table.delete().where(self.table.c.book_id == book.id))
        self.add(db, book, totals)

    def _row(self, book: Book, key: Key, sums: list[int]) -> Row:
        return {
            "book_id": book.id,
            **dict(zip(self.keys, key, strict=True)),
            **dict(zip(self.sums, sums, strict=True)),
        }

    @property
    def origin(self) -> Table:
        """The table of the source."""
        return database.metadata.tables[self.source]

    def _source_rows(
        self, db: Connection, book: Book, *conditions: ColumnElement[bool]
    ) -> Iterable[Row]:
        source = self.origin
        query = select(*(source.c[name] for name in self.columns)).where(
            source.c.book_id == book.id, *conditions
        )
        result = db.execute(query.execution_options(yield_per=FETCH_SIZE))
        return (dict(row) for row in result.mappings())


def summary_table(name: str, keys: Sequence[str], sums: Sequence[str]) -> Table:
    """Declare the table of a summary, by book and ``keys``; ``day`` is the ISO date there."""
    return Table(
        name,
        database.metadata,
        Column("book_id", Integer, ForeignKey("books.id"), primary_key=True),
        *(Column(key, String(LONGEST_KEY), primary_key=True) for key in keys),
        *(Column(column, BigInteger, nullable=False) for column in sums),
        # Read in the order of the key, day by day: the rows themselves stand in it.
        sqlite_with_rowid=False,
    )


def key_of(word: str | None) -> str:
    """Return how a word of Stripe's stands in a key."""
    return word[:LONGEST_KEY] if word else UNKNOWN


def _count(totals: dict[Key, list[int]], entry: tuple[Key, Sums] | None, sign: int) -> None:
    if entry is None:
        return
    key, sums = entry
    total = totals.get(key)
    if total is None:
        totals[key] = [sign * value for value in sums]
        return
    for index, value in enumerate(sums):
        total[index] += sign * value
