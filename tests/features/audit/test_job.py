"""The daily check runs as a job, in a process of its own, and leaves what it found."""

from flask import Flask
from sqlalchemy import text

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.features.audit import actions
from dashboard.store import audit, audit_check


def test_the_job_checks_the_log_and_is_done_also_where_something_is_wrong(
    app: Flask, settings: Settings
) -> None:
    engine = app.extensions["dashboard"].engine
    with database.writing(engine) as db:
        audit.record(db, audit.TERMINAL, "user.created", subject="bob")
        db.execute(text("DROP TRIGGER audit_log_no_update"))
        db.execute(text("UPDATE audit_log SET subject = 'eve'"))
    actions.check(engine, settings)
    with database.reading(engine) as db:
        kept = audit_check.latest(db)
    assert kept
    assert (kept.faults, kept.words) == (1, "Entry 1 was changed after being written.")


def test_a_day_has_its_check(app: Flask) -> None:
    schedules = app.extensions["dashboard"].jobs.schedules
    (each,) = [schedule for schedule in schedules if schedule.task == actions.TASK]
    assert each.every_seconds == clock.DAY_SECONDS
