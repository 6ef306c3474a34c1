"""Every change of MRR, dated, also those that the clock will bring, and their sums by day.

A reading at the end of a day looks at what is effective by then. A subscription's changes are told
anew from all that is known of it whenever something is learned.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Delete,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    func,
    select,
)
from sqlalchemy import text as sql

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.clock import DayFinder
from dashboard.mirror.changes import Change
from dashboard.mirror.kinds.base import Raw, Row
from dashboard.mirror.kinds.read import dig, members, ref, text
from dashboard.mirror.kinds.subscription_item import subscription_items
from dashboard.mirror.measures import days, library, versions
from dashboard.mirror.measures.history import steps
from dashboard.mirror.measures.summary import Key, Summary, Sums, summary_table
from dashboard.mirror.measures.versions import Known
from dashboard.mirror.rows import among
from dashboard.store.books import Book

mrr_changes = Table(
    "mrr_changes",
    database.metadata,
    Column("book_id", Integer, ForeignKey("books.id"), primary_key=True),
    Column("subscription_id", Text, primary_key=True),
    Column("effective_at", BigInteger, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("day", String(10), nullable=False),
    Column("currency", String(64), nullable=False),
    Column("before_minor", BigInteger, nullable=False),
    Column("after_minor", BigInteger, nullable=False),
    Column("cause", Text, nullable=False),
    Column("approximate", Boolean, nullable=False),
    Column("known_at", BigInteger, nullable=False),
    Index(None, "book_id", "day", "customer_id"),
    Index(
        "ix_mrr_changes_customer",
        "book_id",
        "customer_id",
        "currency",
        "effective_at",
        "before_minor",
        "after_minor",
    ),
    Index(
        "ix_mrr_changes_approximate",
        "book_id",
        "known_at",
        sqlite_where=sql("approximate = 1"),
        postgresql_where=sql("approximate"),
    ),
)
"""``day`` is local; an approximate change was rebuilt and is certain only from ``known_at`` on."""


def _change(row: Row, _find_day: DayFinder) -> tuple[Key, Sums] | None:
    return (row["day"], row["currency"]), (1, row["after_minor"] - row["before_minor"])


daily_mrr = Summary(
    summary_table("daily_mrr", ("day", "currency"), ("count", "delta_minor")),
    ("day", "currency"),
    ("count", "delta_minor"),
    "mrr_changes",
    ("day", "currency", "before_minor", "after_minor"),
    _change,
)
"""What MRR changed by on each day: MRR of a day is the sum until then."""


def follow_events(db: Connection, book: Book, changes: Sequence[Change]) -> None:
    """Tell anew the subscriptions that events speak of; pick up the discounts they tell."""
    events = [change.raw for change in changes if not change.after["deleted"]]
    told = list(_discounts_in(events))
    library.keep(db, book, told)
    touched = versions.keep_events(db, book, events)
    touched += [name for raw in told if (name := text(raw.get("subscription")))]
    retell(db, book, touched)


def follow_subscriptions(db: Connection, book: Book, changes: Sequence[Change]) -> None:
    """Tell anew the subscriptions that stand otherwise than the last news said.

    Those to tiered prices always: since an event told the same, the tiers may have arrived, and
    nobody knew from the items that they belong to this subscription.
    """
    tiered = [change.after["id"] for change in changes if _names_tiers(change.raw)]
    retell(db, book, [*versions.keep_sightings(db, book, changes), *tiered])


def follow_customers(db: Connection, book: Book, changes: Sequence[Change]) -> None:
    """Tell anew the subscriptions of customers whose own discount came or went."""
    moved = library.keep_of_customers(db, book, changes)
    if moved:
        retell(db, book, versions.of_customers(db, book, moved))


def follow_coupons(db: Connection, book: Book, changes: Sequence[Change]) -> None:
    """Tell anew what is discounted when a coupon arrives that a discount may have named before."""
    if any(change.before is None for change in changes):
        retell(db, book, versions.with_discounts(db, book))


def follow_prices(db: Connection, book: Book, changes: Sequence[Change]) -> None:
    """Tell anew the subscriptions to tiered prices: only the price itself tells its tiers."""
    tiered = [change.after["id"] for change in changes if change.raw.get("tiers")]
    if tiered:
        item = subscription_items.c
        query = select(item.subscription_id).where(
            item.book_id == book.id, among(db, item.price_id, tiered)
        )
        retell(db, book, [name for name in db.scalars(query.distinct()) if name])


def retell(db: Connection, book: Book, subscription_ids: Sequence[str]) -> None:
    """Replace the changes of these subscriptions by what is known of them now."""
    names = list(dict.fromkeys(subscription_ids))
    if not names:
        return
    find_day = days.finder(db, book)
    for portion in versions.portions(names):
        known = versions.load(db, book, portion)
        after = [row for one in known for row in told(book, one, find_day)]
        _replace(db, book, portion, after)


def told(book: Book, known: Known, find_day: DayFinder) -> Iterator[Row]:
    """Yield the changes of one subscription as rows."""
    for step in steps(known.versions):
        yield {
            "book_id": book.id,
            "subscription_id": known.subscription,
            "effective_at": step.effective_at,
            "customer_id": known.customer,
            "day": find_day(step.effective_at),
            "currency": known.currency,
            "before_minor": step.before_minor,
            "after_minor": step.after_minor,
            "cause": step.cause,
            "approximate": step.approximate,
            "known_at": step.known_at,
        }


def kept(db: Connection, book: Book, subscription_ids: Sequence[str]) -> list[Row]:
    """Return the changes of these subscriptions as they are kept."""
    query = select(mrr_changes).where(
        mrr_changes.c.book_id == book.id,
        among(db, mrr_changes.c.subscription_id, subscription_ids),
    )
    return [dict(row) for row in db.execute(query).mappings()]


def at_present(book_id: Column[int], subscription_id: Column[str]) -> ColumnElement[int]:
    """Return the column of a subscription's MRR when the statement runs, in minor units."""
    change = mrr_changes.c
    latest = (
        select(change.after_minor)
        .where(
            change.book_id == book_id,
            change.subscription_id == subscription_id,
            change.effective_at <= bindparam("present", callable_=clock.seconds),
        )
        .order_by(change.effective_at.desc())
        .limit(1)
    )
    return func.coalesce(latest.scalar_subquery(), 0)


def _replace(db: Connection, book: Book, names: Sequence[str], after: list[Row]) -> None:
    """Write what differs, and take its sums along."""
    before = {_key(row): row for row in kept(db, book, names)}
    now = {_key(row): row for row in after}
    gone = [row for key, row in before.items() if now.get(key) != row]
    new = [row for key, row in now.items() if before.get(key) != row]
    if gone:
        keys = [{"subscription": row["subscription_id"], "at": row["effective_at"]} for row in gone]
        db.execute(_forget(book), keys)
    if new:
        db.execute(mrr_changes.insert(), new)
    totals: dict[Key, list[int]] = {}
    for sign, rows in ((-1, gone), (1, new)):
        for row in rows:
            total = totals.setdefault((row["day"], row["currency"]), [0, 0])
            total[0] += sign
            total[1] += sign * (row["after_minor"] - row["before_minor"])
    daily_mrr.add(db, book, totals)


def _forget(book: Book) -> Delete:
    return mrr_changes.delete().where(
        mrr_changes.c.book_id == book.id,
        mrr_changes.c.subscription_id == bindparam("subscription"),
        mrr_changes.c.effective_at == bindparam("at"),
    )


def _key(row: Row) -> tuple[str, int]:
    return row["subscription_id"], row["effective_at"]


def _names_tiers(subscription: Raw) -> bool:
    return any(
        dig(item, each, "billing_scheme") == "tiered"
        for item in members(subscription.get("items"))
        for each in ("price", "plan")
    )


def _discounts_in(events: Sequence[Raw]) -> Iterator[Raw]:
    for event in events:
        told_object = dig(event, "data", "object")
        kind = text(event.get("type")) or ""
        if kind.startswith("customer.discount.") and ref(told_object):
            yield told_object
        elif kind.startswith(versions.PREFIX) and ref(told_object):
            yield from library.told_in(told_object)
