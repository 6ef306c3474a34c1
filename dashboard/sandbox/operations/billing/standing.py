"""How subscriptions stand with their bills: active, past due, unpaid, incomplete, over."""

from __future__ import annotations

import orjson

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.operations.billing.balances import return_balance
from dashboard.sandbox.operations.billing.invoicing import subscription_of
from dashboard.sandbox.operations.billing.items import recurring_of
from dashboard.sandbox.operations.billing.payments import give_up_payment
from dashboard.sandbox.shapes import Json, part

ENDED = frozenset({"canceled", "incomplete_expired"})
LAST_RESORT = "after_last_attempt"
"""The fact that says what becomes of a subscription whose bill nobody pays."""
LAST_RESORTS = ("cancel", "unpaid", "past_due")
"""What it may be, the first without another word."""
_INCOMPLETE_SECONDS = 23 * 3_600


def set_status(engine: Engine, subscription: Json, status: str, **changes: object) -> Json:
    """Give a subscription another status and tell of it."""
    return engine.change(
        subscription, "customer.subscription.updated", {"status": status, **changes}
    )


def note_paid(engine: Engine, invoice: Json) -> None:
    """Let a subscription recover whose latest invoice was paid."""
    subscription = _subscription(engine, invoice)
    if subscription is None:
        return
    if subscription["latest_invoice"] != invoice["id"] and _owed(engine, subscription):
        return
    if subscription["status"] in {"incomplete", "past_due", "unpaid"}:
        _set_delinquent(engine, subscription["customer"], delinquent=False)
        set_status(engine, subscription, "active")


def note_on_its_way(engine: Engine, invoice: Json) -> None:
    """Let a subscription begin whose first payment is a debit that takes its days."""
    subscription = _subscription(engine, invoice)
    if subscription and subscription["status"] == "incomplete":
        set_status(engine, subscription, "active")


def keep_method(engine: Engine, invoice: Json, method: str | None) -> None:
    """Charge a subscription to what paid its bill from now on, where it says so."""
    subscription = _subscription(engine, invoice)
    if subscription is None or subscription["default_payment_method"]:
        return
    if subscription["payment_settings"]["save_default_payment_method"] == "on_subscription":
        changes = {"default_payment_method": method}
        engine.change(subscription, "customer.subscription.updated", changes)


def rhythm_of(engine: Engine, invoice: Json) -> str:
    """Return how often the invoice's subscription renews; monthly where it has none."""
    subscription = _subscription(engine, invoice)
    return recurring_of(subscription)[0] if subscription else "month"


def is_incomplete(engine: Engine, invoice: Json) -> bool:
    """Return whether the invoice is the first bill of a subscription that waits for it."""
    subscription = _subscription(engine, invoice)
    return subscription is not None and subscription["status"] == "incomplete"


def note_failed(engine: Engine, invoice: Json) -> None:
    """Let a subscription fall behind whose invoice could not be collected, or lose it."""
    subscription = _subscription(engine, invoice)
    if subscription is None or subscription["status"] in {"incomplete", *ENDED}:
        return
    if invoice["next_payment_attempt"] is None and invoice["attempt_count"] > 1:
        _lose(engine, subscription, invoice)
    elif subscription["status"] in {"active", "trialing"}:
        fall_behind(engine, subscription)


def fall_behind(engine: Engine, subscription: Json) -> None:
    """Note that a bill is late."""
    _set_delinquent(engine, subscription["customer"], delinquent=True)
    set_status(engine, subscription, "past_due")


def note_overdue(engine: Engine, invoice: Json) -> None:
    """Let a subscription fall behind whose bill was sent and not paid in time."""
    subscription = _subscription(engine, invoice)
    if subscription and subscription["status"] == "active":
        fall_behind(engine, subscription)


def incomplete_until(subscription: Json) -> int:
    """Return until when the first bill of a subscription may be paid."""
    return int(subscription["created"]) + _INCOMPLETE_SECONDS


def expire(engine: Engine, subscription: Json) -> None:
    """End a subscription whose first bill was never paid; the bill is void."""
    invoice = engine.find("invoice", subscription["latest_invoice"])
    if invoice["status"] == "open":
        void(engine, invoice)
    set_status(engine, subscription, "incomplete_expired", ended_at=engine.now)


def void(engine: Engine, invoice: Json) -> Json:
    """Void an invoice, take back what asks for its payment, and tell of it."""
    give_up_payment(engine, invoice)
    return_balance(engine, invoice)
    invoice |= {"auto_advance": False, "next_payment_attempt": None, "status": "void"}
    invoice["status_transitions"]["voided_at"] = engine.now
    engine.put(invoice)
    engine.emit("invoice.voided", invoice)
    return invoice


def write_off(engine: Engine, invoice: Json) -> Json:
    """Mark an invoice uncollectible and tell of it."""
    invoice |= {"auto_advance": False, "next_payment_attempt": None, "status": "uncollectible"}
    invoice["status_transitions"]["marked_uncollectible_at"] = engine.now
    engine.put(invoice)
    engine.emit("invoice.marked_uncollectible", invoice)
    return invoice


def end(engine: Engine, subscription: Json, reason: str | None, **details: str | None) -> Json:
    """Cancel a subscription now, and its schedule, for a reason in Stripe's words."""
    schedule = subscription["schedule"]
    subscription |= {
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": subscription["canceled_at"] or engine.now,
        "cancellation_details": part(
            "cancellation_details",
            **{**subscription["cancellation_details"], "reason": reason, **details},
        ),
        "ended_at": engine.now,
        "pause_collection": None,
        "schedule": None,
        "status": "canceled",
    }
    engine.put(subscription)
    engine.emit("customer.subscription.deleted", subscription)
    _stop_drafts(engine, subscription["id"])
    if schedule:
        _abort(engine, engine.find("subscription_schedule", schedule))
    return subscription


def _lose(engine: Engine, subscription: Json, invoice: Json) -> None:
    """Do what the account's settings say when the last attempt has failed."""
    outcome = engine.shelf.fact(LAST_RESORT) or LAST_RESORTS[0]
    if outcome == "cancel":
        end(engine, subscription, "payment_failed")
        engine.put(invoice | {"auto_advance": False})
    elif outcome == "unpaid":
        set_status(engine, subscription, "unpaid")


def _abort(engine: Engine, schedule: Json) -> None:
    """Cancel the schedule of a subscription that is over."""
    schedule |= {"canceled_at": engine.now, "current_phase": None, "status": "canceled"}
    engine.put(schedule)
    engine.emit("subscription_schedule.aborted", schedule)


def _stop_drafts(engine: Engine, subscription: str) -> None:
    """Leave the drafts of a subscription that is over as they are."""
    drafts = engine.shelf.bodies(
        "invoice",
        "WHERE parent_subscription_details_subscription = ? AND status = 'draft'",
        (subscription,),
    )
    for body in drafts:
        still = {"auto_advance": False, "automatically_finalizes_at": None}
        engine.change(orjson.loads(body), "invoice.updated", still)


def _subscription(engine: Engine, invoice: Json) -> Json | None:
    identity = subscription_of(invoice)
    return engine.shelf.get("subscription", identity) if identity else None


def _owed(engine: Engine, subscription: Json) -> bool:
    """Whether the latest invoice of the subscription is still to be paid."""
    latest = engine.shelf.get("invoice", subscription["latest_invoice"] or "")
    return latest is not None and latest["status"] in {"open", "uncollectible"}


def _set_delinquent(engine: Engine, customer: str, *, delinquent: bool) -> None:
    engine.change(engine.find("customer", customer), "customer.updated", {"delinquent": delinquent})
