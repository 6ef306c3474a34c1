"""Money flow by settlement currency, from the summary of balance transactions alone.

Definitions: docs/metrics.md, "Money flow"; categories:
https://docs.stripe.com/reports/reporting-categories
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, bindparam, func, select

from dashboard.mirror.measures.daily import daily_balance
from dashboard.mirror.measures.periods import Bucket, Period
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

_kept = daily_balance.table.c
_LINES = select(
    _kept.day, _kept.reporting_category, _kept["count"], _kept.amount_minor, _kept.fee_minor
).where(
    _kept.book_id == bindparam("book"),
    _kept.currency == bindparam("currency"),
    _kept.day.between(bindparam("first"), bindparam("last")),
)
"""Built once: a chart has little time."""


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
    flows = {start: Volume() for start in period.starts(by)}
    given = {
        "book": book.id,
        "currency": currency,
        "first": period.start.isoformat(),
        "last": period.end.isoformat(),
    }
    for day, category, count, amount_minor, fee_minor in db.execute(_LINES, given).all():
        flows[by.of(date.fromisoformat(day))].add(category, count, amount_minor, fee_minor)
    return flows
