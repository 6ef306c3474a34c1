"""Figures of several books at once: each currency is added up apart, each book by its own days."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlalchemy import Connection

from dashboard.mirror.measures.balance import (
    BalanceNow,
    BalanceSummary,
    Category,
    balance_now,
    balance_summary,
)
from dashboard.mirror.measures.flow import Volume
from dashboard.mirror.measures.overview import Overview, Pair, overview
from dashboard.mirror.measures.payouts import Arrival, Availability, payouts_expected
from dashboard.mirror.measures.periods import Bucket, Period
from dashboard.mirror.measures.recurring import Choices, Recurring
from dashboard.mirror.measures.volume import revenue
from dashboard.store.books import Book

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Owned:
    """A payout that is to arrive, and the book that it belongs to."""

    book: Book
    arrival: Arrival


def balances(db: Connection, books: Iterable[Book], as_of: int) -> dict[str, BalanceNow]:
    """Return each currency's balance at ``as_of`` (UTC seconds) in minor units.

    Stripe's own total is only known where it is for every book that has the currency.
    """
    return _balances([balance_now(db, book, as_of) for book in books])


def summaries(db: Connection, books: Iterable[Book], period: Period) -> dict[str, BalanceSummary]:
    """Return what each currency's balance did in the period, by reporting category."""
    found: dict[str, BalanceSummary] = {}
    for book in books:
        for currency, told in balance_summary(db, book, period).items():
            sums = found.setdefault(currency, BalanceSummary())
            sums.starting += told.starting
            for name, line in told.categories.items():
                _join(sums.categories.setdefault(name, Category()), line)
    return dict(sorted(found.items()))


def arrivals(
    db: Connection, books: Iterable[Book], as_of: int
) -> tuple[list[Owned], list[Availability]]:
    """Return the payouts on their way, by date, and what becomes available, by date and currency.

    Amounts are in minor units, and only those of one day and currency are added up.
    """
    on_the_way: list[Owned] = []
    pending: Counter[tuple[date, str]] = Counter()
    for book in books:
        expected = payouts_expected(db, book, as_of)
        on_the_way += [Owned(book, arrival) for arrival in expected.in_transit]
        for each in expected.becoming_available:
            pending[each.date, each.currency] += each.amount
    on_the_way.sort(key=lambda owned: (owned.arrival.date, owned.arrival.payout))
    becoming = [
        Availability(day, currency, pending[day, currency]) for day, currency in sorted(pending)
    ]
    return on_the_way, becoming


def flows(
    db: Connection, books: Iterable[Book], period: Period, currency: str, *, by: Bucket
) -> dict[date, Volume]:
    """Return the flow of one currency for every bucket of the period, in minor units."""
    found = {start: Volume() for start in period.starts(by)}
    for book in books:
        for start, flow in revenue(db, book, period, currency, by=by).items():
            found[start].join(flow)
    return found


def overviews(
    db: Connection, books: Sequence[Book], period: Period, as_of: int
) -> tuple[Overview, Book | None]:
    """Return the figures of the first page, and whose the next payout is.

    MRR has no total: it would add up currencies.
    """
    told = {book: overview(db, book, period, as_of, Choices.of(book)) for book in books}
    every = list(told.values())
    coming = {book: each.payout.now for book, each in told.items() if each.payout.now}
    first = min(coming, key=lambda book: (coming[book].date, coming[book].payout), default=None)
    gone = [each.payout.before for each in every if each.payout.before]
    last = max(gone, key=lambda each: (each.date, each.payout), default=None)
    figures = Overview(
        volume=_volumes([each.volume for each in every]),
        successful_payments=_pair(every, lambda each: each.successful_payments),
        new_customers=_pair(every, lambda each: each.new_customers),
        mrr=Pair(
            _recurring([each.mrr.now for each in every]),
            _recurring([each.mrr.before for each in every]),
        ),
        open_disputes=sum(each.open_disputes for each in every),
        opened_disputes=_pair(every, lambda each: each.opened_disputes),
        balance=_balances([each.balance for each in every]),
        balance_before=_added(each.balance_before for each in every),
        payout=Pair(coming[first] if first else None, last),
    )
    return figures, first


def _balances(several: Sequence[Mapping[str, BalanceNow]]) -> dict[str, BalanceNow]:
    found = {}
    for currency in sorted({currency for told in several for currency in told}):
        held = [told[currency] for told in several if currency in told]
        stated = [now.api_total for now in held if now.api_total is not None]
        found[currency] = BalanceNow(
            sum(now.available for now in held),
            sum(now.pending for now in held),
            sum(stated) if len(stated) == len(held) else None,
        )
    return found


def _volumes(several: Iterable[Mapping[str, Pair[Volume]]]) -> dict[str, Pair[Volume]]:
    found: dict[str, Pair[Volume]] = {}
    for told in several:
        for currency, pair in told.items():
            sums = found.setdefault(currency, Pair(Volume(), Volume()))
            sums.now.join(pair.now)
            sums.before.join(pair.before)
    return dict(sorted(found.items()))


def _pair(several: Iterable[Overview], figure: Callable[[Overview], Pair[int]]) -> Pair[int]:
    pairs = [figure(each) for each in several]
    return Pair(sum(pair.now for pair in pairs), sum(pair.before for pair in pairs))


def _recurring(several: Sequence[Recurring]) -> Recurring:
    """Return the sums by currency, without zeros; a guess where one of them is."""
    sums = _added(each.by_currency for each in several)
    return Recurring(
        by_currency={currency: amount for currency, amount in sums.items() if amount},
        total=None,
        currency="",
        missing=sorted(sums),
        approximate=any(each.approximate for each in several),
    )


def _added(several: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return the sum of each currency, apart."""
    sums: dict[str, int] = {}
    for told in several:
        for currency, amount in told.items():
            sums[currency] = sums.get(currency, 0) + amount
    return dict(sorted(sums.items()))


def _join(sums: Category, line: Category) -> None:
    sums.count += line.count
    sums.gross += line.gross
    sums.fee += line.fee
    sums.net += line.net
