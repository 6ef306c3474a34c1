"""What happened to a payout, told from its row and its raw object."""

from collections.abc import Iterator

from dashboard.features.payouts.queries import PayoutRow
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.read import text
from dashboard.web.timeline import Moment, newest_first

ARRIVALS = {
    "paid": ("Arrived at the bank", "check", "ok"),
    "in_transit": ("Expected at the bank", "clock", "info"),
    "pending": ("Expected at the bank", "clock", "info"),
    "failed": ("The bank returned it", "x", "bad"),
    "canceled": ("Canceled before it left", "ban", "neutral"),
}


def tell(row: PayoutRow, raw: Raw) -> list[Moment]:
    """Return the moments of a payout, newest first; an arrival ahead stands on top."""
    made_by = "by Stripe's schedule" if row.automatic else "by hand"
    created = Moment(row.created_at, "Payout created", made_by, "building-bank")
    return newest_first([created, *_arrival(row, raw)])


def _arrival(row: PayoutRow, raw: Raw) -> Iterator[Moment]:
    known = ARRIVALS.get(row.status)
    if known and row.arrival_at is not None:
        title, icon, tone = known
        why = text(raw.get("failure_message")) or row.failure_code
        yield Moment(row.arrival_at, title, why, icon, tone, is_date=True)
