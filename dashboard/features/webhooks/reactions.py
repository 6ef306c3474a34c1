"""What follows where Stripe says something of the account itself."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from dashboard.core.log import logger
from dashboard.store import connections
from dashboard.store.books import Book

log = logger("webhooks")


def on_account_deauthorized(
    db: Connection, book: Book, events: Sequence[Mapping[str, Any]]
) -> None:
    """Leave an account alone that took its permission back; a platform's own cannot."""
    if any(event.get("account") == book.account_id for event in events):
        connections.deauthorize(db, book)
        log.warning("account_deauthorized", account=book.account_id)
