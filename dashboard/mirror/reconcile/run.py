"""One comparison of the mirror with Stripe, from its lists: whole, or in slices that can be killed.

It never waits for a sync and no sync for it. What it finds, and where it is, is saved batch by
batch; a kind that Stripe refuses or that fails stops no other.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, Engine

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.gateway.errors import GatewayError, KeyRefusedError
from dashboard.gateway.reads import Reads
from dashboard.mirror.codec import Codec
from dashboard.mirror.reconcile import sums
from dashboard.mirror.reconcile.comparing import compare, is_newer, riding
from dashboard.mirror.reconcile.looking import Doubt, Standing, ask_again, standing
from dashboard.mirror.reconcile.pending import Pending
from dashboard.mirror.reconcile.repairing import mend_sums, repair
from dashboard.mirror.reconcile.spans import Span, Spans, extra
from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.collector import without_collector
from dashboard.mirror.sync.fetch import Fetched, Fetchers, pump
from dashboard.mirror.sync.intake import Report
from dashboard.mirror.sync.lock import Deed, alone
from dashboard.mirror.sync.pace import Pace
from dashboard.mirror.sync.planning import Planner
from dashboard.store import checks, sync_runs
from dashboard.store.books import Book
from dashboard.store.checks import Difference, KindCheck, OpenWindow, SumCheck, What
from dashboard.store.sync_runs import KindState, KindStatus, Window, WindowKey

MOST_AHEAD = 3_000
"""Objects that were read and are not compared yet; more would only cost memory."""

MOST_TOLD = 1_000
"""Differences that an outcome names; all are counted."""

PATIENCE_SECONDS = 2.0
"""News that is on its way has so long to come in before the second look."""

EVERY_SECONDS = 20 * clock.HOUR_SECONDS
"""A kind is compared again so long after the last time began: once a day, with time to spare."""

SLICE_CALLS = 300
GRACE_SECONDS = 900
"""What happened so short ago is news that the next sync brings, not a difference."""


@dataclass(slots=True)
class Outcome:
    """What a comparison found: by kind how many objects were compared, and what differed.

    ``counts`` are of differences that stood before repairs, ``left`` are not repaired; the first
    of them are named in ``differences``. Not ``complete`` when a kind could not be compared.
    """

    objects: dict[str, int] = field(default_factory=dict)
    counts: dict[What, int] = field(default_factory=lambda: dict.fromkeys(What, 0))
    repaired: int = 0
    differences: list[Difference] = field(default_factory=list)
    sums: list[SumCheck] = field(default_factory=list)
    complete: bool = False
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def left(self) -> int:
        """How many differences remain, sums that do not agree among them."""
        return sum(self.counts.values()) - self.repaired + sum(each.faults for each in self.sums)


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


def silent(_status: KindStatus) -> None:
    """Report nothing."""


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
        self._calls = 0
        self._checks: dict[str, KindCheck] = {}
        self._windows: dict[WindowKey, OpenWindow] = {}
        self._failed: set[WindowKey] = set()
        self._changed: set[str] = set()

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
        if windows and self._windows.keys() <= self._failed:
            self._check_sums()
        outcome.complete = not self._windows and not outcome.errors
        outcome.seconds = round(time.monotonic() - started, 3)
        return outcome

    def _may_go_on(self) -> bool:
        return self._wish.calls is None or self._calls < self._wish.calls

    def _start(self) -> list[Window]:
        """Return the windows to read: what is left of kinds under way, and all of those due."""
        with database.reading(self._engine) as db:
            self._checks = checks.kinds(db, self._book)
            filled = {
                each.kind for each in sync_runs.statuses(db, self._book).values() if each.filled_at
            }
            if checks.differences(db, self._book, 1):
                # What is seen from now on is seen later than all that was seen before.
                clock.wait_for_next_second()
        for kind in KINDS.values():
            if kind.path and (self._wish.calls is None or kind.name in filled):
                self._begin_or_resume(kind.name)
        with database.writing(self._engine) as db:
            self._save(db)
        return [each.window for each in self._windows.values()]

    def _begin_or_resume(self, name: str) -> None:
        """Go on with a kind under way, or begin where it is due; without a bound all begin anew."""
        known = self._checks.get(name) or KindCheck(name)
        if self._wish.calls is None:
            self._begin(name)
        elif known.begun_at is not None:
            for each in known.windows:
                self._windows[each.window.key] = each
                self._spans.resume(each)
        elif clock.seconds() - (known.compared_at or 0) > EVERY_SECONDS:
            self._begin(name)

    def _begin(self, name: str) -> None:
        now = clock.seconds()
        for each in (name, *riding(name)):
            known = self._checks.get(each) or KindCheck(each)
            self._change(
                replace(
                    known, begun_at=now, so_far=0, oldest_so_far=None, left_out_so_far=0, windows=()
                )
            )
        self._windows[name, 0] = OpenWindow(Window(name))

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
            self._finish(db, {fetched.window.kind for fetched in batch})
            changed = self._save(db)
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
        every = [one.difference for each in found for one in each.findings]
        for difference in every:
            self._outcome.counts[difference.what] += 1
        left = repair(db, self._book, found, self._codec) if self._wish.repair else found
        open_still = [one.difference for each in left for one in each.findings]
        names = {(one.kind, one.id) for one in open_still}
        done = [one for one in every if (one.kind, one.id) not in names]
        checks.repaired(db, self._book, done)
        self._outcome.repaired += len(done)
        for one in checks.keep(db, self._book, open_still):
            check = self._checks[one.kind]
            self._change(replace(check, left_out_so_far=check.left_out_so_far + 1))
        named = self._outcome.differences
        named += every[: MOST_TOLD - len(named)]

    def _move(self, fetched: Fetched, span: Span | None) -> None:
        """Note where a window is now, and count what its page made whole.

        What has been read ahead of a window that failed is read again another time.
        """
        kind = fetched.window.kind
        if fetched.error is not None and not fetched.following:
            if isinstance(fetched.error, KeyRefusedError):
                raise fetched.error
            self._fail(fetched.window, str(fetched.error))
        if fetched.window.key in self._failed or fetched.window.key not in self._windows:
            return
        shown = span.left if span else self._windows[fetched.window.key].shown
        del self._windows[fetched.window.key]
        for window in fetched.following:
            is_same = window.key == fetched.window.key
            self._windows[window.key] = OpenWindow(window, shown if is_same else {})
        self._change(self._checks[kind])
        for name, objects in span.counts.items() if span else ():
            self._count(name, objects)
        if span is not None and span.oldest_at:
            check = self._checks[kind]
            oldest = min(span.oldest_at, check.oldest_so_far or span.oldest_at)
            self._change(replace(check, oldest_so_far=oldest))

    def _count(self, name: str, objects: int) -> None:
        check = self._checks[name]
        self._change(replace(check, so_far=check.so_far + objects))
        counted = self._outcome.objects
        counted[name] = counted.get(name, 0) + objects

    def _fail(self, window: Window, message: str) -> None:
        self._failed.add(window.key)
        self._change(replace(self._checks[window.kind], message=message))
        self._outcome.errors.append(f"{window.kind}: {message}")

    def _finish(self, db: Connection, kinds: Iterable[str]) -> None:
        """Note which kinds are compared to their end: what nobody has seen since is gone."""
        under_way = {kind for kind, _number in self._windows}
        for kind in kinds:
            if kind in under_way:
                continue
            for name in (kind, *riding(kind)):
                check = self._checks[name]
                checks.forget_before(db, self._book, name, check.begun_at or 0)
                self._change(
                    replace(
                        check,
                        compared_at=check.begun_at,
                        objects=check.so_far,
                        oldest_at=check.oldest_so_far,
                        left_out=check.left_out_so_far,
                        begun_at=None,
                        message=None,
                    )
                )

    def _change(self, check: KindCheck) -> None:
        self._checks[check.kind] = check
        self._changed.add(check.kind)

    def _save(self, db: Connection) -> list[KindCheck]:
        """Keep what has changed in the caller's transaction, and return it."""
        windows: dict[str, list[OpenWindow]] = {}
        for (kind, _number), each in self._windows.items():
            windows.setdefault(kind, []).append(each)
        changed = [
            replace(self._checks[name], windows=tuple(windows.get(name, ())))
            for name in sorted(self._changed)
        ]
        self._changed.clear()
        checks.save_kinds(db, self._book, changed)
        return changed

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
