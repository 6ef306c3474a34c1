"""Reading what no event carries, soon after money moved, and events that came in another shape."""

from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import Engine

from dashboard.core.config import Settings
from dashboard.core.errors import ConflictError
from dashboard.mirror.sync.identity import way_to
from dashboard.mirror.sync.run import refresh as read_news
from dashboard.store.books import Book

UNTOLD = ("balance_transaction", "balance", "payment_method")
"""What comes into being with a payment, and no event carries."""


def refresh(
    engine: Engine, settings: Settings, book: Book, *, kinds: Sequence[str] = UNTOLD
) -> None:
    """Read what is new of ``kinds``: Stripe sends no events of balance transactions, for one.

    Where a sync is running it brings them, too.

    Raises:
        GatewayError: Stripe does not answer, or not with what was asked for.
    """
    reads = way_to(engine, settings, book)
    if reads is not None:
        with suppress(ConflictError):
            read_news(engine, book, reads, kinds)
