"""What subscriptions name by id only: coupons, tiers, discounts, found in the mirror.

Stripe lists no discounts; they are picked up wherever one is told in full.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    select,
)

from dashboard.core import db as database
from dashboard.mirror import objects
from dashboard.mirror.changes import Change
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.coupon import coupons
from dashboard.mirror.kinds.price import prices
from dashboard.mirror.kinds.read import members, text
from dashboard.mirror.measures.terms import Library
from dashboard.mirror.rows import among
from dashboard.store.books import Book

discounts = Table(
    "discounts",
    database.metadata,
    Column("book_id", Integer, ForeignKey("books.id"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("customer_id", Text),
    Column("body", LargeBinary, nullable=False),
    Index(None, "book_id", "customer_id"),
)
"""Discounts as JSON by their id; ``customer_id`` where it is the running one of a customer."""


def of(db: Connection, book: Book, customer_ids: Iterable[str]) -> Library:
    """Return what finds prices, coupons and discounts; customers' discounts are read ahead."""
    running = _of_customers(db, book, set(customer_ids))
    return Library(
        price=cache(lambda id: objects.find(db, book, prices, id)),
        coupon=cache(lambda id: objects.find(db, book, coupons, id)),
        discount=cache(lambda id: _discount(db, book, id)),
        customer_discount=running.get,
    )


def keep(db: Connection, book: Book, told: Iterable[Raw]) -> set[str]:
    """Keep discounts that were told in full; return the ids of those that are news."""
    bodies = {id: raw for raw in told if (id := text(raw.get("id")))}
    if not bodies:
        return set()
    known = _bodies(db, book, bodies)
    news = {id: raw for id, raw in bodies.items() if known.get(id) != orjson.dumps(raw)}
    _write(db, book, [(raw, None) for raw in news.values()], ("body",))
    return set(news)


def keep_of_customers(db: Connection, book: Book, changes: Sequence[Change]) -> list[str]:
    """Keep the customers' running discounts; return the customers for whom that is news."""
    names = [change.after["id"] for change in changes]
    known = _of_customers(db, book, names)
    running = {
        change.after["id"]: raw
        for change in changes
        if isinstance(raw := change.raw.get("discount"), Mapping)
    }
    moved = [name for name in names if known.get(name) != running.get(name)]
    table = discounts
    for name in moved:
        db.execute(
            table.update()
            .where(table.c.book_id == book.id, table.c.customer_id == name)
            .values(customer_id=None)
        )
    news = [(running[name], name) for name in moved if name in running]
    _write(db, book, news, ("customer_id", "body"))
    return moved


def told_in(raw: Raw) -> Iterator[Raw]:
    """Yield the discounts that a subscription tells in full."""
    return (given for given in named_in(raw) if isinstance(given, Mapping))


def named_in(raw: Raw) -> Iterator[Raw | str]:
    """Yield the discounts of a subscription and of its items, in full or by id."""
    for holder in (raw, *members(raw.get("items"))):
        listed = holder.get("discounts")
        for given in (*(listed if isinstance(listed, list) else ()), holder.get("discount")):
            if isinstance(given, Mapping | str) and given:
                yield given


def _write(
    db: Connection,
    book: Book,
    told: Sequence[tuple[Raw, str | None]],
    columns: tuple[str, ...],
) -> None:
    rows = {
        id: {"book_id": book.id, "id": id, "customer_id": customer, "body": orjson.dumps(raw)}
        for raw, customer in told
        if (id := text(raw.get("id")) or customer)
    }
    if rows:
        statement = database.insert(db, discounts)
        written = {name: statement.excluded[name] for name in columns}
        db.execute(
            statement.on_conflict_do_update(index_elements=["book_id", "id"], set_=written),
            list(rows.values()),
        )


def _discount(db: Connection, book: Book, id: str) -> Raw | None:
    query = select(discounts.c.body).where(discounts.c.book_id == book.id, discounts.c.id == id)
    body = db.scalar(query)
    return None if body is None else _loaded(body)


def _bodies(db: Connection, book: Book, ids: Iterable[str]) -> dict[str, bytes]:
    query = select(discounts.c.id, discounts.c.body).where(
        discounts.c.book_id == book.id, among(db, discounts.c.id, ids)
    )
    return dict(db.execute(query).all())


def _of_customers(db: Connection, book: Book, ids: Iterable[str]) -> dict[str, Raw]:
    query = select(discounts.c.customer_id, discounts.c.body).where(
        discounts.c.book_id == book.id, among(db, discounts.c.customer_id, ids)
    )
    return {name: _loaded(body) for name, body in db.execute(query)}


def _loaded(body: bytes) -> dict[str, Any]:
    loaded: dict[str, Any] = orjson.loads(body)
    return loaded
