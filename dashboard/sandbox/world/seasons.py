"""The calendar of a business: growth, weekly and yearly seasons, and habits within a day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

TIMEZONE = "America/New_York"
DAYS = 730
DAY_SECONDS = 86_400
HOUR_SECONDS = 3_600

_WEEKDAYS = (1.08, 1.12, 1.10, 1.06, 1.12, 0.82, 0.70)
_MONTHS = (0.92, 0.94, 0.98, 1.00, 1.00, 0.95, 0.84, 0.86, 1.00, 1.05, 1.32, 1.28)
_HOURS = (3, 2, 1, 1, 1, 2, 4, 7, 11, 14, 16, 16, 15, 15, 15, 14, 14, 14, 15, 16, 15, 12, 8, 5)
_HOURS_CUMULATED = tuple(accumulate(_HOURS))
_FIRST_DAY_SHARE = 0.28


@dataclass(frozen=True, slots=True)
class Day:
    """One local day: its date, its first UTC second, the one after its last, and its payments."""

    date: date
    starts_at: int
    ends_at: int
    payments_so_far: int


def local_midnight(day: date) -> int:
    """Return the UTC second at which the local ``day`` of the account begins."""
    return int(datetime.combine(day, time(), ZoneInfo(TIMEZONE)).timestamp())


def business_days(payments: int, now: int, dice: Random) -> list[Day]:
    """Return the two years of days up to ``now``; ``payments_so_far`` ends at ``payments``."""
    today = datetime.fromtimestamp(now, ZoneInfo(TIMEZONE)).date()
    dates = [today - timedelta(days=back) for back in range(DAYS, -1, -1)]
    weights = [_weight(day, index, dice) for index, day in enumerate(dates)]
    weights[-1] *= (now - local_midnight(today)) / DAY_SECONDS
    total = sum(weights)
    return [
        Day(
            date=day,
            starts_at=local_midnight(day),
            ends_at=min(local_midnight(day + timedelta(days=1)), now + 1),
            payments_so_far=round(payments * so_far / total),
        )
        for day, so_far in zip(dates, accumulate(weights), strict=True)
    ]


def _weight(day: date, index: int, dice: Random) -> float:
    growth: float = _FIRST_DAY_SHARE ** (1 - index / DAYS)
    return growth * _WEEKDAYS[day.weekday()] * _season(day) * dice.uniform(0.85, 1.15)


def _season(day: date) -> float:
    """Return the factor of the time of year; the days around Black Friday stand out."""
    november = date(day.year, 11, 1)
    thanksgiving = november + timedelta(days=(3 - november.weekday()) % 7 + 21)
    if 1 <= (day - thanksgiving).days <= 4:  # Friday to Cyber Monday
        return 2.4
    return _MONTHS[day.month - 1]


def moments(day: Day, count: int, dice: Random) -> Iterator[int]:
    """Yield ``count`` UTC seconds of ``day`` in order, spread as customers' habits are."""
    hours = dice.choices(range(24), cum_weights=_HOURS_CUMULATED, k=count)
    random = dice.random
    length = day.ends_at - day.starts_at
    offsets = sorted(int((hour + random()) * HOUR_SECONDS) for hour in hours)
    for offset in offsets:
        # A day that is cut short, by daylight saving or by now, squeezes its late hours.
        yield day.starts_at + (offset if offset < length else int(random() * length))


def utc_midnight(second: int) -> int:
    """Return 00:00 UTC of the day of ``second``."""
    return second - second % DAY_SECONDS
