"""List pages: one recipe for every list, from the query string to rows, links and exports."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Generic, Protocol, TypeVar, cast

from flask import Response, make_response, redirect, request, url_for
from sqlalchemy import Connection, Engine

from dashboard.core import db as database
from dashboard.core.errors import BadInputError, NotFoundError
from dashboard.core.paging import ALL_FOUND, Cursor, Page, Wish
from dashboard.store import audit
from dashboard.store.books import Book, Shelf
from dashboard.web import access, context, exports, htmx
from dashboard.web.asking import (
    Ask,
    Filters,
    misread,
    read,
    refuse_amount_of_no_currency,
    url,
)
from dashboard.web.filters import Filter, refuse_unknown_currency
from dashboard.web.lines import Line, Lines, exported, lined
from dashboard.web.reasons import Empty, not_understood, problems_beside, raise_unread, why_empty

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")


class Rows(Protocol[R_co]):
    """Where a list's rows come from."""

    @property
    def sorts(self) -> Mapping[str, Any]:
        """The words by which it can be sorted."""

    def page(self, db: Connection, book: Book, wish: Wish) -> Page[Any]:
        """Return one page."""

    def needed(self, wish: Wish) -> int:
        """Return how many of the newest matches of a search are needed for a page."""

    def every(self, db: Connection, book: Book, wish: Wish) -> Iterator[R_co]:
        """Yield all rows."""


class RowsAcross(Protocol[R_co]):
    """Where the rows of several books come from, each known by its book's id."""

    def across(self, db: Connection, wishes: Mapping[Book, Wish]) -> Page[Any]:
        """Return one page of all books."""

    def every_across(
        self, db: Connection, wishes: Mapping[Book, Wish]
    ) -> Iterator[tuple[int, R_co]]:
        """Yield all rows of all books."""


@dataclass(frozen=True, slots=True)
class Shown(Generic[R]):
    """A page of rows with its links and its count in words; without a URL it renews itself not."""

    rows: Sequence[R] | Lines[R] = ()
    url: str = ""
    newer_url: str | None = None
    older_url: str | None = None
    count_text: str = ""
    sort: str = ""
    direction: str = ""
    sort_urls: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListPage(Generic[R]):
    """The list of a feature: templates ``<feature>/index.html`` and ``_list.html``.

    ``named`` returns the id of the object that a search names exactly, ``matching`` the ids of so
    many of the newest that it finds. Without ``matching`` the list has no search. ``kinds`` are
    what the page shows: where Stripe refuses one of them, the page says so.
    """

    feature: str
    noun: str
    listing: Rows[R]
    filters: Sequence[Filter]
    export: exports.Columns[R]
    kinds: tuple[str, ...]
    named: Callable[[Connection, Book, str], str | None] | None = None
    matching: Callable[[Connection, Book, str, int], tuple[str, ...]] | None = None

    def show(
        self,
        db: Connection,
        looked_at: Book | Shelf,
        beside: Callable[[Sequence[R]], Mapping[str, Any]] = lambda _rows: {},
        **extras: Any,
    ) -> Response:
        """Return the page, or its part, that the request asks for; an exact id jumps to its object.

        ``extras`` adds to what the templates get, and so does ``beside`` for the rows of the page.
        Where the query string makes no sense, the page says so in place of the rows, and the
        filters stay.

        Raises:
            BadInputError: the query string makes no sense, and the caller reads JSON.
        """
        shelf = Shelf.of(looked_at)
        try:
            asks = self._asks(shelf)
            ask = next(iter(asks.values()))
            if ask.arguments is not request.args:
                clean = url(ask.filters.action, ask.arguments)
                return make_response(redirect(clean, HTTPStatus.SEE_OTHER))
            for book in asks:
                if found := self._meant(db, book, ask):
                    return htmx.go(self._url_of(shelf, book, found))
            wishes = self._wishes(db, asks, self.listing.needed(ask.wish))
            page = self._page(db, wishes)
            if not page.rows:
                refuse_unknown_currency(ask.arguments, shelf.books[0])
        except BadInputError as error:
            return self._correct(shelf.books[0], error, extras)
        empty = None if page.rows else why_empty(ask, shelf, self.kinds)
        return self._render(
            ask.filters,
            _shown(page, self._rows(shelf, wishes, page), ask, self.listing.sorts),
            empty,
            problems=problems_beside(empty, shelf, self.kinds),
            export_urls=self._export_urls(ask),
            **beside(page.rows),
            **extras,
        )

    def one(
        self, find: Callable[[Connection, Book, str], T], db: Connection, book: Book, id: str
    ) -> T:
        """Return what ``find`` finds by this id.

        Raises:
            NotFoundError: it is not there, is not read yet, or Stripe does not show it to the key.
        """
        try:
            return find(db, book, id)
        except NotFoundError:
            raise_unread(book, self.kinds, id)
            raise

    def _correct(self, book: Book, error: BadInputError, extras: Mapping[str, Any]) -> Response:
        """Show what is wrong where the rows would stand, and in the filter that it is in."""
        filters = misread(self.filters, book, url_for(f"{self.feature}.index"))
        why = not_understood(error, filters, f"Show all {self.noun}")
        return self._render(filters, Shown(), why, HTTPStatus.BAD_REQUEST, **extras)

    def _render(
        self,
        filters: Filters,
        page: Shown[R],
        empty: Empty | None,
        status: int = HTTPStatus.OK,
        **values: Any,
    ) -> Response:
        return htmx.render(
            f"{self.feature}/index.html",
            f"{self.feature}/_list.html",
            status,
            page=page,
            filters=filters,
            empty=empty,
            noun=self.noun,
            search=self._search_box(filters),
            **values,
        )

    def download(self, db: Connection, looked_at: Book | Shelf, format: str) -> Response:
        """Return exactly the rows that ``show`` pages through, in its order.

        Raises:
            BadInputError: the query string makes no sense.
        """
        shelf = Shelf.of(looked_at)
        asks = {
            book: replace(ask, wish=replace(ask.wish, cursor=None))
            for book, ask in self._asks(shelf).items()
        }
        wishes = self._wishes(db, asks, ALL_FOUND)
        page = self._page(db, wishes)
        if not page.rows:
            refuse_unknown_currency(request.args, shelf.books[0])
        self._note_export(page, wishes, format)
        engine = context.engine()
        if shelf.one is None:
            lines = self._every_line(engine, shelf, wishes)
            return exports.answer(self.feature, format, exported(self.export), lines)
        rows = self._every(engine, *next(iter(wishes.items())))
        return exports.answer(self.feature, format, self.export, rows)

    def _note_export(self, page: Page[R], wishes: Mapping[Book, Wish], format: str) -> None:
        asked = {name: ", ".join(values) for name, values in request.args.lists() if any(values)}
        rows = f"{page.count} or more" if page.capped else page.count
        told: dict[str, Any] = {"format": format, "rows": rows, "filters": asked}
        if len(wishes) > 1:
            told["accounts"] = [book.account_id for book in wishes]
            told["mode"] = context.mode_of(next(iter(wishes)))
        # The audit log is a list too, and about no book.
        about = next((book for book in wishes if book.id), None) if len(wishes) == 1 else None
        with context.writing() as writer:
            audit.record(
                writer, access.actor(), "export.taken", subject=self.feature, book=about, after=told
            )

    def wish(self, db: Connection, book: Book) -> Wish:
        """Return which rows the request's query string asks for, on whatever page it is.

        Raises:
            BadInputError: the query string makes no sense.
        """
        return replace(self._wish(db, book, self._ask(book), ALL_FOUND), cursor=None)

    def _every(self, engine: Engine, book: Book, wish: Wish) -> Iterator[R]:
        """Read through a connection of its own: the request's is closed while a stream runs."""
        with database.reading(engine) as db:
            yield from self.listing.every(db, book, wish)

    def _every_line(
        self, engine: Engine, shelf: Shelf, wishes: Mapping[Book, Wish]
    ) -> Iterator[Line[R]]:
        """Read the rows of all books in the same way."""
        books = {book.id: book for book in shelf.books}
        with database.reading(engine) as db:
            for id, row in self._across.every_across(db, wishes):
                yield Line(books[id], row)

    def _page(self, db: Connection, wishes: Mapping[Book, Wish]) -> Page[R]:
        if len(wishes) == 1:
            return self.listing.page(db, *next(iter(wishes.items())))
        return self._across.across(db, wishes)

    def _rows(
        self, shelf: Shelf, wishes: Mapping[Book, Wish], page: Page[R]
    ) -> Sequence[R] | Lines[R]:
        """Return the rows, which know their books where there are several."""
        if shelf.one:
            return page.rows
        ids = page.books or [next(iter(wishes)).id] * len(page.rows)
        return lined(shelf, ids, page.rows)

    @property
    def _across(self) -> RowsAcross[R]:
        """The rows of several books, of lists whose views take several."""
        return cast("RowsAcross[R]", self.listing)

    def _url_of(self, shelf: Shelf, book: Book, id: str) -> str:
        with nullcontext() if shelf.one else context.looking_at(book):
            return url_for(f"{self.feature}.detail", id=id)

    def _asks(self, shelf: Shelf) -> dict[Book, Ask]:
        """Return what is asked of each book, whose days are its own.

        A book in which it makes no sense is left out where it does in another: the day that is
        asked for may lie in the future for some.

        Raises:
            BadInputError: it makes no sense for any, or means an amount of no single currency.
        """
        asks: dict[Book, Ask] = {}
        refusals = []
        for book in shelf.books:
            try:
                asks[book] = self._ask(book)
            except BadInputError as error:
                refusals.append(error)
        if not asks:
            raise refusals[0]
        refuse_amount_of_no_currency(asks)
        return asks

    def _wishes(self, db: Connection, asks: Mapping[Book, Ask], needed: int) -> dict[Book, Wish]:
        return {book: self._wish(db, book, ask, needed) for book, ask in asks.items()}

    def _ask(self, book: Book) -> Ask:
        action = url_for(f"{self.feature}.index")
        searched = self.matching is not None
        return read(self.filters, list(self.listing.sorts), book, action, searched=searched)

    def _meant(self, db: Connection, book: Book, ask: Ask) -> str | None:
        """Return the id of the object that the search names exactly."""
        search = ask.filters.search
        return self.named(db, book, search) if search and self.named else None

    def _wish(self, db: Connection, book: Book, ask: Ask, needed: int) -> Wish:
        if not (ask.filters.search and self.matching):
            return ask.wish
        ids = self.matching(db, book, ask.filters.search, needed + 1)
        return replace(ask.wish, ids=ids, needed=needed)

    def _search_box(self, filters: Filters) -> Mapping[str, Any] | None:
        if self.matching is None:
            return None
        placeholder = f"Search {self.noun}"
        return {"value": filters.search, "hidden": filters.hidden, "placeholder": placeholder}

    def _export_urls(self, ask: Ask) -> list[dict[str, str]]:
        endpoint = f"{self.feature}.export"
        formats = ("csv", "xlsx") if access.allows(endpoint) else ()
        return [
            {
                "label": format.upper(),
                "url": url(url_for(endpoint, format=format), ask.arguments, drop={"cursor"}),
                "note": "every row that matches",
            }
            for format in formats
        ]


def _shown(
    page: Page[Any], rows: Sequence[Any] | Lines[Any], ask: Ask, sorts: Collection[str]
) -> Shown[Any]:
    action = ask.filters.action
    most = f"{page.count:,}" + ("+" if page.capped else "")
    return Shown(
        rows=rows,
        url=url(action, ask.arguments),
        newer_url=_at(ask, page.newer),
        older_url=_at(ask, page.older),
        count_text=f"{len(page.rows):,} of {most}",
        sort=ask.wish.sort,
        direction="desc" if ask.wish.descending else "asc",
        sort_urls={name: _sorted(action, ask, name) for name in sorts},
    )


def _at(ask: Ask, cursor: Cursor | None) -> str | None:
    return url(ask.filters.action, ask.arguments, cursor=cursor.encode()) if cursor else None


def _sorted(action: str, ask: Ask, name: str) -> str:
    """The column that orders the list turns around; another one begins with its largest."""
    direction = "asc" if ask.wish.sort == name and ask.wish.descending else "desc"
    return url(action, ask.arguments, drop={"cursor"}, sort=name, direction=direction)
