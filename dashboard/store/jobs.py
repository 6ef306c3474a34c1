"""Jobs: what is to be done, kept as rows, so that a queue that is lost loses nothing.

A row is ``queued`` until somebody claims it, ``running`` while that one shows signs of life, then
``done``, or ``queued`` again after a pause, or ``failed`` when it was tried often enough. A failed
job is ``overtaken`` once another with its key has come to an end.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    or_,
    select,
)
from sqlalchemy.exc import IntegrityError

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.errors import ConflictError, NotFoundError
from dashboard.store.workers import LONGEST_NAME


class State(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    OVERTAKEN = "overtaken"


MOST_SENT = 500

jobs = Table(
    "jobs",
    database.metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("arguments", JSON, nullable=False),
    Column("book_id", ForeignKey("books.id")),
    Column("key", String(128)),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("queued_at", Integer, nullable=False),
    Column("due_at", Integer, nullable=False),
    # When the queue was told last; empty until it is.
    Column("sent_at", Integer),
    Column("started_at", Integer),
    Column("touched_at", Integer),
    Column("finished_at", Integer),
    Column("worker", String(LONGEST_NAME)),
    Column("error", Text),
    Index(None, "state", "due_at"),
    Index(None, "state", "finished_at"),
)
IS_OPEN = jobs.c.state.in_([State.QUEUED, State.RUNNING])
Index(
    "uq_jobs_key",
    jobs.c.key,
    unique=True,
    sqlite_where=IS_OPEN,
    postgresql_where=IS_OPEN,
)
INTERRUPTED = "The process that ran it ended in the middle; it is taken up again."


@dataclass(frozen=True, slots=True)
class Job:
    """A job that ``worker`` has claimed for the ``attempts``-th time."""

    id: int
    name: str
    arguments: Mapping[str, Any]
    book_id: int | None
    key: str | None
    attempts: int
    worker: str


CLAIMED = [
    jobs.c[name] for name in ("id", "name", "arguments", "book_id", "key", "attempts", "worker")
]


def queue(
    db: Connection,
    name: str,
    *,
    book_id: int | None = None,
    key: str | None = None,
    arguments: Mapping[str, Any] | None = None,
    due_at: int | None = None,
) -> int | None:
    """Keep a job that is due now, or ``due_at`` that UTC second, and return its id.

    ``None`` where one with the same ``key`` is queued or running: there is no second one.
    """
    now = clock.seconds()
    statement = database.insert(db, jobs).values(
        name=name,
        arguments=dict(arguments or {}),
        book_id=book_id,
        key=key,
        state=State.QUEUED,
        attempts=0,
        queued_at=now,
        due_at=due_at or now,
    )
    return db.execute(statement.on_conflict_do_nothing().returning(jobs.c.id)).scalar()


def due(db: Connection) -> list[int]:
    """Return the ids of all queued jobs whose time has come, the oldest first."""
    query = select(jobs.c.id).where(_is_due()).order_by(jobs.c.due_at, jobs.c.id)
    return list(db.scalars(query))


def unsent(db: Connection, *, lost_before: int | None = None) -> list[int]:
    """Return the ids of due jobs that the queue was not told of since they are due, 500 at most.

    With ``lost_before`` also those that it was told of before that moment: it has lost them.
    """
    untold = or_(jobs.c.sent_at.is_(None), jobs.c.sent_at < jobs.c.due_at)
    if lost_before is not None:
        untold = or_(untold, jobs.c.sent_at < lost_before)
    query = select(jobs.c.id).where(_is_due(), untold).order_by(jobs.c.due_at, jobs.c.id)
    return list(db.scalars(query.limit(MOST_SENT)))


def note_sent(db: Connection, ids: Collection[int]) -> None:
    """Note that the queue is told of these jobs now."""
    db.execute(jobs.update().where(jobs.c.id.in_(ids)).values(sent_at=clock.seconds()))


def claim(db: Connection, id: int, worker: str) -> Job | None:
    """Make the job ``worker``'s and return it; ``None`` where it is not there to be taken."""
    now = clock.seconds()
    statement = (
        jobs.update()
        .where(jobs.c.id == id, _is_due())
        .values(
            state=State.RUNNING,
            attempts=jobs.c.attempts + 1,
            started_at=now,
            touched_at=now,
            finished_at=None,
            worker=worker,
        )
    )
    row = db.execute(statement.returning(*CLAIMED)).first()
    return Job(*row) if row else None


def touch(db: Connection, ids: Collection[int], worker: str) -> None:
    """Show that ``worker`` is alive and still at these jobs."""
    db.execute(
        jobs.update()
        .where(jobs.c.id.in_(ids), jobs.c.worker == worker, jobs.c.state == State.RUNNING)
        .values(touched_at=clock.seconds())
    )


def finish(db: Connection, job: Job) -> None:
    """Note that the job is done."""
    _end(db, job, State.DONE, None)


def fail(db: Connection, job: Job, error: str, *, pauses: Sequence[int]) -> None:
    """Note that the job failed, and why.

    It is due again after the pause (in seconds) that belongs to this attempt, or given up after
    the last.
    """
    if job.attempts > len(pauses):
        _end(db, job, State.FAILED, error)
        return
    due_at = clock.seconds() + pauses[job.attempts - 1]
    db.execute(
        jobs.update()
        .where(_is_held(job))
        .values(state=State.QUEUED, due_at=due_at, error=error, worker=None)
    )


def give_back(db: Connection, worker: str) -> int:
    """Queue what ``worker`` holds and will not finish, as if not begun; return how many."""
    return db.execute(
        jobs.update()
        .where(jobs.c.worker == worker, jobs.c.state == State.RUNNING)
        .values(
            state=State.QUEUED,
            attempts=jobs.c.attempts - 1,
            due_at=clock.seconds(),
            sent_at=None,
            worker=None,
        )
    ).rowcount


def revive(db: Connection, *, silent_seconds: int, most_attempts: int) -> int:
    """Queue again what a worker held that was silent for so long; return how many.

    What has ended its worker ``most_attempts`` times is failed instead.
    """
    now = clock.seconds()
    silent = (jobs.c.state == State.RUNNING) & (jobs.c.touched_at < now - silent_seconds)
    db.execute(
        jobs.update()
        .where(silent, jobs.c.attempts >= most_attempts)
        .values(
            state=State.FAILED,
            finished_at=now,
            error="Each time the process that ran it ended in the middle; it is given up.",
        )
    )
    return db.execute(
        jobs.update()
        .where(silent)
        .values(state=State.QUEUED, due_at=now, sent_at=None, worker=None, error=INTERRUPTED)
    ).rowcount


def retry(db: Connection, id: int) -> None:
    """Queue a failed job anew.

    Raises:
        NotFoundError: there is no failed job with this id.
        ConflictError: another with its key is queued or running.
    """
    statement = (
        jobs.update()
        .where(jobs.c.id == id, jobs.c.state == State.FAILED)
        .values(
            state=State.QUEUED, attempts=0, due_at=clock.seconds(), sent_at=None, finished_at=None
        )
    )
    try:
        found = db.execute(statement).rowcount
    except IntegrityError as error:
        raise ConflictError(
            "The same is queued or running already.", remedy="Wait until it has ended."
        ) from error
    if not found:
        raise NotFoundError(
            "This job is not there or has not failed.", remedy="Look at the list of jobs."
        )


def purge(db: Connection, *, done_seconds: int, failed_seconds: int) -> int:
    """Delete jobs that ended well or badly longer ago than that; return how many."""
    now = clock.seconds()
    ended = jobs.c.finished_at
    return db.execute(
        jobs.delete().where(
            or_(
                jobs.c.state.in_([State.DONE, State.OVERTAKEN]) & (ended < now - done_seconds),
                (jobs.c.state == State.FAILED) & (ended < now - failed_seconds),
            )
        )
    ).rowcount


def _is_due() -> ColumnElement[bool]:
    return (jobs.c.state == State.QUEUED) & (jobs.c.due_at <= clock.seconds())


def _is_held(job: Job) -> ColumnElement[bool]:
    """Tell the job in the hands of who claimed it from the same one in other hands since."""
    return (
        (jobs.c.id == job.id)
        & (jobs.c.state == State.RUNNING)
        & (jobs.c.worker == job.worker)
        & (jobs.c.attempts == job.attempts)
    )


def _end(db: Connection, job: Job, state: State, error: str | None) -> None:
    now = clock.seconds()
    db.execute(
        jobs.update()
        .where(_is_held(job))
        .values(state=state, touched_at=now, finished_at=now, error=error)
    )
    if job.key is not None:
        same = (jobs.c.key == job.key) & (jobs.c.id != job.id)
        overtaken = jobs.update().where(jobs.c.state == State.FAILED, same)
        db.execute(overtaken.values(state=State.OVERTAKEN))
