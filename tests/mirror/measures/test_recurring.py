"""MRR of a whole book: from events in any order, from later objects, by the clock, in any rules."""

from collections.abc import Iterator
from datetime import date
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from dashboard.core import db
from dashboard.mirror.apply import apply
from dashboard.mirror.dataset import compute
from dashboard.mirror.measures.mrr_changes import kept
from dashboard.mirror.measures.recurring import Choices, mrr
from dashboard.mirror.registry import KINDS
from dashboard.store import books
from dashboard.store.books import Book
from tests.mirror.measures.make import (
    Object,
    at,
    dataset,
    discount,
    event,
    item,
    price,
    subscription,
    told,
)


def total(given: Object, day: str, **settings: str) -> Any:
    return compute({**given, "settings": settings}, "mrr", {"date": day})["total"]


def test_an_event_at_midnight_belongs_to_the_new_day_of_the_accounts_zone() -> None:
    at_midnight = event("created", "2026-03-01T05:00:00", subscription())
    before = event("created", "2026-03-01T04:59:59", subscription(id="sub_2"))
    given = told(at_midnight, before, zone="America/New_York")
    assert [total(given, day) for day in ("2026-02-27", "2026-02-28", "2026-03-01")] == [
        0,
        1000,
        2000,
    ]


@pytest.mark.parametrize(("zone", "hour"), [("Europe/Berlin", "22"), ("America/New_York", "04")])
def test_a_day_ends_where_the_clocks_changed(zone: str, hour: str) -> None:
    """At the end of 29 March Berlin is at UTC+2, since that day; New York is at UTC-4."""
    day, night = ("29", "29") if hour == "22" else ("29", "30")
    last = event("created", f"2026-03-{night}T{int(hour) - 1:02}:59:59", subscription())
    first = event("created", f"2026-03-{night}T{hour}:00:00", subscription(id="sub_2"))
    given = told(last, first, zone=zone)
    assert total(given, f"2026-03-{day}") == 1000
    assert total(given, "2026-03-30") == 2000


def test_events_may_come_in_any_order_and_twice() -> None:
    events = [
        event("created", "2026-01-01", subscription(item(price(1000), 5))),
        event("updated", "2026-01-15", subscription(item(price(1000), 8))),
        event("updated", "2026-01-29", subscription(item(price(1000), 6))),
        event("deleted", "2026-02-10", subscription(status="canceled")),
    ]
    days = ["2026-01-14", "2026-01-28", "2026-02-09", "2026-02-10"]
    for order in permutations(events):
        given = told(*order, order[0], order[2])
        assert [total(given, day) for day in days] == [5000, 8000, 6000, 0]


def test_of_the_events_of_one_second_the_last_listed_holds() -> None:
    created = event("created", "2026-01-01", subscription(status="incomplete"))
    updates = [
        event("updated", "2026-01-01", subscription(item(price(amount)))) for amount in (900, 800)
    ]
    assert total(told(created, *updates), "2026-01-01") == 800
    assert total(told(created, *reversed(updates)), "2026-01-01") == 900


def test_a_state_of_today_is_the_state_of_now() -> None:
    later = event("created", "2026-06-30T13:00:00", subscription(id="sub_2"))
    given = told(event("created", "2026-06-30T11:00:00", subscription()), later)
    assert total(given, "2026-06-30") == 1000


def test_pauses_end_by_the_clock_and_discounts_too() -> None:
    paused = subscription(
        pause_collection={"behavior": "void", "resumes_at": at("2026-03-01")},
        discounts=[discount(end="2026-04-10", percent_off=50, duration="repeating")],
    )
    given = told(
        event("created", "2026-01-01", subscription()), event("paused", "2026-02-01", paused)
    )
    days = ["2026-01-31", "2026-02-01", "2026-02-28", "2026-03-01", "2026-04-09", "2026-04-10"]
    assert [total(given, day) for day in days] == [1000, 0, 0, 500, 500, 1000]


def test_a_pause_is_the_cause_of_what_it_takes_and_gives_back(sqlite_engine: Engine) -> None:
    pause = {"behavior": "void", "resumes_at": at("2026-03-01")}
    with db.writing(sqlite_engine) as connection:
        book = books.open_book(connection, "acct_1", livemode=False)
        events = [
            event("created", "2026-01-01", subscription()),
            event("updated", "2026-02-01", subscription(pause_collection=pause)),
        ]
        apply(connection, book, KINDS["event"], events, seen_at=at("2026-02-02"))
        changes = sorted(kept(connection, book, ["sub_1"]), key=lambda row: row["effective_at"])
    assert [(row["cause"], row["before_minor"], row["after_minor"]) for row in changes] == [
        ("created", 0, 1000),
        ("pause", 1000, 0),
        ("pause", 0, 1000),
    ]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({}, [0, 1000, 1000, 1000]),
        ({"status": "past_due"}, [0, 1000, 1000, 1000]),
        ({"trial_end": at("2026-02-10")}, [0, 0, 1000, 1000]),
        ({"status": "canceled", "ended_at": at("2026-03-05")}, [0, 1000, 1000, 0]),
        ({"status": "unpaid", "current_period_start": at("2026-03-01")}, [0, 1000, 1000, 0]),
        ({"status": "paused", "current_period_start": at("2026-03-01")}, [0, 1000, 1000, 0]),
        ({"status": "trialing", "trial_end": at("2026-07-10")}, [0, 0, 0, 0]),
        ({"status": "incomplete_expired"}, [0, 0, 0, 0]),
    ],
)
def test_without_events_history_is_rebuilt_from_the_object(
    state: Object, expected: list[int]
) -> None:
    given = dataset(subscriptions=[subscription(**state)])
    days = ["2025-12-31", "2026-01-31", "2026-02-28", "2026-03-31"]
    assert [total(given, day) for day in days] == expected


def test_without_a_created_event_the_oldest_one_tells_what_came_before() -> None:
    events = [
        event("updated", "2026-03-10", subscription(item(price(3000)), trial_end=at("2026-01-15"))),
        event("updated", "2026-04-10", subscription(item(price(500)))),
    ]
    current = subscription(item(price(9999)))
    given = told(*events, subscriptions=[current])
    days = ["2026-01-14", "2026-01-15", "2026-03-31", "2026-04-30"]
    assert [total(given, day) for day in days] == [0, 3000, 3000, 500]


def test_who_had_asked_to_leave_is_out_since_the_request_under_that_rule() -> None:
    left = subscription(
        status="canceled", canceled_at=at("2026-02-01"), ended_at=at("2026-03-01"), cancel_at=None
    )
    given = dataset(subscriptions=[left])
    days = ["2026-01-31", "2026-02-01", "2026-03-01"]
    assert [total(given, day) for day in days] == [1000, 1000, 0]
    early = [total(given, day, churn_timing="canceled") for day in days]
    assert early == [1000, 0, 0]


def test_a_customers_discount_reaches_the_subscriptions_of_the_customer() -> None:
    customer = {"id": "cus_1", "object": "customer", "discount": discount(percent_off=50)}
    given = told(event("created", "2026-01-01", subscription()), customers=[customer])
    assert total(given, "2026-01-31") == 500


def test_currencies_are_added_only_at_a_rate_of_the_day_or_before() -> None:
    def paid(currency: str, amount: int) -> Object:
        priced = price(amount, currency=currency)
        sold = subscription(item(priced), id=f"sub_{currency}", currency=currency)
        return event("created", "2026-01-01", {**sold, "customer": f"cus_{currency}"})

    fx = [
        {"date": "2026-02-01", "currency": "jpy", "rate": "0.0065"},
        {"date": "2026-01-01", "currency": "eur", "rate": "1.1"},
        {"date": "2026-02-10", "currency": "eur", "rate": "1.25"},
        {"date": "2026-01-01", "currency": "kwd", "rate": "3.25"},
    ]
    given = told(paid("usd", 100), paid("eur", 999), paid("jpy", 500), paid("kwd", 1005), fx=fx)
    answer = compute(given, "mrr", {"date": "2026-01-31"})
    assert (answer["total"], answer["missing"]) == (None, ["jpy"])
    assert compute(given, "arr", {"date": "2026-01-31"}) is None
    assert compute(given, "arpu", {"date": "2026-01-31"}) is None
    assert compute(given, "subscribers", {"date": "2026-01-31"}) == 4
    assert total(given, "2026-02-09") == 100 + 1099 + 325 + 327
    assert total(given, "2026-02-10") == 100 + 1249 + 325 + 327
    assert total(given, "2026-02-10", reporting_currency="jpy") is None


def test_two_subscriptions_make_one_subscriber_and_a_free_one_makes_none() -> None:
    def sold(name: str, customer: str, amount: int = 1000) -> Object:
        bought = subscription(item(price(amount)), id=name, customer=customer)
        return event("created", "2026-01-01", bought)

    given = told(sold("sub_1", "cus_1"), sold("sub_2", "cus_1"), sold("sub_3", "cus_2", 0))
    assert compute(given, "subscribers", {"date": "2026-01-31"}) == 1
    assert compute(given, "customer_mrr", {"date": "2026-01-31"}) == {"cus_1": {"usd": 2000}}


@pytest.fixture
def connection(sqlite_engine: Engine) -> Iterator[Connection]:
    with db.writing(sqlite_engine) as connection:
        yield connection


@pytest.fixture
def book(connection: Connection) -> Book:
    return books.open_book(connection, "acct_1", livemode=False)


def see(connection: Connection, book: Book, kind: str, raw: Object, when: str) -> None:
    apply(connection, book, KINDS[kind], [raw], seen_at=at(when))


def on(connection: Connection, book: Book, day: str) -> int | None:
    as_of = at("2026-06-30")
    return mrr(connection, book, date.fromisoformat(day), as_of, Choices.of(book)).total


def test_a_change_without_an_event_holds_since_it_was_seen(
    connection: Connection, book: Book
) -> None:
    see(connection, book, "event", event("created", "2026-01-01", subscription()), "2026-01-01")
    changed = subscription(item(price(2000)))
    see(connection, book, "subscription", changed, "2026-02-01")
    see(connection, book, "subscription", changed, "2026-03-01")
    days = ["2026-01-31", "2026-02-01", "2026-03-31"]
    assert [on(connection, book, day) for day in days] == [1000, 2000, 2000]


def test_an_end_without_an_event_holds_since_it_ended(connection: Connection, book: Book) -> None:
    see(connection, book, "event", event("created", "2026-01-01", subscription()), "2026-01-01")
    ended = subscription(status="canceled", ended_at=at("2026-02-10"))
    see(connection, book, "subscription", ended, "2026-03-01")
    assert [on(connection, book, day) for day in ("2026-02-09", "2026-02-10")] == [1000, 0]


def test_a_subscription_that_is_gone_counts_no_more(connection: Connection, book: Book) -> None:
    see(connection, book, "subscription", subscription(), "2026-02-01")
    gone = {"id": "sub_1", "object": "subscription", "deleted": True}
    see(connection, book, "subscription", gone, "2026-03-10")
    assert [on(connection, book, day) for day in ("2026-03-09", "2026-03-10")] == [1000, 0]


def test_discounts_told_by_id_are_known_from_whoever_told_them_in_full(
    connection: Connection, book: Book
) -> None:
    half = {"id": "half", "object": "coupon", "percent_off": 50, "duration": "forever"}
    given = {"id": "di_1", "object": "discount", "source": {"coupon": "half"}, "start": 0}
    sold = subscription(discounts=["di_1"])
    see(connection, book, "event", event("created", "2026-01-01", sold), "2026-01-01")
    assert on(connection, book, "2026-01-31") == 1000
    full = {**given, "subscription": "sub_1"}
    told_in_full = {**event("", "2026-01-01", full), "type": "customer.discount.created"}
    see(connection, book, "event", told_in_full, "2026-01-01")
    assert on(connection, book, "2026-01-31") == 1000
    see(connection, book, "coupon", half, "2026-01-01")
    assert on(connection, book, "2026-01-31") == 500


def test_a_discount_that_an_event_named_counts_once_the_subscription_tells_it_in_full(
    connection: Connection, book: Book
) -> None:
    given = discount(percent_off=15)
    sold = subscription(discounts=[given["id"]])
    see(connection, book, "event", event("created", "2026-01-01", sold), "2026-01-01")
    assert on(connection, book, "2026-01-31") == 1000
    see(connection, book, "subscription", {**sold, "discounts": [given]}, "2026-01-01")
    assert on(connection, book, "2026-01-31") == 850


def test_tiers_may_arrive_after_the_subscription(connection: Connection, book: Book) -> None:
    tiers = [{"up_to": None, "unit_amount": 700, "flat_amount": None}]
    bare = price(None, billing_scheme="tiered", tiers_mode="volume", tiers=None)
    see(connection, book, "subscription", subscription(item(bare, 2)), "2026-01-01")
    assert on(connection, book, "2026-01-31") == 0
    see(connection, book, "price", {**bare, "tiers": tiers}, "2026-01-02")
    assert on(connection, book, "2026-01-31") == 1400


def test_a_customers_discount_that_goes_takes_its_reduction_along(
    connection: Connection, book: Book
) -> None:
    see(connection, book, "event", event("created", "2026-01-01", subscription()), "2026-01-01")
    buyer = {"id": "cus_1", "object": "customer", "discount": discount(percent_off=50)}
    see(connection, book, "customer", buyer, "2026-01-02")
    assert on(connection, book, "2026-01-31") == 500
    see(connection, book, "customer", {**buyer, "discount": None}, "2026-01-03")
    assert on(connection, book, "2026-01-31") == 1000


def test_a_rebuilt_history_is_called_approximate(connection: Connection, book: Book) -> None:
    see(connection, book, "subscription", subscription(), "2026-03-01")
    choices = Choices.of(book)
    guessed = [
        mrr(connection, book, date.fromisoformat(day), at("2026-06-30"), choices).approximate
        for day in ("2025-12-31", "2026-02-28", "2026-03-01")
    ]
    assert guessed == [False, True, False]


@pytest.mark.parametrize("order", [*permutations(("event", "price", "subscription"))])
def test_tiers_count_in_whatever_order_a_first_sync_reads(
    connection: Connection, book: Book, order: tuple[str, ...]
) -> None:
    """Until the subscription itself is read, nobody knows that its event names the price."""
    tiers = [{"up_to": None, "unit_amount": 700, "flat_amount": None}]
    bare = price(None, billing_scheme="tiered", tiers_mode="volume", tiers=None)
    sold = subscription(item(bare, 2))
    objects = {
        "event": event("created", "2026-01-01", sold),
        "price": {**bare, "tiers": tiers},
        "subscription": sold,
    }
    for kind in order:
        see(connection, book, kind, objects[kind], "2026-01-02")
    assert on(connection, book, "2026-01-31") == 1400


@pytest.mark.parametrize("order", [*permutations(("event", "price", "subscription"))])
def test_a_change_to_tiers_counts_in_whatever_order_it_is_told(
    connection: Connection, book: Book, order: tuple[str, ...]
) -> None:
    tiers = [{"up_to": None, "unit_amount": 700, "flat_amount": None}]
    bare = price(None, billing_scheme="tiered", tiers_mode="volume", tiers=None)
    see(connection, book, "subscription", subscription(), "2026-01-01")
    sold = subscription(item(bare, 2))
    objects = {
        "event": event("updated", "2026-01-02", sold),
        "price": {**bare, "tiers": tiers},
        "subscription": sold,
    }
    for kind in order:
        see(connection, book, kind, objects[kind], "2026-01-02")
    assert on(connection, book, "2026-01-31") == 1400
