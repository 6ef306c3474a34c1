"""The balance: what it was, what moved it, and whether it is what Stripe says.

https://docs.stripe.com/reports/balance
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from dashboard.core import clock
from dashboard.mirror import objects
from dashboard.mirror.kinds.balance import balances
from dashboard.mirror.kinds.balance_transaction import balance_transactions
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.read import members, text, whole
from dashboard.mirror.measures.daily import daily_balance
from dashboard.mirror.measures.flow import PAYOUTS
from dashboard.mirror.measures.ledger import monthly_balance
from dashboard.mirror.measures.periods import Period
from dashboard.store.books import Book


@dataclass(slots=True)
class Category:
    """Balance transactions of one reporting category added up, in minor units."""

    count: int = 0
    gross: int = 0
    fee: int = 0
    net: int = 0


@dataclass(slots=True)
class BalanceSummary:
    """One currency over a period, in minor units: starting + activity + payouts = ending."""

    starting: int = 0
    categories: dict[str, Category] = field(default_factory=dict)

    @property
    def activity(self) -> int:
        """What everything but payouts added."""
        return sum(line.net for name, line in self.categories.items() if name not in PAYOUTS)

    @property
    def payouts(self) -> int:
        """What payouts took (negative) and failed payouts gave back."""
        return sum(line.net for name, line in self.categories.items() if name in PAYOUTS)

    @property
    def ending(self) -> int:
        """What was there at the end."""
        return self.starting + self.activity + self.payouts


@dataclass(frozen=True, slots=True)
class BalanceNow:
    """One currency's balance by our ledger, in minor units, and Stripe's own total.

    ``api_total`` is ``None`` when Stripe has not told us its balance.
    """

    available: int
    pending: int
    api_total: int | None

    @property
    def difference(self) -> int | None:
        """Our ledger less Stripe's total: 0, or something is missing here."""
        return None if self.api_total is None else self.available + self.pending - self.api_total


def balance_summary(db: Connection, book: Book, period: Period) -> dict[str, BalanceSummary]:
    """Return, for each currency ever moved until the end of the period, what its balance did.

    starting = sum of net before; activity = net of all categories but payouts and their reversals;
    payouts = net of those two; ending = their sum.
    """
    kept = daily_balance.table.c
    start, end = period.start.isoformat(), period.end.isoformat()
    before = balance_at_end(db, book, period.start - timedelta(days=1))
    found = {currency: BalanceSummary(starting=net) for currency, net in before.items()}
    lines = (
        select(
            kept.currency,
            kept.reporting_category,
            *(func.sum(kept[name]) for name in daily_balance.sums),
        )
        .where(kept.book_id == book.id, kept.day.between(start, end), kept["count"] != 0)
        .group_by(kept.currency, kept.reporting_category)
        .order_by(kept.currency, kept.reporting_category)
    )
    for currency, category, *sums in db.execute(lines):
        line = Category(*(int(value) for value in sums))
        found.setdefault(currency, BalanceSummary()).categories[category] = line
    return found


def balance_now(db: Connection, book: Book, as_of: int) -> dict[str, BalanceNow]:
    """Return each currency's balance at ``as_of`` (UTC seconds) beside what Stripe says.

    available = net of everything with ``available_on <= as_of``, pending = net of the rest, both of
    what was created until then.
    """
    total = _net_until(db, book, as_of)
    table = balance_transactions.c
    pending = _sums(
        db, book, table.created_at <= as_of, table.available_at > as_of, table.deleted.is_(False)
    )
    stated = _stated(objects.find(db, book, balances, "balance"))
    return {
        currency: BalanceNow(
            total.get(currency, 0) - pending.get(currency, 0),
            pending.get(currency, 0),
            None if stated is None else stated.get(currency, 0),
        )
        for currency in sorted({*total, *pending, *(stated or {})})
    }


def balance_at_end(db: Connection, book: Book, day: date) -> dict[str, int]:
    """Return the net of everything created until the end of ``day``, by currency."""
    of_days, of_months = daily_balance.table.c, monthly_balance.table.c
    first = day.replace(day=1).isoformat()
    kept = union_all(
        _nets(of_months, of_months.book_id == book.id, of_months.month < first[:-3]),
        _nets(of_days, of_days.book_id == book.id, of_days.day.between(first, day.isoformat())),
    ).subquery()
    query = select(kept.c.currency, func.sum(kept.c.net_minor)).group_by(kept.c.currency)
    return {currency: int(net) for currency, net in db.execute(query.order_by(kept.c.currency))}


def _net_until(db: Connection, book: Book, as_of: int) -> dict[str, int]:
    """Sum whole days from the summary and take off what came later on the last of them."""
    today = clock.local_day(as_of, book.timezone)
    total = balance_at_end(db, book, today)
    table = balance_transactions.c
    later = _sums(
        db,
        book,
        table.created_at > as_of,
        table.created_at < clock.day_end(today, book.timezone),
        table.deleted.is_(False),
    )
    return {currency: net - later.get(currency, 0) for currency, net in total.items()}


def _nets(
    kept: ReadOnlyColumnCollection[str, Column[Any]], *conditions: ColumnElement[bool]
) -> Select[Any]:
    return select(kept.currency, kept.net_minor).where(kept["count"] != 0, *conditions)


def _sums(db: Connection, book: Book, *conditions: ColumnElement[bool]) -> dict[str, int]:
    table = balance_transactions.c
    # Grouped by the bare column, SQLite walks the whole index that begins with it, instead of
    # the few rows that the conditions leave: a thousand times as long.
    currency = table.currency.concat(literal_column("''"))
    query = (
        select(currency, func.sum(table.net_minor))
        .where(table.book_id == book.id, *conditions)
        .group_by(currency)
    )
    return {name: int(net) for name, net in db.execute(query)}


def _stated(balance: Raw | None) -> dict[str, int] | None:
    if balance is None:
        return None
    totals: dict[str, int] = {}
    for line in _balance_lines(balance):
        currency = text(line.get("currency")) or ""
        totals[currency] = totals.get(currency, 0) + whole(line.get("amount"))
    return totals


def _balance_lines(balance: Raw) -> Iterable[Raw]:
    """Yield what is available and what is pending; reserves of Connect are counted elsewhere."""
    for part in ("available", "pending"):
        yield from members(balance.get(part))
