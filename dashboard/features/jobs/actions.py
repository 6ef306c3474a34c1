"""Trying a failed job again, and clearing away what is old."""

from sqlalchemy import Connection, Engine

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.clock import DAY_SECONDS
from dashboard.core.config import Settings
from dashboard.core.log import logger
from dashboard.jobs.office import Office
from dashboard.store import (
    attempts,
    inbox,
    jobs,
    links,
    portal_sessions,
    sessions,
    sync_runs,
    workers,
)

DONE_SECONDS = 7 * DAY_SECONDS
FAILED_SECONDS = 30 * DAY_SECONDS
SESSIONS_SECONDS = 90 * DAY_SECONDS
SYNC_RUNS_SECONDS = 90 * DAY_SECONDS

log = logger("jobs")


def retry(office: Office, db: Connection, id: int) -> None:
    """Queue a failed job anew.

    Raises:
        NotFoundError: there is no failed job with this id.
        ConflictError: the same is queued or running.
    """
    jobs.retry(db, id)
    office.call()


def purge(engine: Engine, settings: Settings) -> None:
    """Delete what nobody asks for any more.

    That is jobs and workers that are gone, sessions, links, attempts to sign in, runs of syncs, and
    deliveries that were handled.
    """
    bodies_before = clock.seconds() - settings.webhook_bodies_days * DAY_SECONDS
    with database.writing(engine) as db:
        count = jobs.purge(db, done_seconds=DONE_SECONDS, failed_seconds=FAILED_SECONDS)
        count += workers.purge(db, keep_seconds=DONE_SECONDS)
        # A session that ended is still asked whether an address is one that its user knows.
        count += sessions.purge(db, keep_seconds=SESSIONS_SECONDS)
        count += attempts.purge(db)
        count += portal_sessions.purge(db)
        count += links.purge(db, keep_seconds=SESSIONS_SECONDS)
        count += sync_runs.purge(db, keep_seconds=SYNC_RUNS_SECONDS)
        count += inbox.forget(db, bodies_before)
    log.info("purged", rows=count)
