"""What follows where an account takes its permission back."""

from flask import Flask

from dashboard.core import db as database
from dashboard.core.clock import DAY_SECONDS, seconds
from dashboard.core.config import Settings
from dashboard.jobs.tasks import Schedule
from dashboard.jobs.worker import queue_scheduled
from dashboard.mirror.sync.identity import way_to
from dashboard.store import connections, jobs
from dashboard.store.books import Book
from tests.clients import run_jobs, signed_out
from tests.deliveries import deliver, event

EVERY_DAY = Schedule("sync", DAY_SECONDS, per_book=True)
APPLICATION = {"id": "ca_1", "object": "application", "name": "Dashboard"}


def _deauthorize(app: Flask, **fields: str) -> None:
    told = event("account.application.deauthorized", APPLICATION, created=seconds(), **fields)
    assert deliver(signed_out(app), told).status_code == 200
    run_jobs(app)


def test_an_account_that_takes_its_permission_back_is_marked_and_left_alone(
    app: Flask, book: Book, settings: Settings
) -> None:
    engine = app.extensions["dashboard"].engine
    assert way_to(engine, settings, book) is not None
    _deauthorize(app, account=book.account_id)
    assert way_to(engine, settings, book) is None
    with database.writing(engine) as db:
        assert connections.of_book(db, book).deauthorized_at is not None
        queue_scheduled(db, EVERY_DAY)
        assert jobs.due(db) == []


def test_an_account_of_somebody_else_takes_nothing_from_ours(
    app: Flask, book: Book, settings: Settings
) -> None:
    _deauthorize(app, account="acct_stranger")
    _deauthorize(app)
    assert way_to(app.extensions["dashboard"].engine, settings, book) is not None
