"""What follows where no event tells all: where money moved, or one came in another shape."""

from typing import Any

from sqlalchemy import Connection

from dashboard.core import clock
from dashboard.store import jobs
from dashboard.store.books import Book

TASK = "refresh"
TOGETHER_SECONDS = 3
"""What moves within so long is read at once."""

EVENTS_TOGETHER_SECONDS = 60
"""Their objects are read at once, so their own shape can wait."""


def on_money_moved(db: Connection, book: Book, _events: Any) -> None:
    """Read the new balance transactions soon: no event carries them."""
    due_at = _end_of(TOGETHER_SECONDS)
    key = f"{TASK}:{book.id}:{due_at}"
    jobs.queue(db, TASK, book_id=book.id, key=key, due_at=due_at)


def on_told_otherwise(db: Connection, book: Book, _events: Any) -> None:
    """Read the events list in a while: it tells whole, and in our version, what did not come so."""
    due_at = _end_of(EVENTS_TOGETHER_SECONDS)
    key = f"{TASK}:{book.id}:events:{due_at}"
    jobs.queue(db, TASK, book_id=book.id, key=key, arguments={"kinds": ["event"]}, due_at=due_at)


def _end_of(span: int) -> int:
    """Return when the present span of so many seconds ends (UTC seconds)."""
    return clock.seconds() // span * span + span
