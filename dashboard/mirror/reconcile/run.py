"""One comparison of the mirror with Stripe, from its lists: whole, or in slices that can be killed.

It never waits for a sync and no sync for it. What it finds, and where it is, is saved batch by
batch; a kind that Stripe refuses or that fails stops no other.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.gateway.errors import GatewayError, KeyRefusedError
from dashboard.gateway.reads import Reads
from dashboard.mirror.codec import Codec
from dashboard.mirror.reconcile import sums
from dashboard.mirror.reconcile.comparing import compare, is_newer
from dashboard.mirror.reconcile.looking import Doubt, Standing, ask_again, standing
from dashboard.mirror.reconcile.outcome import Outcome
from dashboard.mirror.reconcile.pending import Pending
from dashboard.mirror.reconcile.progress import Progress
from dashboard.mirror.reconcile.repairing import mend_sums, repair
from dashboard.mirror.reconcile.spans import Span, Spans, extra
from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.collector import without_collector
from dashboard.mirror.sync.fetch import MOST_AHEAD, Fetched, Fetchers, pump
from dashboard.mirror.sync.intake import Report, silent
from dashboard.mirror.sync.lock import Deed, alone
from dashboard.mirror.sync.pace import Pace
from dashboard.mirror.sync.planning import Planner
from dashboard.store import checks, differences, sync_runs
from dashboard.store.books import Book
from dashboard.store.checks import KindCheck
from dashboard.store.differences import Difference
from dashboard.store.sync_runs import KindState, KindStatus, Window

PATIENCE_SECONDS = 2.0
"""News that is on its way has so long to come in before the second look."""

EVERY_SECONDS = 20 * clock.HOUR_SECONDS
"""A kind is compared again so long after the last time began: once a day, with time to spare."""

SLICE_CALLS = 300
GRACE_SECONDS = 900
"""What happened so short ago is news that the next sync brings, not a difference."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How to compare: ``calls`` bounds a slice, none compares everything anew.

    ``repair`` mends what stands, ``grace_seconds`` passes over news that a sync will bring, and
    ``patience`` (seconds) is how long the second look waits.
    """

    repair: bool = False
    calls: int | None = None
    grace_seconds: int = 0
    patience: float = PATIENCE_SECONDS


def a_slice(*, repair: bool = False) -> Wish:
    """Return the wish for one slice of the day's comparison."""
    return Wish(repair=repair, calls=SLICE_CALLS, grace_seconds=GRACE_SECONDS)


def reconcile(
    engine: Engine, book: Book, reads: Reads, wish: Wish, report: Report = silent
) -> Outcome:
    """Compare the mirror of ``book`` with Stripe, and repair it where that is wished.

    Raises:
        ConflictError: another comparison of this book is running.
        KeyRefusedError: Stripe does not know the key.
    """
    with alone(engine, book, Deed.COMPARISON), without_collector():
        return Comparison(engine, book, reads, wish, report).run()


class Comparison:
    """A comparison in progress."""

    def __init__(
        self, engine: Engine, book: Book, reads: Reads, wish: Wish, report: Report
    ) -> None:
        self._engine = engine
        self._book = book
        self._reads = reads
        self._wish = wish
        self._report = report
        self._codec = Codec()
        self._pace = Pace(reads.limiter.endpoint_rate)
        self._pending = Pending(reads, wish.grace_seconds)
        self._spans = Spans()
        self._outcome = Outcome()
        self._progress = Progress(book, {})
        self._calls = 0

    def run(self) -> Outcome:
        """Compare, look at the sums once all kinds are compared, and say how it went."""
        started = time.monotonic()
        windows = self._start()
        if windows:
            planner = Planner(self._pace, windows)

            def plan(fetched: Fetched) -> Fetched:
                self._calls += 1
                return planner.plan(fetched)

            pump(Fetchers(self._reads, plan, MOST_AHEAD, self._may_go_on), windows, self._take)
        outcome = self._outcome
        if windows and self._progress.is_at_its_end:
            self._check_sums()
        outcome.complete = not self._progress.windows and not outcome.errors
        outcome.seconds = round(time.monotonic() - started, 3)
        return outcome

    def _may_go_on(self) -> bool:
        return self._wish.calls is None or self._calls < self._wish.calls

    def _start(self) -> list[Window]:
        """Return the windows to read: what is left of kinds under way, and all of those due."""
        with database.reading(self._engine) as db:
            self._progress = Progress(self._book, checks.kinds(db, self._book))
            filled = {
                each.kind for each in sync_runs.statuses(db, self._book).values() if each.filled_at
            }
            if differences.newest(db, self._book, 1):
                # What is seen from now on is seen later than all that was seen before.
                clock.wait_for_next_second()
        for kind in KINDS.values():
            if kind.path and (self._wish.calls is None or kind.name in filled):
                self._begin_or_resume(kind.name)
        with database.writing(self._engine) as db:
            self._progress.save(db)
        return self._progress.windows

    def _begin_or_resume(self, kind: str) -> None:
        """Go on with a kind under way, or begin where it is due; without a bound all begin anew."""
        known = self._progress.check_of(kind)
        is_due = clock.seconds() - (known.compared_at or 0) > EVERY_SECONDS
        if self._wish.calls is not None and known.begun_at is not None:
            for each in self._progress.resume(kind):
                self._spans.resume(each)
        elif self._wish.calls is None or is_due:
            self._progress.begin(kind)

    def _take(self, batch: Sequence[Fetched]) -> list[Window]:
        """Compare a batch; what follows it is being read already."""
        began = time.perf_counter()
        count = sum(len(fetched.page.data) for fetched in batch if fetched.page)
        spans, doubts = self._compare(batch)
        found = self._look_again(doubts)
        with database.writing(self._engine) as db:
            self._settle(db, found)
            for fetched, span in zip(batch, spans, strict=True):
                self._move(fetched, span)
            self._progress.finish(db, {fetched.window.kind for fetched in batch})
            changed = self._progress.save(db)
        self._pace.written(count, time.perf_counter() - began)
        for check in changed:
            self._tell(check)
        return []

    def _compare(self, batch: Iterable[Fetched]) -> tuple[list[Span | None], list[Doubt]]:
        spans: list[Span | None] = []
        doubts: list[Doubt] = []
        with database.reading(self._engine) as db:
            for fetched in batch:
                window, page = fetched.window, fetched.page
                if page is None or fetched.needless:
                    spans.append(None)
                    continue
                kind = KINDS[window.kind]
                span = self._spans.cover(window, page)
                spans.append(span)
                findings = [
                    *compare(db, self._book, kind, page.data, self._codec),
                    *extra(db, self._book, kind, span, page.as_of),
                ]
                if left := [each for each in findings if not is_newer(each, page.as_of)]:
                    doubts.append(Doubt(window, page.as_of, left))
        return spans, doubts

    def _look_again(self, doubts: Sequence[Doubt]) -> list[Standing]:
        """Return what still stands when Stripe and our rows are asked once more, after a moment."""
        found: list[Standing] = []
        if doubts:
            time.sleep(self._wish.patience)
        for doubt in doubts:
            try:
                told = ask_again(self._reads, doubt)
                self._calls += len(told)
                with database.reading(self._engine) as db:
                    again = standing(db, self._book, told, self._codec)
                    stood = list(doubt.confirmed(again))
                found += [each for each in stood if not self._pending.holds(each)]
            except KeyRefusedError:
                raise
            except GatewayError as error:
                self._fail(doubt.window, str(error))
        return found

    def _settle(self, db: Connection, found: Sequence[Standing]) -> None:
        """Count what stands, repair it where that is wished, and keep what is left."""
        every = _differences(found)
        self._outcome.tell(every)
        left = repair(db, self._book, found, self._codec) if self._wish.repair else found
        open_still = _differences(left)
        names = {(one.kind, one.id) for one in open_still}
        done = [one for one in every if (one.kind, one.id) not in names]
        differences.repaired(db, self._book, done)
        self._outcome.repaired += len(done)
        for one in differences.keep(db, self._book, open_still):
            self._progress.leave_out(one.kind)

    def _move(self, fetched: Fetched, span: Span | None) -> None:
        if fetched.error is not None and not fetched.following:
            if isinstance(fetched.error, KeyRefusedError):
                raise fetched.error
            self._fail(fetched.window, str(fetched.error))
        self._outcome.objects.update(self._progress.move(fetched, span))

    def _fail(self, window: Window, message: str) -> None:
        self._progress.fail(window, message)
        self._outcome.errors.append(f"{window.kind}: {message}")

    def _tell(self, check: KindCheck) -> None:
        is_done = check.begun_at is None
        state = KindState.FILLED if is_done else KindState.FILLING
        objects = check.objects if is_done else check.so_far
        self._report(KindStatus(check.kind, state, objects=objects))

    def _check_sums(self) -> None:
        found = sums.check_all(self._engine, self._book)
        if self._wish.repair and any(each.faults for each in found):
            try:
                mend_sums(self._engine, self._book, self._reads)
            except GatewayError as error:
                self._outcome.errors.append(f"sums: {error}")
            found = sums.check_all(self._engine, self._book)
        self._outcome.sums = found


def _differences(found: Iterable[Standing]) -> list[Difference]:
    return [one.difference for each in found for one in each.findings]
