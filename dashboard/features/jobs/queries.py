"""What the page of jobs shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Row, UnaryExpression, func, select

from dashboard.core import clock
from dashboard.jobs.tasks import Schedule
from dashboard.store import books, workers
from dashboard.store.jobs import State, jobs
from dashboard.store.workers import Worker

MOST_SHOWN = 50
WORDS = {
    "audit-check": "Check the audit log",
    "check-sums": "Check the sums",
    "mail": "Send a message",
    "purge": "Clear away what is old",
    "reconcile": "Compare with Stripe",
    "refresh": "Read what no webhook carries",
    "reset-link": "Mail a link to a new password",
}
"""What people call a task; others are called by their names."""


@dataclass(frozen=True, slots=True)
class Line:
    """One job; moments are UTC seconds, ``seconds`` is how long it ran or has been running."""

    id: int
    name: str
    account: str | None
    state: State
    attempts: int
    queued_at: int
    due_at: int
    started_at: int | None
    finished_at: int | None
    seconds: int | None
    worker: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Coming:
    """When a schedule queues its jobs next; UTC seconds."""

    name: str
    every_seconds: int
    at: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The jobs by how far they are, and how many of them there are beyond those that are shown."""

    failed: list[Line]
    running: list[Line]
    queued: list[Line]
    done: list[Line]
    counts: dict[str, int]
    coming: list[Coming]
    workers: list[Worker]


def overview(db: Connection, schedules: Sequence[Schedule]) -> Overview:
    """Return all that the page shows: what needs a look first, the newest of the rest."""
    names = {book.id: book.name or book.account_id for book in books.every(db)}

    def lines(state: State, order: UnaryExpression[int], *also: ColumnElement[bool]) -> list[Line]:
        query = select(jobs).where(jobs.c.state == state, *also).order_by(order, jobs.c.id.desc())
        return [_line(row, names) for row in db.execute(query.limit(MOST_SHOWN))]

    return Overview(
        failed=lines(State.FAILED, jobs.c.finished_at.desc()),
        running=lines(State.RUNNING, jobs.c.started_at.asc()),
        queued=lines(State.QUEUED, jobs.c.due_at.asc()),
        done=lines(State.DONE, jobs.c.finished_at.desc(), _is_last_of_its_task()),
        counts=_counts(db),
        coming=_coming(schedules),
        workers=workers.present(db),
    )


def _is_last_of_its_task() -> ColumnElement[bool]:
    """Of what is done again and again only the last time is worth a line."""
    done = select(func.max(jobs.c.id)).where(jobs.c.state == State.DONE)
    return jobs.c.id.in_(done.group_by(jobs.c.name, jobs.c.book_id))


def _counts(db: Connection) -> dict[str, int]:
    states: ColumnElement[bool] = jobs.c.state.in_([State.QUEUED, State.RUNNING, State.FAILED])
    query = select(jobs.c.state, func.count()).where(states).group_by(jobs.c.state)
    return {row.state: row[1] for row in db.execute(query)}


def _coming(schedules: Sequence[Schedule]) -> list[Coming]:
    """Spans are counted from the same moment everywhere, so the next one is known.

    Bells are left out: they ring all the time and leave no jobs.
    """
    now = clock.seconds()
    found = [
        Coming(
            _words(each.task),
            each.every_seconds,
            now - now % each.every_seconds + each.every_seconds,
        )
        for each in schedules
        if each.every_seconds and not each.bell
    ]
    return sorted(found, key=lambda each: (each.at, each.name))


def _words(task: str) -> str:
    return WORDS.get(task, task.capitalize())


def _line(row: Row[tuple[object, ...]], names: dict[int, str]) -> Line:
    ended_at = row.finished_at or (clock.seconds() if row.state == State.RUNNING else None)
    seconds = max(0, ended_at - row.started_at) if ended_at and row.started_at else None
    return Line(
        id=row.id,
        name=_words(row.name),
        account=names.get(row.book_id),
        state=State(row.state),
        attempts=row.attempts,
        queued_at=row.queued_at,
        due_at=row.due_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        seconds=seconds,
        worker=row.worker,
        error=row.error,
    )
