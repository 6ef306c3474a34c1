"""Reads for the webhooks pages."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    cast,
    func,
    literal,
    select,
    union_all,
)

from dashboard.core import clock
from dashboard.core.paging import Span, Wanted, Wish
from dashboard.features.webhooks.metrics import SECOND_MS, Day, Health
from dashboard.mirror.listing import Listing, Words, within
from dashboard.store import inbox
from dashboard.store.books import Book
from dashboard.store.delivery_times import delivery_times
from dashboard.store.inbox import DeliveryState, deliveries

DAYS = 30
LATE_SECONDS = 3_600
"""What still waits after so long counts as not delivered, until it is."""
QUARTER_MS = 15 * 60 * 1_000
"""In every time zone a day begins with a quarter of an hour."""
TOTAL = "total"


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery as its line shows it; ``created_at`` and ``due_at`` in UTC seconds.

    ``received_ms`` and ``handled_ms`` are in UTC milliseconds, ``repeats`` are deliveries of the
    same event after the first, and ``number`` is the one that it has in the inbox.
    """

    number: int
    event_id: str
    type: str
    object_id: str | None
    api_version: str | None
    created_at: int | None
    received_ms: int
    handled_ms: int | None
    state: str
    outcome: str | None
    repeats: int
    attempts: int
    due_at: int | None
    error: str | None

    @property
    def received_at(self) -> int:
        """When it was received, in UTC seconds."""
        return self.received_ms // SECOND_MS

    @property
    def took_ms(self) -> int | None:
        """From being received to being handled first."""
        return None if self.handled_ms is None else max(0, self.handled_ms - self.received_ms)

    @property
    def shown_state(self) -> str:
        """The state, and whether what waits has failed before."""
        is_retried = self.state == DeliveryState.WAITING and self.attempts
        return "retried" if is_retried else self.state


def _received(wanted: Wanted) -> list[ColumnElement[bool]]:
    span = wanted if isinstance(wanted, Span) else Span()
    ends = [None if end is None else end * 1_000 for end in (span.start, span.end)]
    return within(deliveries.c.received_ms, Span(*ends))


def _about(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Return what the id of an event or of its object means."""
    word = "" if isinstance(wanted, Span) else wanted[0]
    is_event = word.startswith("evt_")
    return [(deliveries.c.event_id if is_event else deliveries.c.object_id) == word]


LISTING = Listing(
    table=deliveries,
    row=DeliveryRow,
    columns=(
        deliveries.c.id,
        deliveries.c.event_id,
        deliveries.c.type,
        deliveries.c.object_id,
        deliveries.c.api_version,
        deliveries.c.created_at,
        deliveries.c.received_ms,
        deliveries.c.handled_ms,
        deliveries.c.state,
        deliveries.c.outcome,
        deliveries.c.repeats,
        deliveries.c.attempts,
        deliveries.c.due_at,
        deliveries.c.error,
    ),
    filters={
        "received": _received,
        "state": deliveries.c.state,
        "outcome": deliveries.c.outcome,
        "type": Words(deliveries.c.type),
        "about": _about,
    },
    sorts={"received": deliveries.c.received_ms},
    key="event_id",
)


def find(db: Connection, book: Book, id: str) -> tuple[DeliveryRow, bytes]:
    """Return the delivery of the event ``id``, and what Stripe delivered.

    Raises:
        NotFoundError: it was never delivered, or is forgotten.
    """
    row = LISTING.get(db, book, id, "delivery of the event")
    return row, inbox.body_of(db, book, id) or b"{}"


def numbers(db: Connection, book: Book, wish: Wish, most: int) -> list[int]:
    """Return the numbers in the inbox of the wanted deliveries, the first ``most`` of them."""
    return [row.number for row in islice(LISTING.every(db, book, wish), most)]


def health(db: Connection, book: Book) -> Health:
    """Return how deliveries went on each of the last thirty days, with one statement.

    A day is one of the account's time zone, and its deliveries are those that were received on it.
    """
    today = clock.local_day(clock.seconds(), book.timezone)
    first = today - timedelta(days=DAYS - 1)
    handled: dict[str, Counter[int]] = {}
    missed: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    day_of = clock.DayFinder(book.timezone)
    for what, place, number, count in db.execute(_health(book, first)):
        if what == DeliveryState.HANDLED:
            handled.setdefault(place, Counter())[number] += count
        elif what == TOTAL:
            totals[place] += count
        else:
            missed[day_of(number * QUARTER_MS // 1_000)] += count
    days = [first + timedelta(days=number) for number in range(DAYS)]
    return Health(
        days=[_day(day, handled, missed) for day in days],
        waiting=totals[DeliveryState.WAITING],
        dead=totals[DeliveryState.DEAD],
    )


def _day(day: date, handled: dict[str, Counter[int]], missed: Counter[str]) -> Day:
    return Day(day, handled.get(day.isoformat(), Counter()), missed[day.isoformat()])


def _health(book: Book, first: date) -> Select[Any]:
    """Select what was handled by day and step, what was not by quarters, and all of that."""
    table, times = deliveries.c, delivery_times.c
    start_ms = clock.day_start(first, book.timezone) * 1_000
    late_ms = (clock.seconds() - LATE_SECONDS) * 1_000
    is_not = (table.book_id == book.id) & table.state.in_(
        [DeliveryState.WAITING, DeliveryState.DEAD]
    )
    is_missed = (table.state == DeliveryState.DEAD) | (table.received_ms < late_ms)
    quarter = table.received_ms // QUARTER_MS
    parts = union_all(
        select(
            literal(str(DeliveryState.HANDLED)), times.day, times.within_ms, times["count"]
        ).where(times.book_id == book.id, times.day >= first.isoformat()),
        select(literal("missed"), cast("", Text), quarter, func.count())
        .where(is_not, is_missed, table.received_ms >= start_ms, table.handled_ms.is_(None))
        .group_by(quarter),
        select(literal(TOTAL), cast(table.state, Text), literal(0), func.count())
        .where(is_not)
        .group_by(table.state),
    )
    return select(parts.subquery())
