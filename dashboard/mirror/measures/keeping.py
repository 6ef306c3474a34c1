"""All that is kept in step: moved to another time zone, rebuilt from the rows, checked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from dashboard.core import clock
from dashboard.mirror.changes import Change
from dashboard.mirror.kinds.base import Row
from dashboard.mirror.measures import days, mrr_changes, versions
from dashboard.mirror.measures.counts import COUNTS
from dashboard.mirror.measures.daily import SUMMARIES
from dashboard.mirror.measures.ledger import ROLLED_UP
from dashboard.mirror.measures.mrr_changes import daily_mrr
from dashboard.mirror.measures.summary import Key, Summary
from dashboard.store.books import Book

EVERY = (*SUMMARIES, *ROLLED_UP, *COUNTS, daily_mrr)


@dataclass(frozen=True, slots=True)
class Difference:
    """A key of a summary whose kept sums are not those of a full scan."""

    summary: str
    key: tuple[str, ...]
    kept: tuple[int, ...]
    scanned: tuple[int, ...]

    def __str__(self) -> str:
        """Return one line for the terminal."""
        return f"{self.summary} {' '.join(self.key)}: kept {self.kept}, scanned {self.scanned}"


def follow_account(db: Connection, book: Book, _changes: Sequence[Change]) -> None:
    """Sum the book's days anew when its account has moved to another time zone."""
    if days.move(db, book):
        _rebuild(db, book)


def rebuild(db: Connection, book: Book) -> None:
    """Sum everything of the book anew, in its present time zone."""
    days.move(db, book)
    _rebuild(db, book)


def check(db: Connection, book: Book) -> Iterator[Difference]:
    """Yield where what is kept is not what a walk over all rows gives."""
    for summary in EVERY:
        yield from _differences(summary, summary.kept(db, book), summary.scan(db, book))
    yield from _check_history(db, book)


def check_recent(db: Connection, book: Book, since: date) -> Iterator[Difference]:
    """Yield the same of the days from ``since`` on, where that is cheap to tell."""
    since_at = clock.day_start(since, days.zone(db, book))
    for summary in SUMMARIES:
        kept = summary.kept(db, book, summary.table.c.day >= since.isoformat())
        scanned = summary.scan(db, book, summary.origin.c.created_at >= since_at)
        yield from _differences(summary, kept, scanned)


def mend(db: Connection, book: Book) -> None:
    """Sum anew what is not what a walk over all rows gives; what is right is left alone."""
    if any(_check_history(db, book)):
        mrr_changes.retell(db, book, versions.every_subscription(db, book))
    for summary in EVERY:
        if summary.kept(db, book) != summary.scan(db, book):
            summary.rebuild(db, book)


def _differences(
    summary: Summary, kept: Mapping[Key, list[int]], scanned: Mapping[Key, list[int]]
) -> Iterator[Difference]:
    nothing = (0,) * len(summary.sums)
    for key in sorted({*kept, *scanned}):
        ours, theirs = tuple(kept.get(key, nothing)), tuple(scanned.get(key, nothing))
        if ours != theirs:
            yield Difference(summary.table.name, key, ours, theirs)


def _rebuild(db: Connection, book: Book) -> None:
    mrr_changes.retell(db, book, versions.every_subscription(db, book))
    for summary in EVERY:
        summary.rebuild(db, book)


def _check_history(db: Connection, book: Book) -> Iterator[Difference]:
    find_day = days.finder(db, book)
    for portion in versions.portions(versions.every_subscription(db, book)):
        known = versions.load(db, book, portion)
        told = _dated(row for one in known for row in mrr_changes.told(book, one, find_day))
        kept = _dated(mrr_changes.kept(db, book, portion))
        for key in sorted({*told, *kept}):
            if told.get(key) != kept.get(key):
                yield Difference("mrr_changes", key, kept.get(key, ()), told.get(key, ()))


def _dated(rows: Iterable[Row]) -> dict[tuple[str, ...], tuple[int, ...]]:
    return {
        (row["subscription_id"], row["day"], str(row["effective_at"]), row["currency"]): (
            row["before_minor"],
            row["after_minor"],
        )
        for row in rows
    }
