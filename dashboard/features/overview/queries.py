"""Reads for the overview: what needs attention, and what came last."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, select

from dashboard.core import clock
from dashboard.mirror.kinds.customer import customers
from dashboard.mirror.kinds.dispute import disputes
from dashboard.mirror.kinds.subscription import subscriptions
from dashboard.mirror.payments import payments
from dashboard.store.books import Book

SHOWN = 5
LATEST = 8
FAILED_DAYS = 7


@dataclass(frozen=True, slots=True)
class Dispute:
    """An open dispute: amount in minor units, ``due_at`` in UTC seconds."""

    id: str
    amount_minor: int
    currency: str
    status: str
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


def urgent_disputes(db: Connection, book: Book) -> Sequence[Dispute]:
    """Return the open disputes that must be answered first."""
    table = disputes.c
    query = (
        select(table.id, table.amount_minor, table.currency, table.status, table.due_at)
        .where(table.book_id == book.id, table.is_open, table.due_at > clock.seconds())
        .order_by(table.due_at, table.id)
        .limit(SHOWN)
    )
    return [Dispute(*line) for line in db.execute(query)]


def failed_payments(db: Connection, book: Book) -> Sequence[Payment]:
    """Return the latest payments that failed within the last week."""
    since = clock.seconds() - FAILED_DAYS * clock.DAY_SECONDS
    return _payments(db, book, payments.c.status == "failed", payments.c.created_at >= since)


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
        .select_from(
            payments.outerjoin(
                customers,
                and_(customers.c.book_id == table.book_id, customers.c.id == table.customer_id),
            )
        )
        .where(table.book_id == book.id, *conditions)
        .order_by(table.created_at.desc(), table.id.desc())
        .limit(limit)
    )
    return [Payment(*line) for line in db.execute(query)]


def past_due(db: Connection, book: Book) -> Sequence[PastDue]:
    """Return the newest subscriptions that are past due or unpaid."""
    table = subscriptions.c
    query = (
        select(table.id, customers.c.name, customers.c.email, table.current_period_end_at)
        .select_from(
            subscriptions.outerjoin(
                customers,
                and_(customers.c.book_id == table.book_id, customers.c.id == table.customer_id),
            )
        )
        .where(table.book_id == book.id, table.status.in_(("past_due", "unpaid")))
        .order_by(table.created_at.desc(), table.id.desc())
        .limit(SHOWN)
    )
    return [PastDue(*line) for line in db.execute(query)]
