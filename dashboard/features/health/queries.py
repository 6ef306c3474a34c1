"""What there is to say of our health: nobody waits for Stripe, and no answer names anybody."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError

import dashboard
from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.log import logger
from dashboard.jobs.office import Office
from dashboard.mirror.freshness import State, freshness
from dashboard.store import books, inbox, sync_runs, workers
from dashboard.store.books import Book
from dashboard.store.inbox import DeliveryState

MIGRATIONS = Path(dashboard.__file__).parent / "migrations" / "versions"
NEWEST = max(path.name.partition("_")[0] for path in MIGRATIONS.glob("[0-9]*_*.py"))
"""The migration that this version of the code needs."""

LATE_SECONDS = 600
"""A delivery that has waited longer is no longer merely on its way."""

log = logger("health")


class Check(StrEnum):
    """What is looked at."""

    DATABASE = "database"
    MIGRATIONS = "migrations"
    QUEUE = "queue"
    WORKER = "worker"
    DELIVERIES = "deliveries"
    STRIPE = "stripe"


OK = "ok"
NEEDED = frozenset((Check.DATABASE, Check.MIGRATIONS))
"""Without these no page can be answered."""

WORST_FIRST = (State.ERROR, State.NEVER, State.STALE)


def ready(engine: Engine, office: Office) -> dict[Check, str]:
    """Return by check ``ok`` or what is wrong, of all that is needed to serve and to follow."""
    try:
        with database.reading(engine) as db:
            found = {Check.DATABASE: OK, **dict(_of_store(db))}
    except SQLAlchemyError as error:
        log.warning("database_away", reason=type(error).__name__)
        found = {Check.DATABASE: "away"}
    return {**found, Check.QUEUE: OK if office.is_answering() else "away"}


def deep(engine: Engine, office: Office, *, stale_after_seconds: int) -> dict[Check, str]:
    """Return the same, and how far the mirror can be trusted: the worst of all books."""
    found = ready(engine, office)
    if any(found[check] != OK for check in found if check in NEEDED):
        return found
    try:
        with database.reading(engine) as db:
            return found | dict(_of_mirror(db, stale_after_seconds))
    except SQLAlchemyError as error:
        log.warning("database_away", reason=type(error).__name__)
        return found | {Check.DATABASE: "away"}


def _of_store(db: Connection) -> Iterator[tuple[Check, str]]:
    number = _migration(db)
    yield Check.MIGRATIONS, OK if number == NEWEST else f"at {number or 'none'} of {NEWEST}"
    if number == NEWEST:
        yield Check.WORKER, OK if workers.present(db) else "not seen in the last minute"


def _migration(db: Connection) -> str | None:
    """Return the newest migration of the database, ``None`` where it has no tables at all."""
    try:
        number: str | None = db.scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        # Where the table is missing the database still answers; elsewhere this fails, too.
        db.rollback()
        db.execute(text("SELECT 1"))
        return None
    return number


def _of_mirror(db: Connection, stale_after_seconds: int) -> Iterator[tuple[Check, str]]:
    every = books.every(db)
    yield Check.DELIVERIES, _deliveries(db, [book.id for book in every])
    states = [_state(db, each, stale_after_seconds) for each in every]
    wrong = [state for state in WORST_FIRST if state in states]
    yield Check.STRIPE, wrong[0] if wrong else OK if states else State.NEVER


def _state(db: Connection, book: Book, stale_after_seconds: int) -> State:
    """Return how the mirror is; while a sync runs, what the one before it left.

    Where Stripe is away the next sync waits for it longer than it takes to fail: that it runs
    is no sign that all is well.
    """
    found = freshness(db, book, stale_after_seconds=stale_after_seconds)
    if found.state is not State.SYNCING:
        return found.state
    if found.synced_at is None:
        return State.NEVER
    last = next(run for run in sync_runs.newest(db, book, 2) if run.finished_at is not None)
    if not last.complete:
        return State.ERROR
    is_stale = clock.seconds() - found.synced_at > stale_after_seconds
    return State.STALE if is_stale else State.OK


def _deliveries(db: Connection, book_ids: list[int]) -> str:
    table = inbox.deliveries.c
    is_dead = table.book_id.in_(book_ids) & (table.state == DeliveryState.DEAD)
    dead = db.scalar(select(func.count()).where(is_dead))
    if dead:
        return f"{dead} dead"
    waiting, oldest_ms = inbox.waiting(db)
    late_seconds = clock.seconds() - (oldest_ms or 0) // 1_000 if oldest_ms else 0
    return f"{waiting} waiting, {late_seconds} seconds" if late_seconds > LATE_SECONDS else OK
