"""The book learns its name, currency and time zone from the account."""

from collections.abc import Sequence
from zoneinfo import available_timezones

from sqlalchemy import Connection

from dashboard.mirror.changes import Change
from dashboard.mirror.kinds.base import Row
from dashboard.store import books
from dashboard.store.books import Book


def follow(db: Connection, book: Book, changes: Sequence[Change]) -> None:
    """Describe the book as its own account says; other accounts say nothing of it."""
    for change in changes:
        row = change.after
        if row["id"] == book.account_id and not row["deleted"]:
            _describe(db, book, row)


def _describe(db: Connection, book: Book, account: Row) -> None:
    """What the account leaves open, or a zone that nobody knows, stays as it was."""
    zone = account["timezone"]
    known = books.find(db, book.account_id, livemode=book.livemode)
    books.describe(
        db,
        book,
        timezone=zone if zone in available_timezones() else known.timezone,
        currency=account["currency"] or known.currency,
        name=account["name"] or known.name,
    )
