"""Making, changing, releasing and canceling subscription schedules."""

from __future__ import annotations

from typing import Any

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import StripeError, invalid_request, missing_parameter
from dashboard.sandbox.operations.billing import standing
from dashboard.sandbox.operations.billing.checks import moment, one_of
from dashboard.sandbox.operations.billing.clocks import customer_on_clock, on_clock
from dashboard.sandbox.operations.billing.collecting import finalize_and_collect
from dashboard.sandbox.operations.billing.items import items_of, subscription_of_id
from dashboard.sandbox.operations.billing.periods import bill
from dashboard.sandbox.operations.billing.proration import credit_rest
from dashboard.sandbox.operations.billing.scheduling import (
    PHASES,
    begin,
    phase_of,
    phases_from,
    release,
    span,
)
from dashboard.sandbox.operations.billing.terms import PHASE_INVOICES
from dashboard.sandbox.operations.metadata import merged_metadata
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_SETTINGS = (
    "default_settings(application_fee_percent:decimal automatic_tax:map"
    " billing_cycle_anchor=automatic|phase_start billing_thresholds:map"
    " collection_method=charge_automatically|send_invoice default_payment_method description"
    f" {PHASE_INVOICES} on_behalf_of transfer_data:map) end_behavior=none|cancel|release|renew"
    " metadata"
    " pause_schedules:list"
)
_NEW_PHASES = PHASES.format(
    end_date="end_date:integer", start_date="", trial_end="trial_end:integer"
)
_CHANGED_PHASES = PHASES.format(end_date="end_date", start_date="start_date", trial_end="trial_end")
_ACTED_ON = ("collection_method", "default_payment_method", "description")
_OPEN = {"not_started", "active"}


@operation(
    "POST",
    "/v1/subscription_schedules",
    "subscription_schedule",
    f"billing_mode:map {_SETTINGS} {_NEW_PHASES} customer customer_account from_subscription"
    " start_date",
)
def create_subscription_schedule(engine: Engine, params: Params) -> Json:
    """Agree on what a customer subscribes to from when on; what begins now begins at once."""
    given = params.values
    if given.get("from_subscription"):
        return _from_subscription(engine, given)
    if not given.get("customer"):
        raise missing_parameter("customer")
    if not given.get("phases"):
        raise missing_parameter("phases")
    engine, customer = customer_on_clock(engine, given["customer"], "customer")
    start = _start(engine, given.get("start_date"))
    schedule = engine.make(
        "subscription_schedule",
        customer=customer["id"],
        end_behavior=given.get("end_behavior") or "release",
        metadata=given.get("metadata") or {},
        phases=phases_from(engine, given["phases"], start),
        status="not_started",
        test_clock=customer["test_clock"],
    )
    schedule["default_settings"] = _settings(engine, schedule, given)
    engine.put(schedule)
    engine.emit("subscription_schedule.created", schedule)
    return begin(engine, schedule) if start <= engine.now else schedule


@operation(
    "POST",
    "/v1/subscription_schedules/{schedule}",
    "subscription_schedule",
    f"{_SETTINGS} {_CHANGED_PHASES} proration_behavior=none|always_invoice|create_prorations",
)
def update_subscription_schedule(engine: Engine, params: Params, schedule: str) -> Json:
    """Agree on other phases from now on, or on another end."""
    before, given = _open(engine, schedule), params.values
    changes: Json = {}
    if given.get("end_behavior"):
        changes["end_behavior"] = given["end_behavior"]
    if "metadata" in given:
        changes["metadata"] = merged_metadata(before["metadata"], given["metadata"])
    if given.get("default_settings"):
        changes["default_settings"] = _settings(engine, before, given)
    if given.get("phases"):
        start = _first_start(before, given["phases"])
        changes["phases"] = phases_from(engine, given["phases"], start)
        if before["status"] == "active":
            changes["current_phase"] = span(changes["phases"][0])
    return engine.change(before, "subscription_schedule.updated", changes)


@operation(
    "POST",
    "/v1/subscription_schedules/{schedule}/release",
    "subscription_schedule",
    "preserve_cancel_date:flag",
)
def release_subscription_schedule(engine: Engine, params: Params, schedule: str) -> Json:  # noqa: ARG001
    """Let the subscription go on without its schedule."""
    found = _open(engine, schedule)
    return release(on_clock(engine, found), found)


@operation(
    "POST",
    "/v1/subscription_schedules/{schedule}/cancel",
    "subscription_schedule",
    "invoice_now:flag prorate:flag",
)
def cancel_subscription_schedule(engine: Engine, params: Params, schedule: str) -> Json:
    """Cancel a schedule, and its subscription at once."""
    found = _open(engine, schedule)
    engine = on_clock(engine, found)
    if found["subscription"]:
        _cancel_subscription(engine, found["subscription"], params.values)
    found |= {"canceled_at": engine.now, "current_phase": None, "status": "canceled"}
    engine.put(found)
    engine.emit("subscription_schedule.canceled", found)
    return found


def _from_subscription(engine: Engine, given: Json) -> Json:
    if given.get("phases"):
        raise one_of("from_subscription", "phases")
    named = given["from_subscription"]
    engine.find("subscription", named, "from_subscription")
    subscription = subscription_of_id(engine, named)
    if subscription["schedule"]:
        raise invalid_request(
            f"The subscription {named} has a schedule already: {subscription['schedule']}.",
            param="from_subscription",
        )
    engine = on_clock(engine, subscription)
    phase = phase_of(subscription)
    schedule = engine.make(
        "subscription_schedule",
        current_phase=span(phase),
        customer=subscription["customer"],
        phases=[phase],
        status="active",
        subscription=named,
        test_clock=subscription["test_clock"],
    )
    engine.put(schedule)
    engine.change(subscription, "customer.subscription.updated", {"schedule": schedule["id"]})
    engine.emit("subscription_schedule.created", schedule)
    return schedule


def _settings(engine: Engine, schedule: Json, given: Json) -> Json:
    """Return the default settings with what is given over what was there."""
    before: Json = schedule["default_settings"]
    wanted: Json = given.get("default_settings") or {}
    if wanted.get("default_payment_method"):
        param = "default_settings[default_payment_method]"
        engine.find("payment_method", wanted["default_payment_method"], param)
    invoices = before["invoice_settings"] | (wanted.get("invoice_settings") or {})
    acted_on = {name: wanted[name] for name in _ACTED_ON if name in wanted}
    return before | acted_on | {"invoice_settings": invoices}


def _open(engine: Engine, identity: str) -> Json:
    schedule = engine.find("subscription_schedule", identity)
    if schedule["status"] not in _OPEN:
        raise _over(schedule)
    return schedule


def _cancel_subscription(engine: Engine, identity: str, given: Json) -> None:
    subscription = subscription_of_id(engine, identity)
    if given.get("prorate") is not False:
        credit_rest(engine, subscription, items_of(subscription), engine.now)
    if given.get("invoice_now") is not False:
        invoice = bill(engine, subscription, "subscription_update", [])
        engine.put(subscription)
        finalize_and_collect(engine, invoice)
    subscription = subscription_of_id(engine, identity) | {"schedule": None}
    standing.end(engine, subscription, "cancellation_requested")


def _start(engine: Engine, given: Any) -> int:
    return moment("start_date", given or "now", engine.now)


def _first_start(before: Json, phases: list[Json]) -> int:
    """Return when the first of the new phases begins: as it says, or as the schedule does."""
    given = phases[0].get("start_date")
    if given in {None, "now"}:
        current = before["current_phase"] or before["phases"][0]
        return int(current["start_date"])
    return moment("phases[0][start_date]", given, 0)


def _over(schedule: Json) -> StripeError:
    return invalid_request(
        f"You cannot change a subscription schedule that is {schedule['status']}: only those that "
        "are not_started or active."
    )
