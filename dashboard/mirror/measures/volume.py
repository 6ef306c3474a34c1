"""Money flow by settlement currency, from the summary of balance transactions alone.

Definitions: docs/metrics.md, "Money flow"; categories:
https://docs.stripe.com/reports/reporting-categories
"""

from dataclasses import dataclass, fields
from datetime import date

from sqlalchemy import Connection, bindparam, func, select

from dashboard.core.clock import DayFinder
from dashboard.mirror.kinds.base import Row
from dashboard.mirror.measures.daily import daily_balance
from dashboard.mirror.measures.periods import Bucket, Period
from dashboard.mirror.measures.summary import (
    UNKNOWN,
    Key,
    Summary,
    Sums,
    key_of,
    summary_table,
)
from dashboard.store.books import Book

GROSS = frozenset(("charge", "charge_failure", "partial_capture_reversal"))
COUNTED = {"charge": 1, "charge_failure": -1}
"""What a row adds to the number of payments."""
REFUNDS = frozenset(("refund", "refund_failure"))
DISPUTES = frozenset(("dispute", "dispute_reversal"))
COSTS = frozenset(("fee", "tax", "network_cost"))
"""Stripe's own bills: their amounts are fees, with the other sign."""
TRANSFERS = frozenset(("transfer", "transfer_reversal"))
PAYOUTS = frozenset(("payout", "payout_reversal"))


@dataclass(slots=True)
class Volume:
    """The flow of one currency, in minor units; ``payments`` is a count."""

    gross: int = 0
    refunds: int = 0
    disputes: int = 0
    fees: int = 0
    transfers: int = 0
    other: int = 0
    payments: int = 0

    @property
    def sums(self) -> tuple[int, ...]:
        """All of them, in the order of their fields."""
        return tuple(getattr(self, name) for name in FLOWS)

    def join(self, other: "Volume") -> None:
        """Add another flow of the same currency."""
        for name in FLOWS:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def net(self) -> int:
        """``gross - refunds - disputes - fees - transfers``; may be negative."""
        return self.gross - self.refunds - self.disputes - self.fees - self.transfers

    def add(self, category: str, count: int, amount_minor: int, fee_minor: int) -> None:
        """Count the balance transactions of one reporting category."""
        if category in PAYOUTS:
            return
        self.fees += fee_minor
        if category in GROSS:
            self.gross += amount_minor
            self.payments += COUNTED.get(category, 0) * count
        elif category in REFUNDS:
            self.refunds -= amount_minor
        elif category in DISPUTES:
            self.disputes -= amount_minor
        elif category in COSTS:
            self.fees -= amount_minor
        elif category in TRANSFERS:
            self.transfers -= amount_minor
        else:
            self.other += amount_minor


FLOWS = tuple(field.name for field in fields(Volume))


def volume(db: Connection, book: Book, period: Period) -> dict[str, Volume]:
    """Return the flow of each currency that moved in the period, by ``created`` of each row.

    gross = charge + charge_failure + partial_capture_reversal; refunds, disputes and transfers are
    the negative sums of their categories; fees = the fees of all rows but payouts, less the amounts
    of fee, tax and network_cost. Top-ups, reserves and unknown categories are ``other``, outside
    net.
    """
    kept = daily_balance.table.c
    sums = (func.sum(kept[name]) for name in ("count", "amount_minor", "fee_minor"))
    query = (
        select(kept.currency, kept.reporting_category, *sums)
        .where(
            kept.book_id == book.id,
            kept.day.between(period.start.isoformat(), period.end.isoformat()),
            kept["count"] != 0,
        )
        .group_by(kept.currency, kept.reporting_category)
        .order_by(kept.currency)
    )
    flows: dict[str, Volume] = {}
    for currency, category, *line in db.execute(query):
        flows.setdefault(currency, Volume()).add(category, *(int(value) for value in line))
    return flows


def revenue(
    db: Connection, book: Book, period: Period, currency: str, *, by: Bucket = Bucket.DAY
) -> dict[date, Volume]:
    """Return the flow of one currency for every bucket of the period, oldest first."""
    given = {
        "book": book.id,
        "currency": currency,
        "first": period.start.isoformat(),
        "last": period.end.isoformat(),
    }
    sums = {day: Volume(*line) for day, *line in db.execute(_DAYS, given).all()}
    if by is Bucket.DAY:
        return {day: sums.get(day.isoformat()) or Volume() for day in period.starts(by)}
    flows = {start: Volume() for start in period.starts(by)}
    for day, volume_of_day in sums.items():
        flows[by.of(date.fromisoformat(day))].join(volume_of_day)
    return flows


def _flow(row: Row, find_day: DayFinder) -> tuple[Key, Sums] | None:
    if row["deleted"]:
        return None
    flow = Volume()
    flow.add(row["reporting_category"] or UNKNOWN, 1, row["amount_minor"], row["fee_minor"])
    return (key_of(row["currency"]), find_day(row["created_at"])), flow.sums


daily_volume = Summary(
    summary_table("daily_volume", ("currency", "day"), [f"{name}_sum" for name in FLOWS]),
    ("currency", "day"),
    tuple(f"{name}_sum" for name in FLOWS),
    "balance_transactions",
    ("created_at", "currency", "reporting_category", "amount_minor", "fee_minor", "deleted"),
    _flow,
)
"""The flow of each day in a row: a chart has little time."""

_kept = daily_volume.table.c
_DAYS = select(_kept.day, *(_kept[name] for name in daily_volume.sums)).where(
    _kept.book_id == bindparam("book"),
    _kept.currency == bindparam("currency"),
    _kept.day.between(bindparam("first"), bindparam("last")),
)
