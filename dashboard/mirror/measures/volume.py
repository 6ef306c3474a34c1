"""Money flow by settlement currency, from the summaries of balance transactions alone."""

from datetime import date

from sqlalchemy import Connection, bindparam, func, select

from dashboard.mirror.measures.daily import daily_balance
from dashboard.mirror.measures.flow import Volume
from dashboard.mirror.measures.ledger import daily_volume
from dashboard.mirror.measures.periods import Bucket, Period
from dashboard.store.books import Book

_kept = daily_volume.table.c
_DAYS = select(_kept.day, *(_kept[name] for name in daily_volume.sums)).where(
    _kept.book_id == bindparam("book"),
    _kept.currency == bindparam("currency"),
    _kept.day.between(bindparam("first"), bindparam("last")),
)


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
