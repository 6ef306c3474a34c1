"""The first phase: read everything that was never read, window by window."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.fetch import Fetched
from dashboard.mirror.sync.intake import Intake
from dashboard.store import sync_runs
from dashboard.store.sync_runs import KindState, KindStatus, Window, WindowKey


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
    """Stores planned pages and where that leaves their windows, in one transaction."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def store(self, db: Connection, batch: Sequence[Fetched]) -> list[Window]:
        """Store a batch; what follows it is being read already."""
        self._intake.store(db, batch)
        for fetched in batch:
            if fetched.page is None and not fetched.following:
                self._intake.refuse(fetched)
            elif fetched.page is not None and not fetched.needless:
                self._intake.count(fetched.window.kind, len(fetched.page.data))
        self._move(db, batch)
        return []

    def _move(self, db: Connection, batch: Sequence[Fetched]) -> None:
        """Save where the windows of ``batch`` are now, and which kinds have none left."""
        book = self._intake.book
        now: dict[WindowKey, Window | None] = {}
        for fetched in batch:
            if fetched.error is None:
                now[fetched.window.key] = None
            now.update({window.key: window for window in fetched.following})
        sync_runs.save_windows(db, book, filter(None, now.values()))
        if done := [key for key, window in now.items() if window is None]:
            sync_runs.close_windows(db, book, done)
            left = {window.kind for window in sync_runs.windows(db, book)}
            for kind in {kind for kind, _number in done} - left:
                self._intake.filled(kind)
