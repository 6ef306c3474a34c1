"""The progress of a sync or a comparison: bars with counts, rates, time left, or lines in a log."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text
from sqlalchemy import Connection, Engine

from dashboard.core import db as database
from dashboard.mirror.freshness import words
from dashboard.mirror.outlook import expected
from dashboard.mirror.sync.intake import Report
from dashboard.store.books import Book
from dashboard.store.sync_runs import KindState, KindStatus

LINE_EVERY_SECONDS = 5.0
GUESS_EVERY_SECONDS = 1.0

Guess = Callable[[Connection, Book], Mapping[str, int]]
"""Says about how many objects each kind will have in the end."""


class RateColumn(ProgressColumn):
    """Objects a second."""

    def render(self, task: Task) -> Text:
        """Return the present rate of a bar."""
        return Text(f"{task.finished_speed or task.speed or 0:,.0f}/s", justify="right")


@contextmanager
def watching(
    engine: Engine, book: Book, console: Console, guess: Guess = expected
) -> Iterator[Report]:
    """Show the progress while the block runs; the value is what the run reports to."""
    if not console.is_terminal:
        yield Lines(console)
        return
    columns = (
        TextColumn("{task.description:<22}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bars(progress, engine, book, guess)


class Bars:
    """A bar for each kind that is read; its length is a guess that gets better."""

    def __init__(self, progress: Progress, engine: Engine, book: Book, guess: Guess) -> None:
        self._progress = progress
        self._engine = engine
        self._book = book
        self._guess_all = guess
        self._tasks: dict[str, TaskID] = {}
        self._expected: Mapping[str, int] = {}
        self._next = 0.0

    def __call__(self, status: KindStatus) -> None:
        """Move the bar of a kind on."""
        if status.kind not in self._tasks:
            self._tasks[status.kind] = self._progress.add_task(words(status.kind), total=None)
        is_done = status.state is not KindState.FILLING
        guess = self._guess(status)
        self._progress.update(
            self._tasks[status.kind],
            completed=status.objects,
            total=status.objects if is_done else guess,
        )

    def _guess(self, status: KindStatus) -> int | None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + GUESS_EVERY_SECONDS
            with database.reading(self._engine) as db:
                self._expected = self._guess_all(db, self._book)
        guess = self._expected.get(status.kind)
        return guess and max(guess, status.objects)


class Lines:
    """A line now and then, for logs."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._counts: dict[str, int] = {}
        self._next = time.monotonic() + LINE_EVERY_SECONDS

    def __call__(self, status: KindStatus) -> None:
        """Write how far all kinds are, unless that was done a moment ago."""
        self._counts[status.kind] = status.objects
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + LINE_EVERY_SECONDS
            told = ", ".join(
                f"{count:,} {words(kind)}" for kind, count in self._counts.items() if count
            )
            self._console.print(f"Read so far: {told}", highlight=False, soft_wrap=True)
