from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine, update

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.store import jobs, workers
from dashboard.store.jobs import Job
from dashboard.store.roles import Role
from tests.clients import CheckedClient, run_jobs, signed_in
from tests.features.make import Maker
from tests.features.pages import statements

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


class Shop:
    """Makes jobs of every state in the database of the pages."""

    def __init__(self, make: Maker) -> None:
        self.engine: Engine = make.engine
        self.book = make.book

    def queued(self, key: str | None = None) -> int:
        with database.writing(self.engine) as db:
            id = jobs.queue(db, "sync", book_id=self.book.id, key=key)
        assert id
        return id

    def running(self, key: str | None = None) -> Job:
        id = self.queued(key)
        with database.writing(self.engine) as db:
            job = jobs.claim(db, id, "worker host:17:ab12cd")
        assert job
        return job

    def failed(self, error: str = "Stripe is silent. Wait.", key: str | None = None) -> int:
        job = self.running(key)
        with database.writing(self.engine) as db:
            jobs.fail(db, job, error, pauses=[])
        return job.id

    def done(self, seconds: int) -> int:
        job = self.running()
        with database.writing(self.engine) as db:
            jobs.finish(db, job)
            began = update(jobs.jobs).where(jobs.jobs.c.id == job.id)
            db.execute(began.values(started_at=clock.seconds() - seconds))
        return job.id


@pytest.fixture
def shop(make: Maker) -> Shop:
    return Shop(make)


def test_each_job_stands_where_it_belongs(rob: CheckedClient, shop: Shop) -> None:
    shop.done(seconds=125)
    shop.failed()
    shop.queued()
    shop.running()
    page = rob.get("/jobs").text
    assert "Stripe is silent. Wait." in page
    assert "2 minutes 5 seconds" in page
    assert "worker host:17:ab12cd" in page
    assert "Queued" in page
    assert "Shop of acct_make" in page


def test_the_page_says_that_nobody_runs_jobs_until_somebody_does(
    rob: CheckedClient, shop: Shop
) -> None:
    assert "Nobody runs jobs at the moment" in rob.get("/jobs").text
    with database.writing(shop.engine) as db:
        workers.show(db, "worker host:17:ab12cd")
    assert "Nobody runs jobs at the moment" not in rob.get("/jobs").text


def test_without_jobs_the_page_says_when_the_schedules_are_due(rob: CheckedClient) -> None:
    page = rob.get("/jobs").text
    assert "No job is done yet" in page
    assert "5 minutes apart" in page
    assert "1 day apart" in page


def test_a_schedule_that_is_off_is_not_announced(
    make_app: Callable[[Settings], Flask], settings: Settings
) -> None:
    app = make_app(settings.model_copy(update={"sync_every_minutes": 0}))
    page = signed_in(app, "rob@example.com", Role.VIEWER).get("/jobs").text
    assert "5 minutes apart" not in page
    assert "1 day apart" in page


def test_an_admin_tries_a_failed_job_again(boss: CheckedClient, shop: Shop) -> None:
    id = shop.failed()
    assert "Try again" in boss.get("/jobs").text
    assert boss.submit(f"/jobs/{id}/retry").status_code == 303
    assert "Try again" not in boss.get("/jobs").text
    assert boss.submit(f"/jobs/{id}/retry").status_code == 404


def test_a_job_is_not_tried_again_beside_its_like(boss: CheckedClient, shop: Shop) -> None:
    id = shop.failed(key="sync:1")
    shop.queued(key="sync:1")
    assert boss.submit(f"/jobs/{id}/retry").status_code == 409


@pytest.mark.parametrize("who", ["ann", "rob"])
def test_only_an_admin_may_try_again(who: str, request: pytest.FixtureRequest, shop: Shop) -> None:
    client: CheckedClient = request.getfixturevalue(who)
    id = shop.failed()
    assert "Try again" not in client.get("/jobs").text
    assert client.submit(f"/jobs/{id}/retry").status_code == 403


def test_the_list_is_sent_only_when_it_has_changed(rob: CheckedClient, shop: Shop) -> None:
    shop.failed()
    part = rob.get("/jobs", headers=PART)
    known = {**PART, "If-None-Match": part.headers["ETag"]}
    assert rob.get("/jobs", headers=known).status_code == 304
    shop.queued()
    assert rob.get("/jobs", headers=known).status_code == 200


def test_words_of_an_error_are_only_text(rob: CheckedClient, shop: Shop) -> None:
    shop.failed(error="<script>alert(1)</script>")
    assert "<script>alert" not in rob.get("/jobs").text


def test_the_page_asks_little_of_the_database(rob: CheckedClient, shop: Shop) -> None:
    for _ in range(3):
        shop.failed()
        shop.done(seconds=1)
    with statements(shop.engine) as asked:
        rob.get("/jobs")
    assert len(asked) <= 6


def test_the_purge_leaves_what_is_young(app: Flask, rob: CheckedClient, shop: Shop) -> None:
    id = shop.failed()
    with app.app_context(), database.writing(shop.engine) as db:
        app.extensions["dashboard"].jobs.queue(db, "purge")
    assert run_jobs(app) == 1
    assert f'id="job-{id}"' in rob.get("/jobs").text
    assert "Clear away what is old" in rob.get("/jobs").text
