"""Reads for the overview: what needs attention, and what came last."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, FromClause, func, select

from dashboard.core import clock
from dashboard.mirror.kinds.customer import customers
from dashboard.mirror.kinds.dispute import UNANSWERED, disputes
from dashboard.mirror.kinds.subscription import subscriptions
from dashboard.mirror.payments import payments
from dashboard.mirror.rows import referred
from dashboard.store.books import Book

SHOWN = 3
COUNTED = 1_000
LATEST = 8
FAILED_DAYS = 7
LATE = ("past_due", "unpaid")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Waiting(Generic[T]):
    """The first few of what waits, and how many wait in all, counted to one past ``COUNTED``."""

    first: Iterable[T]
    count: int

    @property
    def count_text(self) -> str:
        """Return the count as people read it: ``12``, or ``1,000+`` past what is counted."""
        return f"{self.count:,}" if self.count <= COUNTED else f"{COUNTED:,}+"


@dataclass(frozen=True, slots=True)
class Dispute:
    """An open dispute: amount in minor units, ``due_at`` in UTC seconds."""

    id: str
    amount_minor: int
    currency: str
    status: str
    reason: str | None
    due_at: int | None


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment: amount in minor units, ``created_at`` in UTC seconds."""

    id: str
    amount_minor: int
    currency: str
    status: str
    name: str | None
    email: str | None
    failure_code: str | None
    created_at: int


@dataclass(frozen=True, slots=True)
class PastDue:
    """A subscription whose customer has not paid; ``period_end_at`` in UTC seconds."""

    id: str
    name: str | None
    email: str | None
    period_end_at: int | None
    created_at: int


def urgent_disputes(db: Connection, book: Book) -> Waiting[Dispute]:
    """Return the disputes that wait for an answer, the first deadline first."""
    table = disputes.c
    conditions = (table.book_id == book.id, table.status.in_(UNANSWERED))
    query = (
        select(
            table.id, table.amount_minor, table.currency, table.status, table.reason, table.due_at
        )
        .where(*conditions)
        .order_by(table.due_at, table.id)
        .limit(SHOWN)
    )
    found = [Dispute(*line) for line in db.execute(query)]
    return Waiting(found, _counted(db, disputes, *conditions))


def failed_since(book: Book) -> date:
    """Return the account's day from which failed payments need attention."""
    return clock.local_day(clock.seconds() - FAILED_DAYS * clock.DAY_SECONDS, book.timezone)


def failed_payments(db: Connection, book: Book) -> Waiting[Payment]:
    """Return the latest payments that failed within the last week."""
    since = clock.day_start(failed_since(book), book.timezone)
    conditions = (payments.c.status == "failed", payments.c.created_at >= since)
    found = _payments(db, book, *conditions)
    return Waiting(found, _counted(db, payments, payments.c.book_id == book.id, *conditions))


def latest_payments(db: Connection, book: Book) -> Sequence[Payment]:
    """Return the newest payments, whatever became of them."""
    return _payments(db, book, limit=LATEST)


def _payments(
    db: Connection, book: Book, *conditions: ColumnElement[bool], limit: int = SHOWN
) -> Sequence[Payment]:
    table = payments.c
    query = (
        select(
            table.id,
            table.amount_minor,
            table.currency,
            table.status,
            func.coalesce(customers.c.name, table.name),
            func.coalesce(customers.c.email, table.email),
            table.failure_code,
            table.created_at,
        )
        .select_from(payments.outerjoin(customers, referred(customers, table.customer_id)))
        .where(table.book_id == book.id, *conditions)
        .order_by(table.created_at.desc(), table.id.desc())
        .limit(limit)
    )
    return [Payment(*line) for line in db.execute(query)]


def past_due(db: Connection, book: Book) -> Waiting[PastDue]:
    """Return the newest subscriptions that are past due or unpaid."""
    table = subscriptions.c
    conditions = (table.book_id == book.id, table.status.in_(LATE))
    query = (
        select(
            table.id,
            customers.c.name,
            customers.c.email,
            table.current_period_end_at,
            table.created_at,
        )
        .select_from(subscriptions.outerjoin(customers, referred(customers, table.customer_id)))
        .where(*conditions)
        .order_by(table.created_at.desc(), table.id.desc())
        .limit(SHOWN)
    )
    found = [PastDue(*line) for line in db.execute(query)]
    return Waiting(found, _counted(db, subscriptions, *conditions))


def _counted(db: Connection, table: FromClause, *conditions: ColumnElement[bool]) -> int:
    """Count rows, no further than one past ``COUNTED``."""
    some = select(1).select_from(table).where(*conditions).limit(COUNTED + 1)
    return db.scalar(select(func.count()).select_from(some.subquery())) or 0
