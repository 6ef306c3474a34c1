"""How far the sync of a book is."""

from dataclasses import dataclass

from sqlalchemy import Connection

from dashboard.mirror.freshness import words
from dashboard.mirror.outlook import expected
from dashboard.mirror.registry import KINDS
from dashboard.store import sync_runs
from dashboard.store.books import Book
from dashboard.store.sync_runs import KindState, KindStatus, Run

TONES = {KindState.FILLED: "succeeded", KindState.FILLING: "processing"}
WORDS = {
    KindState.FILLED: "Complete",
    KindState.FILLING: "Reading",
    KindState.REFUSED: "Refused",
    KindState.ABSENT: "Not there",
    KindState.FAILED: "Failed",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One kind: its name, how many objects were read of about how many, and how that went."""

    name: str
    objects: int
    expected: int | None
    tone: str
    word: str
    message: str | None


@dataclass(frozen=True, slots=True)
class Progress:
    """The last run, or the one at work now, and how far each kind is."""

    run: Run | None
    lines: list[Line]


def progress(db: Connection, book: Book) -> Progress:
    """Return how far the sync of ``book`` is, the kinds in the order in which they are filled."""
    statuses = sync_runs.statuses(db, book)
    ahead = expected(db, book)
    lines = [
        _line(statuses[kind], ahead.get(kind))
        for kind in KINDS
        if kind in statuses and KINDS[kind].path
    ]
    return Progress(sync_runs.latest(db, book), lines)


def _line(status: KindStatus, expected: int | None) -> Line:
    name = words(status.kind).capitalize()
    tone = TONES.get(status.state, "failed")
    return Line(name, status.objects, expected, tone, WORDS[status.state], status.message)
