"""What follows where Stripe says something of the account itself."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from dashboard.core import clock
from dashboard.core.log import logger
from dashboard.store import audit, connections
from dashboard.store.audit import STRIPE
from dashboard.store.books import Book

log = logger("webhooks")


def on_account_deauthorized(
    db: Connection, book: Book, events: Sequence[Mapping[str, Any]]
) -> None:
    """Leave an account alone that took its permission back; a platform's own cannot.

    One that was connected again since then stays.
    """
    its_own = [event for event in events if event.get("account") == book.account_id]
    if its_own and connections.deauthorize(db, book, at=max(map(_moment, its_own))):
        log.warning("account_deauthorized", account=book.account_id)
        audit.record(db, STRIPE, "connection.deauthorized", subject=book.account_id, book=book)


def _moment(event: Mapping[str, Any]) -> int:
    created = event.get("created")
    return created if isinstance(created, int) else clock.seconds()
