"""Reads for the payments pages."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from sqlalchemy import Connection, Select, bindparam, case, func, or_, select, union

from dashboard.core.paging import ALL_FOUND
from dashboard.mirror import objects, search
from dashboard.mirror.kinds.balance_transaction import balance_transactions
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.charge import charges
from dashboard.mirror.kinds.customer import customers
from dashboard.mirror.kinds.dispute import disputes
from dashboard.mirror.kinds.event import events
from dashboard.mirror.kinds.invoice import invoices
from dashboard.mirror.kinds.invoice_payment import invoice_payments
from dashboard.mirror.kinds.payment_intent import payment_intents
from dashboard.mirror.kinds.refund import refunds
from dashboard.mirror.listing import Listing, passive
from dashboard.mirror.measures.counts import payment_counts
from dashboard.mirror.measures.daily import daily_payments
from dashboard.mirror.membership import payout_transactions
from dashboard.mirror.payments import payments
from dashboard.mirror.rows import referred
from dashboard.mirror.short import ShortTransaction, newest
from dashboard.store.books import Book


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment as its line in the list shows it; amounts in minor units, times in UTC seconds."""

    id: str
    created_at: int
    status: str
    amount_minor: int
    refunded_minor: int
    currency: str
    customer_id: str | None
    name: str | None
    email: str | None
    description: str | None
    method: str | None
    brand: str | None
    last4: str | None
    failure_code: str | None


LISTING = Listing(
    table=payments,
    row=PaymentRow,
    columns=(
        payments.c.id,
        payments.c.created_at,
        payments.c.status,
        payments.c.amount_minor,
        payments.c.refunded_minor,
        payments.c.currency,
        payments.c.customer_id,
        func.coalesce(customers.c.name, payments.c.name),
        func.coalesce(customers.c.email, payments.c.email),
        payments.c.description,
        payments.c.method,
        payments.c.brand,
        payments.c.last4,
        payments.c.failure_code,
    ),
    filters={
        "created": payments.c.created_at,
        "status": payments.c.status,
        "amount": payments.c.amount_minor,
        "currency": payments.c.currency,
        "method": payments.c.method,
        "last4": payments.c.last4,
        "customer": payments.c.customer_id,
    },
    sorts={"created": payments.c.created_at, "amount": payments.c.amount_minor},
    source=payments.outerjoin(customers, referred(customers, payments.c.customer_id)),
    counts=payment_counts,
    daily=daily_payments,
)


def named(db: Connection, book: Book, word: str) -> str | None:
    """Return the payment whose own id, or that of a charge or refund of it, is ``word``."""
    if not word.startswith(("pi_", "ch_", "py_", "re_", "pyr_")):
        return None
    query = select(payments.c.id).where(payments.c.book_id == book.id, payments.c.id == word)
    of_charge = select(func.coalesce(charges.c.payment_intent_id, charges.c.id)).where(
        charges.c.book_id == book.id, charges.c.id == word
    )
    of_refund = select(func.coalesce(refunds.c.payment_intent_id, refunds.c.charge_id)).where(
        refunds.c.book_id == book.id, refunds.c.id == word
    )
    return db.scalar(query.union_all(of_charge, of_refund).limit(1))


def matching(db: Connection, book: Book, words: str, most: int = search.MOST) -> tuple[str, ...]:
    """Return the newest payments in which all ``words`` occur, or in whose customer they do."""
    asked = search.read(db, book, words, most)
    return tuple(db.scalars(_matching(asked.shape), asked.parameters))


@cache
def _matching(shape: search.Shape) -> Select[tuple[str]]:
    table = payments.c
    of_texts = search.newest("payment", shape)
    # No payment of a customer that is older than all of these can be among the newest.
    edge = select(
        case((func.count() == shape.most, func.min(of_texts.c.created_at)), else_=0)
    ).select_from(of_texts)
    of_customers = (
        select(table.id, table.created_at)
        .where(
            table.book_id == bindparam("book"),
            table.customer_id.in_(search.statement("customer", replace(shape, most=ALL_FOUND))),
            table.created_at >= edge.scalar_subquery(),
        )
        .order_by(passive(table.created_at).desc(), table.id.desc())
        .limit(shape.most)
        .subquery()
    )
    found = union(select(of_texts), select(of_customers)).subquery().c
    return select(found.id).order_by(found.created_at.desc(), found.id.desc()).limit(shape.most)


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment with all that belongs to it; raw objects as Stripe wrote them."""

    row: PaymentRow
    intent: Raw | None
    charges: Sequence[Raw]
    refunds: Sequence[Raw]
    disputes: Sequence[Raw]
    invoices: Sequence[tuple[str, str | None]]
    transactions: Sequence[ShortTransaction]
    payouts: Sequence[str]
    events: Sequence[Raw]


def find(db: Connection, book: Book, id: str) -> Payment:
    """Return the payment ``id`` of ``book``.

    Raises:
        NotFoundError: the book holds no such payment.
    """
    row = LISTING.get(db, book, id, "payment")
    tries = _tries(db, book, id)
    names = [each["id"] for each in tries]
    refunds_made = objects.where(db, book, refunds, refunds.c.charge_id.in_(names))
    disputes_met = objects.where(db, book, disputes, disputes.c.charge_id.in_(names))
    moved = [*names, *(each["id"] for each in (*refunds_made, *disputes_met))]
    ledger = newest(
        db,
        book,
        balance_transactions,
        ShortTransaction,
        balance_transactions.c.source_id.in_(moved),
        limit=objects.MOST,
    )
    return Payment(
        row=row,
        intent=objects.find(db, book, payment_intents, id),
        charges=tries,
        refunds=refunds_made,
        disputes=disputes_met,
        invoices=_invoices(db, book, id, names),
        transactions=ledger,
        payouts=_payouts(db, book, [each.id for each in ledger]),
        events=objects.where(db, book, events, events.c.object_id.in_([id, *names])),
    )


def _tries(db: Connection, book: Book, payment_id: str) -> Sequence[Raw]:
    of_payment = or_(charges.c.payment_intent_id == payment_id, charges.c.id == payment_id)
    return objects.where(db, book, charges, of_payment)


def _invoices(
    db: Connection, book: Book, payment_id: str, names: Sequence[str]
) -> Sequence[tuple[str, str | None]]:
    """Return id and number of the invoices that the payment pays."""
    pays = or_(
        invoice_payments.c.payment_intent_id == payment_id, invoice_payments.c.charge_id.in_(names)
    )
    query = (
        select(invoices.c.id, invoices.c.number)
        .join(invoice_payments, referred(invoices, invoice_payments.c.invoice_id))
        .where(invoices.c.book_id == book.id, pays)
        .distinct()
    )
    return [(found.id, found.number) for found in db.execute(query)]


def _payouts(db: Connection, book: Book, transactions: Sequence[str]) -> Sequence[str]:
    query = select(payout_transactions.c.payout_id).where(
        payout_transactions.c.book_id == book.id,
        payout_transactions.c.transaction_id.in_(transactions),
    )
    return db.scalars(query.distinct()).all()
