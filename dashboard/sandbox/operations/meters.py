"""Meters, and the events that they count."""

from __future__ import annotations

import orjson

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import StripeError, invalid_request, missing_parameter
from dashboard.sandbox.exchange import new_id
from dashboard.sandbox.operations.billing.usage import note_use
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_KIND = "billing.meter"


@operation(
    "POST",
    "/v1/billing/meters",
    _KIND,
    "customer_mapping(event_payload_key! type!=by_id) default_aggregation!(formula!=count|last|sum)"
    " display_name! event_name! event_time_window=day|hour value_settings(event_payload_key!)",
)
def create_meter(engine: Engine, params: Params) -> Json:
    """Make a meter for events of a name that no other meter counts."""
    given = {name: value for name, value in params.values.items() if name != "expand"}
    if _meter_of(engine, given["event_name"]):
        raise invalid_request(
            f"A meter for the event {given['event_name']} counts already.", param="event_name"
        )
    meter = engine.make(_KIND, updated=engine.now, **given)
    engine.put(meter)
    engine.emit("billing.meter.created", meter)
    return meter


@operation("POST", "/v1/billing/meters/{meter}", _KIND, "display_name")
def update_meter(engine: Engine, params: Params, meter: str) -> Json:
    """Call a meter otherwise."""
    found = engine.find(_KIND, meter)
    name = params.values.get("display_name") or found["display_name"]
    return _change(engine, found, "updated", display_name=name)


@operation("POST", "/v1/billing/meters/{meter}/deactivate", _KIND)
def deactivate_meter(engine: Engine, params: Params, meter: str) -> Json:  # noqa: ARG001
    """Let a meter count no more."""
    found = engine.find(_KIND, meter)
    if found["status"] == "inactive":
        raise _standing(found)
    since = {"deactivated_at": engine.now}
    return _change(engine, found, "deactivated", status="inactive", status_transitions=since)


@operation("POST", "/v1/billing/meters/{meter}/reactivate", _KIND)
def reactivate_meter(engine: Engine, params: Params, meter: str) -> Json:  # noqa: ARG001
    """Let a meter count again."""
    found = engine.find(_KIND, meter)
    if found["status"] == "active":
        raise _standing(found)
    since = {"deactivated_at": None}
    return _change(engine, found, "reactivated", status="active", status_transitions=since)


@operation(
    "POST",
    "/v1/billing/meter_events",
    _KIND,
    "event_name! identifier payload!:map timestamp:integer",
)
def create_meter_event(engine: Engine, params: Params) -> Json:
    """Count what a customer used; an identifier that came before counts once."""
    given = params.values
    meter = _meter_of(engine, given["event_name"])
    if meter is None:
        raise invalid_request(
            f"No active meter counts the event {given['event_name']}.", param="event_name"
        )
    payload = params.mapping("payload") or {}
    for key in (
        meter["customer_mapping"]["event_payload_key"],
        meter["value_settings"]["event_payload_key"],
    ):
        if key not in payload:
            raise missing_parameter(f"payload[{key}]")
    event = {
        "object": "billing.meter_event",
        "created": engine.now,
        "event_name": given["event_name"],
        "identifier": given.get("identifier") or new_id("", 32),
        "livemode": False,
        "payload": payload,
        "timestamp": given.get("timestamp") or engine.now,
    }
    note_use(engine, event)
    return event


def _meter_of(engine: Engine, event_name: str) -> Json | None:
    """Return the meter that counts events of this name."""
    found = (orjson.loads(body) for body in engine.shelf.bodies(_KIND, "WHERE status = 'active'"))
    return next((meter for meter in found if meter["event_name"] == event_name), None)


def _change(engine: Engine, meter: Json, what: str, **changes: object) -> Json:
    return engine.change(meter, f"{_KIND}.{what}", {**changes, "updated": engine.now})


def _standing(meter: Json) -> StripeError:
    return invalid_request(f"This meter is {meter['status']} already.")
