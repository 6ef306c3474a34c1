"""Reads for the subscriptions pages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, Connection, cast, func, select

from dashboard.mirror import objects, search
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.coupon import coupons
from dashboard.mirror.kinds.customer import customers
from dashboard.mirror.kinds.event import events
from dashboard.mirror.kinds.invoice import invoices
from dashboard.mirror.kinds.price import prices
from dashboard.mirror.kinds.product import products
from dashboard.mirror.kinds.read import dig, members, ref
from dashboard.mirror.kinds.subscription import subscriptions
from dashboard.mirror.kinds.subscription_item import price_of, subscription_items
from dashboard.mirror.listing import Listing, either, passive
from dashboard.mirror.measures import library, mrr_changes
from dashboard.mirror.measures.terms import Library
from dashboard.mirror.prices import PRICED, Priced
from dashboard.mirror.rows import referred
from dashboard.mirror.short import ShortInvoice, newest
from dashboard.mirror.subscriptions import selling
from dashboard.store.books import Book

RENEWING = frozenset(("active", "trialing", "past_due", "unpaid"))
"""Statuses in which a period is followed by another."""


@dataclass(frozen=True, slots=True)
class SubscriptionRow(Priced):
    """A subscription as its line in the list shows it; product and price are its first item's.

    ``mrr_minor`` is its MRR at present, in minor units of its currency.
    """

    id: str
    created_at: int
    status: str | None
    customer_id: str | None
    name: str | None
    email: str | None
    product_id: str | None
    product: str | None
    item_count: int
    quantity: int | None
    mrr_minor: int
    currency: str | None
    collection_method: str | None
    period_end_at: int | None
    cancel_at: int | None
    cancel_at_period_end: bool
    canceled_at: int | None
    ended_at: int | None
    trial_end_at: int | None
    pause_behavior: str | None

    @property
    def ends_at(self) -> int | None:
        """When it ended or, once a cancellation is scheduled, will end (UTC seconds)."""
        if self.ended_at:
            return self.ended_at
        if self.cancel_at or not self.cancel_at_period_end:
            return self.cancel_at
        return self.period_end_at

    @property
    def renews_at(self) -> int | None:
        """When the next period begins, if one will (UTC seconds)."""
        return self.period_end_at if self.status in RENEWING and not self.ends_at else None

    @property
    def is_paused(self) -> bool:
        """Whether its invoices are not collected at the moment."""
        return bool(self.pause_behavior) and not self.ended_at


QUANTITY = (
    select(cast(func.sum(subscription_items.c.quantity), BigInteger))
    .where(
        subscription_items.c.book_id == subscriptions.c.book_id,
        subscription_items.c.subscription_id == subscriptions.c.id,
        ~subscription_items.c.deleted,
    )
    .scalar_subquery()
)
LISTING = Listing(
    table=subscriptions,
    row=SubscriptionRow,
    columns=(
        *PRICED,
        subscriptions.c.id,
        subscriptions.c.created_at,
        subscriptions.c.status,
        subscriptions.c.customer_id,
        customers.c.name,
        customers.c.email,
        subscriptions.c.product_id,
        products.c.name,
        subscriptions.c.item_count,
        QUANTITY,
        mrr_changes.at_present(subscriptions.c.book_id, subscriptions.c.id),
        subscriptions.c.currency,
        subscriptions.c.collection_method,
        subscriptions.c.current_period_end_at,
        subscriptions.c.cancel_at,
        subscriptions.c.cancel_at_period_end,
        subscriptions.c.canceled_at,
        subscriptions.c.ended_at,
        subscriptions.c.trial_end_at,
        subscriptions.c.pause_behavior,
    ),
    filters={
        "created": subscriptions.c.created_at,
        "status": subscriptions.c.status,
        "customer": subscriptions.c.customer_id,
        "product": lambda wanted: [selling("product_id", wanted)],
        "price": lambda wanted: [selling("price_id", wanted)],
        "currency": subscriptions.c.currency,
        "collection": subscriptions.c.collection_method,
        "cancels": either(subscriptions.c.is_to_end),
    },
    sorts={"created": subscriptions.c.created_at},
    source=subscriptions.outerjoin(customers, referred(customers, subscriptions.c.customer_id))
    .outerjoin(products, referred(products, subscriptions.c.product_id))
    .outerjoin(prices, referred(prices, subscriptions.c.price_id)),
)


def named(db: Connection, book: Book, word: str) -> str | None:
    """Return the subscription whose own id, or whose item's id, is ``word``."""
    if not word.startswith(("sub_", "si_")):
        return None
    items = subscription_items
    own = select(subscriptions.c.id).where(
        subscriptions.c.book_id == book.id, subscriptions.c.id == word
    )
    of_item = select(items.c.subscription_id).where(items.c.book_id == book.id, items.c.id == word)
    return db.scalar(own.union_all(of_item).limit(1))


def matching(db: Connection, book: Book, words: str, most: int = search.MOST) -> tuple[str, ...]:
    """Return subscriptions of customers in whose name or e-mail every one of ``words`` occurs."""
    query = (
        select(subscriptions.c.id)
        .where(
            subscriptions.c.book_id == book.id,
            subscriptions.c.customer_id.in_(search.found(db, book, "customer", words)),
        )
        .order_by(passive(subscriptions.c.created_at).desc(), subscriptions.c.id.desc())
        .limit(most)
    )
    return tuple(db.scalars(query))


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription with all that belongs to it; ``raw`` as Stripe wrote it.

    ``products`` and ``coupons`` are those that the mirror holds, products with their names.
    """

    row: SubscriptionRow
    raw: Raw
    items: Sequence[Raw]
    products: Mapping[str, str | None]
    discounts: Sequence[Raw]
    coupons: frozenset[str]
    invoices: Sequence[ShortInvoice]
    events: Sequence[Raw]


def find(db: Connection, book: Book, id: str) -> Subscription:
    """Return the subscription ``id`` of ``book``.

    Raises:
        NotFoundError: the book holds no such subscription.
    """
    row = LISTING.get(db, book, id, "subscription")
    raw = objects.find(db, book, subscriptions, id) or {}
    items = list(members(raw.get("items"))) or ([raw] if price_of(raw) else [])
    told = library.of(db, book, [row.customer_id] if row.customer_id else [])
    discounts = [*_discounts(raw, told), *_discounts_of(items, told)]
    return Subscription(
        row=row,
        raw=raw,
        items=items,
        products=_names(db, book, items),
        discounts=discounts,
        coupons=objects.held(db, book, coupons, (ref(each["coupon"]) for each in discounts)),
        invoices=newest(db, book, invoices, ShortInvoice, invoices.c.subscription_id == id),
        events=objects.where(db, book, events, events.c.object_id == id, limit=50),
    )


def _discounts_of(items: Sequence[Raw], told: Library) -> Iterator[Raw]:
    for item in items:
        yield from _discounts(item, told)


def _discounts(raw: Raw, told: Library) -> Iterator[Raw]:
    """Yield an object's discounts, filled in where Stripe named discount or coupon by id only."""
    listed = raw.get("discounts")
    for given in listed if listed and isinstance(listed, list) else [raw.get("discount")]:
        discount = (told.discount(given) or {"id": given}) if isinstance(given, str) else given
        if isinstance(discount, Mapping):
            coupon = dig(discount, "source", "coupon") or discount.get("coupon")
            found = told.coupon(coupon) if isinstance(coupon, str) else None
            yield {**discount, "coupon": found or coupon, "source": None}


def _names(db: Connection, book: Book, items: Sequence[Raw]) -> Mapping[str, str | None]:
    ids = {ref(dig(price_of(item), "product")) for item in items} - {None}
    query = select(products.c.id, products.c.name).where(
        products.c.book_id == book.id, products.c.id.in_(ids)
    )
    return dict(db.execute(query).all())
