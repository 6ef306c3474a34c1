"""Connections: by which key we reach the Stripe account of a book."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Column, Connection, ForeignKey, Integer, String, Table, Text, select

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.crypto import Vault
from dashboard.core.errors import NotFoundError
from dashboard.store import books
from dashboard.store.books import Book

connections = Table(
    "connections",
    database.metadata,
    Column("id", Integer, primary_key=True),
    Column("book_id", ForeignKey("books.id"), nullable=False, unique=True),
    Column("how", String(16), nullable=False),
    # Sealed by the vault; empty where the key stays in the environment.
    Column("sealed_secret", Text),
    # Tells one key at one address from another, and nothing of the key.
    Column("fingerprint", String(64), nullable=False, index=True),
    Column("created_at", Integer, nullable=False),
    # When the account took its permission back: from then on it is left alone.
    Column("deauthorized_at", Integer),
)


class How(StrEnum):
    """Where the key of a connection is kept."""

    ENVIRONMENT = "environment"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class StripeConnection:
    """The way to the account of ``book``, until the account takes its permission back."""

    id: int
    book: Book
    how: How
    sealed_secret: str | None
    deauthorized_at: int | None = None


def every(db: Connection) -> list[StripeConnection]:
    """Return all connections, in the order in which they were made."""
    query = select(connections, *books.COLUMNS).join(books.books).order_by(connections.c.id)
    return [
        StripeConnection(
            row[0],
            Book(*row[len(connections.c) :]),
            How(row.how),
            row.sealed_secret,
            row.deauthorized_at,
        )
        for row in db.execute(query)
    ]


def fingerprint_of(settings: Settings) -> str:
    """Return what tells ``STRIPE_SECRET_KEY`` at its address from another, and nothing of it."""
    secret = settings.stripe_secret_key.get_secret_value()
    return hashlib.sha256(f"{settings.stripe_api_base} {secret}".encode()).hexdigest()


def by_fingerprint(db: Connection, fingerprint: str) -> StripeConnection | None:
    """Return the connection whose key and address have this fingerprint, if we met it before."""
    query = select(connections.c.id).where(connections.c.fingerprint == fingerprint)
    known = db.scalar(query.order_by(connections.c.id.desc()).limit(1))
    return next((each for each in every(db) if each.id == known), None)


def of_account(db: Connection, account_id: str) -> list[StripeConnection]:
    """Return the connections to the account, in either mode.

    Raises:
        NotFoundError: there is none.
    """
    found = [each for each in every(db) if each.book.account_id == account_id]
    if not found:
        raise NotFoundError(
            f"No account {account_id} is connected here.",
            field="account",
            remedy="Leave the option out to use all connected accounts.",
        )
    return found


def of_book(db: Connection, book: Book) -> StripeConnection:
    """Return the connection to the book's account.

    Raises:
        NotFoundError: its account is no longer connected.
    """
    found = next((each for each in every(db) if each.book.id == book.id), None)
    if found is None:
        raise NotFoundError("This account is no longer connected.", field="account")
    return found


def keep(
    db: Connection,
    book: Book,
    how: How,
    *,
    fingerprint: str,
    sealed_secret: str | None = None,
) -> None:
    """Reach the book's account in this way from now on."""
    values = {
        "how": how,
        "fingerprint": fingerprint,
        "sealed_secret": sealed_secret,
        "deauthorized_at": None,
    }
    statement = database.insert(db, connections).values(
        book_id=book.id, created_at=clock.seconds(), **values
    )
    db.execute(statement.on_conflict_do_update(index_elements=["book_id"], set_=values))


def deauthorize(db: Connection, book: Book) -> None:
    """Note that the book's account took its permission back: Stripe shows us nothing more of it."""
    chosen = (connections.c.book_id == book.id) & connections.c.deauthorized_at.is_(None)
    db.execute(connections.update().where(chosen).values(deauthorized_at=clock.seconds()))


def secret_of(found: StripeConnection, settings: Settings) -> str:
    """Return the key of the connection in the clear.

    Raises:
        SettingsError: it is sealed, and the encryption key is missing or another one.
    """
    if found.sealed_secret is None:
        return settings.stripe_secret_key.get_secret_value()
    vault = Vault(settings.atom_oauth_encryption_key.get_secret_value())
    return vault.open(found.sealed_secret)
