"""Reads for the customers pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, func, null, select

from dashboard.core.errors import NotFoundError
from dashboard.mirror import objects, search
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.customer import customers
from dashboard.mirror.kinds.event import events
from dashboard.mirror.kinds.invoice import invoices
from dashboard.mirror.kinds.payment_method import payment_methods
from dashboard.mirror.kinds.price import prices
from dashboard.mirror.kinds.product import products
from dashboard.mirror.kinds.subscription import subscriptions
from dashboard.mirror.listing import Listing, either
from dashboard.mirror.measures import mrr_changes
from dashboard.mirror.payments import SUCCESSFUL, payments
from dashboard.mirror.prices import PRICED, Priced
from dashboard.mirror.rows import referred
from dashboard.mirror.short import Short, ShortInvoice, ShortPayment, newest
from dashboard.store.books import Book

SHOWN = 10


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer as its line in the list shows it; the balance is credit when negative.

    Only of a customer that the mirror does not hold it is unknown when it was created.
    """

    id: str
    created_at: int | None
    name: str | None
    email: str | None
    country: str | None = None
    currency: str | None = None
    balance_minor: int = 0
    delinquent: bool = False
    deleted: bool = False
    method: str | None = None
    brand: str | None = None
    last4: str | None = None

    @property
    def title(self) -> str:
        """The best name that we have for the customer."""
        return self.name or self.email or self.id


LISTING = Listing(
    table=customers,
    row=CustomerRow,
    columns=(
        customers.c.id,
        customers.c.created_at,
        customers.c.name,
        customers.c.email,
        customers.c.country,
        customers.c.currency,
        customers.c.balance_minor,
        customers.c.delinquent,
        customers.c.deleted,
        payment_methods.c.type,
        payment_methods.c.brand,
        payment_methods.c.last4,
    ),
    filters={
        "created": customers.c.created_at,
        "country": customers.c.country,
        "currency": customers.c.currency,
        "delinquent": either(customers.c.delinquent),
    },
    sorts={"created": customers.c.created_at},
    source=customers.outerjoin(
        payment_methods, referred(payment_methods, customers.c.default_payment_method_id)
    ),
    scope=(~customers.c.deleted,),
)


def named(db: Connection, book: Book, word: str) -> str | None:
    """Return the customer whose id is ``word``, also one that is only named by others."""
    if not word.startswith("cus_"):
        return None
    query = select(customers.c.id).where(customers.c.book_id == book.id, customers.c.id == word)
    return db.scalar(query) or (word if _traced(db, book, word) else None)


def matching(db: Connection, book: Book, words: str, most: int = search.MOST) -> tuple[str, ...]:
    """Return the customers in whose name or e-mail every one of ``words`` occurs."""
    return search.find(db, book, "customer", words, most)


@dataclass(frozen=True, slots=True)
class LifetimeValue:
    """What a customer's payments in one currency brought and what of it went back (minor units).

    Disputes and Stripe's fees are not taken off.
    """

    currency: str
    count: int
    paid_minor: int
    refunded_minor: int

    @property
    def net_minor(self) -> int:
        """What is left of it."""
        return self.paid_minor - self.refunded_minor


@dataclass(frozen=True, slots=True)
class Agreement(Priced):
    """A subscription as its customer's page shows it; MRR in minor units, times in UTC seconds.

    Product and price are those of its first item.
    """

    id: str
    status: str | None
    product: str | None
    mrr_minor: int
    currency: str | None
    started_at: int
    period_end_at: int | None
    cancel_at: int | None
    cancel_at_period_end: bool
    ended_at: int | None

    @property
    def title(self) -> str:
        """The best name that we have for it."""
        return self.product or self.id

    @property
    def ends_at(self) -> int | None:
        """When a scheduled cancellation will end it (UTC seconds)."""
        if self.cancel_at or not self.cancel_at_period_end:
            return self.cancel_at
        return self.period_end_at


@dataclass(frozen=True, slots=True)
class ShortMethod(Short):
    """A means of payment that the customer has."""

    type: str | None
    brand: str | None
    last4: str | None
    exp_month: int | None
    exp_year: int | None


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer with the newest of all that belongs to it; ``raw`` as Stripe wrote it.

    Without ``raw`` the mirror does not hold it, and only what names it is known.
    """

    row: CustomerRow
    raw: Raw | None
    worth: Sequence[LifetimeValue]
    agreements: Sequence[Agreement]
    invoices: Sequence[ShortInvoice]
    payments: Sequence[ShortPayment]
    methods: Sequence[ShortMethod]
    events: Sequence[Raw]


def find(db: Connection, book: Book, id: str) -> Customer:
    """Return the customer ``id`` of ``book``, also a deleted one, or one that is only named.

    Raises:
        NotFoundError: the book holds no such customer, and nothing names it.
    """
    row = LISTING.find(db, book, id) or _traced(db, book, id)
    if row is None:
        raise NotFoundError(f"There is no customer {id} in this account.")
    is_kept = and_(payment_methods.c.customer_id == id, ~payment_methods.c.deleted)
    return Customer(
        row=row,
        raw=objects.find(db, book, customers, id),
        worth=lifetime_values(db, book, id),
        agreements=_agreements(db, book, id),
        invoices=newest(db, book, invoices, ShortInvoice, invoices.c.customer_id == id),
        payments=newest(db, book, payments, ShortPayment, payments.c.customer_id == id),
        methods=newest(db, book, payment_methods, ShortMethod, is_kept),
        events=objects.where(db, book, events, events.c.object_id == id, limit=20),
    )


def _traced(db: Connection, book: Book, id: str) -> CustomerRow | None:
    """Return what payments, invoices or subscriptions tell of a customer that they name."""
    found: list[tuple[str | None, str | None]] = []
    for table, name, email in (
        (payments, payments.c.name, payments.c.email),
        (invoices, invoices.c.customer_name, invoices.c.customer_email),
        (subscriptions, null(), null()),
    ):
        query = (
            select(name, email)
            .where(table.c.book_id == book.id, table.c.customer_id == id)
            .order_by(table.c.created_at.desc())
            .limit(1)
        )
        found += db.execute(query)
    if not found:
        return None
    names, emails = zip(*found, strict=True)
    return CustomerRow(id, None, next(filter(None, names), None), next(filter(None, emails), None))


def lifetime_values(db: Connection, book: Book, id: str) -> list[LifetimeValue]:
    """Return what the customer is worth so far, for each currency, the largest count first."""
    query = (
        select(
            payments.c.currency,
            func.count(),
            func.sum(payments.c.captured_minor),
            func.sum(payments.c.refunded_minor),
        )
        .where(
            payments.c.book_id == book.id,
            payments.c.customer_id == id,
            payments.c.status.in_(SUCCESSFUL),
        )
        .group_by(payments.c.currency)
        .order_by(func.count().desc(), payments.c.currency)
    )
    return [
        LifetimeValue(currency, count, int(paid), int(refunded))
        for currency, count, paid, refunded in db.execute(query)
    ]


def _agreements(db: Connection, book: Book, id: str) -> list[Agreement]:
    table = subscriptions.c
    query: Select[Any] = (
        select(
            *PRICED,
            table.id,
            table.status,
            products.c.name,
            mrr_changes.at_present(table.book_id, table.id),
            table.currency,
            func.coalesce(table.started_at, table.created_at),
            table.current_period_end_at,
            table.cancel_at,
            table.cancel_at_period_end,
            table.ended_at,
        )
        .select_from(
            subscriptions.outerjoin(products, referred(products, table.product_id)).outerjoin(
                prices, referred(prices, table.price_id)
            )
        )
        .where(table.book_id == book.id, table.customer_id == id)
        .order_by(table.created_at.desc(), table.id.desc())
        .limit(SHOWN)
    )
    return [Agreement(*line) for line in db.execute(query)]
