"""The way to an account: by which key, in which mode, and whose key one is.

Here it is decided how a connection is spoken through, whatever kind it is of.
"""

import re
from functools import partial

from sqlalchemy import Engine

from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.errors import ConflictError, SettingsError
from dashboard.core.log import logger
from dashboard.gateway.client import Client, make_client
from dashboard.gateway.errors import GatewayError, KeyRefusedError, UnreachableError
from dashboard.gateway.limiter import limiter_for
from dashboard.gateway.reads import TRIES, Reads, connect
from dashboard.store import books, connections
from dashboard.store.books import Book
from dashboard.store.connections import How, StripeConnection

ACCOUNT_ID = re.compile(r"\bacct_\w+")


def from_environment(engine: Engine, settings: Settings) -> StripeConnection:
    """Return the connection by ``STRIPE_SECRET_KEY``, made where the key is new.

    It is another one where somebody here connected the same account otherwise, or gave it up.

    Raises:
        SettingsError: there is no key.
        GatewayError: the key is not valid or Stripe does not answer.
    """
    secret = settings.stripe_secret_key.get_secret_value()
    if not secret:
        raise SettingsError(
            "is missing, and no account is connected.",
            field="STRIPE_SECRET_KEY",
            remedy="Set it to a secret or restricted key of your Stripe account.",
        )
    fingerprint = connections.fingerprint_of(settings)
    with database.reading(engine) as db:
        known = connections.by_fingerprint(db, fingerprint)
    if known is not None:
        return known
    livemode = connections.is_live(secret)
    account_id = account_of(connect(settings, secret, livemode=livemode), fingerprint)
    with database.writing(engine) as db:
        book = books.open_book(db, account_id, livemode=livemode)
        if not _is_decided(connections.find(db, book)):
            connections.keep(db, book, How.ENVIRONMENT, fingerprint=fingerprint)
    with database.reading(engine) as db:
        return connections.of_book(db, book)


def _is_decided(known: StripeConnection | None) -> bool:
    """Return whether a new key in the environment leaves the connection as it is."""
    if known is None:
        return False
    is_chosen = known.is_active and known.how is not How.ENVIRONMENT
    return is_chosen or known.disconnected_at is not None


def usable(engine: Engine, settings: Settings, account: str | None) -> list[StripeConnection]:
    """Return the connections whose keys we have: all, or those of the account.

    Raises:
        NotFoundError: the account is not connected.
        ConflictError: it was given up, here or by its owner, or no account is left.
        SettingsError: there is no key for it.
    """
    own = from_environment(engine, settings) if _has_key(settings) else None
    with database.reading(engine) as db:
        every = connections.every(db)
        found = connections.of_account(db, account) if account else every
    allowed = [each for each in found if each.is_active]
    if account and not allowed:
        raise connections.given_up(found[0])
    known = [each for each in allowed if _has_its_key(each, own)]
    if known:
        return known
    if account:
        raise SettingsError(
            f"is not the key of {account}.",
            field="STRIPE_SECRET_KEY",
            remedy="Set it to a key of that account, or leave --account out.",
        )
    if own is None:
        return [from_environment(engine, settings)]
    raise ConflictError("No account is connected any more.", remedy="Connect one in the browser.")


def way_to(engine: Engine, settings: Settings, book: Book, *, tries: int = TRIES) -> Reads | None:
    """Return reads of the book's account; ``None`` where it forbids that, or we have no key of it.

    They try so many times what may pass.

    Raises:
        SettingsError: the key is sealed, and cannot be opened.
    """
    with database.reading(engine) as db:
        found = connections.find(db, book)
        own = connections.by_fingerprint(db, connections.fingerprint_of(settings))
    if found is None or not found.is_active or not _has_its_key(found, own):
        return None
    return opened(engine, settings, found, tries=tries)


def opened(
    engine: Engine, settings: Settings, found: StripeConnection, *, tries: int = TRIES
) -> Reads:
    """Return reads of the connection's account; a token that is renewed meanwhile is followed.

    Raises:
        SettingsError: the key is sealed, and cannot be opened.
        ConflictError: the account is given up.
    """
    secret = connections.secret_of(found, settings)
    # The tokens of OAuth change, and their account's limit does not.
    whose = found.fingerprint if found.how is How.OAUTH else secret
    limiter = limiter_for(
        settings, livemode=found.book.livemode, secret=whose, account_id=found.acts_for
    )
    renewed = partial(_renewed, engine, settings, found)
    return Reads(client_of(settings, found), limiter, tries=tries, renewed=renewed)


def client_of(settings: Settings, found: StripeConnection) -> Client:
    """Return the client of a connection, which sends no write that it does not allow.

    Raises:
        SettingsError: the key is sealed, and cannot be opened.
        ConflictError: the account is given up.
    """
    secret = connections.secret_of(found, settings)
    return make_client(settings, secret, found.acts_for, read_only=found.is_read_only)


def _renewed(engine: Engine, settings: Settings, found: StripeConnection) -> Client | None:
    """Return a client with the token that came in place of that of ``found``, if one did."""
    with database.reading(engine) as db:
        now = connections.find(db, found.book)
    if now is None or not now.is_active or now.sealed_secret == found.sealed_secret:
        return None
    return client_of(settings, now)


def account_of(reads: Reads, fingerprint: str) -> str:
    """Return the id of the account that the key opens.

    A restricted key may not read the account, but the refusal names it. A server that has no
    accounts at all gets an id of our own, the same for the same key and address.

    Raises:
        GatewayError: the key is not valid or Stripe does not answer.
    """
    try:
        told = str(reads.retrieve("/v1/account").body.get("id") or "")
    except (KeyRefusedError, UnreachableError):
        raise
    except GatewayError as error:
        logger("sync").info("account_unknown", reason=str(error))
        told = error.message
    found = ACCOUNT_ID.search(told)
    return found[0] if found else f"acct_unknown_{fingerprint[:16]}"


def _has_its_key(found: StripeConnection, own: StripeConnection | None) -> bool:
    """Return whether we know the key: that of the environment may have been put away."""
    return found.how is not How.ENVIRONMENT or (own is not None and own.id == found.id)


def _has_key(settings: Settings) -> bool:
    return bool(settings.stripe_secret_key.get_secret_value())
