"""What happens to a subscription at the end of its period, and when it goes on after a pause."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.operations.billing import standing
from dashboard.sandbox.operations.billing.collecting import finalize, finalize_and_collect
from dashboard.sandbox.operations.billing.items import period_of, recurring_of, set_period
from dashboard.sandbox.operations.billing.payments import customers_method
from dashboard.sandbox.operations.billing.periods import bill_period
from dashboard.sandbox.reckoning.periods import period_around
from dashboard.sandbox.shapes import Json


def renew(engine: Engine, subscription: Json) -> None:
    """End the period that is over: cancel, end the trial, or begin the next period and bill it."""
    if subscription["cancel_at_period_end"] or _is_cancelled_by(subscription, engine.now):
        standing.end(engine, subscription, "cancellation_requested")
    elif subscription["status"] == "trialing":
        end_trial(engine, subscription)
    else:
        _next_period(engine, subscription, "subscription_cycle")


def end_trial(engine: Engine, subscription: Json, *, at_once: bool = False) -> Json:
    """End a trial as its settings say where there is nothing to charge; else begin to bill.

    The bill waits an hour as a draft, unless it is to be collected `at_once`.
    """
    missing = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    charges = subscription["collection_method"] == "charge_automatically"
    if charges and missing != "create_invoice" and not _has_method(engine, subscription):
        if missing == "cancel":
            return standing.end(engine, subscription, None)
        return pause(engine, subscription, "trial_end_without_payment_method", trial_end=engine.now)
    subscription["trial_end"] = engine.now
    anchor = subscription["billing_cycle_anchor"]
    subscription["billing_cycle_anchor"] = engine.now if at_once else min(anchor, engine.now)
    reason = "subscription_update" if at_once else "subscription_cycle"
    return _next_period(engine, subscription, reason, status="active", at_once=at_once)


def restart_period(engine: Engine, subscription: Json, *, status: str | None = None) -> Json:
    """Begin a new period now, bill it at once, and return the subscription."""
    subscription["billing_cycle_anchor"] = engine.now
    return _next_period(engine, subscription, "subscription_update", status=status, at_once=True)


def _next_period(
    engine: Engine,
    subscription: Json,
    reason: str,
    *,
    status: str | None = None,
    at_once: bool = False,
) -> Json:
    before = engine.find("subscription", subscription["id"])
    previous = period_of(subscription)
    anchor = subscription["billing_cycle_anchor"]
    set_period(subscription, *period_around(anchor, *recurring_of(subscription), engine.now))
    if status:
        subscription["status"] = status
    invoice = bill_period(engine, subscription, reason, previous=(previous[0], engine.now))
    engine.change(before, "customer.subscription.updated", subscription)
    invoice = _held_back(engine, subscription, invoice)
    if at_once and invoice["auto_advance"]:
        finalize_and_collect(engine, invoice)
    return engine.find("subscription", subscription["id"])


def _held_back(engine: Engine, subscription: Json, invoice: Json) -> Json:
    """Return the invoice as a pause of the collection, or an unpaid subscription, leaves it."""
    pause = subscription["pause_collection"]
    behavior = pause["behavior"] if pause else None
    stopped = {"auto_advance": False, "automatically_finalizes_at": None}
    if subscription["status"] == "unpaid" or behavior == "keep_as_draft":
        return engine.change(invoice, "invoice.updated", stopped)
    if behavior is None:
        return invoice
    invoice = finalize(engine, invoice) | stopped
    if invoice["status"] != "open":
        return invoice
    drop = standing.void if behavior == "void" else standing.write_off
    return drop(engine, invoice)


def pause(engine: Engine, subscription: Json, reason: str, **changes: object) -> Json:
    """Pause a subscription for a reason in Stripe's words: it renews no more until it resumes."""
    details = {
        "paused": {
            "subscription": {"type": reason},
            "transitioned_at": engine.now,
            "type": "subscription",
        }
    }
    changed = standing.set_status(engine, subscription, "paused", status_details=details, **changes)
    engine.emit("customer.subscription.paused", changed)
    return changed


def _has_method(engine: Engine, subscription: Json) -> bool:
    customer = engine.find("customer", subscription["customer"])
    return bool(subscription["default_payment_method"] or customers_method(customer))


def _is_cancelled_by(subscription: Json, now: int) -> bool:
    return subscription["cancel_at"] is not None and subscription["cancel_at"] <= now
