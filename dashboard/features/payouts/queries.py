"""Reads for the payouts pages."""

from dataclasses import dataclass

from sqlalchemy import Connection, or_, select

from dashboard.mirror import objects, search
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.payout import payouts
from dashboard.mirror.listing import Listing
from dashboard.store.books import Book


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """A payout as its line shows it; minor units, UTC seconds.

    ``arrival_at`` is a date that Stripe writes as 00:00 UTC.
    """

    id: str
    created_at: int
    arrival_at: int | None
    status: str
    amount_minor: int
    currency: str
    automatic: bool
    method: str | None
    reconciliation_status: str | None
    failure_code: str | None
    description: str | None
    trace_id: str | None


LISTING = Listing(
    table=payouts,
    row=PayoutRow,
    columns=(
        payouts.c.id,
        payouts.c.created_at,
        payouts.c.arrival_at,
        payouts.c.status,
        payouts.c.amount_minor,
        payouts.c.currency,
        payouts.c.automatic,
        payouts.c.method,
        payouts.c.reconciliation_status,
        payouts.c.failure_code,
        payouts.c.description,
        payouts.c.trace_id,
    ),
    filters={
        "arrival": payouts.c.arrival_at,
        "status": payouts.c.status,
        "currency": payouts.c.currency,
        "amount": payouts.c.amount_minor,
        "reconciliation": payouts.c.reconciliation_status,
        "created": payouts.c.created_at,
    },
    sorts={"created": payouts.c.created_at, "amount": payouts.c.amount_minor},
)


def named(db: Connection, book: Book, word: str) -> str | None:
    """Return the payout with this id, balance transaction or trace id of the bank."""
    ids = (payouts.c.id, payouts.c.balance_transaction_id, payouts.c.trace_id)
    query = select(payouts.c.id).where(
        payouts.c.book_id == book.id, or_(*(each == word for each in ids))
    )
    return None if " " in word else db.scalar(query.limit(1))


def matching(db: Connection, book: Book, words: str, most: int = search.MOST) -> tuple[str, ...]:
    """Return the payouts whose description or statement text holds ``words``."""
    pattern = "%" + words.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
    texts = (payouts.c.description, payouts.c.statement_descriptor, payouts.c.trace_id)
    query = select(payouts.c.id).where(
        payouts.c.book_id == book.id, or_(*(each.ilike(pattern, escape="\\") for each in texts))
    )
    return tuple(db.scalars(query.order_by(payouts.c.created_at.desc()).limit(most)))


def find(db: Connection, book: Book, id: str) -> tuple[PayoutRow, Raw]:
    """Return the payout ``id`` of ``book`` and its raw object.

    Raises:
        NotFoundError: the book holds no such payout.
    """
    row = LISTING.get(db, book, id, "payout")
    raw = objects.find(db, book, payouts, id) or {}
    return row, raw
