"""How far the sync of a book is."""

from dataclasses import dataclass

from sqlalchemy import Connection

from dashboard.core import clock
from dashboard.mirror.freshness import SILENT_AFTER_SECONDS, words
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


ADVICE = {
    KindState.REFUSED: "Give the key read access to it at Stripe, under Developers, API keys.",
    KindState.ABSENT: "Other servers may lack it; at Stripe itself it is there.",
    KindState.FAILED: "It is read again with the next sync.",
}
MOST_RUNS = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One kind: its name, how many objects were read of about how many, and how that went.

    ``message`` is what Stripe said of it, ``advice`` what to do.
    """

    name: str
    objects: int
    expected: int | None
    tone: str
    word: str
    message: str | None
    advice: str | None


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run as its line shows it: the state that it ended in, and how many seconds it took."""

    run: Run
    state: str
    word: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Progress:
    """The last runs, the newest first, which may be at work now, and how far each kind is."""

    runs: list[PastRun]
    lines: list[Line]

    @property
    def run(self) -> Run | None:
        """The last run."""
        return self.runs[0].run if self.runs else None


def progress(db: Connection, book: Book) -> Progress:
    """Return how far the sync of ``book`` is, the kinds in the order in which they are filled."""
    statuses = sync_runs.statuses(db, book)
    ahead = expected(db, book)
    lines = [
        _line(statuses[kind], ahead.get(kind))
        for kind in KINDS
        if kind in statuses and KINDS[kind].path
    ]
    return Progress([_past(run) for run in sync_runs.newest(db, book, MOST_RUNS)], lines)


def _past(run: Run) -> PastRun:
    ended_at = run.finished_at or run.touched_at
    return PastRun(run, *_ending(run), max(0, ended_at - run.started_at))


def _ending(run: Run) -> tuple[str, str]:
    """Return the state in which the run is or ended, and its word."""
    if run.finished_at is None:
        is_silent = clock.seconds() - run.touched_at > SILENT_AFTER_SECONDS
        return ("canceled", "Interrupted") if is_silent else ("running", "Running")
    if run.complete:
        return "complete", "Complete"
    known = {sync_runs.STOPPED: "Stopped", sync_runs.INTERRUPTED: "Interrupted"}
    word = known.get(run.message or "")
    return ("canceled", word) if word else ("failed", "Incomplete")


def _line(status: KindStatus, expected: int | None) -> Line:
    name = words(status.kind).capitalize()
    tone = TONES.get(status.state, "failed")
    word, advice = WORDS[status.state], ADVICE.get(status.state)
    return Line(name, status.objects, expected, tone, word, status.message, advice)
