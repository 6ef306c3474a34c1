"""What the first page says: a period's figures, each beside the period before."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, case, func, select

from dashboard.core import clock
from dashboard.mirror.kinds.dispute import CLOSED
from dashboard.mirror.kinds.payout import payouts
from dashboard.mirror.measures.balance import BalanceNow, balance_at_end, balance_now
from dashboard.mirror.measures.daily import daily_customers, daily_disputes, daily_payments
from dashboard.mirror.measures.flow import Volume
from dashboard.mirror.measures.payouts import ON_THE_WAY, Arrival
from dashboard.mirror.measures.periods import Period
from dashboard.mirror.measures.recurring import Choices, Recurring, mrr
from dashboard.mirror.measures.summary import Summary
from dashboard.mirror.measures.volume import volume
from dashboard.mirror.payments import SUCCESSFUL
from dashboard.store.books import Book

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Pair(Generic[Value]):
    """A figure of the period and the same one of the period before."""

    now: Value
    before: Value


@dataclass(frozen=True, slots=True)
class Overview:
    """The figures of the first page; amounts in minor units, by currency.

    ``volume`` holds gross and net. ``opened_disputes`` were opened in the period,
    ``open_disputes`` are open at present whenever they began. ``balance`` stands at present,
    ``balance_before`` at the end of the period before. ``payout`` is the next one to
    arrive beside the last one that did.
    """

    volume: dict[str, Pair[Volume]]
    successful_payments: Pair[int]
    new_customers: Pair[int]
    mrr: Pair[Recurring]
    open_disputes: int
    opened_disputes: Pair[int]
    balance: dict[str, BalanceNow]
    balance_before: dict[str, int]
    payout: Pair[Arrival | None]


def overview(db: Connection, book: Book, period: Period, as_of: int, choices: Choices) -> Overview:
    """Return the figures of ``period`` as of a moment (UTC seconds), from summaries."""
    disputed, payment = daily_disputes.table.c, daily_payments.table.c
    is_open = disputed.status.not_in(CLOSED)
    return Overview(
        volume=_volumes(volume(db, book, period), volume(db, book, period.before)),
        successful_payments=_count(
            db, book, daily_payments, period, payment.status.in_(SUCCESSFUL)
        ),
        new_customers=_count(db, book, daily_customers, period),
        mrr=Pair(
            mrr(db, book, period.end, as_of, choices),
            mrr(db, book, period.before.end, as_of, choices),
        ),
        open_disputes=_ever(db, book, daily_disputes, is_open),
        opened_disputes=_count(db, book, daily_disputes, period),
        balance=balance_now(db, book, as_of),
        balance_before=balance_at_end(db, book, period.before.end),
        payout=Pair(_next_payout(db, book, as_of), _last_payout(db, book, as_of)),
    )


def _volumes(now: dict[str, Volume], before: dict[str, Volume]) -> dict[str, Pair[Volume]]:
    return {
        currency: Pair(now.get(currency) or Volume(), before.get(currency) or Volume())
        for currency in sorted({*now, *before})
    }


def _count(
    db: Connection, book: Book, summary: Summary, period: Period, *conditions: ColumnElement[bool]
) -> Pair[int]:
    """Return the counts of both periods, in one statement."""
    kept = summary.table.c
    is_now = kept.day >= period.start.isoformat()
    query = select(
        func.sum(case((is_now, kept["count"]), else_=0)),
        func.sum(case((is_now, 0), else_=kept["count"])),
    ).where(
        kept.book_id == book.id,
        kept.day.between(period.before.start.isoformat(), period.end.isoformat()),
        *conditions,
    )
    now, before = db.execute(query).one()
    return Pair(int(now or 0), int(before or 0))


def _ever(db: Connection, book: Book, summary: Summary, *conditions: ColumnElement[bool]) -> int:
    kept = summary.table.c
    query = select(func.sum(kept["count"])).where(kept.book_id == book.id, *conditions)
    return int(db.scalar(query) or 0)


def _next_payout(db: Connection, book: Book, as_of: int) -> Arrival | None:
    table = payouts.c
    conditions = (table.status.in_(ON_THE_WAY), table.created_at <= as_of)
    return _payout(db, book, conditions, (table.arrival_at, table.id))


def _last_payout(db: Connection, book: Book, as_of: int) -> Arrival | None:
    table = payouts.c
    conditions = (table.status == "paid", table.arrival_at <= as_of)
    return _payout(db, book, conditions, (table.arrival_at.desc(), table.id.desc()))


def _payout(
    db: Connection, book: Book, conditions: Iterable[ColumnElement[bool]], order: Iterable[Any]
) -> Arrival | None:
    table = payouts.c
    query = (
        select(table.id, table.arrival_at, table.currency, table.amount_minor)
        .where(
            table.book_id == book.id,
            table.deleted.is_(False),
            table.arrival_at.is_not(None),
            *conditions,
        )
        .order_by(*order)
        .limit(1)
    )
    found = db.execute(query).first()
    return found and Arrival(
        found.id, clock.utc_date(found.arrival_at), found.currency, found.amount_minor
    )
