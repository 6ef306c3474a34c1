"""Figures by their contract names: arguments in, JSON values out."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy import Connection

from dashboard.core.errors import BadInputError
from dashboard.mirror.measures import recurring
from dashboard.mirror.measures.balance import balance_now, balance_summary
from dashboard.mirror.measures.payouts import payout_reconciliation, payouts_expected
from dashboard.mirror.measures.periods import Period
from dashboard.mirror.measures.recurring import Choices
from dashboard.mirror.measures.volume import volume
from dashboard.store.books import Book

Json: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class Reading:
    """What a figure is read from: a book, as of a moment (UTC seconds), by the given choices."""

    db: Connection
    book: Book
    as_of: int
    choices: Choices


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a metric; each reader names the one that is missing or wrong."""

    given: Mapping[str, Any]

    def word(self, name: str) -> str:
        """Return a text argument."""
        value = self.given.get(name)
        if not isinstance(value, str) or not value:
            raise BadInputError("is missing." if value is None else "is no text.", field=name)
        return value

    def day(self, name: str) -> date:
        """Return a date argument, written like 2026-01-31."""
        written = self.word(name)
        try:
            day = date.fromisoformat(written)
        except ValueError:
            day = None
        if day is None or day.isoformat() != written or day.year in (date.min.year, date.max.year):
            raise BadInputError(
                f"“{written}” is no date.", field=name, remedy="Write it like 2026-01-31."
            )
        return day

    def period(self) -> Period:
        """Return the days from ``start`` to ``end``, both inclusive."""
        return Period(self.day("start"), self.day("end"))


Metric: TypeAlias = Callable[[Reading, Arguments], Json]


def compute(reading: Reading, metric: str, given: Any) -> Json:
    """Return the JSON value of a metric.

    Raises:
        BadInputError: no such metric, or an argument that is missing or wrong; names the field.
        NotFoundError: an argument names an object that the book does not have.
    """
    if metric not in METRICS:
        known = ", ".join(METRICS)
        raise BadInputError(f"There is no “{metric}”.", field="metric", remedy=f"Known: {known}.")
    if not isinstance(given, Mapping):
        raise BadInputError("is no JSON object.", field="args")
    return METRICS[metric](reading, Arguments(given))


def _volume(reading: Reading, arguments: Arguments) -> Json:
    flows = volume(reading.db, reading.book, arguments.period())
    return {currency: {**asdict(flow), "net": flow.net} for currency, flow in flows.items()}


def _balance_summary(reading: Reading, arguments: Arguments) -> Json:
    found = balance_summary(reading.db, reading.book, arguments.period())
    return {
        currency: {
            **asdict(summary),
            "activity": summary.activity,
            "payouts": summary.payouts,
            "ending": summary.ending,
        }
        for currency, summary in found.items()
    }


def _balance_now(reading: Reading, _arguments: Arguments) -> Json:
    found = balance_now(reading.db, reading.book, reading.as_of)
    return {
        currency: {**asdict(balance), "difference": balance.difference}
        for currency, balance in found.items()
    }


def _payout_reconciliation(reading: Reading, arguments: Arguments) -> Json:
    found = payout_reconciliation(reading.db, reading.book, arguments.word("payout"))
    answer = asdict(found)
    if found.difference is None:
        del answer["difference"], answer["categories"]
    return answer


def _payouts_expected(reading: Reading, _arguments: Arguments) -> Json:
    found = asdict(payouts_expected(reading.db, reading.book, reading.as_of))
    return {
        name: [{**line, "date": line["date"].isoformat()} for line in lines]
        for name, lines in found.items()
    }


def _mrr(reading: Reading, arguments: Arguments) -> Json:
    found = recurring.mrr(
        reading.db, reading.book, arguments.day("date"), reading.as_of, reading.choices
    )
    answer = {"by_currency": found.by_currency, "total": found.total, "currency": found.currency}
    return {**answer, "missing": found.missing} if found.missing else answer


def _on_a_day(figure: Callable[[Connection, Book, date, int, Choices], Json]) -> Metric:
    """Return the metric of a figure whose value is JSON already."""

    def metric(reading: Reading, arguments: Arguments) -> Json:
        day = arguments.day("date")
        return figure(reading.db, reading.book, day, reading.as_of, reading.choices)

    return metric


METRICS: dict[str, Metric] = {
    "volume": _volume,
    "balance_summary": _balance_summary,
    "balance_now": _balance_now,
    "payout_reconciliation": _payout_reconciliation,
    "payouts_expected": _payouts_expected,
    "mrr": _mrr,
    "customer_mrr": _on_a_day(recurring.customer_mrr),
    "subscribers": _on_a_day(recurring.subscribers),
    "arr": _on_a_day(recurring.arr),
    "arpu": _on_a_day(recurring.arpu),
}
