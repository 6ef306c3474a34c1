"""Money flow by settlement currency, from the summary of balance transactions alone.

Definitions: docs/metrics.md, "Money flow"; categories:
https://docs.stripe.com/reports/reporting-categories
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from dashboard.mirror.measures.daily import daily_balance
from dashboard.mirror.measures.periods import Bucket, Period
from dashboard.store.books import Book

GROSS = frozenset(("charge", "charge_failure", "partial_capture_reversal"))
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
            self.payments += {"charge": count, "charge_failure": -count}.get(category, 0)
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
    flows: dict[str, Volume] = {}
    for row in _lines(db, book, period):
        flow = flows.setdefault(row.currency, Volume())
        flow.add(row.reporting_category, row.rows, row.amount_minor, row.fee_minor)
    return flows


def revenue(
    db: Connection, book: Book, period: Period, currency: str, *, by: Bucket = Bucket.DAY
) -> dict[date, Volume]:
    """Return the flow of one currency for every bucket of the period, oldest first."""
    flows = {start: Volume() for start in period.starts(by)}
    starts: dict[str, date] = {}
    for row in _lines(db, book, period, currency):
        start = starts.get(row.day) or starts.setdefault(
            row.day, by.of(date.fromisoformat(row.day))
        )
        flows[start].add(row.reporting_category, row.rows, row.amount_minor, row.fee_minor)
    return flows


def _lines(
    db: Connection, book: Book, period: Period, currency: str | None = None
) -> Iterable[Any]:
    """Return day, currency, category, count as ``rows``, amount and fee from the summary."""
    kept = daily_balance.table.c
    query = select(
        kept.day,
        kept.currency,
        kept.reporting_category,
        kept["count"].label("rows"),
        kept.amount_minor,
        kept.fee_minor,
    ).where(
        kept.book_id == book.id,
        kept.day.between(period.start.isoformat(), period.end.isoformat()),
        kept["count"] != 0,
    )
    if currency is not None:
        query = query.where(kept.currency == currency)
    return db.execute(query.order_by(kept.day, kept.currency))
