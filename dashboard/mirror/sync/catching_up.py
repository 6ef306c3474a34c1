"""The second phase: read what is new since, and what events tell of changes."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, func, select

from dashboard.core import clock
from dashboard.gateway.reads import Page
from dashboard.mirror import rows
from dashboard.mirror.kinds.balance_transaction import balance_transactions
from dashboard.mirror.kinds.read import moment
from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.events import News, Short
from dashboard.mirror.sync.fetch import Fetched
from dashboard.mirror.sync.intake import Intake
from dashboard.mirror.sync.planning import moved_on
from dashboard.store.books import Book
from dashboard.store.sync_runs import KindStatus, Window

EVENT, TRANSACTION = "event", "balance_transaction"
RIPENED = 1
"""The number of the window that is read for what became available."""

LOOK_BACK_SECONDS = 300
"""Objects become listable some seconds after they are created."""


def to_catch_up(db: Connection, book: Book, filled: Sequence[KindStatus]) -> list[Window]:
    """Return a window for each kind that is filled, from a little before what is known on.

    One more holds the transactions that have become available since: no event tells of them.
    """
    windows = [Window(status.kind, from_at=_known_until(db, book, status)) for status in filled]
    known = {status.kind: status.abreast_at for status in filled}
    if ripened := _ripened(db, book, known.get(TRANSACTION)):
        windows.append(ripened)
    return windows


def _ripened(db: Connection, book: Book, known_at: int | None) -> Window | None:
    """Return the window of the transactions that were pending when we read them last."""
    if known_at is None:
        return None
    table = balance_transactions.c
    query = select(func.min(table.created_at), func.max(table.created_at)).where(
        table.book_id == book.id,
        table.available_at > known_at,
        table.available_at <= clock.seconds(),
        table.created_at < table.available_at,
    )
    first, last = db.execute(query).one()
    return None if first is None else Window(TRANSACTION, RIPENED, first, last + 1)


def _known_until(db: Connection, book: Book, status: KindStatus) -> int | None:
    """Return from which moment on there may be news (UTC seconds), ``None`` for all of them.

    The newest object that we know says nothing: it may have been delivered while others were not.
    """
    kind = KINDS[status.kind]
    if not kind.windowed:
        return None
    known = [status.abreast_at, _newest(db, book, status)]
    return max(0, min(filter(None, known)) - LOOK_BACK_SECONDS) if any(known) else None


def _newest(db: Connection, book: Book, status: KindStatus) -> int | None:
    table = KINDS[status.kind].table
    newest: int | None = db.scalar(
        select(func.max(table.c.created_at)).where(table.c.book_id == book.id)
    )
    return newest


class CatchingUp:
    """Stores pages from the newest on, until one brings nothing that we do not know.

    ``short`` holds events whose objects must be read once more. Until then they are not stored,
    nor counts what events tell as known: should the run be killed, the next one meets them again.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._news = News(intake.book, intake.codec)
        self._as_of: dict[str, int] = {}
        self._heard_until: int | None = None
        self.short: list[Short] = []

    def store(self, db: Connection, batch: Sequence[Fetched]) -> list[Window]:
        """Store a batch and return the windows whose next pages are to be read."""
        following: list[Window] = []
        others: list[Fetched] = []
        events: list[tuple[Fetched, Page, set[str]]] = []
        for fetched in batch:
            if fetched.page is None:
                self._intake.refuse(fetched)
                continue
            fresh = _fresh(db, self._intake.book, fetched.window.kind, fetched.page)
            if fetched.window.kind == EVENT:
                events.append((fetched, fetched.page, self._known(fetched.page, fresh)))
            else:
                others.append(fetched)
            following += self._follow(fetched.window, fetched.page, fresh)
        self._intake.store(db, others)
        for fetched, page, known in events:
            self._store_events(db, fetched, page, known)
        return following

    def end(self) -> None:
        """Note that all events are told, now that what was short has been read."""
        if self._heard_until is not None:
            self._intake.caught_up(EVENT, self._heard_until)

    def _store_events(self, db: Connection, fetched: Fetched, page: Page, known: set[str]) -> None:
        """Apply what a page of events tells, and store those that tell it whole."""
        short = self._news.apply(db, page.data, known)
        self.short += short
        left = {str(each.event["id"]) for each in short}
        whole = [event for event in page.data if str(event.get("id")) not in left]
        self._intake.store(db, [replace(fetched, page=replace(page, data=whole))])

    def _known(self, page: Page, fresh: set[str]) -> set[str]:
        """Return the events that were applied when they came; the first were stored unread."""
        is_unread = self._intake.statuses[EVENT].caught_at is None
        return set() if is_unread else _ids(page) - fresh

    def _follow(self, window: Window, page: Page, fresh: set[str]) -> list[Window]:
        as_of = self._as_of.setdefault(window.kind, page.as_of)
        self._intake.count(window.kind, len(fresh))
        # All late objects stand close below those of the run before, so a page of known ones ends
        # the search there. Above, some may have been delivered, or stored by a run that was killed,
        # and those between and below them are not known.
        is_searching = fresh or window.kind == EVENT or self._is_above(window, page)
        if page.has_more and (is_searching or window.number == RIPENED):
            return [moved_on(window, page)]
        if window.kind == EVENT:
            self._heard_until = as_of
        elif window.number != RIPENED:
            self._intake.caught_up(window.kind, as_of)
        return []

    def _is_above(self, window: Window, page: Page) -> bool:
        """Say whether all of the page is newer than what the last complete search knew."""
        known_at = self._intake.statuses[window.kind].abreast_at
        oldest_at = min((moment(item.get("created")) or 0 for item in page.data), default=0)
        return known_at is not None and oldest_at >= known_at


def _fresh(db: Connection, book: Book, kind: str, page: Page) -> set[str]:
    """Return the ids of the page that we do not know."""
    if KINDS[kind].single:
        return set()
    table, names = KINDS[kind].table, _ids(page)
    known = select(table.c.id).where(table.c.book_id == book.id, rows.among(db, table.c.id, names))
    return names - set(db.scalars(known))


def _ids(page: Page) -> set[str]:
    return {str(item.get("id")) for item in page.data}
