"""How many pages to read at once, and how to cut a window in pieces that are read side by side.

One window of each kind is enough while the writer is busy. Only when Stripe is so far away that
the writer mostly waits, a window is cut: a kill then repeats a page of each piece.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dashboard.gateway.reads import PAGE_SIZE, Json, Page
from dashboard.mirror.sync.fetch import MOST_THREADS
from dashboard.store.sync_runs import Window

FAR_SECONDS = 0.1
"""A server that answers sooner keeps the writer busy enough."""

SPARE = 2
AHEAD = 6
"""Windows that wait for a thread while others are read."""

USUAL_WRITE_SECONDS = 0.01
RECENT = 8
LEAST_PAGES, MOST_PAGES = 4, 64


class Pace:
    """Compares how long a page is on its way with how long it takes to be written."""

    def __init__(self, endpoint_rate: float) -> None:
        self._endpoint_rate = endpoint_rate
        self._delays: deque[float] = deque(maxlen=RECENT)
        self._writes: deque[float] = deque(maxlen=RECENT)
        self._write = USUAL_WRITE_SECONDS
        self._pages = 0

    def arrived(self, page: Page | None) -> None:
        """Remember how long a page was on its way."""
        if page is not None:
            self._delays.append(page.delay)
            self._pages += 1

    def written(self, objects: int, seconds: float) -> None:
        """Remember how long writing so many objects took; another thread may ask meanwhile."""
        if objects >= PAGE_SIZE:
            self._writes.append(seconds * PAGE_SIZE / objects)
            self._write = min(self._writes)

    def room(self, in_flight: int, of_kind: int, *, is_open: bool) -> int:
        """Return how many windows more are worth opening beside those ``in_flight``.

        ``of_kind`` of them ask the same endpoint, which must not be asked faster than it allows.
        A window that ``is_open`` to the past may hide most of the work: it is cut even so.
        """
        # The best of the recent ones: a busy machine makes single pages slow, not the way long.
        delay = min(self._delays, default=0.0)
        if delay < FAR_SECONDS:
            return 0
        wanted = min(MOST_THREADS, math.ceil(delay / self._write) + SPARE)
        allowed = min(MOST_THREADS, self._endpoint_rate * delay)
        room = min(wanted - in_flight, math.ceil(allowed) - of_kind)
        return max(room, min(AHEAD, math.ceil(allowed) - 1)) if is_open else room

    def pages_each(self) -> int:
        """Return how many pages a new window should hold: more, the more there has been."""
        return min(MOST_PAGES, max(LEAST_PAGES, self._pages // MOST_THREADS))


@dataclass(frozen=True, slots=True)
class Density:
    """How many objects of a kind were created in a second, by the page read last."""

    per_second: float

    @classmethod
    def of(cls, data: Sequence[Json]) -> "Density":
        """Return the density of a page."""
        moments = [item["created"] for item in data if isinstance(item.get("created"), int)]
        span = max(moments) - min(moments) + 1 if moments else 1
        return cls(len(moments) / span)


def is_outside(window: Window, data: Sequence[Json]) -> bool:
    """Return whether some of ``data`` were not created in the window's time."""
    moments = [item["created"] for item in data if isinstance(item.get("created"), int)]
    too_old = window.from_at is not None and any(each < window.from_at for each in moments)
    return too_old or (
        window.until_at is not None and any(each >= window.until_at for each in moments)
    )


def cut(
    window: Window, density: Density, pieces: int, pages_each: int, number: int
) -> list[Window]:
    """Cut what is left of ``window`` into at most ``pieces`` windows that make it up exactly.

    The first keeps its cursor, the new ones are numbered from ``number`` on. Where the beginning
    of time is unknown, the last is open and the others hold about ``pages_each`` pages.
    """
    if window.cursor_at is None or not density.per_second:
        return [window]
    top = window.cursor_at + 1
    if window.from_at is None:
        seconds = math.ceil(pages_each * PAGE_SIZE / density.per_second)
        bounds = [top - seconds * count for count in range(1, pieces)]
    else:
        pages = (top - window.from_at) * density.per_second / PAGE_SIZE
        pieces = min(pieces, int(pages))
        seconds = (top - window.from_at) // max(1, pieces)
        bounds = [top - seconds * count for count in range(1, pieces)]
    lowest = window.from_at or 0
    bounds = [bound for bound in bounds if lowest < bound < top]
    if not bounds:
        return [window]
    lowers = [*bounds[1:], window.from_at]
    fresh = [
        Window(window.kind, number + place, lower, upper)
        for place, (upper, lower) in enumerate(zip(bounds, lowers, strict=True))
    ]
    return [replace(window, from_at=bounds[0]), *fresh]
