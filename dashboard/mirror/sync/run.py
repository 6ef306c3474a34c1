"""One run of the sync: fill what was never read, catch up with the rest, link the payouts.

A run is complete when every kind is: filled once, and caught up in this run. A kind that Stripe
refuses (403), that a server lacks (404) or that fails stops no other, but leaves the run
incomplete; its name and Stripe's words are among the errors.
"""

import gc
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection, Engine

from dashboard.core import clock
from dashboard.core.errors import DashboardError
from dashboard.gateway.errors import AbsentError, GatewayError, RefusedError
from dashboard.gateway.reads import Json, Reads
from dashboard.mirror.apply import apply
from dashboard.mirror.kinds.base import Kind
from dashboard.mirror.membership import link_all
from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.burying import bury_some, to_bury
from dashboard.mirror.sync.catching_up import EVENT, CatchingUp, to_catch_up
from dashboard.mirror.sync.collector import without_collector
from dashboard.mirror.sync.events import Short
from dashboard.mirror.sync.expansions import retrieve_params
from dashboard.mirror.sync.fetch import MOST_AHEAD, Fetched, Fetchers, Plan, complete, pump
from dashboard.mirror.sync.filling import Filling, to_fill
from dashboard.mirror.sync.intake import Intake, Report, silent
from dashboard.mirror.sync.kept import Kept, keeping
from dashboard.mirror.sync.lock import alone
from dashboard.mirror.sync.pace import Pace
from dashboard.mirror.sync.payout_links import links, unlinked
from dashboard.mirror.sync.planning import Planner
from dashboard.mirror.sync.writer import analyze, writer
from dashboard.store import sync_runs
from dashboard.store.books import Book
from dashboard.store.sync_runs import KindStatus, Window

COLLECT_EVERY = 64
"""Transactions between two looks for garbage that only the collector finds."""

LARGE_LOAD = 5_000
"""After so many new objects the planner needs to look at the tables again."""

FIRST_LOOK, GROWTH = 1_000, 8
"""It looks at so many objects, then whenever there are so many times more.

Of tables that it never saw PostgreSQL believes that an index by time finds a page of ids soonest,
and so reads all of it for every page.
"""

EVENTS_LISTED_SECONDS = 29 * clock.DAY_SECONDS


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended, and what is wrong with kinds, by name.

    ``objects`` counts by kind what was new; a run that goes on where another was killed before it
    had read everything counts what that one stored as well.
    """

    complete: bool
    seconds: float
    objects: dict[str, int]
    errors: list[str]


class StoppedError(DashboardError):
    """Somebody stopped the run; the next one goes on where it was."""

    status = 409
    code = "stopped"


class Phase(Protocol):
    """Stores a batch in the caller's transaction and says which pages to read next."""

    def store(self, db: Connection, batch: Sequence[Fetched]) -> list[Window]:
        """Store ``batch`` and return the windows whose next pages are to be read."""


def sync(
    engine: Engine, book: Book, reads: Reads, *, full: bool = False, report: Report = silent
) -> Outcome:
    """Bring the mirror of ``book`` abreast of Stripe; ``full`` reads everything again.

    Raises:
        ConflictError: another sync of this book is running.
        KeyRefusedError: Stripe does not know the key.
        StoppedError: somebody stopped it.
    """
    with (
        alone(engine, book),
        writer(engine) as db,
        keeping(engine, book) as kept,
        without_collector(),
    ):
        return Run(db, book, reads, kept, report).run(full=full)


def refresh(engine: Engine, book: Book, reads: Reads, kinds: Iterable[str]) -> None:
    """Read what is new of a few kinds that no event carries, beside the schedule of whole runs.

    Raises:
        ConflictError: a sync of this book is running.
        GatewayError: Stripe does not answer, or not with what was asked for.
    """
    with alone(engine, book), writer(engine) as db, keeping(engine, book) as kept:
        Run(db, book, reads, kept, silent).refresh(frozenset(kinds))


class Run:
    """A run in progress. The thread that runs it is the only one that writes."""

    def __init__(
        self, writer: Connection, book: Book, reads: Reads, kept: Kept, report: Report
    ) -> None:
        self._writer = writer
        self._reads = reads
        self._kept = kept
        self._intake = Intake(book, {}, report)
        self._pace = Pace(reads.limiter.endpoint_rate)
        self._run_id = 0
        self._turns = 0
        self._next_look = FIRST_LOOK

    def run(self, *, full: bool) -> Outcome:
        """Go through all phases and say how it went."""
        started = time.monotonic()
        self._start(full=full)
        try:
            self._fill()
            self._bury()
            self._catch_up()
            self._link_payouts()
        except BaseException as error:
            self._finish(str(error) or type(error).__name__)
            raise
        errors = [f"{kind}: {error}" for kind, error in self._intake.errors.items()]
        self._finish("; ".join(errors) or None)
        if sum(self._intake.stored.values()) >= LARGE_LOAD:
            analyze(self._writer)
        seconds = round(time.monotonic() - started, 3)
        return Outcome(not errors, seconds, self._intake.stored, errors)

    def refresh(self, kinds: frozenset[str]) -> None:
        """Catch up with ``kinds`` alone, those of them that are filled."""
        with self._writer.begin():
            statuses = sync_runs.statuses(self._writer, self._intake.book)
        self._intake.statuses = {name: statuses[name] for name in kinds & statuses.keys()}
        self._catch_up()
        with self._writer.begin():
            self._intake.save(self._writer)
        self._link_payouts()
        for error in self._intake.errors.values():
            raise error

    def _start(self, *, full: bool) -> None:
        book = self._intake.book
        with self._writer.begin():
            self._run_id = sync_runs.start(self._writer, book)
            statuses = sync_runs.statuses(self._writer, book)
        if full or _has_missed_events(statuses.get(EVENT)):
            # First: a kill in between must not leave pages of before to a run that starts over.
            self._kept.clear()
            clock.wait_for_next_second()
            with self._writer.begin():
                sync_runs.start_over(self._writer, book)
                statuses = sync_runs.statuses(self._writer, book)
        self._intake.statuses = statuses
        self._intake.stored = {
            one.kind: one.objects for one in statuses.values() if one.objects and not one.caught_at
        }

    def _finish(self, message: str | None) -> None:
        """Note how the run ended; without a ``message`` it is complete."""
        complete = message is None
        with self._writer.begin():
            self._intake.save(self._writer)
            sync_runs.finish(self._writer, self._run_id, complete=complete, message=message)

    def _fill(self) -> None:
        filling = Filling(self._intake)
        self._recover(filling)
        with self._writer.begin():
            windows = to_fill(self._writer, self._intake)
            self._intake.save(self._writer)
        planner = Planner(self._pace, windows)
        self._pump(windows, filling, lambda fetched: self._kept.keep(planner.plan(fetched)))

    def _recover(self, filling: Filling) -> None:
        """Store what a killed run had read and not stored."""
        with self._writer.begin():
            windows = sync_runs.windows(self._writer, self._intake.book)
        for fetched in self._kept.left(windows):
            self._store([fetched], filling)

    def _catch_up(self) -> None:
        filled = [one for one in self._intake.statuses.values() if one.filled_at is not None]
        with self._writer.begin():
            windows = to_catch_up(self._writer, self._intake.book, filled)
        phase = CatchingUp(self._intake)
        self._pump(windows, phase)
        if self._read_again(phase.short):
            phase.end()
            with self._writer.begin():
                self._intake.save(self._writer)

    def _bury(self) -> None:
        for status in to_bury(self._intake):
            more = True
            while more:
                with self._writer.begin():
                    more = bury_some(self._writer, self._intake, status)
                    self._intake.save(self._writer)

    def _read_again(self, short: Iterable[Short]) -> bool:
        """Read the objects of events that told too little, one by one: there are hardly any.

        Return whether all could be read; what could not is read by the next run.
        """
        for each in short:
            path = f"{each.kind.path}/{each.id}"
            try:
                told = self._reads.retrieve(path, retrieve_params(each.kind))
                complete(self._reads, each.kind, told.body)
            except AbsentError:
                told = None
            except RefusedError as error:
                told = None
                self._intake.errors.setdefault(each.kind.name, error)
            except GatewayError as error:
                self._intake.errors.setdefault(each.kind.name, error)
                return False
            with self._writer.begin():
                if told is not None:
                    self._apply(each.kind, told.body, told.as_of)
                self._apply(KINDS[EVENT], each.event, int(each.event["created"]))
        return True

    def _apply(self, kind: Kind, thing: Json, seen_at: int) -> None:
        apply(self._writer, self._intake.book, kind, [thing], seen_at=seen_at)

    def _link_payouts(self) -> None:
        with self._writer.begin():
            payout_ids = unlinked(self._writer, self._intake.book)
        try:
            for some in links(self._reads, payout_ids):
                with self._writer.begin():
                    link_all(self._writer, self._intake.book, some)
        except GatewayError as error:
            self._intake.errors["transactions of payouts"] = error

    def _pump(self, windows: Iterable[Window], phase: Phase, plan: Plan | None = None) -> None:
        """Read and store until no window has a next page."""
        fetchers = Fetchers(self._reads, plan, MOST_AHEAD if self._kept else 0)
        pump(fetchers, windows, lambda batch: self._store(batch, phase))

    def _store(self, batch: Sequence[Fetched], phase: Phase) -> list[Window]:
        began = time.perf_counter()
        count = sum(len(fetched.page.data) for fetched in batch if fetched.page)
        with self._writer.begin():
            following = phase.store(self._writer, batch)
            changed = self._intake.save(self._writer)
            self._go_on(count)
        self._kept.drop(batch)
        self._pace.written(count, time.perf_counter() - began)
        for status in changed:
            self._intake.report(status)
        self._turns += 1
        if not self._turns % COLLECT_EVERY:
            gc.collect()
        self._look_at_growth()
        return following

    def _go_on(self, count: int) -> None:
        """Note that so many objects more are stored; a refresh is no run, and nobody stops it."""
        if self._run_id and not sync_runs.touch(self._writer, self._run_id, count):
            raise StoppedError(sync_runs.STOPPED)

    def _look_at_growth(self) -> None:
        stored = sum(self._intake.stored.values())
        if stored >= self._next_look:
            analyze(self._writer, glance=True)
            self._next_look = GROWTH * stored


def _has_missed_events(events: KindStatus | None) -> bool:
    """Say whether changes may have happened that Stripe no longer tells, after some 30 days."""
    if events is None:
        return False
    read_at = events.abreast_at or events.caught_at or events.filled_at or events.since_at
    return read_at is not None and clock.seconds() - read_at > EVENTS_LISTED_SECONDS
