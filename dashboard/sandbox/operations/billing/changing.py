"""Changing a subscription: other items, another end, a pause; and what that costs or gives back."""

from __future__ import annotations

from copy import deepcopy

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request, missing_object
from dashboard.sandbox.operations.billing import standing
from dashboard.sandbox.operations.billing.collecting import finalize_and_collect
from dashboard.sandbox.operations.billing.discounts import Holder, give_discounts
from dashboard.sandbox.operations.billing.items import (
    changed_item,
    items_of,
    new_item,
    period_of,
    recurring_of,
    refuse_mixture,
    set_items,
    set_period,
)
from dashboard.sandbox.operations.billing.periods import bill
from dashboard.sandbox.operations.billing.pricing import pricing_of
from dashboard.sandbox.operations.billing.proration import credit_rest, prorate
from dashboard.sandbox.operations.billing.renewing import end_trial, restart_period
from dashboard.sandbox.operations.billing.subscribing import moment_to_come
from dashboard.sandbox.operations.billing.terms import add_invoice_items, terms
from dashboard.sandbox.shapes import Json, part

_ALWAYS_ALLOWED = {"cancellation_details", "metadata", "expand"}
_BILLED = {"active", "past_due", "unpaid"}


def change_subscription(engine: Engine, before: Json, given: Json) -> Json:
    """Change a subscription as `given` says, with the bills that follow, and return it.

    Raises Stripe's 400 for what cannot be changed, and its 402 for a declined card where the
    payment behavior is `error_if_incomplete`.
    """
    _refuse_over(before, given)
    customer = engine.find("customer", before["customer"])
    after = deepcopy(before) | terms(engine, customer["id"], given, before)
    _set_end(engine, after, given)
    _set_pause(after, given)
    if "discounts" in given:
        holder = Holder(customer["id"], "subscription", after["id"])
        after["discounts"] = give_discounts(engine, given["discounts"], holder)
    items = _items_after(engine, after, given)
    add_invoice_items(engine, customer, after, given)
    return _rebill(engine, before, after, items, given)


def _rebill(engine: Engine, before: Json, after: Json, items: list[Json], given: Json) -> Json:
    """Keep the change, and bill what it costs where and when the parameters say."""
    behavior = given.get("proration_behavior") or "create_prorations"
    anew = _starts_anew(before, items, given)
    ends_trial = given.get("trial_end") == "now" and before["status"] == "trialing"
    begins_trial = bool(given.get("trial_end")) and given["trial_end"] != "now"
    at = given.get("proration_date") or engine.now
    if behavior != "none" and before["status"] in _BILLED:
        old = items_of(before)
        if anew or begins_trial:
            credit_rest(engine, before, old, at)
        else:
            prorate(engine, before, old, items, at)
    _drop_items(engine, before, items)
    set_items(after, items)
    if begins_trial:
        _set_trial(engine, after, moment_to_come(engine, given["trial_end"], "trial_end"))
    changed = engine.change(before, "customer.subscription.updated", after)
    if ends_trial:
        return end_trial(engine, changed, at_once=True)
    if anew and changed["status"] in _BILLED:
        return restart_period(engine, changed)
    if behavior == "always_invoice" and before["status"] in _BILLED:
        return _invoice_now(engine, changed, given)
    return engine.find("subscription", changed["id"])


def _invoice_now(engine: Engine, subscription: Json, given: Json) -> Json:
    """Bill what is pending at once."""
    before = deepcopy(subscription)
    invoice = bill(engine, subscription, "subscription_update", [])
    engine.change(before, "customer.subscription.updated", subscription)
    error = finalize_and_collect(engine, invoice)
    if error and given.get("payment_behavior") == "error_if_incomplete":
        raise error
    return engine.find("subscription", subscription["id"])


def _refuse_over(before: Json, given: Json) -> None:
    if before["status"] in standing.ENDED and given.keys() - _ALWAYS_ALLOWED:
        raise invalid_request(
            "A canceled subscription can only update its cancellation_details and metadata."
        )


def _set_end(engine: Engine, after: Json, given: Json) -> None:
    """Say when the subscription ends, or that it goes on after all."""
    if "cancel_at_period_end" in given and given["cancel_at_period_end"] is not None:
        wanted = given["cancel_at_period_end"]
        _, end = period_of(after)
        _note_end(engine, after, end if wanted else None)
        after["cancel_at_period_end"] = wanted
    if "cancel_at" in given:
        at = given["cancel_at"]
        if at in {"min_period_end", "max_period_end"}:
            at = str(period_of(after)[1])
        _note_end(engine, after, moment_to_come(engine, at, "cancel_at"))
        after["cancel_at_period_end"] = False
    if given.get("cancellation_details"):
        details = {**after["cancellation_details"], **given["cancellation_details"]}
        after["cancellation_details"] = part("cancellation_details", **details)


def _note_end(engine: Engine, after: Json, at: int | None) -> None:
    reason = None if at is None else "cancellation_requested"
    after |= {
        "cancel_at": at,
        "canceled_at": None if at is None else engine.now,
        "cancellation_details": {**after["cancellation_details"], "reason": reason},
    }


def _set_pause(after: Json, given: Json) -> None:
    if "pause_collection" not in given:
        return
    pause = given["pause_collection"]
    after["pause_collection"] = part("pause_collection", **pause) if pause else None


def _items_after(engine: Engine, after: Json, given: Json) -> list[Json]:
    """Return the items that the subscription has after the change, in the period that runs."""
    items = {item["id"]: item for item in items_of(after)}
    start, end = period_of(after)
    customer = after["customer"]
    for place, one in enumerate(given.get("items") or ()):
        outer = f"items[{place}]"
        identity = one.get("id")
        if identity is None:
            item = new_item(engine, after["id"], customer, one, outer)
            items[item["id"]] = item | {"current_period_start": start, "current_period_end": end}
        elif identity not in items:
            raise missing_object("subscription_item", identity, f"{outer}[id]", status=400)
        elif one.get("deleted"):
            del items[identity]
        else:
            items[identity] = changed_item(engine, items[identity], one, customer, outer)
    found = list(items.values())
    refuse_mixture(found)
    for item in found:
        pricing_of(engine, item["price"], after["currency"])
    return found


def _drop_items(engine: Engine, before: Json, items: list[Json]) -> None:
    kept = {item["id"] for item in items}
    for item in items_of(before):
        if item["id"] not in kept:
            engine.shelf.remove(item)


def _starts_anew(before: Json, items: list[Json], given: Json) -> bool:
    """Whether a new period begins now: at another rhythm, or because the anchor is moved here."""
    rhythm = items[0]["price"]["recurring"]
    other = (rhythm["interval"], rhythm["interval_count"]) != recurring_of(before)
    return other or (given.get("billing_cycle_anchor") or {}).get("type") == "now"


def _set_trial(engine: Engine, after: Json, end: int | None) -> None:
    """Let the subscription be on trial until `end`, from now on if it is not on trial already."""
    start, _ = period_of(after)
    set_period(after, start if after["status"] == "trialing" else engine.now, end or engine.now)
    after |= {
        "billing_cycle_anchor": end,
        "status": "trialing",
        "trial_end": end,
        "trial_start": after["trial_start"] or engine.now,
    }
