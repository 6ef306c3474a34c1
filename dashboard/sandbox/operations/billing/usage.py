"""What customers used of metered prices."""

from __future__ import annotations

from typing import Any

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.shapes import Json


def note_use(engine: Engine, event: Json) -> None:
    """Keep a meter event; one that has come before is not counted again."""
    events = [one for one in _events(engine, event["event_name"]) if not _same(one, event)]
    engine.shelf.keep_fact(_fact(event["event_name"]), [*events, event])


def used(engine: Engine, item: Json, customer: str, period: tuple[int, int]) -> int:
    """Return how many units of an item's meter the customer used within the period."""
    meter = engine.shelf.get("billing.meter", item["price"]["recurring"]["meter"] or "")
    if meter is None:
        return 0
    start, end = period
    who = meter["customer_mapping"]["event_payload_key"]
    what = meter["value_settings"]["event_payload_key"]
    values = [
        int(event["payload"].get(what, 0))
        for event in sorted(_events(engine, meter["event_name"]), key=lambda one: one["timestamp"])
        if start <= event["timestamp"] < end and event["payload"].get(who) == customer
    ]
    return _aggregated(values, meter["default_aggregation"]["formula"])


def _events(engine: Engine, name: str) -> list[Json]:
    kept: Any = engine.shelf.fact(_fact(name))
    return kept or []


def _fact(name: str) -> str:
    return f"use of {name}"


def _same(one: Json, other: Json) -> bool:
    return bool(one["identifier"] == other["identifier"])


def _aggregated(values: list[int], formula: str) -> int:
    match formula:
        case "count":
            return len(values)
        case "last":
            return values[-1] if values else 0
    return sum(values)
