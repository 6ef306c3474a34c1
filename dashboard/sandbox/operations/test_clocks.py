"""Test clocks: customers for whom time passes when one says so."""

from __future__ import annotations

import orjson

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request
from dashboard.sandbox.operations.billing import standing
from dashboard.sandbox.operations.billing.clocks import CLOCK
from dashboard.sandbox.operations.billing.invoicing import DAY_SECONDS
from dashboard.sandbox.operations.billing.items import recurring_of
from dashboard.sandbox.operations.billing.passing import pass_time
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.reckoning.periods import moved
from dashboard.sandbox.shapes import Json

_KEPT_SECONDS = 30 * DAY_SECONDS


@operation("POST", "/v1/test_helpers/test_clocks", CLOCK, "customer frozen_time!:integer name")
def create_test_clock(engine: Engine, params: Params) -> Json:
    """Make a clock that stands at a moment."""
    clock = engine.make(
        CLOCK,
        deletes_after=engine.now + _KEPT_SECONDS,
        frozen_time=params.values["frozen_time"],
        name=params.values.get("name"),
    )
    engine.put(clock)
    engine.emit(f"{CLOCK}.created", clock)
    return clock


@operation(
    "POST",
    "/v1/test_helpers/test_clocks/{test_clock}/advance",
    CLOCK,
    "frozen_time!:integer",
)
def advance_test_clock(engine: Engine, params: Params, test_clock: str) -> Json:
    """Let time pass for the customers of a clock, with all that falls due.

    It is done when this answers; the answer says, as Stripe's does, that it has begun.
    """
    clock, until = engine.find(CLOCK, test_clock), params.values["frozen_time"]
    if until <= clock["frozen_time"]:
        raise invalid_request(
            f"A test clock only moves forward: frozen_time must be after {clock['frozen_time']}.",
            param="frozen_time",
        )
    latest = _latest(engine, clock)
    if until > latest:
        raise invalid_request(
            "A test clock advances by two intervals of its shortest subscription at most, and by "
            f"two years without one: until {latest}.",
            param="frozen_time",
        )
    under_way = {"advancing": {"target_frozen_time": until}}
    advancing = clock | {"status": "advancing", "status_details": under_way}
    engine.emit(f"{CLOCK}.advancing", advancing)
    pass_time(engine.at(clock["frozen_time"]), _customers(engine, test_clock), until)
    ready = engine.put(clock | {"frozen_time": until})
    engine.emit(f"{CLOCK}.ready", ready)
    return advancing


@operation("DELETE", "/v1/test_helpers/test_clocks/{test_clock}", CLOCK)
def delete_test_clock(engine: Engine, params: Params, test_clock: str) -> Json:  # noqa: ARG001
    """Delete a clock and its customers; their subscriptions are canceled."""
    clock = engine.find(CLOCK, test_clock)
    past = engine.at(clock["frozen_time"])
    for customer in _customers(engine, test_clock):
        end_subscriptions(past, customer)
        engine.shelf.remove(engine.find("customer", customer))
    engine.emit(f"{CLOCK}.deleted", clock)
    return engine.shelf.remove(clock)


def end_subscriptions(engine: Engine, customer: str) -> None:
    """Cancel all that a customer has subscribed to."""
    for body in engine.shelf.bodies("subscription", "WHERE customer = ?", (customer,)):
        subscription = orjson.loads(body)
        if subscription["status"] not in standing.ENDED:
            standing.end(engine, subscription, None)


def _latest(engine: Engine, clock: Json) -> int:
    """Return how far a clock may advance at once."""
    now = clock["frozen_time"]
    rhythms = [
        recurring_of(orjson.loads(body))
        for customer in _customers(engine, clock["id"])
        for body in engine.shelf.bodies("subscription", "WHERE customer = ?", (customer,))
    ]
    steps = [moved(now, interval, 2 * count) for interval, count in rhythms]
    return min(steps, default=moved(now, "year", 2))


def _customers(engine: Engine, clock: str) -> list[str]:
    found = engine.shelf.bodies("customer", "WHERE test_clock = ? ORDER BY position", (clock,))
    return [orjson.loads(body)["id"] for body in found]
