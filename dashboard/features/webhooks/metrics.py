"""What the deliveries of webhooks come to: how many were handled, and how soon."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from flask import url_for

from dashboard.store.delivery_times import percentile
from dashboard.store.inbox import DeliveryState

USUAL, SLOW = 50, 95
"""The percentiles that are shown: what is usual, and what all but the slowest stay within."""
NOTHING = "\N{EN DASH}"
TENTH_MS = 100
SECOND_MS = 1_000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Day:
    """The deliveries received on a day: handled, by the milliseconds that took, and missed."""

    day: date
    handled: Counter[int]
    missed: int

    @property
    def success(self) -> Decimal | None:
        """How many percent were handled; ``None`` where none was received."""
        return success(self.handled.total(), self.missed)

    def within_ms(self, percent: int) -> int | None:
        """Within how many milliseconds so many percent were handled."""
        return percentile(self.handled, percent)


@dataclass(frozen=True, slots=True)
class Health:
    """How the deliveries of some days went, and how many wait or are dead at all."""

    days: Sequence[Day]
    waiting: int
    dead: int

    @property
    def whole(self) -> Day:
        """All days as if they were one."""
        every: Counter[int] = Counter()
        for day in self.days:
            every.update(day.handled)
        return Day(self.days[-1].day, every, sum(day.missed for day in self.days))


@dataclass(frozen=True, slots=True)
class Card:
    """One figure above the list; ``tone`` says whether it keeps within its threshold."""

    label: str
    value: str
    note: str
    href: str
    tone: str = ""
    spark: Sequence[Decimal | int] = ()


def cards(health: Health, *, least_percent: float, most_ms: int) -> list[Card]:
    """Return the figures above the list, those of the last days against their thresholds."""
    whole = health.whole
    share, slowest = whole.success, whole.within_ms(SLOW)
    return [
        Card(
            f"Handled, {len(health.days)} days",
            percent_words(share),
            f"at least {percent_words(least_percent)}",
            url_for("webhooks.health"),
            "" if share is None else _tone(is_kept=share >= Decimal(str(least_percent))),
            [Decimal(100) if day.success is None else day.success for day in health.days],
        ),
        Card(
            "Time for 95 of 100",
            NOTHING if slowest is None else lasting(slowest),
            f"at most {lasting(most_ms)}",
            url_for("webhooks.health"),
            "" if slowest is None else _tone(is_kept=slowest <= most_ms),
            [day.within_ms(SLOW) or 0 for day in health.days],
        ),
        Card(
            "Waiting",
            f"{health.waiting:,}",
            "to be handled or tried again",
            url_for("webhooks.index", state=DeliveryState.WAITING),
        ),
        Card(
            "Set aside",
            f"{health.dead:,}",
            "need a look" if health.dead else "none failed too often",
            url_for("webhooks.index", state=DeliveryState.DEAD),
            _tone(is_kept=False) if health.dead else "",
        ),
    ]


def _tone(*, is_kept: bool) -> str:
    return "ok" if is_kept else "error"


def success(handled: int, missed: int) -> Decimal | None:
    """Return how many percent were handled, rounded down: 100 means that none was missed."""
    if not handled + missed:
        return None
    percent = Decimal(100 * handled) / (handled + missed)
    return percent.quantize(Decimal("0.01"), ROUND_DOWN)


def lasting(milliseconds: int) -> str:
    """Return how long something took, short enough for a column: ``84 ms``, ``2.4 s``, ``3 h``."""
    if milliseconds < SECOND_MS:
        return f"{milliseconds} ms"
    if milliseconds < MINUTE_MS:
        return f"{milliseconds // SECOND_MS}.{milliseconds % SECOND_MS // TENTH_MS} s"
    if milliseconds < HOUR_MS:
        return f"{milliseconds // MINUTE_MS} min"
    return f"{milliseconds // HOUR_MS} h"


def percent_words(percent: Decimal | float | None) -> str:
    """Return a share as people read it: ``99.98 %``, ``100 %``."""
    if percent is None:
        return NOTHING
    return f"{percent:.2f}".rstrip("0").rstrip(".") + " %"
