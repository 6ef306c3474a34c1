"""Whose deliveries we take: by which secret, for which account, in which mode."""

import time
from dataclasses import dataclass
from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.errors import UnavailableError
from dashboard.store import books, connections, webhook_secrets
from dashboard.store.books import Book
from dashboard.store.webhook_secrets import Secret

KNOWN_SECONDS = 2.0
"""So long a secret that was just removed may still count; asking each time would cost a third."""


@dataclass(frozen=True, slots=True)
class Doors:
    """Whose deliveries we take: the secrets, all books, and that of ``STRIPE_SECRET_KEY``."""

    secrets: list[Secret]
    books: dict[tuple[str, bool], Book]
    own: Book | None
    read_at: float

    def book_of(self, secret: str, *, account_id: str | None, livemode: bool | None) -> Book | None:
        """Return the book of an event: by who signed it, its account and its mode, as far as told.

        ``None`` where that account is not connected in that mode.

        Raises:
            UnavailableError: it tells of the own account, and we do not know which that is.
        """
        home = next((each.book for each in self.secrets if each.value == secret), None) or self.own
        if account_id is None:
            if home is None:
                raise UnavailableError(
                    "No account is connected here yet.", remedy="Sync once: flask --app wsgi sync"
                )
            account_id = home.account_id
        if livemode is None and home is not None:
            livemode = home.livemode
        return self.books.get((account_id, livemode is True))


_known: WeakKeyDictionary[Engine, Doors] = WeakKeyDictionary()
_lock = Lock()


def doors_of(engine: Engine, settings: Settings, *, anew: bool = False) -> Doors:
    """Return whose deliveries we take, as it was a moment ago, or ``anew``.

    Raises:
        SettingsError: a secret is sealed with a key that is missing.
    """
    with _lock:
        known = _known.get(engine)
        if anew or known is None or time.monotonic() - known.read_at > KNOWN_SECONDS:
            known = _known[engine] = _read(engine, settings)
    return known


def _read(engine: Engine, settings: Settings) -> Doors:
    with database.reading(engine) as db:
        own = connections.by_fingerprint(db, connections.fingerprint_of(settings))
        every = {(book.account_id, book.livemode): book for book in books.every(db)}
        secrets = webhook_secrets.every(db, settings)
    return Doors(secrets, every, own.book if own else None, time.monotonic())
