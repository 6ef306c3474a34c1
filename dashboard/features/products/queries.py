"""Reads for the products pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from dashboard.mirror import objects, search
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.event import events
from dashboard.mirror.kinds.price import prices
from dashboard.mirror.kinds.product import products
from dashboard.mirror.kinds.subscription import subscriptions
from dashboard.mirror.kinds.subscription_item import subscription_items
from dashboard.mirror.listing import Listing, either
from dashboard.mirror.prices import PRICED, Priced
from dashboard.mirror.rows import referred
from dashboard.mirror.subscriptions import selling
from dashboard.store.books import Book


@dataclass(frozen=True, slots=True)
class ProductRow(Priced):
    """A product as its line in the list shows it, with its default price."""

    id: str
    created_at: int
    name: str | None
    active: bool
    deleted: bool
    description: str | None
    price_count: int

    @property
    def title(self) -> str:
        """The best name that we have for the product."""
        return self.name or self.id

    @property
    def status(self) -> str:
        """Whether it can be sold, in one word."""
        if self.deleted:
            return "deleted"
        return "active" if self.active else "archived"


of_product = prices.alias("of_product")
LISTING = Listing(
    table=products,
    row=ProductRow,
    columns=(
        *PRICED,
        products.c.id,
        products.c.created_at,
        products.c.name,
        products.c.active,
        products.c.deleted,
        products.c.description,
        select(func.count())
        .where(
            of_product.c.book_id == products.c.book_id,
            of_product.c.product_id == products.c.id,
            ~of_product.c.deleted,
        )
        .scalar_subquery(),
    ),
    filters={
        "created": products.c.created_at,
        "status": either(products.c.active, "active", "archived"),
    },
    sorts={"created": products.c.created_at},
    source=products.outerjoin(prices, referred(prices, products.c.default_price_id)),
    scope=(~products.c.deleted,),
)


def named(db: Connection, book: Book, word: str) -> str | None:
    """Return the product whose id, or whose price's id, is ``word``."""
    if not word.startswith(("prod_", "price_", "plan_")):
        return None
    query = select(products.c.id).where(products.c.book_id == book.id, products.c.id == word)
    of_price = select(prices.c.product_id).where(prices.c.book_id == book.id, prices.c.id == word)
    return db.scalar(query.union_all(of_price).limit(1))


def matching(db: Connection, book: Book, words: str, most: int = search.MOST) -> tuple[str, ...]:
    """Return the products in whose name or description every one of ``words`` occurs."""
    return search.find(db, book, "product", words, most)


@dataclass(frozen=True, slots=True)
class Product:
    """One product with its prices, newest first, and who subscribes to it.

    ``subscribed`` counts subscriptions by their status, ``subscribed_to`` by the price's id.
    """

    row: ProductRow
    raw: Raw
    prices: Sequence[Raw]
    subscribed: Mapping[str, int]
    subscribed_to: Mapping[str, int]
    events: Sequence[Raw]


def find(db: Connection, book: Book, id: str) -> Product:
    """Return the product ``id`` of ``book``, also a deleted one.

    Raises:
        NotFoundError: the book holds no such product.
    """
    row = LISTING.get(db, book, id, "product")
    return Product(
        row=row,
        raw=objects.find(db, book, products, id) or {},
        prices=objects.where(db, book, prices, prices.c.product_id == id, ~prices.c.deleted),
        subscribed=_subscribed(db, book, id),
        subscribed_to=_subscribed_to(db, book, id),
        events=objects.where(db, book, events, events.c.object_id == id, limit=20),
    )


def _subscribed(db: Connection, book: Book, id: str) -> Mapping[str, int]:
    query = (
        select(func.coalesce(subscriptions.c.status, "unknown"), func.count())
        .where(subscriptions.c.book_id == book.id, selling("product_id", (id,)))
        .group_by(subscriptions.c.status)
    )
    return dict(db.execute(query).all())


def _subscribed_to(db: Connection, book: Book, id: str) -> Mapping[str, int]:
    items = subscription_items
    query = (
        select(items.c.price_id, func.count(items.c.subscription_id.distinct()))
        .where(items.c.book_id == book.id, items.c.product_id == id, ~items.c.deleted)
        .group_by(items.c.price_id)
    )
    return dict(db.execute(query).all())
