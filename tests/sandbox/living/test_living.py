"""The company goes on living, and its books stay right."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from dashboard.sandbox.command import Recipe, open_states
from dashboard.sandbox.living.life import Life
from dashboard.sandbox.living.pace import pace_of
from dashboard.sandbox.sandbox import Sandbox
from dashboard.sandbox.server import RunningServer, serve
from tests.sandbox.asking import Asker
from tests.sandbox.billing.customers import gap
from tests.sandbox.deliveries.conftest import Control
from tests.sandbox.deliveries.receiver import Receiver

DAY = 86_400
FAST = 2_000_000
PATIENCE_SECONDS = 60
EVERYDAY = {
    "customer.created",
    "charge.succeeded",
    "charge.failed",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.closed",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "invoice.paid",
    "invoice.payment_failed",
    "payout.paid",
}


@pytest.fixture
def company() -> Iterator[RunningServer]:
    """Serve a generated company of 600 payments that may be changed."""
    states = open_states(Recipe(seed=7, payments=600), None)
    server = serve(states)
    yield server
    server.close()
    for state in states.values():
        state.close()


def _wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not until():
        assert time.monotonic() < deadline, "It took too long."
        time.sleep(0.1)


def _live(life: Life, until: Callable[[], bool]) -> None:
    life.start()
    with closing(life):
        _wait(until)


def _told(server: RunningServer, since: float) -> set[str]:
    (state,) = server.sandbox.accounts.values()
    with state.reading() as shelf:
        rows = shelf.db.execute("SELECT DISTINCT type FROM event WHERE created >= ?", (int(since),))
        return {type_ for (type_,) in rows}


def test_everything_happens_and_the_balance_stays_right(company: RunningServer) -> None:
    ask, began = Asker(company.url), time.time()
    assert gap(ask) == {}
    _live(Life(company.sandbox, FAST), lambda: _told(company, began) >= EVERYDAY)
    assert gap(ask) == {}


def test_nothing_bears_a_time_still_to_come(company: RunningServer) -> None:
    began = time.time()
    life = Life(company.sandbox, FAST)
    _live(life, lambda: life.happened.total() > 100)
    ask, now = Asker(company.url), time.time()
    events = ask.pages(f"/v1/events?created[gte]={int(began)}")
    assert max(event["created"] for event in events) <= now
    things = [event["data"]["object"] for event in events]
    assert max(thing.get("created", 0) for thing in things) <= now


def test_the_pace_is_that_of_the_last_weeks(company: RunningServer) -> None:
    (state,) = company.sandbox.accounts.values()
    with state.reading() as shelf:
        pace = pace_of(shelf)
        since = time.time() - 28 * DAY
        customers = shelf.db.execute(
            "SELECT count(*) FROM customer WHERE created > ?", (since,)
        ).fetchone()[0]
    assert pace.rates["change_of_address"] * 28 * DAY == pytest.approx(customers, abs=2)
    assert sum(pace.hours) == pytest.approx(24)
    assert 0 < pace.failing < 0.5
    assert pace.rates["renewal"] > 0


def test_subscriptions_renew_when_their_time_has_come(company: RunningServer) -> None:
    ask = Asker(company.url)
    subscriptions = ask.pages("/v1/subscriptions?status=active")
    ends = {
        one["id"]: one["items"]["data"][0]["current_period_end"]
        for one in subscriptions
        if not (one["cancel_at_period_end"] or one["schedule"] or one["pause_collection"])
    }
    first = min(ends, key=ends.__getitem__)
    moment = [ends[first] - 60]
    company.sandbox.clock = lambda: moment[0]
    life = Life(company.sandbox)
    life.start()
    moment[0] = ends[first] + 7_200
    _wait(
        lambda: ask.get(f"/v1/invoices?subscription={first}")["data"][0]["created"] >= ends[first]
    )
    life.close()
    renewed = ask.get(f"/v1/subscriptions/{first}")
    assert renewed["items"]["data"][0]["current_period_start"] == ends[first]
    bill = ask.get(f"/v1/invoices/{renewed['latest_invoice']}")
    assert (bill["billing_reason"], bill["created"]) == ("subscription_cycle", ends[first])
    assert bill["status"] in {"open", "paid"}


def test_what_fell_due_while_it_stood_still_is_caught_up_with(company: RunningServer) -> None:
    ask = Asker(company.url)
    later = int(time.time()) + 40 * DAY
    company.sandbox.clock = lambda: later
    life = Life(company.sandbox)
    life.start()
    _wait(lambda: not _behind(ask, later))
    life.close()
    assert gap(ask) == {}


def _behind(ask: Asker, now: int) -> list[str]:
    return [
        one["id"]
        for one in ask.pages("/v1/subscriptions?status=active")
        if one["items"]["data"][0]["current_period_end"] <= now
    ]


def test_what_happens_is_delivered_while_the_api_answers(company: RunningServer) -> None:
    ask, control, receiver = Asker(company.url), Control(Asker(company.url)), Receiver()
    control.post("/endpoints", url=receiver.url)
    life = Life(company.sandbox, FAST)
    life.start()
    took = []
    for _ in range(100):
        began = time.monotonic()
        ask.get("/v1/charges?limit=10")
        took.append(time.monotonic() - began)
    life.close()
    control.drain()
    receiver.close()
    assert sorted(took)[50] < 0.1
    told = {event["id"] for event in receiver.events}
    assert len(told) == len(receiver.events) == control.get("/deliveries")["counts"]["delivered"]


def test_a_company_without_payments_lives_quietly(shop: RunningServer) -> None:
    life = Life(Sandbox(shop.sandbox.accounts), FAST)
    life.start()
    time.sleep(0.5)
    life.close()
