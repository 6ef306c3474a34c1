"""How far a comparison is with each kind: what it has met, and the windows left to be read."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection

from dashboard.core import clock
from dashboard.mirror.reconcile.comparing import riding
from dashboard.mirror.reconcile.spans import Span
from dashboard.mirror.sync.fetch import Fetched
from dashboard.store import checks, differences
from dashboard.store.books import Book
from dashboard.store.checks import KindCheck, OpenWindow
from dashboard.store.sync_runs import Window, WindowKey


class Progress:
    """What is kept of a comparison; nothing of it lasts before it is saved."""

    def __init__(self, book: Book, known: Mapping[str, KindCheck]) -> None:
        self._book = book
        self._checks = dict(known)
        self._changed: set[str] = set()
        self._windows: dict[WindowKey, OpenWindow] = {}
        self._failed: set[WindowKey] = set()

    @property
    def windows(self) -> list[Window]:
        """The windows that are not read to their end."""
        return [each.window for each in self._windows.values()]

    @property
    def is_at_its_end(self) -> bool:
        """Whether no window is left but those that failed."""
        return self._windows.keys() <= self._failed

    def check_of(self, kind: str) -> KindCheck:
        """Return how far the kind is, or was when it was last compared."""
        return self._checks.get(kind) or KindCheck(kind)

    def begin(self, kind: str) -> None:
        """Compare the kind anew, with all that rides in it."""
        now = clock.seconds()
        for name in (kind, *riding(kind)):
            self._change(
                replace(
                    self.check_of(name),
                    begun_at=now,
                    so_far=0,
                    oldest_so_far=None,
                    left_out_so_far=0,
                    windows=(),
                )
            )
        self._open(OpenWindow(Window(kind)))

    def resume(self, kind: str) -> tuple[OpenWindow, ...]:
        """Go on with the kind where another comparison was killed or has stopped."""
        found = self.check_of(kind).windows
        for each in found:
            self._open(each)
        return found

    def move(self, fetched: Fetched, span: Span | None) -> Counter[str]:
        """Note where a window is now, and return how many objects its page made whole, by kind.

        What has been read ahead of a window that failed is read again another time.
        """
        key, kind = fetched.window.key, fetched.window.kind
        if key in self._failed or key not in self._windows:
            return Counter()
        shown = span.left if span else self._windows[key].shown
        del self._windows[key]
        for window in fetched.following:
            self._open(OpenWindow(window, shown if window.key == key else {}))
        self._change(self._checks[kind])
        if span is None:
            return Counter()
        self._count(kind, span)
        return span.counts

    def fail(self, window: Window, message: str) -> None:
        """Give up a window for now; its kind is open until it is read another time."""
        self._failed.add(window.key)
        self._change(replace(self._checks[window.kind], message=message))

    def leave_out(self, kind: str) -> None:
        """Count a difference that is not kept, where a kind has too many."""
        check = self._checks[kind]
        self._change(replace(check, left_out_so_far=check.left_out_so_far + 1))

    def finish(self, db: Connection, kinds: set[str]) -> None:
        """Note which of ``kinds`` are compared to their end: what nobody has seen since is gone."""
        under_way = {kind for kind, _number in self._windows}
        for kind in sorted(kinds - under_way):
            for name in (kind, *riding(kind)):
                check = self._checks[name]
                differences.forget_before(db, self._book, name, check.begun_at or 0)
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

    def save(self, db: Connection) -> list[KindCheck]:
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

    def _open(self, place: OpenWindow) -> None:
        self._windows[place.window.key] = place

    def _count(self, kind: str, span: Span) -> None:
        for name, objects in span.counts.items():
            check = self._checks[name]
            self._change(replace(check, so_far=check.so_far + objects))
        if span.oldest_at:
            check = self._checks[kind]
            oldest = min(span.oldest_at, check.oldest_so_far or span.oldest_at)
            self._change(replace(check, oldest_so_far=oldest))

    def _change(self, check: KindCheck) -> None:
        self._checks[check.kind] = check
        self._changed.add(check.kind)
