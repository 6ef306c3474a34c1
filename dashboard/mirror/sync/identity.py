"""Finding out whose key it is: the account's id, also where Stripe will not simply tell."""

import re

from sqlalchemy import Engine

from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.errors import ConflictError, SettingsError
from dashboard.core.log import logger
from dashboard.gateway.errors import GatewayError, KeyRefusedError, UnreachableError
from dashboard.gateway.reads import TRIES, Reads, connect
from dashboard.store import books, connections
from dashboard.store.books import Book
from dashboard.store.connections import How, StripeConnection

ACCOUNT_ID = re.compile(r"\bacct_\w+")
LIVE_KEY = re.compile(r"[sr]k_live_")


def from_environment(engine: Engine, settings: Settings) -> StripeConnection:
    """Return the connection by ``STRIPE_SECRET_KEY``, made where the key is new.

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
    livemode = LIVE_KEY.match(secret) is not None
    account_id = account_of(connect(settings, secret, livemode=livemode), fingerprint)
    with database.writing(engine) as db:
        book = books.open_book(db, account_id, livemode=livemode)
        connections.keep(db, book, How.ENVIRONMENT, fingerprint=fingerprint)
    with database.reading(engine) as db:
        return connections.of_book(db, book)


def usable(engine: Engine, settings: Settings, account: str | None) -> list[StripeConnection]:
    """Return the connections whose keys we have: all, or those of the account.

    Raises:
        NotFoundError: the account is not connected.
        ConflictError: it has taken its permission back.
        SettingsError: there is no key for it.
    """
    own = from_environment(engine, settings) if _has_key(settings) else None
    with database.reading(engine) as db:
        every = connections.every(db)
        found = connections.of_account(db, account) if account else every
    allowed = [each for each in found if each.deauthorized_at is None]
    if account and not allowed:
        raise ConflictError(
            f"{account} has taken its permission back.", remedy="Connect the account again."
        )
    known = [each for each in allowed if each.sealed_secret or (own and each.id == own.id)]
    if known:
        return known
    if account:
        raise SettingsError(
            f"is not the key of {account}.",
            field="STRIPE_SECRET_KEY",
            remedy="Set it to a key of that account, or leave --account out.",
        )
    return [from_environment(engine, settings)]


def way_to(engine: Engine, settings: Settings, book: Book, *, tries: int = TRIES) -> Reads | None:
    """Return reads of the book's account; ``None`` where it forbids that, or we have no key of it.

    They try so many times what may pass.

    Raises:
        SettingsError: the key is sealed, and cannot be opened.
    """
    with database.reading(engine) as db:
        found = next((each for each in connections.every(db) if each.book.id == book.id), None)
        own = connections.by_fingerprint(db, connections.fingerprint_of(settings))
    if found is None or found.deauthorized_at is not None:
        return None
    if found.how is How.ENVIRONMENT and (own is None or own.id != found.id):
        return None
    secret = connections.secret_of(found, settings)
    return connect(settings, secret, livemode=book.livemode, tries=tries)


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


def _has_key(settings: Settings) -> bool:
    return bool(settings.stripe_secret_key.get_secret_value())
