"""Lines of lists that hold rows of several accounts: whose each is, on the page and in exports."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from dashboard.store.books import Book, Shelf
from dashboard.web import context
from dashboard.web.exports import Cell, Columns

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Line(Generic[R]):
    """A row and the book that it stands in."""

    book: Book
    row: R


@dataclass(frozen=True, slots=True)
class Lines(Generic[R]):
    """Rows of several books: while one is drawn, its own book is looked at.

    So its moments are in the time zone of its account, and links to objects name the account.
    """

    lines: Sequence[Line[R]]

    def __len__(self) -> int:
        return len(self.lines)

    def __iter__(self) -> Iterator[R]:
        for line in self.lines:
            with context.looking_at(line.book):
                yield line.row


def names_accounts() -> bool:
    """Return whether the page holds several accounts, so that rows say whose they are."""
    shelf = context.shelf()
    return shelf is not None and shelf.one is None


def account_of_row() -> Book | None:
    """Return the book of the row that is drawn."""
    return context.book()


def exported(columns: Columns[R]) -> Columns[Line[R]]:
    """Return the columns of an export of several accounts: whose a row is comes first."""
    whose: Columns[Line[R]] = {
        "account": lambda line: line.book.account_id,
        "account_name": lambda line: line.book.name,
    }
    return {**whose, **{name: _of_row(read) for name, read in columns.items()}}


def _of_row(read: Callable[[R], Cell]) -> Callable[[Line[R]], Cell]:
    return lambda line: read(line.row)


def lined(shelf: Shelf, ids: Sequence[int], rows: Sequence[R]) -> Lines[R]:
    """Return the rows with their books, which ``ids`` name."""
    books: Mapping[int, Book] = {book.id: book for book in shelf.books}
    return Lines([Line(books[id], row) for id, row in zip(ids, rows, strict=True)])
