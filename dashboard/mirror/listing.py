"""Reads pages of long lists: keyset on an index, at any depth as fast as the first page."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import chain
from typing import Any, Generic, TypeAlias, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Table,
    Tuple,
    UnaryExpression,
    and_,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.sql.operators import custom_op

from dashboard.core.errors import NotFoundError
from dashboard.core.paging import (
    COUNT_CAP,
    PAGE_SIZE,
    Cursor,
    Page,
    Span,
    Wanted,
    Wish,
    broken,
)
from dashboard.mirror import search
from dashboard.mirror.measures import days
from dashboard.mirror.measures.summary import Summary
from dashboard.mirror.rows import among
from dashboard.store.books import Book

STREAM_SIZE = 2_000
PLACE = 3
"""So many values at the end of a line tell its place: what it is sorted by, its key, its book."""
ANY = "*"
FEW = 2_000
"""So many rows of a range are sorted sooner than a list is walked until a page of them is found."""

R = TypeVar("R")

Condition: TypeAlias = Callable[[Wanted], list[ColumnElement[bool]]]
"""Turns what a filter wants into conditions, where a column alone cannot say it."""


@dataclass(frozen=True, slots=True)
class Words:
    """A column of words, of which a filter may name the beginning alone: ``invoice.*``."""

    column: ColumnElement[str]

    def conditions(
        self, db: Connection, wanted: Wanted, *, walk: bool = False
    ) -> list[ColumnElement[bool]]:
        """Return what the words mean; where it is better to ``walk``, an index is no help."""
        column = passive(self.column) if walk else self.column
        words = () if isinstance(wanted, Span) else wanted
        return [or_(*(self._means(db, column, word) for word in words))]

    def _means(self, db: Connection, column: ColumnElement[str], word: str) -> ColumnElement[bool]:
        beginning = word.removesuffix(ANY)
        if beginning == word:
            return column == word
        if beginning and db.dialect.name == "sqlite":
            # Compared byte by byte, so that an index by the words finds where they begin and end.
            after = beginning[:-1] + chr(ord(beginning[-1]) + 1)
            return and_(column >= beginning, column < after)
        return column.startswith(beginning, autoescape=True)


@dataclass(frozen=True, slots=True)
class Listing(Generic[R]):
    """A list page's rows: ``columns`` of ``source`` as objects of ``row``, in the same order.

    ``table`` holds one row for each line of the list; ``filters`` and ``sorts`` map the words of
    the query string to its indexed columns, or a filter to ``Words`` or its ``Condition``. Sorts
    must never be NULL. ``scope`` leaves rows out of the list that ``find`` still finds. ``counts``
    and ``daily`` are summaries that count the rows by some of the filters, and by these and the
    day of ``created``. ``key`` names the column by which a row is known within its book.
    """

    table: Table
    row: type[R]
    columns: tuple[ColumnElement[Any], ...]
    filters: Mapping[str, ColumnElement[Any] | Words | Condition]
    sorts: Mapping[str, ColumnElement[Any]]
    source: FromClause | None = None
    scope: tuple[ColumnElement[bool], ...] = ()
    counts: Summary | None = None
    daily: Summary | None = None
    key: str = "id"

    def page(self, db: Connection, book: Book, wish: Wish, size: int = PAGE_SIZE) -> Page[R]:
        """Return one page and the count of all, in at most three statements.

        Raises:
            BadInputError: the cursor belongs to another list.
        """
        return self.across(db, {book: wish}, size)

    def across(self, db: Connection, wishes: Mapping[Book, Wish], size: int = PAGE_SIZE) -> Page[R]:
        """Return one page of the rows of all books and the sum of their counts.

        The wishes are of one order and one place. Their number changes nothing about that of the
        statements: the page is merged from one page of each book.

        Raises:
            BadInputError: the cursor belongs to another list.
        """
        wish = next(iter(wishes.values()))
        newer = wish.cursor is not None and wish.cursor.newer
        descending = wish.descending != newer
        counts = self._counts(db, wishes)
        pages = [
            self._placed(db, *asked, count, descending=descending).limit(size + 1)
            for asked, (count, _capped) in zip(wishes.items(), counts, strict=True)
        ]
        is_one = len(pages) == 1
        query = pages[0] if is_one else _merged(pages, size + 1, descending=descending)
        found = db.execute(query).all()
        shown = found[:size][::-1] if newer else found[:size]
        before, after = (
            (len(found) > size, True) if newer else (bool(wish.cursor), len(found) > size)
        )
        return Page(
            rows=[self.row(*line[:-PLACE]) for line in shown],
            newer=_edge(shown[0], newer=True, named=not is_one) if before and shown else None,
            older=_edge(shown[-1], newer=False, named=not is_one) if after and shown else None,
            count=sum(count for count, _capped in counts),
            capped=any(capped for _count, capped in counts),
            books=[] if is_one else [line[-1] for line in shown],
        )

    def _placed(
        self, db: Connection, book: Book, wish: Wish, count: int, *, descending: bool
    ) -> Select[Any]:
        """Return the statement of a book's rows from the cursor on, each with its place."""
        walk = db.dialect.name == "sqlite" and count > FEW
        query = self._ordered(db, book, wish, descending=descending, walk=walk)
        if wish.cursor is not None:
            sort = self.sorts[wish.sort]
            if not isinstance(wish.cursor.value, sort.type.python_type):
                raise broken()
            query = query.where(
                _beside(tuple_(sort, self._key), wish.cursor, book, descending=descending)
            )
        return query

    def needed(self, wish: Wish) -> int:
        """Return how many of the newest matches of a search are needed for a page.

        Where other rules leave rows out, it takes many.
        """
        is_narrowed = wish.where or wish.cursor or self.scope
        by_time = wish.sort == "created" and wish.descending
        return search.MOST if is_narrowed or not by_time else PAGE_SIZE

    @property
    def _key(self) -> ColumnElement[str]:
        return self.table.c[self.key]

    def find(self, db: Connection, book: Book, id: str) -> R | None:
        """Return the row of one object, also of one that the list leaves out."""
        query = (
            select(*self.columns)
            .select_from(self.table if self.source is None else self.source)
            .where(self.table.c.book_id == book.id, self._key == id)
        )
        line = db.execute(query).first()
        return self.row(*line) if line else None

    def get(self, db: Connection, book: Book, id: str, noun: str) -> R:
        """Return the row that ``find`` finds.

        Raises:
            NotFoundError: the book holds no such ``noun``.
        """
        row = self.find(db, book, id)
        if row is None:
            raise NotFoundError(f"There is no {noun} {id} in this account.")
        return row

    def count(self, db: Connection, book: Book, wish: Wish) -> tuple[int, bool]:
        """Return how many rows are wanted, and whether there may be more than were counted."""
        return _told(db.scalar(self._counting(db, book, wish)), wish)

    def _counts(self, db: Connection, wishes: Mapping[Book, Wish]) -> list[tuple[int, bool]]:
        """Return what ``count`` does for each book, in one statement."""
        if len(wishes) == 1:
            return [self.count(db, *asked) for asked in wishes.items()]
        if any(isinstance(wish.where.get("created"), Span) for wish in wishes.values()):
            days.find_zones(db, wishes)
        queries = (self._counting(db, *asked).scalar_subquery() for asked in wishes.items())
        found = db.execute(select(*queries)).one()
        return [_told(number, wish) for number, wish in zip(found, wishes.values(), strict=True)]

    def _counting(self, db: Connection, book: Book, wish: Wish) -> Select[Any]:
        """Return the statement of a count: a kept one, or -1 where there are too many to count."""
        kept = self._kept_count(db, book, wish) if wish.ids is None else None
        if kept is not None:
            return kept
        conditions = self._conditions(db, book, wish)
        # To pass over rows costs half of counting them.
        beyond = select(literal(-1)).where(*conditions).offset(COUNT_CAP).limit(1)
        every = select(func.count()).select_from(self.table).where(*conditions)
        return select(func.coalesce(beyond.scalar_subquery(), every.scalar_subquery()))

    def _kept_count(self, db: Connection, book: Book, wish: Wish) -> Select[Any] | None:
        """Return the count that a summary keeps; ``None`` where none knows of all filters."""
        where = dict(wish.where)
        span = where.pop("created", None)
        summary = self.counts if span is None else self.daily
        if summary is None or not {*where} <= {*summary.keys}:
            return None
        kept = summary.table.c
        wanted = [kept.book_id == book.id]
        wanted += chain(*(within(kept[name], value) for name, value in where.items()))
        if isinstance(span, Span):
            bounds = days.bounds(db, book, span.start, span.end)
            if bounds is None:
                return None
            first, end = bounds
            wanted += [kept.day >= first] if first else []
            wanted += [kept.day < end] if end else []
        return select(func.sum(kept["count"])).where(*wanted)

    def every(self, db: Connection, book: Book, wish: Wish) -> Iterator[R]:
        """Yield every wanted row in order, holding only a few in memory."""
        for line in self._stream(db, book, wish):
            yield self.row(*line[:-PLACE])

    def every_across(self, db: Connection, wishes: Mapping[Book, Wish]) -> Iterator[tuple[int, R]]:
        """Yield the wanted rows of all books in order, each with its book's id."""
        streams = (self._stream(db, *asked) for asked in wishes.items())
        descending = next(iter(wishes.values())).descending
        for line in merge(*streams, key=lambda line: line[-PLACE:], reverse=descending):
            yield line[-1], self.row(*line[:-PLACE])

    def _stream(self, db: Connection, book: Book, wish: Wish) -> Iterator[tuple[Any, ...]]:
        """Yield every line in order, each with its place."""
        query = self._ordered(db, book, wish, descending=wish.descending, walk=False)
        streamed = db.execution_options(stream_results=True, yield_per=STREAM_SIZE).execute(query)
        for part in streamed.partitions(STREAM_SIZE):
            yield from part

    def _ordered(
        self, db: Connection, book: Book, wish: Wish, *, descending: bool, walk: bool
    ) -> Select[Any]:
        order = (self.sorts[wish.sort], self._key)
        place = (*order, self.table.c.book_id)
        return (
            select(*self.columns, *(part.label(None) for part in place))
            .select_from(self.table if self.source is None else self.source)
            .where(*self._conditions(db, book, wish, walk=walk))
            .order_by(*(each.desc() if descending else each.asc() for each in order))
        )

    def _conditions(
        self, db: Connection, book: Book, wish: Wish, *, walk: bool = False
    ) -> list[ColumnElement[bool]]:
        conditions = [self.table.c.book_id == book.id, *self.scope]
        for name, wanted in wish.where.items():
            allowed = self.filters[name]
            if isinstance(allowed, Words):
                # Another word that is known whole leads to fewer rows than a beginning.
                aside = any(
                    isinstance(wish.where[other], tuple) for other in {*wish.where} - {name}
                )
                conditions += allowed.conditions(db, wanted, walk=walk or aside)
            elif not isinstance(allowed, ColumnElement):
                conditions += allowed(wanted)
            elif walk and isinstance(wanted, Span) and name != wish.sort:
                conditions += within(passive(allowed), wanted)
            else:
                conditions += within(allowed, wanted)
        if wish.ids is not None:
            conditions.append(among(db, self._key, wish.ids))
        return conditions


def passive(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return ``column`` as the databases look at it without thinking of an index by it.

    SQLite knows how its values are spread, but not how many lie in a range; where the newest of
    few rows are wanted, either may rather walk through all by time.
    """
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def _beside(place: Tuple, cursor: Cursor, book: Book, *, descending: bool) -> ColumnElement[bool]:
    """Return the condition that a row of the book comes after the cursor."""
    edge = tuple_(cursor.value, cursor.id)
    if descending:
        return place <= edge if book.id < cursor.book else place < edge
    return place >= edge if book.id > cursor.book > 0 else place > edge


def _merged(pages: Sequence[Select[Any]], most: int, *, descending: bool) -> Select[Any]:
    """Return the first ``most`` lines of some books' pages, by their places."""
    together = union_all(*(select(page.subquery()) for page in pages)).subquery()
    place = list(together.c)[-PLACE:]
    order = (part.desc() if descending else part.asc() for part in place)
    return select(together).order_by(*order).limit(most)


def _told(number: int | None, wish: Wish) -> tuple[int, bool]:
    """Return what a counting statement says."""
    found = int(number or 0)
    if found < 0:
        return COUNT_CAP, True
    if wish.ids is None:
        return found, False
    return min(found, wish.needed), len(wish.ids) > wish.needed


def _edge(line: Sequence[Any], *, newer: bool, named: bool) -> Cursor:
    value, id, book = line[-PLACE:]
    return Cursor(value, id, newer, book if named else 0)


def within(column: ColumnElement[Any], wanted: Wanted) -> list[ColumnElement[bool]]:
    """Return the conditions under which ``column`` holds what is wanted."""
    if isinstance(wanted, Span):
        bounds = []
        if wanted.start is not None:
            bounds.append(column >= wanted.start)
        if wanted.end is not None:
            bounds.append(column < wanted.end)
        return bounds
    return [column == wanted[0] if len(wanted) == 1 else column.in_(wanted)]


def either(condition: ColumnElement[bool], yes: str = "yes", no: str = "no") -> Condition:
    """Return what two filter values mean: ``yes`` that ``condition`` holds, ``no`` the opposite.

    The condition must never be NULL.
    """
    meaning = {yes: condition, no: not_(condition)}

    def conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
        values = set() if isinstance(wanted, Span) else set(wanted)
        return [meaning[value] for value in values] if len(values) == 1 else []

    return conditions
