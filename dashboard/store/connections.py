"""Connections: by which key we reach the Stripe account of a book, and what we may do there."""

import hashlib
import re
from dataclasses import asdict, dataclass
from enum import StrEnum

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    or_,
    select,
)

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.crypto import Vault
from dashboard.core.errors import ConflictError, NotFoundError
from dashboard.store import books
from dashboard.store.books import Book

CLAIM_SECONDS = 660
"""Who renews a token is done by then, or was killed: the longest time-out is ten minutes."""

LIVE_KEY = re.compile(r"[sr]k_live_")

connections = Table(
    "connections",
    database.metadata,
    Column("id", Integer, primary_key=True),
    Column("book_id", ForeignKey("books.id"), nullable=False, unique=True),
    Column("how", String(16), nullable=False),
    # Sealed by the vault; empty where the key stays in the environment, or is forgotten.
    Column("sealed_secret", Text),
    # Tells one key at one address from another, and nothing of the key.
    Column("fingerprint", String(64), nullable=False, index=True),
    Column("created_at", Integer, nullable=False),
    # When the account took its permission back: from then on it is left alone.
    Column("deauthorized_at", Integer),
    Column("scope", String(16)),
    Column("sealed_refresh_token", Text),
    # When the token of OAuth ends; empty for one that does not.
    Column("expires_at", Integer),
    Column("publishable_key", String(255)),
    Column("connected_by", String(254)),
    Column("connected_at", Integer),
    # When somebody here gave the account up.
    Column("disconnected_at", Integer),
    # When Stripe refused to renew the token, and in which words.
    Column("refused_at", Integer),
    Column("refusal", Text),
    # When somebody began to renew the token.
    Column("claimed_at", Integer),
)


class How(StrEnum):
    """Where the key of a connection comes from."""

    ENVIRONMENT = "environment"
    KEY = "key"
    OAUTH = "oauth"
    PLATFORM = "platform"
    """Our platform's key, which names the account with each request."""


class Scope(StrEnum):
    """What we may do in an account, in the words of OAuth."""

    READ_ONLY = "read_only"
    READ_WRITE = "read_write"


class State(StrEnum):
    """Whether an account can be reached, and if not, why."""

    CONNECTED = "connected"
    REFUSED = "refused"
    """Stripe did not renew the token: it must be connected again."""
    DEAUTHORIZED = "deauthorized"
    DISCONNECTED = "disconnected"


@dataclass(frozen=True, slots=True)
class StripeConnection:
    """The way to the account of ``book``; moments in UTC seconds, sealed values stay sealed."""

    id: int
    book: Book
    how: How
    sealed_secret: str | None
    deauthorized_at: int | None = None
    scope: Scope | None = None
    sealed_refresh_token: str | None = None
    expires_at: int | None = None
    publishable_key: str | None = None
    connected_by: str | None = None
    connected_at: int = 0
    disconnected_at: int | None = None
    refused_at: int | None = None
    refusal: str | None = None
    fingerprint: str = ""

    @property
    def state(self) -> State:
        """Whether the account can be reached."""
        if self.disconnected_at is not None:
            return State.DISCONNECTED
        if self.deauthorized_at is not None:
            return State.DEAUTHORIZED
        return State.CONNECTED if self.refused_at is None else State.REFUSED

    @property
    def is_active(self) -> bool:
        """Whether Stripe may be asked by this way."""
        return self.state is State.CONNECTED

    @property
    def is_read_only(self) -> bool:
        """Whether nothing may be changed in the account."""
        return self.scope is Scope.READ_ONLY

    @property
    def acts_for(self) -> str | None:
        """The account that each request names, where the key is a platform's."""
        return self.book.account_id if self.how is How.PLATFORM else None


@dataclass(frozen=True, slots=True)
class Terms:
    """What belongs to a key: what it allows, and for OAuth how long and how it is renewed.

    ``expires_at`` in UTC seconds. A key in the environment has no terms of its own.
    """

    scope: Scope | None = None
    sealed_refresh_token: str | None = None
    expires_at: int | None = None
    publishable_key: str | None = None
    connected_by: str | None = None


FORGOTTEN = {"sealed_secret": None, "sealed_refresh_token": None, "expires_at": None}
"""What is left of tokens that are good for nothing any more."""


def every(db: Connection) -> list[StripeConnection]:
    """Return all connections, in the order in which they were made."""
    return _where(db)


def find(db: Connection, book: Book) -> StripeConnection | None:
    """Return the connection to the book's account, if there ever was one."""
    return next(iter(_where(db, connections.c.book_id == book.id)), None)


def _where(db: Connection, *conditions: ColumnElement[bool]) -> list[StripeConnection]:
    query = select(connections, *books.COLUMNS).join(books.books).where(*conditions)
    return [
        StripeConnection(
            row[0],
            Book(*row[len(connections.c) :]),
            How(row.how),
            row.sealed_secret,
            row.deauthorized_at,
            Scope(row.scope) if row.scope else None,
            row.sealed_refresh_token,
            row.expires_at,
            row.publishable_key,
            row.connected_by,
            row.connected_at or row.created_at,
            row.disconnected_at,
            row.refused_at,
            row.refusal,
            row.fingerprint,
        )
        for row in db.execute(query.order_by(connections.c.id))
    ]


def is_live(secret: str) -> bool:
    """Return whether a key is of live mode."""
    return LIVE_KEY.match(secret) is not None


def fingerprint_of(settings: Settings) -> str:
    """Return what tells ``STRIPE_SECRET_KEY`` at its address from another, and nothing of it."""
    return fingerprint(settings, settings.stripe_secret_key.get_secret_value())


def fingerprint(settings: Settings, secret: str, account_id: str = "") -> str:
    """Return what tells a key at its address from another, and nothing of it.

    ``account_id`` is the account that a platform's key names.
    """
    told = f"{settings.stripe_api_base} {secret} {account_id}".rstrip()
    return hashlib.sha256(told.encode()).hexdigest()


def by_fingerprint(db: Connection, fingerprint: str) -> StripeConnection | None:
    """Return the connection whose key and address have this fingerprint, if we met it before."""
    found = _where(db, connections.c.fingerprint == fingerprint)
    return found[-1] if found else None


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
    found = find(db, book)
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
    terms: Terms = Terms(),
) -> None:
    """Reach the book's account in this way from now on."""
    now = clock.seconds()
    values = {
        "how": how,
        "fingerprint": fingerprint,
        "sealed_secret": sealed_secret,
        **asdict(terms),
        "connected_at": now,
        "deauthorized_at": None,
        "disconnected_at": None,
        "refused_at": None,
        "refusal": None,
        "claimed_at": None,
    }
    statement = database.insert(db, connections).values(book_id=book.id, created_at=now, **values)
    db.execute(statement.on_conflict_do_update(index_elements=["book_id"], set_=values))


def deauthorize(db: Connection, book: Book, *, at: int | None = None) -> bool:
    """Note that the book's account took its permission back, and forget its tokens.

    ``at`` is when it did so (UTC seconds): one that was connected again since then stays. Return
    whether that was news.
    """
    chosen = (connections.c.book_id == book.id) & connections.c.deauthorized_at.is_(None)
    if at is not None:
        chosen &= or_(connections.c.connected_at.is_(None), connections.c.connected_at <= at)
    values = {**FORGOTTEN, "deauthorized_at": clock.seconds()}
    return db.execute(connections.update().where(chosen).values(values)).rowcount > 0


def disconnect(db: Connection, book: Book) -> bool:
    """Leave the book's account alone from now on, and forget its keys.

    Its mirror stays. Return whether it was still connected.
    """
    chosen = (connections.c.book_id == book.id) & connections.c.disconnected_at.is_(None)
    values = {**FORGOTTEN, "disconnected_at": clock.seconds()}
    return db.execute(connections.update().where(chosen).values(values)).rowcount > 0


def expiring(db: Connection, *, before: int) -> list[StripeConnection]:
    """Return the connections whose tokens end before that UTC second and can be renewed."""
    found = _where(
        db, connections.c.expires_at < before, connections.c.sealed_refresh_token.is_not(None)
    )
    return [each for each in found if each.is_active]


def claim(db: Connection, found: StripeConnection) -> StripeConnection | None:
    """Take the renewal of a token on oneself, and return the connection as it is now.

    ``None`` where somebody else is at it, or has done it since ``found`` was read.
    """
    now = clock.seconds()
    is_free = or_(
        connections.c.claimed_at.is_(None), connections.c.claimed_at < now - CLAIM_SECONDS
    )
    chosen = (
        (connections.c.id == found.id)
        & is_free
        & (connections.c.sealed_refresh_token == found.sealed_refresh_token)
    )
    if not db.execute(connections.update().where(chosen).values(claimed_at=now)).rowcount:
        return None
    return find(db, found.book)


def release(db: Connection, found: StripeConnection) -> None:
    """Let others renew the token: it was not to be had now."""
    chosen = connections.c.id == found.id
    db.execute(connections.update().where(chosen).values(claimed_at=None))


def renew(db: Connection, found: StripeConnection, sealed_secret: str, terms: Terms) -> bool:
    """Keep the tokens that came in place of those of ``found``.

    ``False`` where the account was given up meanwhile: then they are not kept.
    """
    chosen = (
        (connections.c.id == found.id)
        & connections.c.sealed_refresh_token.is_not(None)
        & (connections.c.connected_at == found.connected_at)
    )
    values = {**asdict(terms), "sealed_secret": sealed_secret, "claimed_at": None}
    values |= {"refused_at": None, "refusal": None, "connected_by": found.connected_by}
    return db.execute(connections.update().where(chosen).values(values)).rowcount > 0


def refuse(db: Connection, found: StripeConnection, words: str) -> None:
    """Note that Stripe does not renew the token: the account must be connected again."""
    chosen = (connections.c.id == found.id) & (connections.c.connected_at == found.connected_at)
    values = {"refused_at": clock.seconds(), "refusal": words, "claimed_at": None}
    db.execute(connections.update().where(chosen).values(values))


def secret_of(found: StripeConnection, settings: Settings) -> str:
    """Return the key of the connection in the clear.

    Raises:
        SettingsError: it is sealed, and the encryption key is missing or another one.
        ConflictError: it is forgotten, since the account is given up.
    """
    if found.sealed_secret is not None:
        vault = Vault(settings.atom_oauth_encryption_key.get_secret_value())
        return vault.open(found.sealed_secret)
    if not found.is_active:
        raise given_up(found)
    if found.how is How.ENVIRONMENT:
        return settings.stripe_secret_key.get_secret_value()
    if found.how is How.PLATFORM:
        return settings.platform_key
    # Never the environment's key in its place: that opens another account.
    raise given_up(found)


def given_up(found: StripeConnection) -> ConflictError:
    """Return the error for an account that may not be asked for anything."""
    account = found.book.account_id
    words = {
        State.DISCONNECTED: f"{account} was disconnected here.",
        State.REFUSED: f"Stripe no longer renews the token of {account}.",
    }
    told = words.get(found.state, f"{account} has taken its permission back.")
    return ConflictError(told, remedy="Connect the account again.")
