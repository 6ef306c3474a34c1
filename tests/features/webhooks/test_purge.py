"""Deliveries are kept for as long as the setting says."""

from datetime import timedelta

import time_machine
from flask import Flask
from sqlalchemy import func, select

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.mirror.kinds.customer import customers
from dashboard.store import inbox
from dashboard.store.books import Book
from tests.clients import CheckedClient, run_jobs
from tests.features.webhooks.test_index import receive


def counted(app: Flask) -> tuple[int, int]:
    """Return how many deliveries and customers there are."""
    with database.reading(app.extensions["dashboard"].engine) as db:
        query = select(func.count())
        deliveries = db.scalar(query.select_from(inbox.deliveries)) or 0
        return deliveries, db.scalar(query.select_from(customers)) or 0


def purge(app: Flask) -> None:
    with app.app_context(), database.writing(app.extensions["dashboard"].engine) as db:
        app.extensions["dashboard"].jobs.queue(db, "purge")
    run_jobs(app)


def test_the_daily_purge_forgets_after_a_year_and_leaves_the_mirror_alone(
    app: Flask, ann: CheckedClient, book: Book
) -> None:
    receive(ann)
    run_jobs(app)
    for days, left in ((364, 1), (366, 0)):
        with time_machine.travel(clock.now() + timedelta(days=days), tick=False):
            purge(app)
        assert counted(app) == (left, 1)
