"""What follows where Stripe says that money moved."""

from typing import Any

from sqlalchemy import Connection

from dashboard.core import clock
from dashboard.store import jobs
from dashboard.store.books import Book

TASK = "refresh"
TOGETHER_SECONDS = 3
"""What moves within so long is read at once."""


def on_money_moved(db: Connection, book: Book, _events: Any) -> None:
    """Read the new balance transactions soon: no event carries them."""
    due_at = clock.seconds() // TOGETHER_SECONDS * TOGETHER_SECONDS + TOGETHER_SECONDS
    key = f"{TASK}:{book.id}:{due_at}"
    jobs.queue(db, TASK, book_id=book.id, key=key, due_at=due_at)
