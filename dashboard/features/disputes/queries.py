"""Reads for the disputes pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, or_, select

from dashboard.mirror import objects, search
from dashboard.mirror.kinds.balance_transaction import balance_transactions
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.customer import customers
from dashboard.mirror.kinds.dispute import disputes
from dashboard.mirror.kinds.event import events
from dashboard.mirror.listing import Listing
from dashboard.mirror.payments import payments
from dashboard.mirror.rows import referred
from dashboard.mirror.short import ShortTransaction, newest
from dashboard.store.books import Book

PAYMENT_ID = func.coalesce(disputes.c.payment_intent_id, payments.c.id, disputes.c.charge_id)
"""The payment that a dispute contests; an old dispute names only its charge."""


SOURCE = disputes.outerjoin(
    payments,
    and_(
        payments.c.book_id == disputes.c.book_id,
        payments.c.id == func.coalesce(disputes.c.payment_intent_id, disputes.c.charge_id),
    ),
).outerjoin(customers, referred(customers, payments.c.customer_id))


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """A dispute as its line shows it; amounts in minor units, times in UTC seconds."""

    id: str
    created_at: int
    status: str
    is_open: bool
    reason: str | None
    amount_minor: int
    currency: str
    due_at: int | None
    payment_id: str | None
    customer_id: str | None
    name: str | None
    email: str | None


LISTING = Listing(
    table=disputes,
    row=DisputeRow,
    columns=(
        disputes.c.id,
        disputes.c.created_at,
        disputes.c.status,
        disputes.c.is_open,
        disputes.c.reason,
        disputes.c.amount_minor,
        disputes.c.currency,
        disputes.c.due_at,
        PAYMENT_ID,
        payments.c.customer_id,
        func.coalesce(customers.c.name, payments.c.name),
        func.coalesce(customers.c.email, payments.c.email),
    ),
    filters={
        "status": disputes.c.status,
        "due": disputes.c.due_at,
        "reason": disputes.c.reason,
        "amount": disputes.c.amount_minor,
        "currency": disputes.c.currency,
        "created": disputes.c.created_at,
    },
    sorts={"created": disputes.c.created_at, "amount": disputes.c.amount_minor},
    source=SOURCE,
)


def named(db: Connection, book: Book, word: str) -> str | None:
    """Return the dispute with the id ``word``, or the newest of the charge or payment with it."""
    ids = (disputes.c.id, disputes.c.charge_id, disputes.c.payment_intent_id)
    query = (
        select(disputes.c.id)
        .where(disputes.c.book_id == book.id, or_(*(each == word for each in ids)))
        .order_by(disputes.c.created_at.desc())
        .limit(1)
    )
    return db.scalar(query) if "_" in word else None


def matching(db: Connection, book: Book, words: str, most: int = search.MOST) -> tuple[str, ...]:
    """Return the disputes of payments or customers in which every one of ``words`` occurs."""
    of_payments = search.found(db, book, "payment", words)
    of_customers = search.found(db, book, "customer", words)
    found = (
        select(disputes.c.id)
        .select_from(SOURCE)
        .where(
            disputes.c.book_id == book.id,
            or_(PAYMENT_ID.in_(of_payments), payments.c.customer_id.in_(of_customers)),
        )
        .order_by(disputes.c.created_at.desc(), disputes.c.id.desc())
        .limit(most)
    )
    return tuple(db.scalars(found))


@dataclass(frozen=True, slots=True)
class Dispute:
    """One dispute with what belongs to it; raw objects as Stripe wrote them."""

    row: DisputeRow
    raw: Raw
    transactions: Sequence[ShortTransaction]
    events: Sequence[Raw]


def find(db: Connection, book: Book, id: str) -> Dispute:
    """Return the dispute ``id`` of ``book``.

    Raises:
        NotFoundError: the book holds no such dispute.
    """
    row = LISTING.get(db, book, id, "dispute")
    raw = objects.find(db, book, disputes, id) or {}
    return Dispute(
        row=row,
        raw=raw,
        transactions=newest(
            db, book, balance_transactions, ShortTransaction, balance_transactions.c.source_id == id
        ),
        events=objects.where(db, book, events, events.c.object_id == id),
    )
