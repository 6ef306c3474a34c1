"""What happened to an object, as detail pages tell it."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened ``at`` a UTC second; ``tone`` is ok, bad, warn, info or neutral.

    Where ``is_date``, Stripe wrote a date as its 00:00 UTC: no zone ever shifts it.
    """

    at: int
    title: str
    text: str | None = None
    icon: str = "circle-dashed"
    tone: str = "neutral"
    is_date: bool = False


def newest_first(moments: Iterable[Moment]) -> list[Moment]:
    """Return the moments, the newest first; of one second, what was told last comes first."""
    return sorted(moments, key=lambda moment: moment.at)[::-1]
