"""The first phase: read everything that was never read, window by window."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from dashboard.gateway.errors import AbsentError
from dashboard.gateway.reads import Json, Page
from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.fetch import Fetched
from dashboard.mirror.sync.intake import Intake
from dashboard.mirror.sync.pace import Density, Pace, cut, is_outside
from dashboard.store import sync_runs
from dashboard.store.sync_runs import KindState, KindStatus, Window


def to_fill(db: Connection, intake: Intake) -> list[Window]:
    """Return the windows that are left to be read, and open one for each kind never begun."""
    book, statuses = intake.book, intake.statuses
    left = [window for window in sync_runs.windows(db, book) if window.kind in KINDS]
    begun = {window.kind for window in left}
    for kind in KINDS.values():
        status = statuses.setdefault(kind.name, KindStatus(kind.name, KindState.FILLING))
        if kind.path and status.filled_at is None:
            intake.change(replace(status, state=KindState.FILLING, message=None))
            if kind.name not in begun:
                left.append(Window(kind.name))
    sync_runs.save_windows(db, book, left)
    return left


class Filling:
    """Stores pages and moves their windows on, in one transaction.

    A server may list a kind without regard for ``created``. Then every window would read the whole
    list, so one goes on without bounds and the others of the kind are closed.
    """

    def __init__(self, intake: Intake, pace: Pace, windows: Sequence[Window]) -> None:
        self._intake = intake
        self._pace = pace
        self._failed: set[str] = set()
        self._only: dict[str, int] = {}
        self._open = Counter(window.kind for window in windows)
        self._first_ended = set(self._open) - {w.kind for w in windows if not w.number}
        self._last = Counter(
            {kind: max(w.number for w in windows if w.kind == kind) for kind in self._open}
        )

    def store(self, db: Connection, batch: Sequence[Fetched]) -> list[Window]:
        """Store a batch and return the windows whose next pages are to be read."""
        self._intake.store(db, batch)
        for fetched in batch:
            self._notice(fetched)
            self._count(fetched)
        done = [fetched.window for fetched in batch if self._is_last(fetched)]
        self._open.subtract(window.kind for window in done)
        self._first_ended.update(window.kind for window in done if not window.number)
        moved = [window for fetched in batch for window in self._next(fetched)]
        sync_runs.close_windows(db, self._intake.book, done)
        sync_runs.save_windows(db, self._intake.book, moved)
        for kind in {window.kind for window in done}:
            if not self._open[kind] and kind not in self._failed:
                self._intake.filled(kind)
        return moved

    def _notice(self, fetched: Fetched) -> None:
        """Learn from a page that the server disregards the bounds of its window."""
        window, page = fetched.window, fetched.page
        if page is not None and is_outside(window, page.data):
            # The first window began first and is the farthest on.
            number = window.number if window.kind in self._first_ended else 0
            self._only.setdefault(window.kind, number)

    def _count(self, fetched: Fetched) -> None:
        page = None if self._is_needless(fetched.window) else fetched.page
        self._intake.count(fetched.window.kind, len(page.data) if page else 0)

    def _is_needless(self, window: Window) -> bool:
        return self._only.get(window.kind, window.number) != window.number

    def _is_last(self, fetched: Fetched) -> bool:
        window, page = fetched.window, fetched.page
        if page is None or self._is_needless(window):
            return page is not None
        # Nobody reads what lies outside its bounds any more, should the server regard them at all.
        is_cut_short = window.kind in self._only and window != _unbounded(window)
        return not page.has_more and not is_cut_short

    def _next(self, fetched: Fetched) -> list[Window]:
        window, page = fetched.window, fetched.page
        if fetched.error is not None:
            return self._after_error(window, fetched)
        if page is None or self._is_last(fetched):
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
        self._open[window.kind] += len(pieces) - 1
        return pieces

    def _after_error(self, window: Window, fetched: Fetched) -> list[Window]:
        """Go on by time where the object at the cursor is gone; else leave the window for later."""
        if window.cursor_at is not None and isinstance(fetched.error, AbsentError):
            return [replace(window, until_at=window.cursor_at + 1, cursor=None, cursor_at=None)]
        self._intake.refuse(fetched)
        self._failed.add(window.kind)
        self._open[window.kind] -= 1
        return []


def _unbounded(window: Window) -> Window:
    return replace(window, from_at=None, until_at=None)


def moved_on(window: Window, page: Page) -> Window:
    """Return the window with its cursor at the last object of ``page``."""
    last = page.data[-1]
    created = last.get("created") if KINDS[window.kind].windowed else None
    moment = created if isinstance(created, int) else None
    return replace(window, cursor=str(last["id"]), cursor_at=moment)
