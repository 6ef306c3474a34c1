"""Connecting an account by a key: its own, or that of the platform that it belongs to."""

import re

from sqlalchemy import Engine

from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.errors import BadInputError, DashboardError
from dashboard.core.log import redact
from dashboard.features.connections.actions import (
    TRIES,
    UNKNOWN,
    Connected,
    Key,
    active,
    admit,
    connected,
    note_refusal,
    vault_of,
)
from dashboard.gateway.errors import (
    GatewayError,
    KeyRefusedError,
    RateLimitedError,
    UnreachableError,
)
from dashboard.gateway.oauth import ACCOUNT_ID
from dashboard.gateway.reads import Reads, Told, connect
from dashboard.jobs.office import Office
from dashboard.mirror.apply import apply
from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.identity import account_of
from dashboard.store import books, connections
from dashboard.store.audit import Actor
from dashboard.store.connections import How, Terms

SECRET_KEY = re.compile(r"[sr]k_(?:test|live)_[!-~]{4,}")


def connect_by_key(
    engine: Engine, settings: Settings, office: Office, key: Key, actor: Actor
) -> Connected:
    """Connect the account that a secret or restricted key opens, once Stripe has taken it.

    Raises:
        BadInputError: it is no such key, or Stripe does not know it.
        OtherAccountError: it opens another account than the one it is for, or one that is
            connected already.
        SettingsError: there is no key to seal it with.
    """
    subject = key.account_id or UNKNOWN
    try:
        _check_secret(key.secret)
        livemode = connections.is_live(key.secret)
        if key.livemode not in (None, livemode):
            raise BadInputError("This key is of the other mode.", field="secret")
        fingerprint = connections.fingerprint(settings, key.secret)
        reads = connect(settings, key.secret, livemode=livemode, tries=TRIES)
        subject = _opened_by(reads, fingerprint)
        admit(engine, subject, livemode=livemode, again=key.account_id)
        sealed = vault_of(settings).seal(key.secret)
        with database.writing(engine) as db:
            book = books.open_book(db, subject, livemode=livemode)
            before = connections.find(db, book)
            terms = Terms(scope=key.scope, connected_by=actor.name)
            connections.keep(
                db, book, How.KEY, fingerprint=fingerprint, sealed_secret=sealed, terms=terms
            )
            return connected(db, office, book, before, actor)
    except DashboardError as error:
        note_refusal(engine, actor, subject, error)
        raise


def connect_by_platform(
    engine: Engine, settings: Settings, office: Office, key: Key, actor: Actor
) -> Connected:
    """Connect an account of our platform, which each request names beside the platform's key.

    Raises:
        BadInputError: that is no account's id, or no key, or the key does not open the account.
        OtherAccountError: the account is connected already.
        SettingsError: there is no key to seal it with.
    """
    account_id = key.account_id or ""
    try:
        if not ACCOUNT_ID.fullmatch(account_id):
            raise BadInputError("It begins with acct_ and holds no blanks.", field="account_id")
        secret = key.secret or settings.platform_key
        _check_secret(secret)
        livemode = connections.is_live(secret)
        known = active(engine, account_id, livemode=livemode)
        again = account_id if known and known.how is How.PLATFORM else None
        admit(engine, account_id, livemode=livemode, again=again)
        reads = connect(settings, secret, livemode=livemode, account_id=account_id, tries=TRIES)
        account = _shown_to_platform(reads, account_id)
        sealed = vault_of(settings).seal(secret) if key.secret else None
        with database.writing(engine) as db:
            book = books.open_book(db, account_id, livemode=livemode)
            before = connections.find(db, book)
            fingerprint = connections.fingerprint(settings, secret, account_id)
            terms = Terms(scope=key.scope, connected_by=actor.name)
            connections.keep(
                db, book, How.PLATFORM, fingerprint=fingerprint, sealed_secret=sealed, terms=terms
            )
            apply(db, book, KINDS["account"], [account.body], seen_at=account.as_of)
            return connected(db, office, book, before, actor)
    except DashboardError as error:
        note_refusal(engine, actor, redact(account_id) or UNKNOWN, error)
        raise


def _check_secret(secret: str) -> None:
    """Raise BadInputError for what is no secret and no restricted key."""
    remedy = "Stripe shows secret and restricted keys under Developers, API keys."
    if secret.startswith("pk_"):
        raise BadInputError(
            "This is a publishable key: it opens nothing.", field="secret", remedy=remedy
        )
    if secret.startswith("whsec_"):
        raise BadInputError(
            "This is the signing secret of a webhook: enter it on the page Webhooks.",
            field="secret",
        )
    if not SECRET_KEY.fullmatch(secret):
        raise BadInputError(
            "A key begins with sk_test_, sk_live_, rk_test_ or rk_live_ and holds no blanks.",
            field="secret",
            remedy=remedy,
        )


def _opened_by(reads: Reads, fingerprint: str) -> str:
    try:
        return account_of(reads, fingerprint)
    except KeyRefusedError as error:
        raise BadInputError(
            "Stripe does not know this key, or it has expired.", field="secret"
        ) from error


def _shown_to_platform(reads: Reads, account_id: str) -> Told:
    try:
        account = reads.retrieve("/v1/account")
    except KeyRefusedError as error:
        raise BadInputError(
            "Stripe does not know the platform's key, or it has expired.", field="secret"
        ) from error
    except (UnreachableError, RateLimitedError):
        raise
    except GatewayError as error:
        raise BadInputError(
            f"The platform's key does not open it: {error.message}",
            field="account_id",
            remedy="Only accounts that are connected to your platform can be named.",
        ) from error
    if account.body.get("id") != account_id:
        raise BadInputError("Stripe shows another account than this one.", field="account_id")
    return account
