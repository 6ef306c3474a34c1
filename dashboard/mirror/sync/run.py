"""One run of the sync: fill what was never read, catch up with the rest, link the payouts.

A run is complete when every kind is: filled once, and caught up in this run. A kind that Stripe
refuses (403), that a server lacks (404) or that fails stops no other, but leaves the run
incomplete; its name and Stripe's words are among the errors.
"""

import gc
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection, Engine, text

from dashboard.core import clock, db
from dashboard.gateway.errors import AbsentError, GatewayError
from dashboard.gateway.reads import Reads
from dashboard.mirror.apply import apply
from dashboard.mirror.membership import link
from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.burying import bury_some, to_bury
from dashboard.mirror.sync.catching_up import CatchingUp, to_catch_up
from dashboard.mirror.sync.expansions import retrieve_params
from dashboard.mirror.sync.fetch import Fetched, Fetchers
from dashboard.mirror.sync.filling import Filling, to_fill
from dashboard.mirror.sync.intake import Intake, Report
from dashboard.mirror.sync.lock import alone
from dashboard.mirror.sync.pace import Pace
from dashboard.mirror.sync.payout_links import links, unlinked
from dashboard.store import sync_runs
from dashboard.store.books import Book
from dashboard.store.sync_runs import KindStatus, Window

COLLECT_EVERY = 64
"""Transactions between two looks for garbage that only the collector finds."""

FIRST = "account"
"""Its time zone bounds the days of all sums, so it is read before anything else."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: ``objects`` stored by kind, and what is wrong with kinds, by name."""

    complete: bool
    seconds: float
    objects: dict[str, int]
    errors: list[str]


class Phase(Protocol):
    """Stores a batch in the caller's transaction and says which pages to read next."""

    def store(self, connection: Connection, batch: Sequence[Fetched]) -> list[Window]:
        """Store ``batch`` and return the windows whose next pages are to be read."""


def silent(_status: KindStatus) -> None:
    """Report nothing."""


def sync(
    engine: Engine, book: Book, reads: Reads, *, full: bool = False, report: Report = silent
) -> Outcome:
    """Bring the mirror of ``book`` abreast of Stripe; ``full`` reads everything again.

    Raises:
        ConflictError: another sync of this book is running.
        KeyRefusedError: Stripe does not know the key.
    """
    with alone(engine, book), _without_collector():
        started = time.monotonic()
        with db.writing(engine) as connection:
            run_id = sync_runs.start(connection, book)
            if full:
                _begin_a_second()
                sync_runs.start_over(connection, book)
            intake = Intake(book, sync_runs.statuses(connection, book), report)
        run = Run(engine, run_id, intake, reads)
        try:
            run.run()
        except BaseException as error:
            run.finish(str(error) or type(error).__name__)
            raise
        errors = run.errors()
        run.finish("; ".join(errors) or None)
        seconds = round(time.monotonic() - started, 3)
        return Outcome(not errors, seconds, intake.stored, errors)


class Run:
    """A run in progress. The thread that runs it is the only one that writes."""

    def __init__(self, engine: Engine, run_id: int, intake: Intake, reads: Reads) -> None:
        self._engine = engine
        self._run_id = run_id
        self._intake = intake
        self._reads = reads
        self._pace = Pace(reads.limiter.endpoint_rate)
        self._turns = 0

    def run(self) -> None:
        """Go through all phases."""
        self._fill()
        self._bury()
        self._catch_up()
        self._link_payouts()

    def errors(self) -> list[str]:
        """Return what is wrong, kind by kind."""
        return [f"{kind}: {error}" for kind, error in self._intake.errors.items()]

    def finish(self, message: str | None) -> None:
        """Note how the run ended; without a ``message`` it is complete."""
        with db.writing(self._engine) as connection:
            self._intake.save(connection)
            complete = message is None
            sync_runs.finish(connection, self._run_id, complete=complete, message=message)

    def _fill(self) -> None:
        with db.writing(self._engine) as connection:
            windows = to_fill(connection, self._intake)
            self._intake.save(connection)
        for part in (
            [window for window in windows if window.kind == FIRST],
            [window for window in windows if window.kind != FIRST],
        ):
            self._pump(part, Filling(self._intake, self._pace, part))

    def _catch_up(self) -> None:
        filled = [one for one in self._intake.statuses.values() if one.filled_at is not None]
        with db.reading(self._engine) as connection:
            windows = to_catch_up(connection, self._intake.book, filled)
        phase = CatchingUp(self._intake)
        self._pump(windows, phase)
        self._read_again(phase.short)

    def _bury(self) -> None:
        for status in to_bury(self._intake):
            more = True
            while more:
                with db.writing(self._engine) as connection:
                    more = bury_some(connection, self._intake, status)
                    self._intake.save(connection)

    def _read_again(self, short: Iterable[tuple[str, str]]) -> None:
        """Read objects of which events told too little, one by one: there are hardly any."""
        for name, identity in short:
            kind = KINDS[name]
            try:
                told = self._reads.retrieve(f"{kind.path}/{identity}", retrieve_params(kind))
            except AbsentError:
                continue
            with db.writing(self._engine) as connection:
                apply(connection, self._intake.book, kind, [told.body], seen_at=told.as_of)

    def _link_payouts(self) -> None:
        with db.reading(self._engine) as connection:
            payout_ids = unlinked(connection, self._intake.book)
        try:
            for some in links(self._reads, payout_ids):
                with db.writing(self._engine) as connection:
                    _hurry(connection)
                    for payout_id, members in some.items():
                        link(connection, self._intake.book, payout_id, members)
        except GatewayError as error:
            self._intake.errors["transactions of payouts"] = error

    def _pump(self, windows: Iterable[Window], phase: Phase) -> None:
        """Read and store until no window has a next page."""
        fetchers = Fetchers(self._reads)
        try:
            for window in windows:
                fetchers.ask(window)
            while fetchers.in_flight:
                for window in self._store(fetchers.take(), phase):
                    fetchers.ask(window)
        finally:
            fetchers.close()

    def _store(self, batch: Sequence[Fetched], phase: Phase) -> list[Window]:
        began = time.perf_counter()
        with db.writing(self._engine) as connection:
            _hurry(connection)
            following = phase.store(connection, batch)
            changed = self._intake.save(connection)
            count = sum(len(fetched.page.data) for fetched in batch if fetched.page)
            sync_runs.touch(connection, self._run_id, count)
        pages = [fetched.page for fetched in batch if fetched.page]
        self._pace.note([page.delay for page in pages], time.perf_counter() - began)
        for status in changed:
            self._intake.report(status)
        self._turns += 1
        if not self._turns % COLLECT_EVERY:
            gc.collect(0)
        return following


def _begin_a_second() -> None:
    """Wait a moment: what is seen from now on is newer than all that was seen before."""
    second = clock.seconds()
    while clock.seconds() == second:
        time.sleep(0.01)


def _hurry(connection: Connection) -> None:
    """Let PostgreSQL answer a commit before it is on disk: a crash then repeats a few pages."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL synchronous_commit = off"))


@contextmanager
def _without_collector() -> Iterator[None]:
    """Keep the collector from walking through a million short-lived objects over and over."""
    was_on = gc.isenabled()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
        gc.unfreeze()
