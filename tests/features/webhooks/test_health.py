"""How many deliveries were handled and how soon, on both databases, against the thresholds."""

import itertools
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Engine

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.features.webhooks import queries
from dashboard.features.webhooks.metrics import lasting, percent_words, success
from dashboard.store import books, inbox
from dashboard.store.books import Book
from dashboard.store.delivery_times import percentile, rounded_up
from dashboard.store.inbox import PAUSES_SECONDS, Arrival, Outcome
from tests.clients import CheckedClient, run_jobs
from tests.features.webhooks.test_index import receive

NEW_YORK = "America/New_York"
NOON = clock.day_start(date(2026, 11, 20), NEW_YORK) + 12 * 3_600
numbers = itertools.count(1)


@pytest.fixture
def shop(engine: Engine) -> Book:
    with database.writing(engine) as db:
        found = books.open_book(db, "acct_shop", livemode=False)
        return books.describe(db, found, timezone=NEW_YORK, currency="usd", name="Shop")


def arrive(engine: Engine, book: Book, at: int) -> None:
    arrival = Arrival(f"evt_{next(numbers)}", "invoice.paid", "in_1", None, at, b"{}")
    with time_machine.travel(at, tick=False), database.writing(engine) as db:
        inbox.receive(db, book, arrival)


def handle(engine: Engine, book: Book, at: int, most: int = 100) -> None:
    with time_machine.travel(at, tick=False), database.writing(engine) as db:
        inbox.handled(db, book, [(one, Outcome.APPLIED) for one in inbox.due(db, book, most)])


def give_up(engine: Engine, book: Book, at: int) -> None:
    with time_machine.travel(at, tick=False), database.writing(engine) as db:
        for one in inbox.due(db, book, 100):
            last = inbox.Due(one.id, one.event_id, len(PAUSES_SECONDS), 0, one.is_first, b"")
            inbox.failed(db, last, "It failed.")


def test_days_are_those_of_the_account_and_what_was_set_aside_is_missed(
    engine: Engine, shop: Book
) -> None:
    late_evening = clock.day_start(date(2026, 11, 20), NEW_YORK) - 60
    arrive(engine, shop, late_evening)
    handle(engine, shop, late_evening + 2)
    arrive(engine, shop, NOON)
    arrive(engine, shop, NOON)
    handle(engine, shop, NOON, most=1)
    give_up(engine, shop, NOON + 1)
    arrive(engine, shop, NOON)
    with time_machine.travel(NOON + 10, tick=False), database.reading(engine) as db:
        found = queries.health(db, shop)
    yesterday, today = found.days[-2:]
    assert len(found.days) == 30
    assert (yesterday.day, today.day) == (date(2026, 11, 19), date(2026, 11, 20))
    assert (yesterday.handled.total(), yesterday.missed) == (1, 0)
    assert 2_000 <= (yesterday.within_ms(95) or 0) <= 2_200
    assert (today.handled.total(), today.missed) == (1, 1)
    assert today.success == Decimal(50)
    assert (found.waiting, found.dead) == (1, 1)


def test_what_still_waits_after_an_hour_is_missed_until_it_is_handled(
    engine: Engine, shop: Book
) -> None:
    arrive(engine, shop, NOON)
    for at, missed in ((NOON + 60, 0), (NOON + 3_700, 1)):
        with time_machine.travel(at, tick=False), database.reading(engine) as db:
            assert queries.health(db, shop).whole.missed == missed
    handle(engine, shop, NOON + 3_800)
    with time_machine.travel(NOON + 3_900, tick=False), database.reading(engine) as db:
        assert queries.health(db, shop).whole.success == Decimal(100)


def test_accounts_do_not_mix(engine: Engine, shop: Book) -> None:
    with database.writing(engine) as db:
        other = books.open_book(db, "acct_other", livemode=False)
    arrive(engine, shop, NOON)
    handle(engine, shop, NOON)
    with time_machine.travel(NOON, tick=False), database.reading(engine) as db:
        assert queries.health(db, other).whole.success is None


def test_what_is_old_is_forgotten_and_what_waits_is_not(engine: Engine, shop: Book) -> None:
    arrive(engine, shop, NOON)
    handle(engine, shop, NOON)
    arrive(engine, shop, NOON)
    arrive(engine, shop, NOON + 60)
    handle(engine, shop, NOON + 60, most=1)
    with database.writing(engine) as db:
        assert inbox.forget(db, NOON + 60) == 2
        assert inbox.forget(db, NOON + 60) == 0


def test_a_year_of_a_zone_has_its_days(engine: Engine, shop: Book) -> None:
    """The clocks go back on November 1: that day has 25 hours, and none is lost."""
    start = clock.day_start(date(2026, 11, 1), NEW_YORK)
    for hour in range(25):
        arrive(engine, shop, start + hour * 3_600)
    handle(engine, shop, start + 25 * 3_600)
    with time_machine.travel(NOON, tick=False), database.reading(engine) as db:
        found = {day.day: day.handled.total() for day in queries.health(db, shop).days}
    assert found[date(2026, 11, 1)] == 25


@pytest.mark.parametrize("milliseconds", [0, 1, 2, 7, 83, 499, 500, 12_345, 86_400_000])
def test_times_are_rounded_up_by_a_tenth_at_most(milliseconds: int) -> None:
    step = rounded_up(milliseconds)
    assert milliseconds <= step <= max(1, milliseconds * 11 // 10)
    assert rounded_up(step) == step


def test_percentiles_are_those_of_the_counts() -> None:
    counts = {1: 50, 10: 45, 1_000: 5}
    assert [percentile(counts, each) for each in (50, 95, 96, 100)] == [1, 10, 1_000, 1_000]
    assert percentile({}, 95) is None


@pytest.mark.parametrize(
    ("handled", "missed", "words"),
    [(1, 0, "100 %"), (99_999, 1, "99.99 %"), (1, 1, "50 %"), (0, 3, "0 %"), (0, 0, "\N{EN DASH}")],
)
def test_a_share_is_never_rounded_up_to_all(handled: int, missed: int, words: str) -> None:
    assert percent_words(success(handled, missed)) == words


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [(84, "84 ms"), (2_449, "2.4 s"), (60_000, "1 min"), (7_300_000, "2 h")],
)
def test_times_are_short(milliseconds: int, words: str) -> None:
    assert lasting(milliseconds) == words


def test_the_page_draws_both_charts_and_tells_them_as_tables(
    app: Flask, ann: CheckedClient, book: Book
) -> None:
    receive(ann)
    with time_machine.travel(clock.now() + timedelta(seconds=3), tick=False):
        run_jobs(app)
    page = ann.get("/webhooks/health").text
    assert page.count("application/json") == 2
    assert "100 % of the deliveries of the last 30 days were handled" in page
    assert "at least 99 %" in page
    assert "at most 2.0 s" in page


def test_a_threshold_that_is_missed_is_said(app: Flask, ann: CheckedClient, book: Book) -> None:
    receive(ann)
    with time_machine.travel(clock.now() + timedelta(seconds=3), tick=False):
        run_jobs(app)
    page = ann.get("/webhooks").text
    slow = page.partition("Time for 95 of 100")[2].partition("</article>")[0]
    fine = page.partition("Handled, 30 days")[2].partition("</article>")[0]
    assert "tint-bad" in slow
    assert "tint-ok" in fine


def test_before_the_first_delivery_there_is_no_chart(ann: CheckedClient, book: Book) -> None:
    page = ann.get("/webhooks/health").text
    assert "No deliveries in the last 30 days" in page
    assert "application/json" not in page
