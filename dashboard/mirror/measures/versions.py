"""Every state in which we ever knew a subscription: what its MRR history is told from.

Events bring most; an object that differs from the last state without an event is one too, so that
history does not move when news was missed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    func,
    select,
)

from dashboard.core import db as database
from dashboard.mirror.changes import Change
from dashboard.mirror.kinds.base import Raw, Row
from dashboard.mirror.kinds.read import dig, members, moment, ref, text
from dashboard.mirror.measures import library
from dashboard.mirror.measures.history import Cause, Version
from dashboard.mirror.measures.terms import Library, Terms, read
from dashboard.mirror.rows import among
from dashboard.store.books import Book

PREFIX = "customer.subscription."
PORTION = 500
ORDER = {Cause.CREATED: 0, Cause.DELETED: 2}
"""Within one second the creation comes first and the deletion last."""

subscription_versions = Table(
    "subscription_versions",
    database.metadata,
    Column("book_id", Integer, ForeignKey("books.id"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("subscription_id", Text, nullable=False),
    Column("customer_id", Text),
    Column("known_at", BigInteger, nullable=False),
    Column("arrival", BigInteger, nullable=False),
    Column("cause", Text, nullable=False),
    Column("discounted", Boolean, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(None, "book_id", "subscription_id"),
    Index(None, "book_id", "customer_id"),
)
"""One row for each event (its id) or sighting; ``arrival`` orders the news of one second.

``discounted`` marks what depends on coupons.
"""

OF_ITEM = ("price", "plan", "quantity", "discounts", "tax_rates")
OF_PERIOD = ("current_period_start", "current_period_end")
OF_SUBSCRIPTION = ("status", "currency", "customer", "items", "plan", "quantity")
OF_MONEY = ("discounts", "discount", "default_tax_rates")
OF_TIME = ("cancel_at_period_end", "cancel_at", "canceled_at", "ended_at", "trial_end")
OF_START = ("pause_collection", "start_date", "start", "created")
KEPT = frozenset((*OF_SUBSCRIPTION, *OF_MONEY, *OF_TIME, *OF_START, *OF_PERIOD))
KEPT_OF_ITEM = frozenset((*OF_ITEM, *OF_PERIOD))
"""What decides MRR; nothing else of a subscription is kept a second time."""


@dataclass(frozen=True, slots=True)
class Known:
    """What we know of one subscription, oldest first."""

    subscription: str
    customer: str
    currency: str
    versions: list[Version]


def keep_events(db: Connection, book: Book, events: Iterable[Raw]) -> list[str]:
    """Keep the states that subscription events tell; return which subscriptions they are of."""
    rows: dict[str, Row] = {}
    telling = [each for each in events if (text(each.get("type")) or "").startswith(PREFIX)]
    arrival = _next_arrival(db, book) if telling else 0
    for event in telling:
        told = dig(event, "data", "object")
        if name := ref(told):
            row = _row(book, str(event["id"]), name, told, moment(event.get("created")) or 0)
            rows.setdefault(row["id"], {**row, "cause": _cause(event), "arrival": arrival})
            arrival += 1
    _write(db, rows, corrected=False)
    return list(dict.fromkeys(row["subscription_id"] for row in rows.values()))


def keep_sightings(db: Connection, book: Book, changes: Sequence[Change]) -> list[str]:
    """Keep the objects that say something else than the last state known; return which.

    Those that tell in full a discount which was known by its id only say something new, too.
    """
    seen = {change.after["id"]: change for change in changes}
    told = {name: list(library.told_in(change.raw)) for name, change in seen.items()}
    news = library.keep(db, book, chain.from_iterable(told.values()))
    known = _rows_of(db, book, list(seen))
    shelf = library.of(db, book, (row["customer_id"] or "" for row in known))
    latest = {
        row["subscription_id"]: row
        for row in known
        if row["known_at"] <= seen[row["subscription_id"]].after["seen_at"]
    }
    rows: dict[str, Row] = {}
    arrival = _next_arrival(db, book)
    for name, change in seen.items():
        raw = _raw_of(change, latest.get(name))
        if raw is not None and not _says_the_same(latest.get(name), raw, shelf):
            row = _sighting(book, change, raw, latest.get(name))
            rows[row["id"]] = {**row, "arrival": arrival + len(rows)}
    _write(db, rows, corrected=True)
    explained = [name for name, given in told.items() if news & {ref(each) for each in given}]
    return [*(row["subscription_id"] for row in rows.values()), *explained]


def portions(subscription_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the ids in portions of which all that is known fits into memory."""
    for start in range(0, len(subscription_ids), PORTION):
        yield subscription_ids[start : start + PORTION]


def load(db: Connection, book: Book, subscription_ids: Sequence[str]) -> list[Known]:
    """Return what we know of these subscriptions."""
    rows = _rows_of(db, book, subscription_ids)
    shelf = library.of(db, book, (row["customer_id"] or "" for row in rows))
    return [
        _known(name, list(group), shelf)
        for name, group in groupby(rows, key=lambda row: str(row["subscription_id"]))
    ]


def every_subscription(db: Connection, book: Book) -> list[str]:
    """Return the ids of all subscriptions that we know something of."""
    column = subscription_versions.c.subscription_id
    query = select(column).where(subscription_versions.c.book_id == book.id).distinct()
    return list(db.scalars(query.order_by(column)))


def with_discounts(db: Connection, book: Book) -> list[str]:
    """Return the ids of the subscriptions that ever had discounts of their own."""
    table = subscription_versions.c
    query = select(table.subscription_id).where(table.book_id == book.id, table.discounted)
    return list(db.scalars(query.distinct()))


def of_customers(db: Connection, book: Book, customer_ids: Sequence[str]) -> list[str]:
    """Return the ids of these customers' subscriptions."""
    table = subscription_versions.c
    query = (
        select(table.subscription_id)
        .where(table.book_id == book.id, among(db, table.customer_id, customer_ids))
        .distinct()
    )
    return list(db.scalars(query))


def _known(name: str, rows: Sequence[Row], shelf: Library) -> Known:
    versions = [
        Version(row["known_at"], Cause(row["cause"]), read(orjson.loads(row["body"]), shelf))
        for row in rows
    ]
    last = versions[-1].terms
    return Known(name, last.customer or "", last.currency, versions)


def _rows_of(db: Connection, book: Book, ids: Sequence[str]) -> list[Row]:
    """Return the kept rows of subscriptions, each one's together and oldest first."""
    table = subscription_versions
    query = select(table).where(table.c.book_id == book.id, among(db, table.c.subscription_id, ids))
    return sorted((dict(row) for row in db.execute(query).mappings()), key=_order)


def happened(event: Raw) -> tuple[int, int]:
    """Return what orders events in time; those that are equal stay as they came."""
    return moment(event.get("created")) or 0, ORDER.get(_cause(event), 1)


def _order(row: Row) -> tuple[str, int, int, int]:
    rank = ORDER.get(row["cause"], 1)
    return row["subscription_id"], row["known_at"], rank, row["arrival"]


def _raw_of(change: Change, latest: Row | None) -> Raw | None:
    """A subscription that is gone at Stripe (test data can be) is as good as canceled."""
    if not change.after["deleted"]:
        return change.raw
    return latest and {**orjson.loads(latest["body"]), "status": "canceled"}


def _says_the_same(known: Row | None, raw: Raw, shelf: Library) -> bool:
    if known is None:
        return False
    before = read(orjson.loads(known["body"]), shelf)
    return _without_period(before) == _without_period(read(raw, shelf))


def _without_period(terms: Terms) -> Terms:
    """A new period alone does not move MRR."""
    return replace(terms, period_start=None)


def _sighting(book: Book, change: Change, raw: Raw, latest: Row | None) -> Row:
    """It is so since we saw it; of one that ended we know since when."""
    seen_at, ended_at = change.after["seen_at"], change.after["ended_at"]
    name, known_at = change.after["id"], seen_at
    if latest is not None and ended_at is not None:
        known_at = min(max(ended_at, latest["known_at"]), seen_at)
    return {
        **_row(book, f"{name}@{seen_at}", name, raw, known_at),
        "cause": Cause.SEEN,
    }


def _row(book: Book, id: str, subscription_id: str, raw: Any, known_at: int) -> Row:
    return {
        "book_id": book.id,
        "id": id,
        "subscription_id": subscription_id,
        "customer_id": ref(dig(raw, "customer")),
        "known_at": known_at,
        "discounted": any(library.named_in(raw)),
        "body": orjson.dumps(_trimmed(raw)),
    }


def _trimmed(raw: Raw) -> Raw:
    """Return what decides MRR, in Stripe's own shape."""
    kept: dict[str, Any] = {name: raw[name] for name in KEPT & raw.keys()}
    if "items" in kept:
        kept["items"] = [
            {name: item[name] for name in KEPT_OF_ITEM & item.keys()}
            for item in members(kept["items"])
        ]
    return kept


def _cause(event: Raw) -> Cause:
    match str(event.get("type")).removeprefix(PREFIX):
        case "created":
            return Cause.CREATED
        case "deleted":
            return Cause.DELETED
        case _:
            return Cause.UPDATED


def _next_arrival(db: Connection, book: Book) -> int:
    table = subscription_versions.c
    newest = db.scalar(select(func.max(table.arrival)).where(table.book_id == book.id))
    return (newest or 0) + 1


def _write(db: Connection, rows: dict[str, Row], *, corrected: bool) -> None:
    """Write states; an event never changes, a second sighting within one second corrects it."""
    if not rows:
        return
    statement = database.insert(db, subscription_versions)
    columns = ("customer_id", "known_at", "discounted", "body")
    written = {name: statement.excluded[name] for name in columns}
    keys = ["book_id", "id"]
    db.execute(
        statement.on_conflict_do_update(index_elements=keys, set_=written)
        if corrected
        else statement.on_conflict_do_nothing(index_elements=keys),
        list(rows.values()),
    )
