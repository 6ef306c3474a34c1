"""Books: our mirror of one Stripe account in one mode, the key of every mirrored row."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Boolean, Column, Connection, Integer, String, Table, UniqueConstraint, select

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.errors import NotFoundError

books = Table(
    "books",
    database.metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", String(64), nullable=False),
    Column("livemode", Boolean, nullable=False),
    Column("timezone", String(64), nullable=False, server_default="UTC"),
    Column("currency", String(3), nullable=False, server_default="usd"),
    Column("name", String(255), nullable=False, server_default=""),
    Column("opened_at", Integer, nullable=False),
    UniqueConstraint("account_id", "livemode"),
)


@dataclass(frozen=True, slots=True)
class Book:
    """One Stripe account in one mode; ``timezone`` bounds its days, ``currency`` is its default."""

    id: int
    account_id: str
    livemode: bool
    timezone: str = "UTC"
    currency: str = "usd"
    name: str = ""

    @property
    def title(self) -> str:
        """What people call the account."""
        return self.name or self.account_id


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a page is about: one book, or all of one mode that somebody may see; never none."""

    books: tuple[Book, ...]

    @classmethod
    def of(cls, looked_at: "Book | Shelf") -> "Shelf":
        """Return the books that are looked at, also where it is a single one."""
        return cls((looked_at,)) if isinstance(looked_at, Book) else looked_at

    @property
    def one(self) -> Book | None:
        """The book where it is the only one."""
        return self.books[0] if len(self.books) == 1 else None

    @property
    def livemode(self) -> bool:
        """Whether it is real money that moves in them."""
        return self.books[0].livemode

    @property
    def currencies(self) -> list[str]:
        """The accounts' own currencies, that of most accounts first."""
        own = Counter(book.currency for book in self.books)
        return [currency for currency, _count in own.most_common()]


COLUMNS = (
    books.c.id,
    books.c.account_id,
    books.c.livemode,
    books.c.timezone,
    books.c.currency,
    books.c.name,
)
ORDER = (books.c.livemode.desc(), books.c.name, books.c.id)
"""Live before test, then by name."""


def every(db: Connection) -> list[Book]:
    """Return all books, live before test, then by name."""
    return [Book(*row) for row in db.execute(select(*COLUMNS).order_by(*ORDER))]


def find(db: Connection, account_id: str, *, livemode: bool | None = None) -> Book:
    """Return the book of ``account_id``; the live one where both modes exist and none is named.

    Raises:
        NotFoundError: no such account has been connected.
    """
    query = select(*COLUMNS).where(books.c.account_id == account_id)
    if livemode is not None:
        query = query.where(books.c.livemode == livemode)
    row = db.execute(query.order_by(books.c.livemode.desc())).first()
    if row is None:
        raise NotFoundError(
            f"No account {account_id} is connected here.",
            field="account",
            remedy="Choose one of the connected accounts.",
        )
    return Book(*row)


def open_book(db: Connection, account_id: str, *, livemode: bool) -> Book:
    """Return the book of the account and mode, made where it is missing."""
    statement = database.insert(db, books).values(
        account_id=account_id, livemode=livemode, opened_at=clock.seconds()
    )
    db.execute(statement.on_conflict_do_nothing())
    return find(db, account_id, livemode=livemode)


def describe(db: Connection, book: Book, *, timezone: str, currency: str, name: str) -> Book:
    """Keep what Stripe says of the account and return the book as it is then."""
    db.execute(
        books.update()
        .where(books.c.id == book.id)
        .values(timezone=timezone, currency=currency, name=name)
    )
    return find(db, book.account_id, livemode=book.livemode)
