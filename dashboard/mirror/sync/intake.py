"""Storing what was read and keeping count of it: the part that all phases of a run share."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from dashboard.core import clock
from dashboard.gateway.errors import AbsentError, GatewayError, KeyRefusedError, RefusedError
from dashboard.mirror.apply import apply
from dashboard.mirror.codec import Codec
from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.fetch import Fetched
from dashboard.store import sync_runs
from dashboard.store.books import Book
from dashboard.store.sync_runs import KindState, KindStatus

Report = Callable[[KindStatus], None]
"""Hears of every kind whose state or count has changed."""

STATE_OF_ERROR = {RefusedError: KindState.REFUSED, AbsentError: KindState.ABSENT}


def silent(_status: KindStatus) -> None:
    """Report nothing."""


@dataclass(slots=True)
class Intake:
    """What a run knows of its kinds while it stores them; ``stored`` counts objects by kind."""

    book: Book
    statuses: dict[str, KindStatus]
    report: Report
    codec: Codec = field(default_factory=Codec)
    stored: dict[str, int] = field(default_factory=dict)
    errors: dict[str, GatewayError] = field(default_factory=dict)
    _changed: set[str] = field(default_factory=set)

    def store(self, db: Connection, batch: Sequence[Fetched]) -> None:
        """Apply the pages of ``batch``, kind by kind, in the order of the registry."""
        pages: dict[str, list[Fetched]] = {}
        for fetched in batch:
            if fetched.page is not None and fetched.page.data:
                pages.setdefault(fetched.window.kind, []).append(fetched)
        for name in filter(pages.__contains__, KINDS):
            self._store(db, name, pages[name])

    def _store(self, db: Connection, name: str, batch: Sequence[Fetched]) -> None:
        told = [fetched.page for fetched in batch if fetched.page is not None]
        objects = [item for page in told for item in page.data]
        # The oldest of the moments: what is told again as newer news does no harm.
        as_of = min(page.as_of for page in told)
        apply(db, self.book, KINDS[name], objects, seen_at=as_of, codec=self.codec)
        status = self.statuses[name]
        if status.since_at is None and status.filled_at is None:
            self.change(replace(status, since_at=as_of, abreast_at=as_of))

    def count(self, kind: str, objects: int) -> None:
        """Count objects that this run met for the first time."""
        status = self.statuses[kind]
        self.change(replace(status, objects=status.objects + objects))
        self.stored[kind] = self.stored.get(kind, 0) + objects

    def change(self, status: KindStatus) -> None:
        """Note a new status; it is saved with the next ``save``."""
        self.statuses[status.kind] = status
        self._changed.add(status.kind)

    def refuse(self, fetched: Fetched) -> None:
        """Note what Stripe said instead of a page; the kind's windows stay as they are.

        Raises:
            KeyRefusedError: no other call will do better.
        """
        error, kind = fetched.error, fetched.window.kind
        if error is None:
            return
        if isinstance(error, KeyRefusedError):
            raise error
        self.errors.setdefault(kind, error)
        state = STATE_OF_ERROR.get(type(error), KindState.FAILED)
        self.change(replace(self.statuses[kind], state=state, message=str(error)))

    def filled(self, kind: str) -> None:
        """Note that all of the kind has been read."""
        status = self.statuses[kind]
        now = clock.seconds()
        self.change(replace(status, state=KindState.FILLED, filled_at=now, message=None))

    def caught_up(self, kind: str, as_of: int) -> None:
        """Note that the news of the kind have been read as they were ``as_of`` (UTC seconds)."""
        self.change(
            replace(
                self.statuses[kind],
                state=KindState.FILLED,
                caught_at=clock.seconds(),
                abreast_at=as_of,
                message=None,
            )
        )

    def save(self, db: Connection) -> Iterable[KindStatus]:
        """Keep the statuses that changed in the caller's transaction, and return them."""
        changed = [self.statuses[kind] for kind in sorted(self._changed)]
        sync_runs.save_statuses(db, self.book, changed)
        self._changed.clear()
        return changed
