"""Billing periods: where they end, and which part of one is left."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from dashboard.sandbox.reckoning.rounding import rounded

_SECONDS = {"day": 86_400, "week": 604_800}
_MONTHS = {"month": 1, "year": 12}


def add_months(anchor: int, months: int) -> int:
    """Return ``anchor`` moved by ``months``, the 31st clipped to the end of shorter months."""
    start = datetime.fromtimestamp(anchor, UTC)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (following - timedelta(days=1)).day
    return int(start.replace(year=year, month=month + 1, day=min(start.day, last)).timestamp())


def moved(anchor: int, interval: str, count: int) -> int:
    """Return ``anchor`` (UTC seconds) moved by ``count`` days, weeks, months or years."""
    if interval in _SECONDS:
        return anchor + count * _SECONDS[interval]
    return add_months(anchor, count * _MONTHS[interval])


def period_around(anchor: int, interval: str, count: int, at: int) -> tuple[int, int]:
    """Return the period that holds ``at``: its start, and its end, which is after ``at``.

    Periods are ``count`` intervals long, and all are counted from ``anchor``, so that the 31st
    comes back after February.
    """
    number = (at - anchor) // (moved(anchor, interval, count) - anchor)
    while moved(anchor, interval, number * count) > at:
        number -= 1
    while moved(anchor, interval, (number + 1) * count) <= at:
        number += 1
    return moved(anchor, interval, number * count), moved(anchor, interval, (number + 1) * count)


def remaining(amount: int, at: int, start: int, end: int, currency: str) -> int:
    """Return what of ``amount`` (minor units, for ``start`` to ``end``) falls after ``at``."""
    return rounded(Fraction(amount * (end - at), end - start), currency)
