"""The list of deliveries, one delivery, and how they go."""

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Engine

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.store import books, inbox
from dashboard.store.books import Book
from dashboard.store.inbox import PAUSES_SECONDS, Outcome
from tests.clients import CheckedClient, run_jobs
from tests.deliveries import deliver, event
from tests.features.pages import exported, listed, statements

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def engine(app: Flask) -> Engine:
    found: Engine = app.extensions["dashboard"].engine
    return found


def customer(name: str = "cus_1", **fields: object) -> dict[str, object]:
    return {"id": name, "object": "customer", "created": 1_700_000_000, **fields}


def receive(client: CheckedClient, kind: str = "customer.updated", name: str = "cus_1") -> str:
    """Deliver an event and return its id."""
    told = event(kind, customer(name), created=clock.seconds() - 60)
    assert deliver(client, told).status_code == 200
    return str(told["id"])


def fail(engine: Engine, book: Book, times: int = 1) -> None:
    """Let all that is due fail so often."""
    for _ in range(times):
        with database.writing(engine) as db:
            table = inbox.deliveries
            db.execute(table.update().where(table.c.due_at.is_not(None)).values(due_at=0))
            for one in inbox.due(db, book, 50):
                inbox.failed(db, one, "The mirror is on <fire>.")


def kill(engine: Engine, book: Book) -> None:
    """Let all that is due fail until it is set aside."""
    fail(engine, book, len(PAUSES_SECONDS) + 1)


def test_before_the_first_delivery_the_page_says_what_to_do(rob: CheckedClient, book: Book) -> None:
    page = rob.get("/webhooks").text
    assert "http://localhost/api/v1/stripe/webhooks" in page
    assert 'data-empty="nothing-yet"' in page
    assert "a secret is known here" in page


def test_a_delivery_is_listed_as_soon_as_it_came_and_says_how_long_it_took(
    app: Flask, ann: CheckedClient, book: Book
) -> None:
    id = receive(ann)
    assert "Waiting" in ann.get("/webhooks").text
    run_jobs(app)
    page = ann.get("/webhooks").text
    assert listed(ann, "/webhooks", "delivery") == [id]
    assert "Customer updated" in page
    assert re.search(r"\d ms|\d s<", page)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("state=handled", [2, 0]),
        ("state=dead", [1]),
        ("state=waiting", []),
        ("type=invoice.paid", [1]),
        ("type=invoice.*", [1]),
        ("type=customer.*", [2, 0]),
        ("outcome=applied", [0]),
        ("about=cus_3", [2]),
        ("received=today", [2, 1, 0]),
        ("received_to=2020-01-01", []),
    ],
)
def test_filters_narrow_the_list(
    app: Flask, ann: CheckedClient, book: Book, engine: Engine, query: str, wanted: list[int]
) -> None:
    ids = [receive(ann, "customer.created", "cus_1")]
    run_jobs(app)
    ids.append(receive(ann, "invoice.paid", "in_2"))
    kill(engine, book)
    ids.append(receive(ann, "customer.updated", "cus_3"))
    with database.writing(engine) as db:
        inbox.handled(db, book, [(one, Outcome.OLDER) for one in inbox.due(db, book, 50)])
    assert listed(ann, f"/webhooks?{query}", "delivery") == [ids[at] for at in wanted]
    shown = [line["event"] for line in exported(ann, f"/webhooks/export.csv?{query}")]
    assert shown == [ids[at] for at in wanted]


def test_the_id_of_an_event_finds_its_delivery(ann: CheckedClient, book: Book) -> None:
    id, _ = receive(ann), receive(ann)
    assert listed(ann, f"/webhooks?about={id}", "delivery") == [id]


@pytest.mark.parametrize("query", ["state=odd", "outcome=whim", "received=never", "x=1"])
def test_bad_filters_are_refused_and_kept(ann: CheckedClient, book: Book, query: str) -> None:
    receive(ann)
    answer = ann.get(f"/webhooks?{query}&type=invoice.paid")
    assert answer.status_code == 400
    assert "invoice.paid" in answer.text


def test_a_list_pages_both_ways(ann: CheckedClient, book: Book, engine: Engine) -> None:
    ids = [receive(ann) for _ in range(3)]
    with database.writing(engine) as db:
        table = inbox.deliveries
        # Three of one millisecond, and fifty older ones.
        db.execute(table.update().values(received_ms=9_000_000_000_000))
        rows = [
            {
                "book_id": book.id,
                "event_id": f"evt_old_{number:03}",
                "type": "invoice.paid",
                "received_ms": 1_700_000_000_000 + number,
                "state": "handled",
                "repeats": 0,
                "attempts": 1,
                "body": b"",
            }
            for number in range(50)
        ]
        db.execute(table.insert(), rows)
    first = listed(ann, "/webhooks", "delivery")
    assert first[:3] == ids[::-1]
    older = re.search(r'id="pager-older"[^>]*href="([^"]+)"', ann.get("/webhooks").text)
    assert older
    url = older[1].replace("&amp;", "&")
    assert listed(ann, url, "delivery") == ["evt_old_002", "evt_old_001", "evt_old_000"]
    newer = re.search(r'id="pager-newer"[^>]*href="([^"]+)"', ann.get(url).text)
    assert newer
    assert listed(ann, newer[1].replace("&amp;", "&"), "delivery") == first


def test_a_page_costs_at_most_three_statements(
    ann: CheckedClient, book: Book, engine: Engine
) -> None:
    receive(ann)
    for query in ("", "?state=waiting&received=30d", "?type=customer.*"):
        with statements(engine) as asked:
            ann.get(f"/webhooks{query}", headers=PART)
        assert len(asked) <= 3, asked


def test_only_what_the_mirror_holds_is_linked(app: Flask, ann: CheckedClient, book: Book) -> None:
    id = receive(ann)
    for page in ("/webhooks", f"/webhooks/{id}"):
        text = ann.get(page).text
        assert "cus_1" in text
        assert 'href="/customers/cus_1"' not in text
    run_jobs(app)
    for page in ("/webhooks", f"/webhooks/{id}"):
        assert 'href="/customers/cus_1"' in ann.get(page).text


def test_list_and_figures_answer_304_while_nothing_changed(
    app: Flask, ann: CheckedClient, book: Book
) -> None:
    receive(ann)
    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=False):
        for path in ("/webhooks", "/webhooks/figures"):
            tag = ann.get(path, headers=PART).headers["ETag"]
            again = ann.get(path, headers={**PART, "If-None-Match": tag, "X-Poll": "true"})
            assert again.status_code == 304
    run_jobs(app)
    assert ann.get("/webhooks/figures", headers=PART).headers["ETag"] != tag


def test_a_delivery_shows_what_came_escaped_and_what_became_of_it(
    app: Flask, ann: CheckedClient, book: Book
) -> None:
    told = event("customer.updated", customer(name="Ann"), created=clock.seconds() - 60)
    told["data"]["object"]["description"] = "</pre><script>alert(1)</script>"
    deliver(ann, told)
    deliver(ann, told)
    run_jobs(app)
    page = ann.get(f"/webhooks/{told['id']}").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "Delivered 2 times in all." in page
    assert "Applied" in page
    assert f"/events/{told['id']}" in page


def test_a_delivery_that_failed_says_why_and_what_to_do(
    ann: CheckedClient, book: Book, engine: Engine
) -> None:
    id = receive(ann)
    fail(engine, book)
    page = ann.get(f"/webhooks/{id}").text
    assert "The mirror is on &lt;fire&gt;." in page
    assert "tried again by itself" in page
    assert "Next try" in page
    kill(engine, book)
    assert "mend the cause, then replay it" in ann.get(f"/webhooks/{id}").text


def test_an_unknown_delivery_is_404(ann: CheckedClient, book: Book) -> None:
    assert ann.get("/webhooks/evt_nowhere").status_code == 404


def test_another_account_sees_nothing_of_it(ann: CheckedClient, book: Book, engine: Engine) -> None:
    id = receive(ann)
    with database.writing(engine) as db:
        books.open_book(db, "acct_other", livemode=False)
    assert listed(ann, "/webhooks?account=acct_other", "delivery") == []
    assert ann.get(f"/webhooks/{id}?account=acct_other").status_code == 404
    assert ann.get(f"/webhooks/replay?account=acct_other&about={id}").status_code == 404
