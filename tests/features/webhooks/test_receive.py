"""Deliveries: only Stripe's are taken, each once, and nothing is kept before it is verified."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, text

from dashboard.core import db as database
from dashboard.core.config import JobsPlace, Settings
from dashboard.mirror.kinds.customer import customers
from dashboard.store import books, webhook_secrets
from dashboard.store.books import Book
from dashboard.store.inbox import deliveries
from tests.clients import CheckedClient, run_jobs
from tests.deliveries import PATH, SECRET, deliver, signature
from tests.deliveries import event as told

ALIAS = "/api/stripe/webhook"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "stripe" / "webhook-vectors.json"
VECTORS: list[dict[str, Any]] = json.loads(SHARED.read_text()) if SHARED.exists() else []
ZOE = {"id": "cus_zoe", "object": "customer", "name": "Zoë", "created": 1_790_000_000}


def _created(**fields: Any) -> dict[str, Any]:
    return told("customer.created", ZOE, created=1_790_000_000, **fields)


def _kept(app: Flask) -> list[Any]:
    with database.reading(app.extensions["dashboard"].engine) as db:
        return list(db.execute(select(deliveries).order_by(deliveries.c.id)))


@pytest.mark.parametrize("path", [PATH, ALIAS])
def test_a_delivery_is_kept_acknowledged_and_then_handled(
    app: Flask, client: CheckedClient, book: Book, path: str
) -> None:
    answer = deliver(client, _created(), path)
    assert (answer.status_code, answer.json) == (200, {"received": True, "ignored": False})
    assert "Set-Cookie" not in answer.headers
    (kept,) = _kept(app)
    assert (kept.state, kept.attempts, kept.object_id) == ("waiting", 0, "cus_zoe")
    run_jobs(app)
    (kept,) = _kept(app)
    assert (kept.state, kept.outcome, kept.attempts) == ("handled", "applied", 1)
    with database.reading(app.extensions["dashboard"].engine) as db:
        assert db.scalar(select(customers.c.name).where(customers.c.book_id == book.id)) == "Zoë"


def test_deliveries_alone_bring_the_workers_of_the_process_to_life(
    make_app: Callable[[Settings], Flask], settings: Settings, book: Book
) -> None:
    app = make_app(settings.model_copy(update={"jobs": JobsPlace.WEB}))
    try:
        assert deliver(app.test_client(), _created()).status_code == 200
        give_up_at = time.monotonic() + 20
        while _kept(app)[0].state != "handled" and time.monotonic() < give_up_at:
            time.sleep(0.05)
        assert _kept(app)[0].state == "handled"
    finally:
        app.extensions["dashboard"].jobs.stop()


def test_a_repeated_delivery_costs_one_statement_and_changes_nothing(
    app: Flask, client: CheckedClient, book: Book
) -> None:
    zoe = _created()
    deliver(client, zoe)
    run_jobs(app)
    engine = app.extensions["dashboard"].engine
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    assert deliver(client, zoe).status_code == 200
    words = [each.split()[0] for each in statements]
    # SQLite is told first how long we wait for its lock.
    assert [word for word in words if word not in ("BEGIN", "PRAGMA")] == ["INSERT"]
    (kept,) = _kept(app)
    assert (kept.state, kept.repeats, kept.attempts) == ("handled", 1, 1)


@pytest.mark.skipif(not VECTORS, reason="The vectors are not beside the project (../shared).")
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["name"]))
def test_every_vector_has_its_verdict_at_the_door(
    make_app: Callable[[Settings], Flask], settings: Settings, book: Book, vector: dict[str, Any]
) -> None:
    values = settings.model_dump() | {"stripe_webhook_secret": vector["secret"]}
    client = make_app(Settings(_env_file=None, **values)).test_client()
    header = _moved_to_now(vector)
    answer = client.post(PATH, data=vector["payload"], headers={"Stripe-Signature": header})
    is_accepted = vector["expect"].startswith("ok") and vector["name"] != "future_3600s"
    assert answer.status_code == (200 if is_accepted else 400)


def _moved_to_now(vector: dict[str, Any]) -> str:
    """Return the header as it would have been signed now, where it was signed as it should be."""
    body, header = vector["payload"].encode(), str(vector["header"])
    moments = [part[2:] for part in header.split(",") if part.startswith("t=")]
    if not moments or not moments[0].isdigit():
        return header
    at = int(time.time()) + int(moments[0]) - int(vector["now"])
    signed = signature(body, secret=vector["secret"], at=int(moments[0])).partition("v1=")[2]
    anew = signature(body, secret=vector["secret"], at=at).partition("v1=")[2]
    return header.replace(moments[0], str(at)).replace(signed, anew)


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_a_delivery_of_another_time_is_refused_both_ways(
    app: Flask, client: CheckedClient, book: Book, seconds: int
) -> None:
    answer = deliver(client, _created(), at=int(time.time()) + seconds)
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["error"]["code"] == "bad_signature"
    assert _kept(app) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'"event"',
        b"{",
        b"\xff\xfe",
        b'{"object": "event"}',
        b'{"object": "event", "id": 7, "type": "x"}',
        b'{"object": "event", "id": "evt_1", "type": null}',
        b'{"object": "event", "id": "evt_1\\u0000", "type": "x"}',
        b'{"object": "event", "id": "evt_1", "type": "x", "livemode": "no"}',
        b'{"object": "charge", "id": "ch_1", "type": "x"}',
        b"[" * 5_000 + b"]" * 5_000,
    ],
)
def test_what_is_signed_and_no_event_is_refused(
    app: Flask, client: CheckedClient, book: Book, body: bytes
) -> None:
    assert deliver(client, body).status_code == 400
    assert _kept(app) == []


@pytest.mark.parametrize(
    "header", ["", "t=1", "v1=00", "t=1,v1=é", "t=1,v1=" + "0" * 64, "t=-1,v1=00", "," * 5_000]
)
def test_what_is_not_signed_is_refused(
    app: Flask, client: CheckedClient, book: Book, header: str
) -> None:
    body = json.dumps(_created()).encode()
    answer = client.post(PATH, data=body, headers={"Stripe-Signature": header})
    assert answer.status_code == 400
    assert len(answer.data) < 500
    assert _kept(app) == []


def test_a_body_that_is_too_large_is_refused(app: Flask, client: CheckedClient, book: Book) -> None:
    assert deliver(client, b"x" * (2 << 20)).status_code == 413
    assert _kept(app) == []


def test_either_secret_counts_while_one_is_replaced(
    make_app: Callable[[Settings], Flask], settings: Settings, book: Book
) -> None:
    values = settings.model_dump() | {"stripe_webhook_secret": f"whsec_next, {SECRET},"}
    client = make_app(Settings(_env_file=None, **values)).test_client()
    assert deliver(client, _created()).status_code == 200
    assert deliver(client, _created(), secret="whsec_next").status_code == 200
    assert deliver(client, _created(), secret="").status_code == 400


def test_without_a_secret_it_says_that_it_is_not_ready(
    make_app: Callable[[Settings], Flask], settings: Settings, book: Book
) -> None:
    values = settings.model_dump() | {"stripe_webhook_secret": " , "}
    app = make_app(Settings(_env_file=None, **values))
    answer = deliver(app.test_client(), _created(), secret="")
    assert answer.status_code == 503
    assert answer.json is not None
    assert "STRIPE_WEBHOOK_SECRET" in answer.json["error"]["message"]


def test_before_an_account_is_known_stripe_is_asked_to_come_again(client: CheckedClient) -> None:
    assert deliver(client, _created()).status_code == 503


def test_a_database_that_cannot_take_it_asks_stripe_to_come_again(
    app: Flask, client: CheckedClient, book: Book
) -> None:
    engine = app.extensions["dashboard"].engine
    with engine.begin() as db:
        db.execute(text("ALTER TABLE deliveries RENAME TO elsewhere"))
    answer = deliver(client, _created())
    assert answer.status_code == 503
    assert b"elsewhere" not in answer.data


def test_events_go_to_their_account_and_mode_alone(
    app: Flask, client: CheckedClient, book: Book
) -> None:
    with database.writing(app.extensions["dashboard"].engine) as db:
        live = books.open_book(db, "acct_ours", livemode=True)
        theirs = books.open_book(db, "acct_theirs", livemode=False)
    time.sleep(2.1)  # What was known of the accounts may be as old as this.
    for fields, expected in (
        ({}, book),
        ({"livemode": True}, live),
        ({"account": "acct_theirs"}, theirs),
    ):
        deliver(client, _created(**fields))
        assert _kept(app)[-1].book_id == expected.id
    for stranger in ({"account": "acct_nobody"}, {"account": "acct_theirs", "livemode": True}):
        answer = deliver(client, _created(**stranger))
        assert (answer.status_code, answer.json) == (200, {"received": True, "ignored": True})
    assert len(_kept(app)) == 3


def test_a_secret_that_was_entered_signs_for_its_own_book(
    make_app: Callable[[Settings], Flask], settings: Settings, book: Book
) -> None:
    key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    known = Settings(_env_file=None, **settings.model_dump() | {"atom_oauth_encryption_key": key})
    app = make_app(known)
    client = app.test_client()
    assert deliver(client, _created(), secret="whsec_entered").status_code == 400
    with database.writing(app.extensions["dashboard"].engine) as db:
        theirs = books.open_book(db, "acct_theirs", livemode=False)
        webhook_secrets.add(db, theirs, "whsec_entered", known)
    assert deliver(client, _created(), secret="whsec_entered").status_code == 200
    assert _kept(app)[-1].book_id == theirs.id
    raw = Path(str(app.extensions["dashboard"].engine.url.database)).read_bytes()
    assert b"whsec_entered" not in raw


def test_a_thin_event_is_taken(app: Flask, client: CheckedClient, book: Book) -> None:
    thin = {
        "id": "evt_thin",
        "object": "v2.core.event",
        "type": "v1.customer.updated",
        "created": "2026-11-20T10:00:00.000Z",
        "livemode": False,
        "related_object": {"id": "cus_zoe", "type": "customer", "url": "/v1/customers/cus_zoe"},
    }
    assert deliver(client, thin).status_code == 200
    (kept,) = _kept(app)
    assert (kept.object_id, kept.created_at) == ("cus_zoe", None)


def test_the_door_is_for_post_alone(client: CheckedClient) -> None:
    assert client.get(PATH).status_code == 405
