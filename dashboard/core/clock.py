"""The only place that asks what time it is; converts between UTC seconds and local days.

Inside the product a moment is an integer of UTC seconds (as Stripe writes it) or an aware
``datetime``; a day is a ``date`` in the account's IANA time zone.
"""

import time
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY_SECONDS = 86_400
HOUR_SECONDS = 3_600


def seconds() -> int:
    """Return the present moment in UTC seconds."""
    return int(time.time())


def milliseconds() -> int:
    """Return the present moment in UTC milliseconds, for what is measured."""
    return time.time_ns() // 1_000_000


def now() -> datetime:
    """Return the present moment as an aware UTC datetime."""
    return at(seconds())


def wait_for_next_second() -> None:
    """Return when another second has begun: what happens from now on is later than all before."""
    second = seconds()
    while seconds() == second:
        time.sleep(0.01)


def at(moment: int) -> datetime:
    """Return UTC seconds as an aware UTC datetime."""
    return datetime.fromtimestamp(moment, UTC)


def utc_date(moment: int) -> date:
    """Return the date that Stripe writes as its 00:00 UTC, such as a payout's arrival."""
    return at(moment).date()


def local_day(moment: int, timezone: str) -> date:
    """Return the day of the account's ``timezone`` that contains the UTC second ``moment``."""
    return datetime.fromtimestamp(moment, ZoneInfo(timezone)).date()


@lru_cache(maxsize=8_192)
def day_start(day: date, timezone: str) -> int:
    """Return the UTC second at which ``day`` begins in ``timezone``; days last 23 to 25 hours."""
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone)).timestamp())


def day_end(day: date, timezone: str) -> int:
    """Return the first UTC second after ``day`` in ``timezone``."""
    return day_start(day + timedelta(days=1), timezone)


class DayFinder:
    """Finds the local day of many moments quickly, by remembering the bounds of days met before."""

    def __init__(self, timezone: str) -> None:
        self.timezone = timezone
        self._days: dict[int, tuple[int, int, str]] = {}

    def __call__(self, moment: int) -> str:
        """Return the ISO date of the local day that contains the UTC second ``moment``."""
        block = moment // HOUR_SECONDS
        known = self._days.get(block)
        if known is None or not known[0] <= moment < known[1]:
            day = local_day(moment, self.timezone)
            bounds = day_start(day, self.timezone), day_end(day, self.timezone)
            known = self._days[block] = (*bounds, day.isoformat())
        return known[2]
