"""Reads for the customers pages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

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
from dashboard.mirror.payments import SUCCESSFUL, payments
from dashboard.mirror.rows import referred
from dashboard.store.books import Book


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer as its line in the list shows it; the balance is credit when negative."""

    id: str
    created_at: int
    name: str | None
    email: str | None
    country: str | None
    currency: str | None
    balance_minor: int
    delinquent: bool
    deleted: bool
    method: str | None
    brand: str | None
    last4: str | None

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
    """Return the customer whose id is ``word``."""
    if not word.startswith("cus_"):
        return None
    query = select(customers.c.id).where(customers.c.book_id == book.id, customers.c.id == word)
    return db.scalar(query)


def matching(db: Connection, book: Book, words: str) -> tuple[str, ...]:
    """Return the customers in whose name or e-mail every one of ``words`` occurs."""
    return search.find(db, book, "customer", words)


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
class Customer:
    """One customer with the newest of all that belongs to it; ``raw`` as Stripe wrote it.

    ``prices`` and ``products`` are those of the subscriptions, by their ids.
    """

    row: CustomerRow
    raw: Raw
    worth: Sequence[LifetimeValue]
    subscriptions: Sequence[Row[Any]]
    prices: Mapping[str, Row[Any]]
    products: Mapping[str, Row[Any]]
    invoices: Sequence[Row[Any]]
    payments: Sequence[Row[Any]]
    methods: Sequence[Row[Any]]
    events: Sequence[Raw]


def find(db: Connection, book: Book, id: str) -> Customer:
    """Return the customer ``id`` of ``book``, also a deleted one.

    Raises:
        NotFoundError: the book holds no such customer.
    """
    row = LISTING.find(db, book, id)
    if row is None:
        raise NotFoundError(f"There is no customer {id} in this account.")
    agreed = objects.lines(db, book, subscriptions, subscriptions.c.customer_id == id)
    methods = payment_methods.c.customer_id == id
    return Customer(
        row=row,
        raw=objects.find(db, book, customers, id) or {},
        worth=lifetime_values(db, book, id),
        subscriptions=agreed,
        prices=_by_id(db, book, prices, (each.price_id for each in agreed)),
        products=_by_id(db, book, products, (each.product_id for each in agreed)),
        invoices=objects.lines(db, book, invoices, invoices.c.customer_id == id),
        payments=objects.lines(db, book, payments, payments.c.customer_id == id),
        methods=objects.lines(db, book, payment_methods, methods, ~payment_methods.c.deleted),
        events=objects.where(db, book, events, events.c.object_id == id, limit=20),
    )


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


def _by_id(
    db: Connection, book: Book, table: Any, ids: Iterable[str | None]
) -> Mapping[str, Row[Any]]:
    named = {id for id in ids if id}
    return {each.id: each for each in objects.lines(db, book, table, table.c.id.in_(named))}
