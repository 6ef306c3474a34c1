"""What becomes of a connection: its token is renewed, or the account is let go."""

from sqlalchemy import Engine

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.crypto import Vault
from dashboard.core.errors import ConflictError, DashboardError
from dashboard.core.log import logger, redact
from dashboard.features.connections.actions import (
    OAuthRefusedError,
    OAuthUnansweredError,
    record,
    vault_of,
)
from dashboard.gateway.errors import (
    ConsentError,
    GatewayError,
    RateLimitedError,
    UnreachableError,
)
from dashboard.gateway.oauth import Platform, Token
from dashboard.store import connections, sync_runs
from dashboard.store.audit import Actor
from dashboard.store.books import Book
from dashboard.store.connections import How, Scope, StripeConnection, Terms

log = logger("connections")


def disconnect(engine: Engine, settings: Settings, book: Book, actor: Actor) -> None:
    """Let the account go: at Stripe, too, where it was connected by OAuth.

    Its mirror stays, and so does what was done. A sync that runs ends with its page.

    Raises:
        ConflictError: it is disconnected already.
        OAuthRefusedError: Stripe refuses or does not answer; then nothing is changed.
    """
    with database.reading(engine) as db:
        before = connections.of_book(db, book)
    if before.disconnected_at is not None:
        raise ConflictError(f"{book.account_id} is disconnected already.")
    if before.how is How.OAUTH and before.deauthorized_at is None:
        _deauthorize(settings, book)
    with database.writing(engine) as db:
        connections.disconnect(db, book)
        sync_runs.stop(db, book)
        record(db, actor, "connection.disconnected", before, connections.of_book(db, book))


def renew(engine: Engine, settings: Settings, found: StripeConnection, actor: Actor) -> bool:
    """Have Stripe renew the token of a connection; ``False`` where somebody else does.

    The new tokens are kept before anybody uses them. A refusal is noted: the account must be
    connected again.

    Raises:
        ConflictError: there is nothing to renew it with, or the account was given up meanwhile.
        OAuthRefusedError: Stripe refuses, or does not answer.
        SettingsError: the encryption key is missing or another one.
    """
    if not found.is_active or found.sealed_refresh_token is None:
        raise ConflictError(
            f"{found.book.account_id} has no token that could be renewed.",
            remedy="Only an account that is connected by OAuth has one.",
        )
    vault = vault_of(settings)
    with database.writing(engine) as db:
        claimed = connections.claim(db, found)
    if claimed is None or claimed.sealed_refresh_token is None:
        return False
    try:
        scope = claimed.scope or Scope.READ_ONLY
        token = Platform(settings).refresh(vault.open(claimed.sealed_refresh_token), scope)
        _check_whose(token, claimed.book)
    except ConsentError as error:
        _refuse(engine, claimed, error, actor)
        raise OAuthRefusedError(
            f"Stripe does not renew the token of {found.book.account_id}: {error.message}",
            remedy="Connect the account again.",
        ) from error
    except DashboardError as error:
        with database.writing(engine) as db:
            connections.release(db, claimed)
        if isinstance(error, GatewayError):
            raise unanswered(error) from error
        raise
    _keep_renewed(engine, vault, claimed, token, actor)
    return True


def _check_whose(token: Token, book: Book) -> None:
    if (token.account_id, token.livemode) != (book.account_id, book.livemode):
        raise ConsentError("It gave a token of another account or mode.")


def _keep_renewed(
    engine: Engine, vault: Vault, before: StripeConnection, token: Token, actor: Actor
) -> None:
    terms = terms_of(vault, token, before.scope or Scope.READ_ONLY, before.connected_by)
    if terms.sealed_refresh_token is None:
        # One that does not rotate is not always told again.
        terms = Terms(
            terms.scope, before.sealed_refresh_token, terms.expires_at, terms.publishable_key
        )
    with database.writing(engine) as db:
        if not connections.renew(db, before, vault.seal(token.access_token), terms):
            raise ConflictError(f"{before.book.account_id} was given up meanwhile.")
        after = connections.of_book(db, before.book)
        record(db, actor, "connection.renewed", before, after)


def _refuse(engine: Engine, found: StripeConnection, error: GatewayError, actor: Actor) -> None:
    log.warning("token_not_renewed", account=found.book.account_id, reason=error.message)
    with database.writing(engine) as db:
        connections.refuse(db, found, redact(error.message))
        record(db, actor, "connection.refused", found, connections.of_book(db, found.book))


def _deauthorize(settings: Settings, book: Book) -> None:
    try:
        Platform(settings).deauthorize(book.account_id)
    except GatewayError as error:
        raise unanswered(error) from error


def terms_of(vault: Vault, token: Token, asked: Scope, connected_by: str | None) -> Terms:
    """Return what the token allows: no more than was asked for, even where Stripe gave more."""
    is_full = asked == token.scope == Scope.READ_WRITE
    ends_in = token.expires_in
    return Terms(
        scope=Scope.READ_WRITE if is_full else Scope.READ_ONLY,
        sealed_refresh_token=vault.seal(token.refresh_token) if token.refresh_token else None,
        expires_at=None if ends_in is None else clock.seconds() + ends_in,
        publishable_key=token.publishable_key,
        connected_by=connected_by,
    )


def unanswered(error: GatewayError) -> OAuthRefusedError:
    """Return the error for a question to OAuth that got no answer, or none that helps."""
    if isinstance(error, UnreachableError | RateLimitedError):
        return OAuthUnansweredError(error.message, remedy="Try again in a while.")
    return OAuthRefusedError(error.message, remedy=error.remedy)
