"""Who runs jobs: the workers that are there, and the spans of time that they take for schedules."""

from dataclasses import dataclass

from sqlalchemy import Column, Connection, Integer, String, Table, select

from dashboard.core import clock
from dashboard.core import db as database

PRESENT_SECONDS = 60
LONGEST_NAME = 128

job_schedules = Table(
    "job_schedules",
    database.metadata,
    Column("name", String(64), primary_key=True),
    # The beginning of the last span of time for which the jobs were queued.
    Column("slot_at", Integer, nullable=False),
)
job_workers = Table(
    "job_workers",
    database.metadata,
    Column("name", String(LONGEST_NAME), primary_key=True),
    Column("started_at", Integer, nullable=False),
    Column("seen_at", Integer, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that runs jobs; UTC seconds."""

    name: str
    started_at: int
    seen_at: int


def show(db: Connection, worker: str) -> None:
    """Note that ``worker`` is there."""
    now = clock.seconds()
    statement = database.insert(db, job_workers).values(name=worker, started_at=now, seen_at=now)
    db.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"seen_at": now}))


def leave(db: Connection, worker: str) -> None:
    """Note that ``worker`` has gone."""
    db.execute(job_workers.delete().where(job_workers.c.name == worker))


def present(db: Connection) -> list[Worker]:
    """Return the workers that showed themselves within the last minute, the last seen first."""
    query = select(job_workers).where(job_workers.c.seen_at >= clock.seconds() - PRESENT_SECONDS)
    ordered = query.order_by(job_workers.c.seen_at.desc(), job_workers.c.name)
    return [Worker(*row) for row in db.execute(ordered)]


def purge(db: Connection, *, keep_seconds: int) -> int:
    """Forget workers that showed themselves last so long ago; return how many."""
    silent = job_workers.c.seen_at < clock.seconds() - keep_seconds
    return db.execute(job_workers.delete().where(silent)).rowcount


def take_slot(db: Connection, name: str, slot_at: int) -> bool:
    """Take the span of time that begins at ``slot_at`` for a schedule.

    ``False`` where another worker took it, or a later one.
    """
    statement = database.insert(db, job_schedules).values(name=name, slot_at=slot_at)
    statement = statement.on_conflict_do_update(
        index_elements=["name"],
        set_={"slot_at": slot_at},
        where=job_schedules.c.slot_at < slot_at,
    )
    return db.execute(statement.returning(job_schedules.c.name)).first() is not None
