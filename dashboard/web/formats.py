"""How templates write money, moments and days; moments come in UTC seconds."""

import time
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from flask import Flask

from dashboard.core import clock
from dashboard.core.money import written
from dashboard.web import context

LONG_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
JUST_NOW_SECONDS = 10
UNITS = (
    ("year", 365 * clock.DAY_SECONDS),
    ("month", 30 * clock.DAY_SECONDS),
    ("week", 7 * clock.DAY_SECONDS),
    ("day", clock.DAY_SECONDS),
    ("hour", clock.HOUR_SECONDS),
    ("minute", 60),
    ("second", 1),
)


def register(app: Flask) -> None:
    """Add the filters that templates write values with, each by the name of its function."""
    filters = (ago, moment, time_words, day, month_words, utc_day, date_words, iso, duration)
    app.jinja_env.filters.update({each.__name__: each for each in filters}, money=written)


def ago(seconds: int) -> str:
    """Return how far a moment is from now: ``3 minutes ago``, ``in 2 days``, ``just now``."""
    distance = clock.seconds() - seconds
    if abs(distance) < JUST_NOW_SECONDS:
        return "just now"
    name, length = next(unit for unit in UNITS if abs(distance) >= unit[1])
    count = abs(distance) // length
    words = f"{count} {name}" if count == 1 else f"{count} {name}s"
    return f"{words} ago" if distance > 0 else f"in {words}"


def duration(seconds: int) -> str:
    """Return how long something takes by its two largest units: ``1 hour 5 minutes``."""
    told: list[str] = []
    for name, length in UNITS:
        count, seconds = divmod(seconds, length)
        if count:
            told.append(f"{count} {name}" if count == 1 else f"{count} {name}s")
    return " ".join(told[:2]) or "under a second"


def moment(seconds: int) -> str:
    """Return a moment in the account's time zone: ``Nov 20, 2026, 10:29``."""
    at = _local(seconds)
    return f"{_day(at)}, {at:%H:%M}"


def time_words(seconds: int) -> str:
    """Return when a moment was in the account's time zone: ``14:02`` today, else with its day."""
    at, today = _local(seconds), _local(clock.seconds())
    return f"{at:%H:%M}" if at.date() == today.date() else moment(seconds)


def month_words(seconds: int) -> str:
    """Return the account's month that contains a moment: ``April 2019``."""
    at = _local(seconds)
    return f"{LONG_MONTHS[at.month - 1]} {at.year}"


def day(seconds: int) -> str:
    """Return the account's day that contains a moment: ``Nov 20, 2026``."""
    return _day(_local(seconds))


def utc_day(seconds: int) -> str:
    """Return the UTC date that Stripe writes as its 00:00, such as an arrival; never shifted."""
    return _day(clock.utc_date(seconds))


def date_words(day: date | str) -> str:
    """Return a calendar date, also one written as ``2026-11-20``, in words: ``Nov 20, 2026``."""
    return _day(date.fromisoformat(day) if isinstance(day, str) else day)


def iso(seconds: int) -> str:
    """Return a moment in UTC as machines read it: ``2026-11-20T10:29:00Z``."""
    day, second = divmod(seconds, clock.DAY_SECONDS)
    return f"{_iso_day(day)}T{_iso_time(second)}Z"


@lru_cache(maxsize=8_192)
def _iso_day(day: int) -> str:
    """Return a date by the number of days since 1970; exports write many moments of few days."""
    return time.strftime("%Y-%m-%d", time.gmtime(day * clock.DAY_SECONDS))


@lru_cache(maxsize=clock.DAY_SECONDS)
def _iso_time(second: int) -> str:
    return time.strftime("%H:%M:%S", time.gmtime(second))


def _local(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, ZoneInfo(context.timezone()))


def _day(at: date) -> str:
    return f"{MONTHS[at.month - 1]} {at.day}, {at.year}"
