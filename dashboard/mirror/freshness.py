"""How old the mirror is, and what Stripe does not show to our key: the stamp on every page."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.sql import Select

from dashboard.core import clock
from dashboard.store.books import Book, books
from dashboard.store.sync_runs import KindState, sync_kinds, sync_runs

SILENT_AFTER_SECONDS = 120
"""A run that has stored nothing for so long is no longer running."""

WRONG = {
    KindState.REFUSED: "Stripe refuses {} to this key.",
    KindState.ABSENT: "This server has no {}.",
    KindState.FAILED: "Reading {} failed.",
}


class State(StrEnum):
    """What the stamp says at a glance."""

    OK = "ok"
    STALE = "stale"
    ERROR = "error"
    SYNCING = "syncing"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the mirror is: ``synced_at`` (UTC seconds) is the start of the last complete run.

    ``problems`` tells by kind why Stripe does not show it to us.
    """

    state: State
    synced_at: int | None
    text: str
    problems: Mapping[str, KindState] = field(default_factory=dict)

    def problems_for(self, kinds: Iterable[str]) -> list[str]:
        """Return what is wrong with the kinds that a page shows, a sentence for each trouble."""
        names: dict[KindState, list[str]] = {}
        for kind in kinds:
            if kind in self.problems:
                names.setdefault(self.problems[kind], []).append(words(kind))
        return [WRONG[state].format(_listed(those)) for state, those in names.items()]


def freshness(db: Connection, book: Book, *, stale_after_seconds: int) -> Freshness:
    """Return how old the mirror of ``book`` is, with one statement."""
    return freshness_of(db, [book], stale_after_seconds=stale_after_seconds)[book.id]


def freshness_of(
    db: Connection, several: Iterable[Book], *, stale_after_seconds: int
) -> dict[int, Freshness]:
    """Return how old the mirrors of some books are, by the books' ids, with one statement."""
    told: dict[int, list[Any]] = {book.id: [] for book in several}
    for row in db.execute(_query(told)):
        told[row.book_id].append(row)
    return {id: _stand(rows, stale_after_seconds) for id, rows in told.items()}


def _stand(rows: Sequence[Any], stale_after_seconds: int) -> Freshness:
    """Return what the last run of a book and its kinds in trouble say."""
    if not rows:
        return Freshness(State.NEVER, None, "Never synced")
    last = rows[0]
    problems = {row.kind: KindState(row.state) for row in rows if row.kind is not None}
    now = clock.seconds()
    is_running = last.finished_at is None and now - last.touched_at < SILENT_AFTER_SECONDS
    age = _age(now, last.synced_at)
    if is_running:
        return Freshness(State.SYNCING, last.synced_at, "Syncing …", problems)
    if not last.complete:
        return Freshness(State.ERROR, last.synced_at, f"Last sync incomplete · {age}", problems)
    is_stale = now - (last.synced_at or 0) > stale_after_seconds
    return Freshness(State.STALE if is_stale else State.OK, last.synced_at, age, problems)


def words(kind: str) -> str:
    """Return a kind as people say it: ``balance_transaction`` is ``balance transactions``."""
    return kind.replace("_", " ") if kind == "balance" else kind.replace("_", " ") + "s"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _query(ids: Collection[int]) -> Select[tuple[object, ...]]:
    """Select the last run of each book beside its kinds that are in trouble, or none of these."""
    run, whole = sync_runs.alias().c, sync_runs.alias().c
    newest = select(func.max(run.id)).where(run.book_id == books.c.id)
    synced_at = select(func.max(whole.started_at)).where(
        whole.book_id == books.c.id, whole.complete.is_(True)
    )
    in_trouble = and_(sync_kinds.c.book_id == books.c.id, sync_kinds.c.state.in_(list(WRONG)))
    return (
        select(
            sync_runs.c.book_id,
            sync_runs.c.complete,
            sync_runs.c.finished_at,
            sync_runs.c.touched_at,
            synced_at.scalar_subquery().label("synced_at"),
            sync_kinds.c.kind,
            sync_kinds.c.state,
        )
        .select_from(
            books.join(sync_runs, sync_runs.c.id == newest.scalar_subquery()).outerjoin(
                sync_kinds, in_trouble
            )
        )
        .where(books.c.id.in_(ids))
        .order_by(sync_kinds.c.kind)
    )


def _age(now: int, synced_at: int | None) -> str:
    if synced_at is None:
        return "never complete"
    minutes = (now - synced_at) // 60
    if minutes < 1:
        return "Synced just now"
    if minutes < 60:  # noqa: PLR2004
        return f"Synced {minutes} min ago"
    hours = minutes // 60
    return f"Synced {hours} h ago" if hours < 48 else f"Synced {hours // 24} days ago"  # noqa: PLR2004
