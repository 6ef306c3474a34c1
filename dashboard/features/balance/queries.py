"""Reads for the balance pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, or_, select

from dashboard.core.paging import Wanted
from dashboard.mirror import objects, search
from dashboard.mirror.kinds.balance_transaction import balance_transactions
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.charge import charges
from dashboard.mirror.listing import Listing, passive, within
from dashboard.mirror.membership import payout_transactions
from dashboard.mirror.rows import referred
from dashboard.mirror.short import ShortTransaction, newest
from dashboard.store.books import Book


@dataclass(frozen=True, slots=True)
class TransactionRow:
    """A balance transaction as its line shows it; minor units, UTC seconds.

    ``available_at`` is a date that Stripe writes as 00:00 UTC.
    """

    id: str
    created_at: int
    available_at: int | None
    type: str | None
    category: str | None
    amount_minor: int
    fee_minor: int
    net_minor: int
    currency: str
    source_id: str | None
    description: str | None
    payout_id: str | None


ledger, members = balance_transactions.c, payout_transactions.c


def _in_payout(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Stripe tells a payout's transactions apart from the transactions themselves."""
    inside = payout_transactions.alias().c
    chosen = select(inside.transaction_id).where(
        inside.book_id == ledger.book_id, *within(inside.payout_id, wanted)
    )
    return [ledger.id.in_(chosen.correlate(balance_transactions))]


LISTING = Listing(
    table=balance_transactions,
    row=TransactionRow,
    columns=(
        ledger.id,
        ledger.created_at,
        ledger.available_at,
        ledger.type,
        ledger.reporting_category,
        ledger.amount_minor,
        ledger.fee_minor,
        ledger.net_minor,
        ledger.currency,
        ledger.source_id,
        ledger.description,
        members.payout_id,
    ),
    filters={
        "created": ledger.created_at,
        "category": ledger.reporting_category,
        "currency": ledger.currency,
        "amount": ledger.amount_minor,
        "available": ledger.available_at,
        "type": ledger.type,
        "payout": _in_payout,
    },
    sorts={"created": ledger.created_at},
    source=balance_transactions.outerjoin(
        payout_transactions, referred(balance_transactions, members.transaction_id)
    ),
)


def named(db: Connection, book: Book, word: str) -> str | None:
    """Return the transaction with the id ``word``, or the first one of the source with it."""
    query = (
        select(ledger.id)
        .where(ledger.book_id == book.id, or_(ledger.id == word, ledger.source_id == word))
        .order_by(ledger.created_at, ledger.id)
        .limit(1)
    )
    return db.scalar(query) if "_" in word else None


def matching(db: Connection, book: Book, words: str, most: int = search.MOST) -> tuple[str, ...]:
    """Return the transactions of payments or customers in which every one of ``words`` occurs."""
    paid = search.found(db, book, "payment", words)
    charged = select(charges.c.id).where(
        charges.c.book_id == book.id,
        or_(
            charges.c.payment_intent_id.in_(paid),
            charges.c.id.in_(paid),
            charges.c.customer_id.in_(search.found(db, book, "customer", words)),
        ),
    )
    query = (
        select(ledger.id)
        .where(ledger.book_id == book.id, ledger.source_id.in_(charged))
        .order_by(passive(ledger.created_at).desc(), ledger.id.desc())
        .limit(most)
    )
    return tuple(db.scalars(query))


@dataclass(frozen=True, slots=True)
class Transaction:
    """One balance transaction, its fees, and the other movements of its source."""

    row: TransactionRow
    raw: Raw
    siblings: Sequence[ShortTransaction]


def find(db: Connection, book: Book, id: str) -> Transaction:
    """Return the balance transaction ``id`` of ``book``.

    Raises:
        NotFoundError: the book holds no such transaction.
    """
    row = LISTING.get(db, book, id, "balance transaction")
    raw = objects.find(db, book, balance_transactions, id) or {}
    return Transaction(row, raw, _siblings(db, book, row))


def _siblings(db: Connection, book: Book, row: TransactionRow) -> Sequence[ShortTransaction]:
    if row.source_id is None:
        return []
    others = (ledger.source_id == row.source_id, ledger.id != row.id)
    return newest(db, book, balance_transactions, ShortTransaction, *others)
