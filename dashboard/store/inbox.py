"""The inbox: every event that Stripe delivered, kept before it is acknowledged, until it is old.

An event is in it once, however often it is delivered, and counts as done when it is handled, not
when it is received: a handler that fails is tried again, later and later, then set aside as dead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import zstandard
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    case,
    func,
    select,
    update,
)

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.store import books, delivery_times
from dashboard.store.books import Book

LEVEL = 1
PAUSES_SECONDS = (5, 15, 60, 300, 900, 3_600, 10_800, 21_600, 43_200, 86_400)
"""Before each further try; together some two days, as long as Stripe itself would try."""


class DeliveryState(StrEnum):
    """How far a delivery is; a ``dead`` one failed too often and waits for somebody to look."""

    WAITING = "waiting"
    HANDLED = "handled"
    DEAD = "dead"


class Outcome(StrEnum):
    """What handling a delivery did: ``older`` news and objects that we do not mirror change none.

    ``re_read`` means that the object was read from Stripe, as the event left room for doubt.
    """

    APPLIED = "applied"
    RE_READ = "re_read"
    OLDER = "older"
    NOT_MIRRORED = "not_mirrored"


deliveries = Table(
    "deliveries",
    database.metadata,
    Column("id", Integer, primary_key=True),
    Column("book_id", ForeignKey("books.id"), nullable=False),
    Column("event_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("object_id", Text),
    Column("api_version", Text),
    # Stripe's own time of the event, in UTC seconds; those of ours are in milliseconds.
    Column("created_at", BigInteger),
    Column("received_ms", BigInteger, nullable=False),
    # When it was handled first; to replay it changes nothing here.
    Column("handled_ms", BigInteger),
    Column("state", String(16), nullable=False),
    Column("outcome", String(16)),
    # Deliveries of the same event after the first.
    Column("repeats", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    # When to handle it, in UTC seconds; none once it is handled or dead.
    Column("due_at", BigInteger),
    Column("error", Text),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("book_id", "event_id"),
    Index("ix_deliveries_newest", "book_id", "received_ms"),
    Index("ix_deliveries_state", "book_id", "state", "received_ms"),
    Index("ix_deliveries_type", "book_id", "type", "received_ms"),
    Index("ix_deliveries_object", "book_id", "object_id", "received_ms"),
)
Index(
    "ix_deliveries_outcome",
    deliveries.c.book_id,
    deliveries.c.outcome,
    deliveries.c.received_ms,
    sqlite_where=deliveries.c.outcome.is_not(None),
    postgresql_where=deliveries.c.outcome.is_not(None),
)
Index(
    "ix_deliveries_due",
    deliveries.c.due_at,
    sqlite_where=deliveries.c.due_at.is_not(None),
    postgresql_where=deliveries.c.due_at.is_not(None),
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event that was just delivered and verified; ``created_at`` in UTC seconds."""

    event_id: str
    type: str
    object_id: str | None
    api_version: str | None
    created_at: int | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that is to be handled; ``attempts`` failed before.

    ``received_ms`` is in UTC milliseconds, ``is_first`` says that it was never handled before.
    """

    id: int
    event_id: str
    attempts: int
    received_ms: int
    is_first: bool
    body: bytes


def receive(db: Connection, book: Book, arrival: Arrival) -> bool:
    """Keep what arrived and say whether it is the first delivery of its event.

    One statement, whether it is or not. An event that is dead is tried again when it comes again.
    """
    values = {
        "book": book.id,
        "event_id": arrival.event_id,
        "type": arrival.type,
        "object_id": arrival.object_id,
        "api_version": arrival.api_version,
        "created_at": arrival.created_at,
        "received_ms": clock.milliseconds(),
        "due_at": clock.seconds(),
        "body": zstandard.compress(arrival.body, LEVEL),
    }
    return bool(db.execute(_receiving(db), values).scalar_one() == 0)


def _receiving(db: Connection) -> Any:
    """Return the statement that keeps an arrival; it is made once for each database."""
    name = db.dialect.name
    if name not in _made:
        table = deliveries.c
        is_dead = table.state == DeliveryState.DEAD
        names = ("event_id", "type", "object_id", "api_version", "created_at", "received_ms")
        statement = database.insert(db, deliveries).values(
            {name: bindparam(name) for name in (*names, "due_at", "body")}
            | {
                "book_id": bindparam("book"),
                "state": DeliveryState.WAITING,
                "repeats": 0,
                "attempts": 0,
            }
        )
        _made[name] = statement.on_conflict_do_update(
            index_elements=["book_id", "event_id"],
            set_={
                "repeats": table.repeats + 1,
                "state": case((is_dead, DeliveryState.WAITING), else_=table.state),
                "attempts": case((is_dead, 0), else_=table.attempts),
                "due_at": case((is_dead, statement.excluded.due_at), else_=table.due_at),
            },
        ).returning(table.repeats)
    return _made[name]


_made: dict[str, Any] = {}


def body_of(db: Connection, book: Book, event_id: str) -> bytes | None:
    """Return what Stripe delivered, ``None`` where it never did or it is too long ago."""
    table = deliveries.c
    chosen = (table.book_id == book.id) & (table.event_id == event_id)
    body = db.scalar(select(table.body).where(chosen))
    return None if body is None else zstandard.decompress(body)


def due_books(db: Connection) -> list[int]:
    """Return the ids of the books that have deliveries to handle now."""
    query = select(deliveries.c.book_id).where(deliveries.c.due_at <= clock.seconds()).distinct()
    return list(db.scalars(query))


def due(db: Connection, book: Book, most: int) -> list[Due]:
    """Return at most so many deliveries that are to be handled now, the first received first."""
    table = deliveries.c
    query = (
        select(
            table.id,
            table.event_id,
            table.attempts,
            table.received_ms,
            table.handled_ms.is_(None),
            table.body,
        )
        .where(table.book_id == book.id, table.due_at <= clock.seconds())
        .order_by(table.id)
        .limit(most)
    )
    return [
        Due(id, event_id, attempts, received_ms, is_first, zstandard.decompress(body))
        for id, event_id, attempts, received_ms, is_first, body in db.execute(query)
    ]


def handled(db: Connection, book: Book, outcomes: Sequence[tuple[Due, Outcome]]) -> None:
    """Note in the transaction that handled them what came of these deliveries, and how soon."""
    now = clock.milliseconds()
    ids: dict[Outcome, list[int]] = {}
    for one, outcome in outcomes:
        ids.setdefault(outcome, []).append(one.id)
    for outcome, those in ids.items():
        _note(db, those, outcome, now)
    delivery_times.add(db, book, ((one.received_ms, now) for one, _ in outcomes if one.is_first))


def _note(db: Connection, ids: Sequence[int], outcome: Outcome, now: int) -> None:
    table = deliveries.c
    db.execute(
        update(deliveries)
        .where(table.id.in_(ids))
        .values(
            state=DeliveryState.HANDLED,
            outcome=outcome,
            handled_ms=func.coalesce(table.handled_ms, now),
            due_at=None,
            attempts=table.attempts + 1,
            error=None,
        )
    )


def failed(db: Connection, one: Due, error: str) -> None:
    """Note that handling failed: it is tried again after a pause, or dead after the last one."""
    is_dead = one.attempts >= len(PAUSES_SECONDS)
    pause = None if is_dead else PAUSES_SECONDS[one.attempts]
    db.execute(
        update(deliveries)
        .where(deliveries.c.id == one.id)
        .values(
            state=DeliveryState.DEAD if is_dead else DeliveryState.WAITING,
            due_at=None if pause is None else clock.seconds() + pause,
            attempts=one.attempts + 1,
            error=error,
        )
    )


def postpone(db: Connection, those: Sequence[Due], until: int) -> None:
    """Handle these deliveries not before ``until`` (UTC seconds); that is no failure."""
    if those:
        chosen = deliveries.c.id.in_([one.id for one in those])
        db.execute(update(deliveries).where(chosen).values(due_at=until))


def replay(db: Connection, book: Book, ids: Sequence[int]) -> int:
    """Handle these deliveries once more, whatever became of them; return how many there are."""
    again = (
        update(deliveries)
        .where(deliveries.c.book_id == book.id, deliveries.c.id.in_(ids))
        .values(state=DeliveryState.WAITING, attempts=0, due_at=clock.seconds(), error=None)
    )
    return db.execute(again).rowcount


def forget(db: Connection, before: int) -> int:
    """Delete what was received before ``before`` (UTC seconds) and is done; return how many.

    What the deliveries told stays in the mirror.
    """
    table = deliveries.c
    old = deliveries.delete().where(
        # An index by book and time finds them; all of the inbox would take seconds.
        table.book_id.in_(select(books.books.c.id)),
        table.received_ms < before * 1000,
        table.due_at.is_(None),
    )
    return db.execute(old).rowcount


def waiting(db: Connection) -> tuple[int, int | None]:
    """Return how many deliveries wait, and since when the oldest does (UTC milliseconds)."""
    table = deliveries.c
    query = select(func.count(), func.min(table.received_ms)).where(table.due_at.is_not(None))
    count, oldest = db.execute(query).one()
    return count, oldest
