"""Reads for the invoices pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from dashboard.core import clock
from dashboard.core.paging import Wanted
from dashboard.mirror import objects, search
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.customer import customers
from dashboard.mirror.kinds.event import events
from dashboard.mirror.kinds.invoice import invoices, standing
from dashboard.mirror.kinds.invoice_payment import invoice_payments
from dashboard.mirror.kinds.line_item import line_items
from dashboard.mirror.kinds.product import products
from dashboard.mirror.kinds.read import dig, members
from dashboard.mirror.kinds.subscription import subscriptions
from dashboard.mirror.listing import Listing, either
from dashboard.mirror.payments import payments
from dashboard.mirror.rows import referred
from dashboard.store.books import Book


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice as its line in the list shows it; amounts in minor units, times in UTC seconds."""

    id: str
    created_at: int
    number: str | None
    status: str | None
    total_minor: int
    amount_due_minor: int
    amount_paid_minor: int
    amount_remaining_minor: int
    currency: str | None
    customer_id: str | None
    name: str | None
    email: str | None
    subscription_id: str | None
    due_at: int | None
    finalized_at: int | None
    paid_at: int | None
    billing_reason: str | None
    collection_method: str | None
    attempt_count: int | None
    next_attempt_at: int | None

    @property
    def standing(self) -> str | None:
        """Its status, or ``overdue`` when it is open past its due date."""
        return standing(self)


def overdue(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Open invoices whose due date has passed are overdue; without a due date none is."""
    is_due = and_(invoices.c.due_at.is_not(None), invoices.c.due_at < clock.seconds())
    if wanted == ("yes",):
        return [invoices.c.status == "open", is_due]
    is_open = and_(invoices.c.status.is_not(None), invoices.c.status == "open")
    return either(and_(is_open, is_due))(wanted)


LISTING = Listing(
    table=invoices,
    row=InvoiceRow,
    columns=(
        invoices.c.id,
        invoices.c.created_at,
        invoices.c.number,
        invoices.c.status,
        invoices.c.total_minor,
        invoices.c.amount_due_minor,
        invoices.c.amount_paid_minor,
        invoices.c.amount_remaining_minor,
        invoices.c.currency,
        invoices.c.customer_id,
        func.coalesce(invoices.c.customer_name, customers.c.name),
        func.coalesce(invoices.c.customer_email, customers.c.email),
        invoices.c.subscription_id,
        invoices.c.due_at,
        invoices.c.finalized_at,
        invoices.c.paid_at,
        invoices.c.billing_reason,
        invoices.c.collection_method,
        invoices.c.attempt_count,
        invoices.c.next_attempt_at,
    ),
    filters={
        "created": invoices.c.created_at,
        "due": invoices.c.due_at,
        "status": invoices.c.status,
        "overdue": overdue,
        "amount": invoices.c.total_minor,
        "currency": invoices.c.currency,
        "customer": invoices.c.customer_id,
        "subscription": invoices.c.subscription_id,
    },
    sorts={"created": invoices.c.created_at, "amount": invoices.c.total_minor},
    source=invoices.outerjoin(customers, referred(customers, invoices.c.customer_id)),
    scope=(~invoices.c.deleted,),
)


def named(db: Connection, book: Book, word: str) -> str | None:
    """Return the invoice whose id or whole number is ``word``."""
    if not word.startswith("in_") and "-" not in word:
        return None
    is_named = or_(invoices.c.id == word, invoices.c.number == word.upper())
    query = select(invoices.c.id).where(invoices.c.book_id == book.id, is_named).limit(2)
    found = db.scalars(query).all()
    return found[0] if len(found) == 1 else None


def matching(db: Connection, book: Book, words: str, most: int = search.MOST) -> tuple[str, ...]:
    """Return the invoices in whose number, customer's name or e-mail all ``words`` occur."""
    return search.find(db, book, "invoice", words, most)


@dataclass(frozen=True, slots=True)
class Settlement:
    """A payment of an invoice: its id, what of it went to the invoice, and how it stands."""

    payment_id: str | None
    amount_minor: int
    currency: str | None
    status: str | None
    at: int
    method: str | None
    brand: str | None
    last4: str | None


@dataclass(frozen=True, slots=True)
class Invoice:
    """One invoice with all that belongs to it; raw objects as Stripe wrote them.

    ``subscriptions`` holds the one that it bills, if the mirror does.
    """

    row: InvoiceRow
    raw: Raw
    lines: Sequence[Raw]
    settlements: Sequence[Settlement]
    events: Sequence[Raw]
    subscriptions: frozenset[str]


def find(db: Connection, book: Book, id: str) -> Invoice:
    """Return the invoice ``id`` of ``book``.

    Raises:
        NotFoundError: the book holds no such invoice.
    """
    row = LISTING.get(db, book, id, "invoice")
    raw = objects.find(db, book, invoices, id) or {}
    return Invoice(
        row=row,
        raw=raw,
        lines=_lines(db, book, raw, id),
        settlements=_settlements(db, book, id),
        events=objects.where(db, book, events, events.c.object_id == id, limit=50),
        subscriptions=objects.held(db, book, subscriptions, [row.subscription_id]),
    )


def products_held(db: Connection, book: Book, ids: Iterable[str | None]) -> frozenset[str]:
    """Return those products of an invoice's lines that have a page."""
    return objects.held(db, book, products, ids)


def _lines(db: Connection, book: Book, raw: Raw, id: str) -> Sequence[Raw]:
    """Stripe puts the first lines into the invoice, in order; the mirror has those it was told."""
    if dig(raw, "lines", "has_more"):
        kept = line_items.c.invoice_id == id
        return objects.where(db, book, line_items, kept, ~line_items.c.deleted)
    return list(members(raw.get("lines")))


def _settlements(db: Connection, book: Book, id: str) -> Sequence[Settlement]:
    paid = invoice_payments
    query = (
        select(
            paid.c.payment_id,
            func.coalesce(func.nullif(paid.c.amount_paid_minor, 0), paid.c.amount_requested_minor),
            func.coalesce(paid.c.currency, payments.c.currency),
            func.coalesce(payments.c.status, paid.c.status),
            func.coalesce(paid.c.paid_at, paid.c.created_at),
            payments.c.method,
            payments.c.brand,
            payments.c.last4,
        )
        .select_from(paid.outerjoin(payments, referred(payments, paid.c.payment_id)))
        .where(paid.c.book_id == book.id, paid.c.invoice_id == id, ~paid.c.deleted)
        .order_by(paid.c.created_at.desc(), paid.c.id.desc())
        .limit(100)
    )
    return [Settlement(*line) for line in db.execute(query)]
