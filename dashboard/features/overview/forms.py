"""What the overview can be looked at by: a period, a currency, and the width of the bars."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from flask import request

from dashboard.core import clock
from dashboard.mirror.measures.periods import Bucket, Period
from dashboard.store.books import Book, Shelf
from dashboard.web.asking import read
from dashboard.web.filters import CURRENCY, Dates, OneOf, currency_of

USUAL_DAYS = 30
WIDEST_DAYS_BY_DAY = 100
WIDEST_DAYS_BY_WEEK = 400

RANGES = (("7d", "7D"), ("30d", "30D"), ("qtd", "QTD"), ("ytd", "YTD"))
PERIOD = Dates("created", "Period")
BUCKETS = OneOf("by", "By", tuple((each.value, each.value.capitalize()) for each in Bucket))
FILTERS = (PERIOD, CURRENCY, BUCKETS)


@dataclass(frozen=True, slots=True)
class View:
    """How the page is looked at; ``today`` says that its last day is not over."""

    period: Period
    currency: str
    by: Bucket
    today: bool


def asked(shelf: Shelf, action: str) -> View:
    """Return the view that the query string asks for: by default the last 30 days, by day.

    Of several accounts it goes to the latest today, in the currency that most of them have.

    Raises:
        BadInputError: a parameter is unknown or makes no sense.
    """
    book = leading(shelf)
    read(FILTERS, ("created",), book, action)
    today = _today(book)
    first, last = PERIOD.days(request.args, book)
    last = min(last or today, today)
    period = Period(first or last - timedelta(days=USUAL_DAYS - 1), last)
    by = request.args.get("by")
    return View(
        period=period,
        currency=currency_of(request.args, book),
        by=Bucket(by) if by else _fitting(period),
        today=last == today,
    )


def leading(shelf: Shelf) -> Book:
    """Return the book whose today is the latest, with the currency that most books have."""
    return replace(max(shelf.books, key=_today), currency=shelf.currencies[0])


def _today(book: Book) -> date:
    return clock.local_day(clock.seconds(), book.timezone)


def _fitting(period: Period) -> Bucket:
    """Return bars that stay wide enough to read."""
    if period.days <= WIDEST_DAYS_BY_DAY:
        return Bucket.DAY
    return Bucket.WEEK if period.days <= WIDEST_DAYS_BY_WEEK else Bucket.MONTH
