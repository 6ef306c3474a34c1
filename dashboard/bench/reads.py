"""What pages ask of the mirror, without the pages: search, counts, the chart's data, figures."""

import gzip
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import count

from sqlalchemy import Connection, func, select

from dashboard.bench import samples
from dashboard.bench.figures import Figure
from dashboard.bench.mirrors import Mirror
from dashboard.bench.samples import Samples
from dashboard.bench.timing import Deed, side_by_side
from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.errors import UnavailableError
from dashboard.core.paging import Wish
from dashboard.features.overview.charts import revenue_chart
from dashboard.features.payments import queries
from dashboard.mirror.kinds.balance_transaction import balance_transactions
from dashboard.mirror.measures.balance import balance_at_end
from dashboard.mirror.measures.periods import Period
from dashboard.mirror.measures.volume import revenue

CHART = "revenue_chart"
CHART_DAYS = 365
SCANS = 5


def measure(mirror: Mirror, rounds: int) -> Iterator[Figure]:
    """Yield the times of reads through one connection, as a request has it."""
    found = samples.take(mirror)
    with database.reading(mirror.engine) as db:
        for name, times in side_by_side(_searches(db, mirror, found), rounds).items():
            yield from times.figures(name, mirror.database, with_p99=True)
        deeds: dict[str, Deed] = {
            "payments_count": lambda: queries.LISTING.count(db, mirror.book, Wish()),
            CHART: lambda: _chart(db, mirror),
        }
        for name, times in side_by_side(deeds, rounds).items():
            yield from times.figures(name, mirror.database)
        size = len(gzip.compress(_chart(db, mirror))) / 1_000
        yield Figure("revenue_chart_size", round(size, 2), "KB gzipped", mirror.database)
        yield from _summary_against_scan(db, mirror)


def chart(mirror: Mirror, rounds: int) -> Iterator[Figure]:
    """Yield how many transactions the mirror holds, and the time of the revenue chart of a year."""
    with database.reading(mirror.engine) as db:
        held = db.scalar(select(func.count()).select_from(balance_transactions)) or 0
        yield Figure("transactions", held, "rows", mirror.database)
        for name, times in side_by_side({CHART: lambda: _chart(db, mirror)}, rounds).items():
            yield from times.figures(name, mirror.database)


def _searches(db: Connection, mirror: Mirror, found: Samples) -> dict[str, Deed]:
    most = queries.LISTING.needed(Wish()) + 1

    def each(words: Sequence[str]) -> Deed:
        turn = count()
        return lambda: queries.matching(db, mirror.book, words[next(turn) % len(words)], most)

    turn, ids = count(), found.charge_ids
    buyers = found.buyers
    return {
        "search_id": lambda: queries.named(db, mirror.book, ids[next(turn) % len(ids)]),
        "search_email": each([buyer.email for buyer in buyers]),
        "search_email_start": each([buyer.email.split("@")[0] for buyer in buyers]),
        "search_name": each([buyer.name for buyer in buyers]),
        "search_rare_substring": each([buyer.email[2:].split("@")[0] for buyer in buyers]),
        "search_last4": each([buyer.last4 or "" for buyer in buyers]),
    }


def _chart(db: Connection, mirror: Mirror) -> bytes:
    book, today = mirror.book, clock.local_day(clock.seconds(), mirror.book.timezone)
    period = Period(today - timedelta(days=CHART_DAYS - 1), today)
    flows = revenue(db, book, period, book.currency)
    return revenue_chart(flows, book.currency, unfinished=True)


def _summary_against_scan(db: Connection, mirror: Mirror) -> Iterator[Figure]:
    """Read the net of all balance transactions both ways.

    Raises:
        UnavailableError: they are not equal: run ``flask summaries check``.
    """
    summary, scan = _by_summary(db, mirror), _by_scan(db, mirror)
    if summary() != scan():
        raise UnavailableError("The summaries are not what a scan says.")
    deeds = {"summary": summary, "scan": scan}
    for name, times in side_by_side(deeds, SCANS, warm_up=1).items():
        yield from times.figures(name, mirror.database)


def _by_summary(db: Connection, mirror: Mirror) -> Callable[[], dict[str, int]]:
    today = clock.local_day(clock.seconds(), mirror.book.timezone)
    return lambda: balance_at_end(db, mirror.book, today)


def _by_scan(db: Connection, mirror: Mirror) -> Callable[[], dict[str, int]]:
    table = balance_transactions.c
    query = (
        select(table.currency, func.sum(table.net_minor))
        .where(table.book_id == mirror.book.id, table.deleted.is_(False))
        .group_by(table.currency)
    )
    return lambda: {currency: int(net) for currency, net in db.execute(query)}
