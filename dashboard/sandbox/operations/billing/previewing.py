"""The next invoice of a customer as it would be: all is done as in earnest, and undone again."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import StripeError, invalid_request, missing_parameter
from dashboard.sandbox.operations.billing import standing
from dashboard.sandbox.operations.billing.bills import lines_of
from dashboard.sandbox.operations.billing.changing import change_subscription
from dashboard.sandbox.operations.billing.clocks import on_clock
from dashboard.sandbox.operations.billing.discounts import Holder, give_discounts
from dashboard.sandbox.operations.billing.invoicing import (
    DEFAULT_CURRENCY,
    draft_invoice,
    pending_items,
)
from dashboard.sandbox.operations.billing.items import items_of, period_of, subscription_of_id
from dashboard.sandbox.operations.billing.periods import bill
from dashboard.sandbox.operations.billing.proration import credit_rest
from dashboard.sandbox.operations.billing.renewing import renew
from dashboard.sandbox.operations.billing.subscribing import first_bill
from dashboard.sandbox.shapes import Json, list_object

_TERMS = ("default_tax_rates", "items", "proration_behavior", "proration_date", "trial_end")
_NOT_YET = {
    "attempt_count": 0,
    "attempted": False,
    "effective_at": None,
    "ending_balance": None,
    "hosted_invoice_url": None,
    "invoice_pdf": None,
    "next_payment_attempt": None,
    "number": None,
    "status": "draft",
    "webhooks_delivered_at": None,
}


def preview(engine: Engine, customer: Json, subscription: str | None, given: Json) -> Json:
    """Return the invoice that would come next; nothing is kept of it.

    Raises Stripe's 404 when none would come.
    """
    return engine.shelf.rehearse(
        lambda: _as_preview(engine, _next_invoice(engine, customer, subscription, given))
    )


def _next_invoice(engine: Engine, customer: Json, subscription: str | None, given: Json) -> Json:
    details = given.get("subscription_details") or {}
    if subscription:
        return _of_subscription(engine, subscription, given, details)
    if details.get("items"):
        terms = {name: details[name] for name in _TERMS if name in details}
        wanted = {"currency": given.get("currency"), "discounts": given.get("discounts")}
        _, invoice = first_bill(
            engine, customer, {**terms, **wanted, "payment_behavior": "default_incomplete"}
        )
        return invoice
    return _of_customer(engine, customer, given)


def _of_subscription(engine: Engine, identity: str, given: Json, details: Json) -> Json:
    subscription = subscription_of_id(engine, identity)
    if subscription["status"] in standing.ENDED:
        raise _none_to_come(subscription["customer"])
    engine = on_clock(engine, subscription)
    if given.get("discounts"):
        holder = Holder(subscription["customer"], "subscription", identity)
        subscription["discounts"] = give_discounts(engine, given["discounts"], holder)
        engine.put(subscription)
    if details.get("cancel_now"):
        credit_rest(engine, subscription, items_of(subscription), engine.now)
        return bill(engine, subscription, "subscription_update", [])
    latest = subscription["latest_invoice"]
    terms = {name: details[name] for name in _TERMS if name in details}
    anchor = details.get("billing_cycle_anchor") or {}
    if anchor.get("type") == "now":
        terms["billing_cycle_anchor"] = {"type": "now"}
    if terms:
        change_subscription(engine, subscription, terms)
        subscription = subscription_of_id(engine, identity)
        if subscription["latest_invoice"] != latest:
            return engine.find("invoice", subscription["latest_invoice"])
    _, end = period_of(subscription)
    if subscription["cancel_at_period_end"] or details.get("cancel_at_period_end"):
        raise _none_to_come(subscription["customer"])
    renew(engine.at(max(end, engine.now)), subscription)
    renewed = engine.find("subscription", identity)
    return engine.find("invoice", renewed["latest_invoice"])


def _of_customer(engine: Engine, customer: Json, given: Json) -> Json:
    """Return the earliest renewal of the customer, or the invoice of what is pending."""
    running = min(_running(engine, customer["id"]), default=None)
    if running:
        return _of_subscription(engine, running[1], given, {})
    currency = given.get("currency") or customer["currency"] or DEFAULT_CURRENCY
    items = pending_items(engine, customer["id"], currency)
    if not items:
        raise _none_to_come(customer["id"])
    return draft_invoice(engine, customer, currency, [], items, billing_reason="upcoming")


def _running(engine: Engine, customer: str) -> Iterator[tuple[int, str]]:
    found = engine.shelf.bodies(
        "subscription", "WHERE customer = ? AND status IN ('active', 'trialing')", (customer,)
    )
    for body in found:
        subscription = orjson.loads(body)
        if not subscription["cancel_at_period_end"]:
            yield period_of(subscription)[1], subscription["id"]


def _as_preview(engine: Engine, invoice: Json) -> Json:
    """Return the invoice as one that is not there yet: without number, payment and state."""
    identity = f"upcoming_{invoice['id']}"
    lines = [line | {"invoice": identity} for line in lines_of(engine, invoice["id"])]
    transitions = dict.fromkeys(invoice["status_transitions"])
    return {
        **invoice,
        **_NOT_YET,
        "amount_paid": 0,
        "amount_remaining": invoice["amount_due"],
        "id": identity,
        "lines": list_object(f"/v1/invoices/{identity}/lines", lines),
        "status_transitions": transitions,
    }


def _none_to_come(customer: str) -> StripeError:
    return invalid_request(
        f"No upcoming invoices for customer: {customer}", code="invoice_upcoming_none", status=404
    )


def customer_of(engine: Engine, given: Json) -> tuple[str, str | None]:
    """Return the customer and the subscription that a preview is asked for."""
    subscription = given.get("subscription")
    if given.get("schedule"):
        schedule = engine.find("subscription_schedule", given["schedule"], "schedule")
        subscription = subscription or schedule["subscription"]
    if subscription:
        found = engine.find("subscription", subscription, "subscription")
        return found["customer"], found["id"]
    if not given.get("customer"):
        raise missing_parameter("customer")
    return given["customer"], None
