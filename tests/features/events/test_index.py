"""The events pages."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from dashboard.core import db as database
from dashboard.core.paging import Wish
from dashboard.features.events import queries
from dashboard.mirror.kinds.event import before, words
from dashboard.store import inbox
from dashboard.store.inbox import Arrival
from tests.clients import CheckedClient
from tests.features.make import Maker
from tests.features.pages import exported, listed, statements


def customer(name: str = "cus_1", **fields: Any) -> dict[str, Any]:
    return {"id": name, "object": "customer", **fields}


def deliver(make: Maker, id: str) -> None:
    arrival = Arrival(id, "customer.updated", "cus_1", None, make.now, b'{"object": "event"}')
    with database.writing(make.engine) as db:
        inbox.receive(db, make.book, arrival)


def test_events_are_listed_in_plain_words_and_with_their_type(
    ann: CheckedClient, make: Maker
) -> None:
    newest = make.event("charge.dispute.created", {"id": "du_1", "object": "dispute"})
    oldest = make.event("customer.updated", customer())
    page = ann.get("/events").text
    assert listed(ann, "/events", "event") == [newest, oldest]
    for told in ("Dispute created", "charge.dispute.created", "du_1", "cus_1"):
        assert told in page


def test_only_what_the_mirror_holds_is_linked(ann: CheckedClient, make: Maker) -> None:
    payment, buyer = make.payment(), make.customer()
    paid = {"id": payment, "object": "charge", "customer": buyer}
    event = make.event("charge.succeeded", paid)
    for page in ("/events", f"/events/{event}"):
        for link in (f"/payments/{payment}", f"/customers/{buyer}"):
            assert f'href="{link}"' in ann.get(page).text
    unread = {"id": "ch_unread", "object": "charge", "customer": "cus_unread"}
    event = make.event("charge.succeeded", unread)
    for page in ("/events", f"/events/{event}"):
        text = ann.get(page).text
        for id in ("ch_unread", "cus_unread"):
            assert id in text
            assert f"/{id}" not in text


def test_the_list_says_who_told_us(ann: CheckedClient, make: Maker) -> None:
    by_webhook = make.event("customer.updated", customer())
    make.event("customer.updated", customer())
    deliver(make, by_webhook)
    page = ann.get("/events").text
    assert page.count(">Webhook</td>") == 1
    assert page.count(">Sync</td>") == 1
    assert f"/webhooks/{by_webhook}" in ann.get(f"/events/{by_webhook}").text


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("type=invoice.*", [0, 1]),
        ("type=invoice.paid", [0]),
        ("type=invoice", []),
        ("kind=customer", [2]),
        ("kind=customer&kind=invoice", [0, 1, 2]),
        ("object=in_1", [0]),
        ("customer=cus_1", [0, 2]),
        ("created=today", [0, 1, 2]),
        ("created_to=2020-01-01", []),
    ],
)
def test_filters_narrow_list_and_export(
    ann: CheckedClient, make: Maker, query: str, wanted: list[int]
) -> None:
    created = make.now
    bill = {"id": "in_1", "object": "invoice", "customer": "cus_1"}
    ids = [
        make.event("invoice.paid", bill, created=created),
        make.event("invoice.voided", {"id": "in_2", "object": "invoice"}, created=created - 1),
        make.event("customer.updated", customer(), created=created - 2),
    ]
    expected = [ids[at] for at in wanted]
    assert listed(ann, f"/events?{query}", "event") == expected
    assert [line["id"] for line in exported(ann, f"/events/export.csv?{query}")] == expected


@pytest.mark.parametrize("query", ["kind=odd", "created=never", "x=1", "q=word"])
def test_bad_filters_are_refused_and_kept(ann: CheckedClient, make: Maker, query: str) -> None:
    make.event("customer.updated", customer())
    answer = ann.get(f"/events?{query}&type=invoice.paid")
    assert answer.status_code == 400
    assert "invoice.paid" in answer.text


def test_an_empty_list_says_why(ann: CheckedClient, make: Maker) -> None:
    assert 'data-empty="not-read"' in ann.get("/events").text
    make.synced()
    assert 'data-empty="nothing-yet"' in ann.get("/events").text
    make.event("customer.updated", customer())
    assert 'data-empty="nothing-matches"' in ann.get("/events?type=payout.*").text


def test_one_event_tells_what_changed_and_who_asked(ann: CheckedClient, make: Maker) -> None:
    now = {"id": "sub_1", "object": "subscription", "customer": "cus_1", "quantity": 3}
    make.customer(id="cus_1")
    id = make.event(
        "customer.subscription.updated",
        {**now, "metadata": {"plan": "big", "kept": "yes"}},
        {"quantity": 2, "metadata": {"plan": "<small>"}},
        request={"id": "req_77", "idempotency_key": "key_88"},
        api_version="2026-10-28.endive",
    )
    page = ann.get(f"/events/{id}").text
    changed = page.partition('class="changed"')[2].partition("</dl>")[0]
    for told in ("quantity", "<del>2</del>", "<ins>3</ins>", "&lt;small&gt;", "big"):
        assert told in changed
    assert "kept" not in changed
    for told in ("req_77", "key_88", "2026-10-28.endive", "/customers/cus_1"):
        assert told in page


def test_an_event_of_an_old_version_tells_its_request_as_a_text(
    ann: CheckedClient, make: Maker
) -> None:
    id = make.event("customer.created", customer(), request="req_old")
    assert "req_old" in ann.get(f"/events/{id}").text


def test_an_unknown_event_is_404_and_says_why(ann: CheckedClient, make: Maker) -> None:
    make.synced()
    answer = ann.get("/events/evt_nowhere")
    assert answer.status_code == 404
    assert "thirty days" in answer.text


def test_a_page_costs_at_most_three_statements(app: Flask, ann: CheckedClient, make: Maker) -> None:
    make.event("customer.updated", customer())
    for query in ("", "?type=customer.*&created=30d", "?kind=customer"):
        with statements(app.extensions["dashboard"].engine) as asked:
            ann.get(f"/events{query}")
        assert len(asked) <= 3, asked


def test_both_databases_read_alike(engine: Engine) -> None:
    make = Maker(engine)
    ids = [make.event("customer.updated", customer()) for _ in range(2)]
    deliver(make, ids[1])
    with database.reading(engine) as db:
        page = queries.LISTING.page(db, make.book, Wish(where={"type": ("customer.*",)}))
        row, raw = queries.find(db, make.book, ids[1])
    assert [(each.id, each.received_ms is None) for each in page.rows] == [
        (ids[0], True),
        (ids[1], False),
    ]
    assert (row.customer_id, raw["id"]) == ("cus_1", ids[1])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("payment_intent.succeeded", "Payment succeeded"),
        ("customer.subscription.trial_will_end", "Subscription trial will end"),
        ("invoice.payment_failed", "Invoice payment failed"),
        ("payment_intent.payment_failed", "Payment failed"),
        ("v1.billing.meter.no_meter_found", "V1 billing meter no meter found"),
        ("ping", "Ping"),
    ],
)
def test_any_type_is_said_in_words(name: str, said: str) -> None:
    assert words(name) == said


def test_before_is_the_object_with_what_it_was_told() -> None:
    now = {"id": "x", "a": 1, "map": {"b": 2, "c": 3}, "list": [1, 2], "gone": None}
    was = {"a": 0, "map": {"b": 1, "new": None}, "list": [1], "gone": {"d": 4}}
    assert before({"data": {"object": now, "previous_attributes": was}}) == {
        "id": "x",
        "a": 0,
        "map": {"b": 1, "c": 3, "new": None},
        "list": [1],
        "gone": {"d": 4},
    }
    assert before({"data": {"object": now}}) is None
