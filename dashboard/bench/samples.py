"""What is looked for: rows of the mirror from everywhere in it, the same in every run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from dashboard.bench.mirrors import Mirror
from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.paging import Cursor
from dashboard.mirror import search
from dashboard.mirror.kinds.charge import charges
from dashboard.mirror.kinds.customer import customers
from dashboard.mirror.payments import payments

SAMPLED = 40
EXPORTED = 100_000


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer who paid."""

    id: str
    name: str
    email: str
    payment_id: str
    last4: str | None


@dataclass(frozen=True, slots=True)
class Samples:
    """Things to look for, spread over the whole mirror; days bound about EXPORTED payments."""

    buyers: Sequence[Buyer]
    charge_ids: Sequence[str]
    middle: Cursor
    export_from: date
    export_to: date


def take(mirror: Mirror) -> Samples:
    """Return samples of ``mirror``."""
    with database.reading(mirror.engine) as db:
        count = mirror.count()
        found = _buyers(db, mirror, count)
        return Samples(
            buyers=found,
            charge_ids=_charges(db, mirror, count),
            middle=_at(db, mirror, count // 2),
            export_from=_day(mirror, _at(db, mirror, min(EXPORTED, count - 1))),
            export_to=_day(mirror, _at(db, mirror, 0)),
        )


def _at(db: Connection, mirror: Mirror, place: int) -> Cursor:
    """Return the place of a row, counted from the newest."""
    order = (payments.c.created_at.desc(), payments.c.id.desc())
    query = select(payments.c.created_at, payments.c.id).where(payments.c.book_id == mirror.book.id)
    found = db.execute(query.order_by(*order).offset(place).limit(1)).one()
    return Cursor(found.created_at, found.id)


def _day(mirror: Mirror, place: Cursor) -> date:
    return clock.local_day(int(place.value or 0), mirror.book.timezone)


def _buyers(db: Connection, mirror: Mirror, count: int) -> list[Buyer]:
    """Payments whose ids stand far apart: ids are random, so this is a fair draw."""
    query = (
        select(
            customers.c.id,
            customers.c.name,
            customers.c.email,
            payments.c.id,
            payments.c.last4,
        )
        .join(
            customers,
            (customers.c.book_id == payments.c.book_id)
            & (customers.c.id == payments.c.customer_id),
        )
        .where(payments.c.book_id == mirror.book.id, customers.c.name.is_not(None))
        .where(customers.c.email.is_not(None), payments.c.last4.is_not(None))
        .order_by(payments.c.id)
    )
    step = max(1, count // SAMPLED // 2)
    rows = [db.execute(query.offset(n * step).limit(1)).first() for n in range(SAMPLED)]
    found = [Buyer(*row) for row in rows if row]
    return [each for each in found if len(each.name.split()[0]) >= search.SHORTEST]


def _charges(db: Connection, mirror: Mirror, count: int) -> list[str]:
    query = select(charges.c.id).where(charges.c.book_id == mirror.book.id).order_by(charges.c.id)
    step = max(1, count // SAMPLED // 2)
    return [
        found
        for number in range(SAMPLED)
        if (found := db.scalar(query.offset(number * step).limit(1)))
    ]
