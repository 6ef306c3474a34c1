"""The second phase: read what is new since, and what events tell of changes."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from dashboard.gateway.reads import Page
from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.events import News
from dashboard.mirror.sync.fetch import Fetched
from dashboard.mirror.sync.intake import Intake
from dashboard.mirror.sync.planning import moved_on
from dashboard.store.books import Book
from dashboard.store.sync_runs import KindStatus, Window

EVENT = "event"
LOOK_BACK_SECONDS = 300
"""Objects become listable some seconds after they are created."""


def to_catch_up(db: Connection, book: Book, filled: Sequence[KindStatus]) -> list[Window]:
    """Return a window for each kind that is filled, from a little before its newest object on."""
    return [Window(status.kind, from_at=_newest(db, book, status)) for status in filled]


def _newest(db: Connection, book: Book, status: KindStatus) -> int | None:
    kind = KINDS[status.kind]
    if not kind.windowed:
        return None
    table = kind.table
    query = select(func.max(table.c.created_at)).where(table.c.book_id == book.id)
    newest = db.scalar(query)
    return max(0, newest - LOOK_BACK_SECONDS) if newest else None


class CatchingUp:
    """Stores pages from the newest on, until one brings nothing that we do not know.

    ``short`` holds the kind and id of objects that must be read once more.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._news = News(intake.book, intake.codec)
        self.short = self._news.short

    def store(self, db: Connection, batch: Sequence[Fetched]) -> list[Window]:
        """Store a batch and return the windows whose next pages are to be read."""
        following = [window for fetched in batch for window in self._take(db, fetched)]
        self._intake.store(db, batch)
        for fetched in batch:
            if fetched.window.kind == EVENT and fetched.page is not None:
                self._news.apply(db, fetched.page.data)
        return following

    def _take(self, db: Connection, fetched: Fetched) -> list[Window]:
        window, page = fetched.window, fetched.page
        if page is None:
            self._intake.refuse(fetched)
            return []
        fresh = _count_fresh(db, self._intake.book, window.kind, page)
        self._intake.count(window.kind, fresh)
        if page.has_more and (fresh or self._is_unread(window.kind)):
            return [moved_on(window, page)]
        self._intake.caught_up(window.kind)
        return []

    def _is_unread(self, kind: str) -> bool:
        """Say whether known objects may be news all the same.

        Late objects stand close below those of the run before, so a whole page of known ones ends
        the search. Not so for the first events after the filling: they were stored unread.
        """
        return kind == EVENT and self._intake.statuses[kind].caught_at is None


def _count_fresh(db: Connection, book: Book, kind: str, page: Page) -> int:
    """Return how many objects of the page we do not know."""
    if KINDS[kind].single:
        return 0
    table, names = KINDS[kind].table, [str(item["id"]) for item in page.data]
    query = select(func.count()).where(table.c.book_id == book.id, table.c.id.in_(names))
    return len(names) - (db.scalar(query) or 0)
