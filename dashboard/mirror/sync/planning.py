"""How windows move on while their pages come in, decided ahead of the writer."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from dashboard.gateway.errors import AbsentError
from dashboard.gateway.reads import Json, Page
from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.fetch import Fetched
from dashboard.mirror.sync.pace import Density, Pace, cut, is_outside
from dashboard.store.sync_runs import Window


class Planner:
    """Says which windows follow a page, for one page at a time.

    A server may list a kind without regard for ``created``. Then every window would read the whole
    list, so one goes on without bounds and the others of the kind are closed.
    """

    def __init__(self, pace: Pace, windows: Sequence[Window]) -> None:
        self._pace = pace
        self._only: dict[str, int] = {}
        self._open = Counter(window.kind for window in windows)
        self._first_ended = set(self._open) - {w.kind for w in windows if not w.number}
        self._last = Counter(
            {kind: max(w.number for w in windows if w.kind == kind) for kind in self._open}
        )

    def plan(self, fetched: Fetched) -> Fetched:
        """Return the answer with the windows that follow it."""
        window = fetched.window
        self._pace.arrived(fetched.page)
        self._notice(fetched)
        following = self._next(fetched)
        self._open[window.kind] += len(following) - 1
        if not following and not window.number:
            self._first_ended.add(window.kind)
        needless = self._is_needless(window)
        return replace(fetched, following=tuple(following), needless=needless)

    def _notice(self, fetched: Fetched) -> None:
        """Learn from a page that the server disregards the bounds of its window."""
        window, page = fetched.window, fetched.page
        if page is not None and is_outside(window, page.data):
            # The first window began first and is the farthest on.
            number = window.number if window.kind in self._first_ended else 0
            self._only.setdefault(window.kind, number)

    def _is_needless(self, window: Window) -> bool:
        return self._only.get(window.kind, window.number) != window.number

    def _next(self, fetched: Fetched) -> list[Window]:
        window, page = fetched.window, fetched.page
        if page is None:
            return _after_error(fetched)
        # Nobody reads what lies outside its bounds any more, should the server regard them at all.
        is_cut_short = window.kind in self._only and window != _unbounded(window)
        if self._is_needless(window) or not (page.has_more or is_cut_short):
            return []
        following = moved_on(window, page) if page.data else window
        if window.kind in self._only:
            return [_unbounded(following)]
        return self._cut(following, page.data)

    def _cut(self, window: Window, data: Sequence[Json]) -> list[Window]:
        is_open = window.from_at is None
        room = self._pace.room(self._open.total(), self._open[window.kind], is_open=is_open)
        if room < 1 or not KINDS[window.kind].windowed:
            return [window]
        number = self._last[window.kind] + 1
        pieces = cut(window, Density.of(data), room + 1, self._pace.pages_each(), number)
        self._last[window.kind] += len(pieces) - 1
        return pieces


def _after_error(fetched: Fetched) -> list[Window]:
    """Go on by time where the object at the cursor is gone; else leave the window for later."""
    window = fetched.window
    if window.cursor_at is not None and isinstance(fetched.error, AbsentError):
        return [replace(window, until_at=window.cursor_at + 1, cursor=None, cursor_at=None)]
    return []


def _unbounded(window: Window) -> Window:
    return replace(window, from_at=None, until_at=None)


def moved_on(window: Window, page: Page) -> Window:
    """Return the window with its cursor at the last object of ``page``."""
    last = page.data[-1]
    created = last.get("created") if KINDS[window.kind].windowed else None
    moment = created if isinstance(created, int) else None
    return replace(window, cursor=str(last["id"]), cursor_at=moment)
