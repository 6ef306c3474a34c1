"""What can be done to connections; what speaks with Stripe is imported when it is first needed.

So a process that only serves pages does without Stripe's SDK.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Connection, Engine

from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.crypto import Vault
from dashboard.core.errors import ConflictError, DashboardError
from dashboard.jobs.office import Office
from dashboard.jobs.tasks import lazily
from dashboard.store import audit, connections
from dashboard.store.audit import Actor
from dashboard.store.books import Book
from dashboard.store.connections import How, Scope, StripeConnection
from dashboard.store.oauth_states import Errant

ROOM = "dashboard.features.connections.at_stripe"
SYNC = "sync"
TRIES = 2
"""Somebody waits for the answer."""

UNKNOWN = "an account at Stripe"
"""The subject of what was refused before anybody knew which account it is about."""

NOTHING_KEPT = "Nothing is kept of it."
AGAIN = "Begin again on the page Connections."


class AuthInitError(DashboardError):
    """Nobody can be sent to Stripe's page of consent like this."""

    status = 400
    code = "AUTH_INIT_FAILED"


class NotSetUpError(AuthInitError):
    """A setting that OAuth needs is missing; ``field`` names it."""

    status = 503


class OAuthRefusedError(DashboardError):
    """Stripe, or whoever sat at its page, refused."""

    status = 400
    code = "OAUTH_ERROR"


class OAuthUnansweredError(OAuthRefusedError):
    """Stripe did not answer."""

    status = 503


class UserInfoError(DashboardError):
    """Stripe gave a token, and does not show the account that it is for."""

    status = 502
    code = "USER_INFO_FAILED"


class CallbackError(DashboardError):
    """What came back from Stripe is not what somebody here went for."""

    status = 400
    code = "CALLBACK_ERROR"


class OtherAccountError(CallbackError):
    """It is about another account, or one that is connected already."""

    status = 409


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who does it, as the audit log names them and as their way to Stripe is bound to them."""

    actor: Actor
    errant: Errant


@dataclass(frozen=True, slots=True)
class Begun:
    """The way to Stripe's page; ``expires_at`` in UTC seconds."""

    url: str
    state: str
    expires_at: int


@dataclass(frozen=True, slots=True, repr=False)
class Returned:
    """What came back from Stripe's page: a code, or an error and its description."""

    state: str = ""
    code: str = ""
    error: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """A key that somebody entered; ``account_id`` and ``livemode`` where it must open just that.

    An empty ``secret`` is the platform's own, of the settings.
    """

    secret: str
    scope: Scope
    account_id: str | None = None
    livemode: bool | None = None


@dataclass(frozen=True, slots=True)
class Connected:
    """The account that can be reached now, and whether it never was before."""

    book: Book
    is_first: bool


def is_live(settings: Settings) -> bool:
    """Return in which mode our platform connects accounts: that of its key."""
    return connections.is_live(settings.platform_key)


def use_environment_again(engine: Engine, settings: Settings, book: Book, actor: Actor) -> None:
    """Connect an account again whose key stands in the environment.

    Raises:
        ConflictError: it does not stand there any more.
    """
    fingerprint = connections.fingerprint_of(settings)
    with database.writing(engine) as db:
        before = connections.of_book(db, book)
        if before.fingerprint != fingerprint:
            raise ConflictError(
                "STRIPE_SECRET_KEY is another key by now.", remedy="Connect it in another way."
            )
        connections.keep(db, book, How.ENVIRONMENT, fingerprint=fingerprint)
        after = connections.of_book(db, book)
        record(db, actor, "connection.reconnected", before, after)


def vault_of(settings: Settings) -> Vault:
    """Return what seals keys and tokens.

    Raises:
        SettingsError: there is no key to seal with.
    """
    return Vault(settings.atom_oauth_encryption_key.get_secret_value())


def admit(engine: Engine, account_id: str, *, livemode: bool, again: str | None) -> None:
    """Raise OtherAccountError where the account is not the one that is connected ``again``.

    Without ``again`` it is to be a new one, or one that was given up.
    """
    if again is not None and again != account_id:
        raise OtherAccountError(
            f"This is {account_id}, and {again} was to be connected again. {NOTHING_KEPT}",
            field="account",
            remedy=f"Choose {again} at Stripe, or connect {account_id} as an account of its own.",
        )
    if again is None and active(engine, account_id, livemode=livemode):
        mode = "live" if livemode else "test"
        raise OtherAccountError(
            f"{account_id} is connected already, in {mode} mode. {NOTHING_KEPT}",
            field="account",
            remedy="Open its page to connect it again, or disconnect it first.",
        )


def active(engine: Engine, account_id: str, *, livemode: bool) -> StripeConnection | None:
    """Return the connection to the account, where Stripe may be asked by it."""
    with database.reading(engine) as db:
        every = connections.every(db)
    wanted = (account_id, livemode)
    known = {(each.book.account_id, each.book.livemode): each for each in every if each.is_active}
    return known.get(wanted)


def connected(
    db: Connection, office: Office, book: Book, before: StripeConnection | None, actor: Actor
) -> Connected:
    """Have the account read from now on, and note who connected it."""
    office.queue(db, SYNC, book=book, key=f"{SYNC}:{book.id}")
    after = connections.of_book(db, book)
    deed = "connection.reconnected" if before else "connection.connected"
    record(db, actor, deed, before, after)
    return Connected(after.book, is_first=before is None)


def record(
    db: Connection,
    actor: Actor,
    deed: str,
    before: StripeConnection | None,
    after: StripeConnection,
) -> None:
    """Note what was done to a connection; no key is told."""
    audit.record(
        db,
        actor,
        deed,
        subject=after.book.account_id,
        book=after.book,
        before=_told(before) if before else None,
        after=_told(after),
    )


def _told(found: StripeConnection) -> dict[str, object]:
    told = {
        "how": found.how,
        "scope": found.scope,
        "state": found.state,
        "expires_at": found.expires_at,
        "refusal": found.refusal,
    }
    return {name: value for name, value in told.items() if value is not None}


def note_refusal(
    engine: Engine, actor: Actor, subject: str, error: DashboardError, book: Book | None = None
) -> None:
    """Note what was not connected, and why; that stands whatever else is undone."""
    with database.writing(engine) as db:
        told = {"state": "refused", "code": error.code, "reason": error.message}
        audit.record(db, actor, "connection.refused", subject=subject, book=book, after=told)


begin = cast("Callable[..., Begun]", lazily(f"{ROOM}.consent:begin"))
finish = cast("Callable[..., Connected]", lazily(f"{ROOM}.consent:finish"))
connect_by_key = cast("Callable[..., Connected]", lazily(f"{ROOM}.keys:connect_by_key"))
connect_by_platform = cast("Callable[..., Connected]", lazily(f"{ROOM}.keys:connect_by_platform"))
disconnect = cast("Callable[..., None]", lazily(f"{ROOM}.tokens:disconnect"))
renew = cast("Callable[..., bool]", lazily(f"{ROOM}.tokens:renew"))
