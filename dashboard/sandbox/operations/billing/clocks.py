"""Whose time it is: that of the customer's test clock, or today."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.shapes import Json

CLOCK = "test_helpers.test_clock"


def on_clock(engine: Engine, holder: Json) -> Engine:
    """Return the engine at the time of the test clock that `holder` belongs to, if it does.

    One that is on a clock already stays as it is: time may be passing.
    """
    if engine.real_now is not None:
        return engine
    clock = engine.shelf.get(CLOCK, holder["test_clock"]) if holder.get("test_clock") else None
    return engine.at(clock["frozen_time"]) if clock else engine


def customer_on_clock(engine: Engine, identity: str, param: str = "") -> tuple[Engine, Json]:
    """Return a customer, with the engine at the time of their test clock.

    Raises Stripe's 400 when the `param` named nobody.
    """
    customer = engine.find("customer", identity, param or None)
    return on_clock(engine, customer), customer
