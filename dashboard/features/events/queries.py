"""Reads for the events pages."""

from dataclasses import dataclass

from sqlalchemy import Connection, and_

from dashboard.core.errors import NotFoundError
from dashboard.mirror import objects
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.event import events
from dashboard.mirror.listing import Listing, Words
from dashboard.store.books import Book
from dashboard.store.inbox import deliveries


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as its line shows it: ``created_at`` in UTC seconds.

    ``received_ms`` is when Stripe delivered it (UTC milliseconds), ``None`` where the sync found
    it, or it was delivered too long ago.
    """

    id: str
    created_at: int
    type: str | None
    object_id: str | None
    object_kind: str | None
    customer_id: str | None
    received_ms: int | None

    @property
    def received_at(self) -> int | None:
        """When Stripe delivered it, in UTC seconds."""
        return None if self.received_ms is None else self.received_ms // 1_000


LISTING = Listing(
    table=events,
    row=EventRow,
    columns=(
        events.c.id,
        events.c.created_at,
        events.c.type,
        events.c.object_id,
        events.c.object_kind,
        events.c.customer_id,
        deliveries.c.received_ms,
    ),
    filters={
        "created": events.c.created_at,
        "type": Words(events.c.type),
        "kind": events.c.object_kind,
        "object": events.c.object_id,
        "customer": events.c.customer_id,
    },
    sorts={"created": events.c.created_at},
    source=events.outerjoin(
        deliveries,
        and_(deliveries.c.book_id == events.c.book_id, deliveries.c.event_id == events.c.id),
    ),
)


def find(db: Connection, book: Book, id: str) -> tuple[EventRow, Raw]:
    """Return the event ``id`` of ``book``, and what Stripe wrote.

    Raises:
        NotFoundError: the book holds no such event.
    """
    row, raw = LISTING.find(db, book, id), objects.find(db, book, events, id)
    if row is None or raw is None:
        raise NotFoundError(
            f"There is no event {id} in this account.",
            remedy="Stripe tells events of the last thirty days only; the sync reads them.",
        )
    return row, raw
