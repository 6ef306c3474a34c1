"""Taking in what Stripe delivers, handling it later and once more, and keeping signing secrets."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.errors import ConflictError, NotFoundError, UnavailableError
from dashboard.core.log import logger
from dashboard.gateway.client import version
from dashboard.gateway.reads import Json
from dashboard.gateway.signatures import SignatureError
from dashboard.gateway.webhooks import open_delivery
from dashboard.mirror.kinds.read import dig, moment, ref, text
from dashboard.mirror.live.handling import Handling, Reactions
from dashboard.mirror.sync.identity import way_to
from dashboard.mirror.sync.lock import Deed, alone
from dashboard.store import books, connections, inbox, webhook_secrets
from dashboard.store.books import Book
from dashboard.store.inbox import Arrival
from dashboard.store.webhook_secrets import Secret

TASK = "deliveries"
KNOWN_SECONDS = 2.0
"""So long a secret that was just removed may still count; asking each time would cost a third."""
MOST_REPLAYED = 1_000
"""So many deliveries are replayed at once, so that new ones need not wait behind them."""


log = logger("webhooks")


@dataclass(frozen=True, slots=True)
class Doors:
    """Whose deliveries we take: the secrets, all books, and that of ``STRIPE_SECRET_KEY``."""

    secrets: list[Secret]
    books: dict[tuple[str, bool], Book]
    own: Book | None
    read_at: float

    def book_of(self, event: Json, secret: str) -> Book | None:
        """Return the book that the event belongs to, by its secret, account and mode.

        ``None`` where that account is not connected in that mode.

        Raises:
            UnavailableError: it tells of the own account, and we do not know which that is.
        """
        home = next((each.book for each in self.secrets if each.value == secret), None) or self.own
        account_id = text(event.get("account")) or text(event.get("context"))
        if account_id is None:
            if home is None:
                raise UnavailableError(
                    "No account is connected here yet.", remedy="Sync once: flask --app wsgi sync"
                )
            account_id = home.account_id
        livemode = event.get("livemode")
        if livemode is None and home is not None:
            livemode = home.livemode
        return self.books.get((account_id, livemode is True))


_doors: WeakKeyDictionary[Engine, Doors] = WeakKeyDictionary()
_lock = Lock()


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
        book = doors.book_of(event, secret)
        if book is None:
            log.info("delivery_of_a_stranger", type=event["type"])
            return False
        with database.writing(engine) as db:
            inbox.receive(db, book, _arrival(event, body))
    except DBAPIError as error:
        log.warning("delivery_not_taken", reason=type(error.orig).__name__)
        raise UnavailableError(
            "The database cannot take it now.", remedy="Deliver it again later."
        ) from error
    return True


def _open(
    engine: Engine, settings: Settings, body: bytes, signature: str
) -> tuple[Json, str, Doors]:
    """Verify with what we know, and once more with what is new before we refuse."""
    doors = _doors_of(engine, settings)
    try:
        return *_verified(doors, body, signature), doors
    except SignatureError:
        newest = _doors_of(engine, settings, anew=True)
        if newest.secrets == doors.secrets:
            raise
        return *_verified(newest, body, signature), newest


def _verified(doors: Doors, body: bytes, signature: str) -> tuple[Json, str]:
    secrets = [each.value for each in doors.secrets]
    if not secrets:
        raise UnavailableError(
            "No signing secret is known here, so no delivery can be verified.",
            remedy="Set STRIPE_WEBHOOK_SECRET, or enter the secret on the page Webhooks.",
        )
    return open_delivery(body, signature, secrets, clock.seconds())


def _doors_of(engine: Engine, settings: Settings, *, anew: bool = False) -> Doors:
    with _lock:
        known = _doors.get(engine)
        if anew or known is None or time.monotonic() - known.read_at > KNOWN_SECONDS:
            known = _doors[engine] = _read_doors(engine, settings)
    return known


def _read_doors(engine: Engine, settings: Settings) -> Doors:
    with database.reading(engine) as db:
        own = connections.by_fingerprint(db, connections.fingerprint_of(settings))
        every = {(book.account_id, book.livemode): book for book in books.every(db)}
        secrets = webhook_secrets.every(db, settings)
    return Doors(secrets, every, own.book if own else None, time.monotonic())


def _arrival(event: Json, body: bytes) -> Arrival:
    told = dig(event, "data", "object") or event.get("related_object")
    return Arrival(
        event_id=event["id"],
        type=event["type"],
        object_id=ref(told),
        api_version=text(event.get("api_version")),
        created_at=moment(event.get("created")),
        body=body,
    )


def handle(engine: Engine, settings: Settings, *, reactions: Reactions) -> None:
    """Handle all deliveries that are due.

    Of each book one process does so at a time. Before it leaves it looks once more: what came
    while it was at the last ones was rung for in vain.
    """
    left: set[int] = set()
    while books_due := set(_due(engine)) - left:
        for id in books_due:
            try:
                _handle_book(engine, settings, id, reactions)
            except ConflictError:
                left.add(id)


def _due(engine: Engine) -> list[int]:
    with database.reading(engine) as db:
        return inbox.due_books(db)


def _handle_book(engine: Engine, settings: Settings, id: int, reactions: Reactions) -> None:
    with database.reading(engine) as db:
        book = next(each for each in books.every(db) if each.id == id)
    way = partial(way_to, engine, settings, book)
    with alone(engine, book, Deed.HANDLING):
        Handling(engine, book, way, version(settings), reactions).run()


def replay(db: Connection, book: Book, numbers: Sequence[int], *, user_id: int) -> int:
    """Let deliveries be handled once more, whatever became of them; return how many.

    They are known by their numbers in the inbox.
    """
    count = inbox.replay(db, book, numbers)
    log.info("deliveries_replayed", count=count, user_id=user_id)
    return count


def add_secret(
    db: Connection, book: Book, secret: str, settings: Settings, *, user_id: int
) -> None:
    """Keep the signing secret of an endpoint of the book's account, sealed.

    Raises:
        SettingsError: there is no key to seal it with.
    """
    webhook_secrets.add(db, book, secret, settings)
    log.info("signing_key_added", user_id=user_id)


def remove_secret(db: Connection, book: Book, id: int, *, user_id: int) -> None:
    """Forget a signing secret.

    Raises:
        NotFoundError: the book has no such secret.
    """
    if not webhook_secrets.remove(db, book, id):
        raise NotFoundError("This secret is not there, or it is removed already.")
    log.info("signing_key_removed", user_id=user_id)
