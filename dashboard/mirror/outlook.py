"""How much of a sync is still to come, as far as anybody can tell.

Stripe does not say how many objects a list has. What is known is how much of the account's life the
open windows still cover, and how many objects the rest of it held.
"""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection, select

from dashboard.core import clock
from dashboard.mirror.kinds.account import accounts
from dashboard.store import sync_runs
from dashboard.store.books import Book
from dashboard.store.sync_runs import KindState, Window

LEAST_SHARE = 50
"""A guess needs a fiftieth of the time to stand on."""


def expected(db: Connection, book: Book) -> dict[str, int]:
    """Return about how many objects each kind that is being filled will have in the end."""
    opened_at = db.scalar(select(accounts.c.created_at).where(accounts.c.book_id == book.id))
    life = clock.seconds() - opened_at if opened_at else 0
    ahead = _seconds_ahead(sync_runs.windows(db, book), opened_at or 0)
    return {
        status.kind: status.objects * life // behind
        for status in sync_runs.statuses(db, book).values()
        if status.state is KindState.FILLING
        and (behind := life - ahead[status.kind]) * LEAST_SHARE > life > 0
    }


def _seconds_ahead(windows: Iterable[Window], opened_at: int) -> defaultdict[str, int]:
    """Return how many seconds of the account's life are still to be read, by kind."""
    ahead: defaultdict[str, int] = defaultdict(int)
    for window in windows:
        newest = window.cursor_at or window.until_at or clock.seconds()
        ahead[window.kind] += max(newest - max(window.from_at or 0, opened_at), 0)
    return ahead
