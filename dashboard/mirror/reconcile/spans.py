"""Which span of time a page covers: what we have in it and the page does not show is extra.

A page that is not the last may break off within a second. So what it shows of its last second is
remembered until a later page goes beyond it, and only whole seconds are compared and counted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, or_, select

from dashboard.core import clock
from dashboard.gateway.reads import Json, Page
from dashboard.mirror.apply import object_id
from dashboard.mirror.kinds.base import Kind
from dashboard.mirror.kinds.invoice_payment import is_told_by_others
from dashboard.mirror.kinds.read import moment
from dashboard.mirror.reconcile.comparing import AHEAD_SECONDS, Finding, parts_of
from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.burying import NOT_ALL_LISTED
from dashboard.mirror.sync.catching_up import EVENT
from dashboard.store.books import Book
from dashboard.store.checks import OpenWindow
from dashboard.store.differences import Difference, What
from dashboard.store.sync_runs import Window, WindowKey


@dataclass(frozen=True, slots=True)
class Span:
    """The objects that Stripe shows of the time from ``from_at`` until before ``until_at``.

    ``shown`` holds ids, ``counts`` how many of each kind, with what rides inside, and ``oldest_at``
    the moment of the oldest; UTC seconds. ``left`` is what later pages of its window make whole.
    """

    from_at: int
    until_at: int
    shown: frozenset[str]
    counts: Counter[str]
    oldest_at: int | None
    left: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Shown:
    created: int
    parts: tuple[str, ...]


class Spans:
    """Puts the pages of windows together to whole seconds."""

    def __init__(self) -> None:
        self._last_seconds: dict[WindowKey, dict[str, _Shown]] = {}

    def resume(self, place: OpenWindow) -> None:
        """Go on with a window where another comparison was killed or has stopped."""
        window = place.window
        last_second = window.cursor_at or (window.until_at or 0) - 1
        self._last_seconds[window.key] = {
            name: _Shown(last_second, tuple(parts)) for name, parts in place.shown.items()
        }

    def cover(self, window: Window, page: Page) -> Span:
        """Return the span that is whole with this page, the next one of its window."""
        kind = KINDS[window.kind]
        shown = self._last_seconds.pop(window.key, {}) | _shown(kind, page.data)
        oldest_at = min((each.created for each in shown.values()), default=None)
        from_at, left = window.from_at or 0, dict[str, _Shown]()
        if page.has_more and kind.windowed and oldest_at is not None:
            from_at = oldest_at + 1
            left = {name: each for name, each in shown.items() if each.created < from_at}
            self._last_seconds[window.key] = left
            shown = {name: each for name, each in shown.items() if each.created >= from_at}
        until_at = _until(window, page.as_of)
        if kind.name == EVENT and not page.has_more:
            # What is older than the last of them is no longer listed.
            from_at = until_at if oldest_at is None else oldest_at + 1
        counts = Counter(part for each in shown.values() for part in each.parts)
        counts[kind.name] += len(shown)
        parts = {name: each.parts for name, each in left.items()}
        return Span(from_at, until_at, frozenset(shown), counts, oldest_at, parts)


def extra(db: Connection, book: Book, kind: Kind, span: Span, as_of: int) -> Iterator[Finding]:
    """Yield what we have in a span and Stripe does not show, where its list shows all there is."""
    if not kind.windowed or kind.name in NOT_ALL_LISTED - {EVENT}:
        return
    table = kind.table
    query = select(table.c.id, table.c.seen_at).where(
        table.c.book_id == book.id,
        table.c.created_at >= span.from_at,
        table.c.created_at < span.until_at,
        table.c.deleted.is_(False),
        or_(table.c.seen_at <= as_of, table.c.seen_at > clock.seconds() + AHEAD_SECONDS),
    )
    for name, seen_at in db.execute(query):
        if name not in span.shown and not is_told_by_others(name):
            yield Finding(Difference(kind.name, name, What.EXTRA), name, seen_at)


def _until(window: Window, as_of: int) -> int:
    if window.cursor_at is not None:
        return window.cursor_at + 1
    return as_of + 1 if window.until_at is None else window.until_at


def _shown(kind: Kind, objects: Iterable[Json]) -> dict[str, _Shown]:
    return {
        str(object_id(kind, raw)): _Shown(
            moment(raw.get("created")) or 0, tuple(part.kind for part in parts_of(kind, raw))
        )
        for raw in objects
    }
