"""Deliveries are handled once more, one or many, by those who may."""

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select

from dashboard.core import db as database
from dashboard.features.webhooks import actions
from dashboard.mirror.kinds.customer import customers
from dashboard.store import inbox
from dashboard.store.books import Book
from dashboard.store.delivery_times import delivery_times
from dashboard.store.inbox import DeliveryState
from tests.clients import CheckedClient, run_jobs
from tests.features.audited import entries
from tests.features.webhooks.test_index import kill, receive


@pytest.fixture
def engine(app: Flask) -> Engine:
    found: Engine = app.extensions["dashboard"].engine
    return found


def states(engine: Engine) -> list[str]:
    with database.reading(engine) as db:
        table = inbox.deliveries.c
        return list(db.scalars(select(table.state).order_by(table.id)))


def test_a_dead_delivery_is_replayed_and_handled(
    app: Flask, ann: CheckedClient, book: Book, engine: Engine
) -> None:
    id, _ = receive(ann), receive(ann, name="cus_2")
    kill(engine, book)
    asked = ann.get(f"/webhooks/replay?about={id}").text
    assert "Replay 1 delivery" in asked
    assert ann.submit(f"/webhooks/replay?about={id}").status_code == 303
    run_jobs(app)
    assert states(engine) == [DeliveryState.HANDLED, DeliveryState.DEAD]
    (noted,) = entries(engine, "delivery.replayed")
    assert (noted["actor"], noted["after"]) == ("ann@example.com", {"deliveries": 1})
    with database.reading(engine) as db:
        assert db.scalars(select(customers.c.id)).all() == ["cus_1"]


def test_all_that_match_are_replayed_after_their_number_was_told(
    app: Flask, ann: CheckedClient, book: Book, engine: Engine
) -> None:
    for number in range(3):
        receive(ann, name=f"cus_{number}")
    kill(engine, book)
    receive(ann, "customer.created", name="cus_9")
    part = {"HX-Request": "true", "HX-Request-Type": "partial"}
    link = 'href="/webhooks/replay?state=dead"'
    assert link in ann.get("/webhooks?state=dead&sort=received", headers=part).text
    assert "Replay 3 deliveries" in ann.get("/webhooks/replay?state=dead").text
    answer = ann.submit("/webhooks/replay?state=dead", follow_redirects=True)
    assert "3 deliveries are handled again now." in answer.text
    run_jobs(app)
    assert states(engine) == [DeliveryState.HANDLED] * 4


def test_more_than_can_be_replayed_at_once_is_said(
    ann: CheckedClient, book: Book, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MOST_REPLAYED", 2)
    for _ in range(3):
        receive(ann)
    kill(engine, book)
    page = ann.get("/webhooks/replay").text
    assert "Replay 2 deliveries" in page
    assert "the newest 2 of the 3 that match" in page
    ann.submit("/webhooks/replay")
    assert sorted(states(engine)) == ["dead", "waiting", "waiting"]


def test_what_is_replayed_counts_once_and_keeps_the_time_it_first_took(
    app: Flask, ann: CheckedClient, book: Book, engine: Engine
) -> None:
    receive(ann)
    run_jobs(app)
    table = inbox.deliveries.c
    with database.reading(engine) as db:
        before = db.scalar(select(table.handled_ms))
    ann.submit("/webhooks/replay")
    run_jobs(app)
    with database.reading(engine) as db:
        assert db.scalar(select(table.handled_ms)) == before
        assert db.scalar(select(func.sum(delivery_times.c.count))) == 1


def test_who_may_only_look_replays_nothing(rob: CheckedClient, book: Book, engine: Engine) -> None:
    id = receive(rob)
    kill(engine, book)
    assert "/webhooks/replay" not in rob.get("/webhooks").text
    assert "/webhooks/replay" not in rob.get(f"/webhooks/{id}").text
    assert rob.get("/webhooks/replay").status_code == 403
    assert rob.submit("/webhooks/replay").status_code == 403
    assert states(engine) == ["dead"]


def test_a_replay_needs_the_token_and_a_filter_that_makes_sense(
    ann: CheckedClient, book: Book, engine: Engine
) -> None:
    receive(ann)
    kill(engine, book)
    assert ann.post("/webhooks/replay").status_code == 400
    assert ann.submit("/webhooks/replay?state=odd").status_code == 400
    assert states(engine) == ["dead"]
