"""The secrets with which Stripe signs what it delivers: which of them are ours, and whose."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Connection, ForeignKey, Integer, String, Table, Text, select

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.crypto import Vault
from dashboard.store import books
from dashboard.store.books import Book

SHOWN = 4
"""Letters of a secret that a page may show, so that people can tell one from another."""
LONG_ENOUGH = 20

webhook_secrets = Table(
    "webhook_secrets",
    database.metadata,
    Column("id", Integer, primary_key=True),
    Column("book_id", ForeignKey("books.id"), nullable=False, index=True),
    Column("sealed_secret", Text, nullable=False),
    Column("ending", String(8), nullable=False),
    Column("created_at", Integer, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A secret that was entered here, without the secret itself; ``created_at`` in UTC seconds."""

    id: int
    ending: str
    created_at: int


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A secret in the clear, and the book whose endpoint it signs for.

    No book means: the account of ``STRIPE_SECRET_KEY``.
    """

    value: str
    book: Book | None


def add(db: Connection, book: Book, secret: str, settings: Settings) -> None:
    """Keep the signing secret of an endpoint of the book's account, sealed.

    Raises:
        SettingsError: there is no key to seal it with.
    """
    vault = Vault(settings.atom_oauth_encryption_key.get_secret_value())
    values = {"sealed_secret": vault.seal(secret), "ending": secret[-SHOWN:]}
    db.execute(
        webhook_secrets.insert().values(book_id=book.id, created_at=clock.seconds(), **values)
    )


def remove(db: Connection, book: Book, id: int) -> bool:
    """Forget a secret of the book; say whether it was there."""
    chosen = (webhook_secrets.c.book_id == book.id) & (webhook_secrets.c.id == id)
    return db.execute(webhook_secrets.delete().where(chosen)).rowcount > 0


def kept(db: Connection, book: Book) -> list[Kept]:
    """Return the secrets that were entered for the book, the newest first."""
    table = webhook_secrets.c
    query = select(table.id, table.ending, table.created_at).where(table.book_id == book.id)
    return [Kept(*row) for row in db.execute(query.order_by(table.id.desc()))]


def in_environment(settings: Settings) -> Sequence[str]:
    """Return the secrets of ``STRIPE_WEBHOOK_SECRET``: several while one replaces another."""
    told = settings.stripe_webhook_secret.get_secret_value()
    return [secret for part in told.split(",") if (secret := part.strip())]


def endings_in_environment(settings: Settings) -> list[str]:
    """Return the last letters of the secrets in the environment; none of one that is too short."""
    secrets = in_environment(settings)
    return [each[-SHOWN:] if len(each) >= LONG_ENOUGH else "" for each in secrets]


def every(db: Connection, settings: Settings) -> list[Secret]:
    """Return all secrets in the clear, those of the environment first.

    Raises:
        SettingsError: one is sealed with a key that is missing.
    """
    found = [Secret(secret, None) for secret in in_environment(settings)]
    query = select(webhook_secrets.c.sealed_secret, *books.COLUMNS).join(books.books)
    rows = db.execute(query.order_by(webhook_secrets.c.id)).all()
    if rows:
        vault = Vault(settings.atom_oauth_encryption_key.get_secret_value())
        found += [Secret(vault.open(sealed), Book(*book)) for sealed, *book in rows]
    return found
