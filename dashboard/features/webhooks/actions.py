"""Taking in what Stripe delivers, handling it once more, and keeping signing secrets."""

from collections.abc import Sequence

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.errors import NotFoundError, UnavailableError
from dashboard.core.log import logger
from dashboard.gateway.signatures import SignatureError
from dashboard.gateway.webhooks import Event, open_delivery
from dashboard.mirror.kinds.read import dig, moment, ref, text
from dashboard.store import audit, inbox, webhook_secrets
from dashboard.store.audit import Actor
from dashboard.store.books import Book
from dashboard.store.endpoints import Doors, doors_of
from dashboard.store.inbox import Arrival

TASK = "deliveries"
PATIENCE_MILLISECONDS = 4_000
"""Stripe waits ten seconds for an answer: it hears that we cannot take it long before that."""

MOST_REPLAYED = 1_000
"""So many deliveries are replayed at once, so that new ones need not wait behind them."""

log = logger("webhooks")


def receive(engine: Engine, settings: Settings, body: bytes, signature: str) -> bool:
    """Keep a delivery in the inbox, and say whether its account is one of ours.

    Nothing is kept before it is verified, and nobody is asked but our own database.

    Raises:
        UnavailableError: there is no secret, no account yet, or the database cannot take it.
        SignatureError: it is not signed by Stripe, or not just now.
        NoEventError: it is signed, but no event.
    """
    try:
        event, secret, doors = _open(engine, settings, body, signature)
        account_id = text(event.get("account")) or text(event.get("context"))
        book = doors.book_of(secret, account_id=account_id, livemode=event.get("livemode"))
        if book is None:
            log.info("delivery_of_a_stranger", type=event["type"])
            return False
        with database.writing(engine, lock_milliseconds=PATIENCE_MILLISECONDS) as db:
            inbox.receive(db, book, _arrival(event, body))
    except DBAPIError as error:
        log.warning("delivery_not_taken", reason=type(error.orig).__name__)
        raise UnavailableError(
            "The database cannot take it now.", remedy="Deliver it again later."
        ) from error
    return True


def _open(
    engine: Engine, settings: Settings, body: bytes, signature: str
) -> tuple[Event, str, Doors]:
    """Verify with what we know, and once more with what is new before we refuse."""
    doors = doors_of(engine, settings)
    try:
        return *_verified(doors, body, signature), doors
    except SignatureError:
        newest = doors_of(engine, settings, anew=True)
        if newest.secrets == doors.secrets:
            raise
        return *_verified(newest, body, signature), newest


def _verified(doors: Doors, body: bytes, signature: str) -> tuple[Event, str]:
    secrets = [each.value for each in doors.secrets]
    if not secrets:
        raise UnavailableError(
            "No signing secret is known here, so no delivery can be verified.",
            remedy="Set STRIPE_WEBHOOK_SECRET, or enter the secret on the page Webhooks.",
        )
    return open_delivery(body, signature, secrets, clock.seconds())


def _arrival(event: Event, body: bytes) -> Arrival:
    told = dig(event, "data", "object") or event.get("related_object")
    return Arrival(
        event_id=event["id"],
        type=event["type"],
        object_id=ref(told),
        api_version=text(event.get("api_version")),
        created_at=moment(event.get("created")),
        body=body,
    )


def replay(db: Connection, book: Book, numbers: Sequence[int], *, actor: Actor) -> int:
    """Let deliveries be handled once more, whatever became of them; return how many.

    They are known by their numbers in the inbox.
    """
    count = inbox.replay(db, book, numbers)
    told = {"deliveries": count}
    audit.record(db, actor, "delivery.replayed", subject=book.account_id, book=book, after=told)
    log.info("deliveries_replayed", count=count, user_id=actor.user_id)
    return count


def add_secret(
    db: Connection, book: Book, secret: str, settings: Settings, *, actor: Actor
) -> None:
    """Keep the signing secret of an endpoint of the book's account, sealed.

    Raises:
        SettingsError: there is no key to seal it with.
    """
    webhook_secrets.add(db, book, secret, settings)
    told = {"ending": secret[-webhook_secrets.SHOWN :]}
    audit.record(db, actor, "secret.added", subject=book.account_id, book=book, after=told)
    log.info("signing_key_added", user_id=actor.user_id)


def remove_secret(db: Connection, book: Book, id: int, *, actor: Actor) -> None:
    """Forget a signing secret.

    Raises:
        NotFoundError: the book has no such secret.
    """
    endings = {each.id: each.ending for each in webhook_secrets.kept(db, book)}
    if not webhook_secrets.remove(db, book, id):
        raise NotFoundError("This secret is not there, or it is removed already.")
    told = {"ending": endings[id]}
    audit.record(db, actor, "secret.removed", subject=book.account_id, book=book, before=told)
    log.info("signing_key_removed", user_id=actor.user_id)
