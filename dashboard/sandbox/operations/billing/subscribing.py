"""Beginning a subscription: its terms, its first period, and its first bill."""

from __future__ import annotations

from typing import Any

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import StripeError, invalid_request, missing_parameter
from dashboard.sandbox.exchange import new_id
from dashboard.sandbox.operations.billing.checks import currency_code, moment, one_of
from dashboard.sandbox.operations.billing.collecting import collect, finalize
from dashboard.sandbox.operations.billing.discounts import Holder, give_discounts
from dashboard.sandbox.operations.billing.invoicing import DAY_SECONDS
from dashboard.sandbox.operations.billing.items import (
    items_of,
    new_item,
    recurring_of,
    refuse_mixture,
    set_items,
    set_period,
)
from dashboard.sandbox.operations.billing.payments import customers_method
from dashboard.sandbox.operations.billing.periods import bill, bill_period, trial_lines
from dashboard.sandbox.operations.billing.pricing import pricing_of
from dashboard.sandbox.operations.billing.terms import add_invoice_items, terms
from dashboard.sandbox.reckoning.periods import period_around
from dashboard.sandbox.shapes import Json

_WARNED_SECONDS = 3 * DAY_SECONDS
_LONGEST_TRIAL_DAYS = 730


def subscribe(engine: Engine, customer: Json, given: Json) -> Json:
    """Make a subscription of the customer as `given` describes it, bill it, and return it.

    Raises Stripe's 400 for terms that do not fit, and its 402 for a card that is declined where
    the payment behavior is `error_if_incomplete`; nothing is kept then.
    """
    subscription, invoice = first_bill(engine, customer, given)
    return _start(engine, subscription, invoice, given)


def first_bill(engine: Engine, customer: Json, given: Json) -> tuple[Json, Json]:
    """Return a new subscription and the draft of its first bill; it has not begun yet."""
    subscription = _draft(engine, customer, given)
    _refuse_without_method(customer, subscription, given)
    engine.put(subscription)
    subscription["discounts"] = give_discounts(
        engine,
        given.get("discounts"),
        Holder(customer["id"], "subscription", subscription["id"]),
    )
    add_invoice_items(engine, customer, subscription, given)
    return subscription, _first_bill(engine, subscription, given)


def first_method(subscription: Json, customer: Json) -> str | None:
    """Return the payment method that the bills of a subscription are charged to."""
    return subscription["default_payment_method"] or customers_method(customer)


def trial_end_of(engine: Engine, given: Json, items: list[Json]) -> int | None:
    """Return when the trial ends that `given` asks for, None for none."""
    if given.get("trial_end") and given.get("trial_period_days"):
        raise one_of("trial_end", "trial_period_days")
    days = given.get("trial_period_days")
    if days is None and given.get("trial_from_plan"):
        days = items[0]["price"]["recurring"]["trial_period_days"]
    if days is not None:
        if not 0 <= days <= _LONGEST_TRIAL_DAYS:
            raise invalid_request(
                f"A trial may last {_LONGEST_TRIAL_DAYS} days at most.", param="trial_period_days"
            )
        return engine.now + days * DAY_SECONDS if days else None
    return moment_to_come(engine, given.get("trial_end"), "trial_end")


def moment_to_come(engine: Engine, given: Any, param: str) -> int | None:
    """Return a moment to come that a parameter names, None for none and for `now`.

    Raises Stripe's 400 for one that has passed, or that is no number.
    """
    if given in {None, "now"}:
        return None
    at = moment(param, given, engine.now)
    if at <= engine.now:
        raise invalid_request(
            f"Invalid timestamp: {param} must be in the future, and {at} has passed.", param=param
        )
    return at


def warn_of_trial_end(engine: Engine, subscription: Json) -> None:
    """Tell that a trial ends soon, where it does."""
    if subscription["trial_end"] - engine.now <= _WARNED_SECONDS:
        engine.emit("customer.subscription.trial_will_end", subscription)


def _draft(engine: Engine, customer: Json, given: Json) -> Json:
    """Return the subscription with its items and first period, not kept yet."""
    subscription = engine.make(
        "subscription",
        billing_cycle_anchor=engine.now,
        currency="",
        customer=customer["id"],
        schedule=given.get("schedule"),
        start_date=engine.now,
        status="incomplete",
        test_clock=customer["test_clock"],
    )
    if not given.get("items"):
        raise missing_parameter("items")
    items = [
        new_item(engine, subscription["id"], customer["id"], one, f"items[{place}]")
        for place, one in enumerate(given["items"])
    ]
    refuse_mixture(items)
    set_items(subscription, items)
    wanted = given.get("currency")
    currency = currency_code("currency", wanted) if wanted else items[0]["price"]["currency"]
    for item in items:
        pricing_of(engine, item["price"], currency)
    subscription["currency"] = currency
    subscription |= terms(engine, customer["id"], given)
    _set_first_period(engine, subscription, given)
    return subscription


def _set_first_period(engine: Engine, subscription: Json, given: Json) -> None:
    trial_end = trial_end_of(engine, given, items_of(subscription))
    start = given.get("backdate_start_date") or engine.now
    anchor = given.get("billing_cycle_anchor") or trial_end or start
    subscription |= {"billing_cycle_anchor": anchor, "start_date": start}
    if given.get("billing_mode"):
        subscription["billing_mode"] = {"flexible": None} | given["billing_mode"]
    if trial_end:
        subscription |= {"trial_start": engine.now, "trial_end": trial_end}
        set_period(subscription, engine.now, trial_end)
        return
    begins, ends = period_around(anchor, *recurring_of(subscription), engine.now)
    set_period(subscription, engine.now if anchor > engine.now else begins, ends)


def _refuse_without_method(customer: Json, subscription: Json, given: Json) -> None:
    """Raise Stripe's 400 where the first bill could be charged to nothing."""
    waits = given.get("payment_behavior") == "default_incomplete" or given.get("waits")
    waits = waits or subscription["trial_end"]
    sends = subscription["collection_method"] == "send_invoice"
    free = all(
        item["price"]["unit_amount"] == 0 or item["price"]["recurring"]["usage_type"] == "metered"
        for item in items_of(subscription)
    )
    if waits or sends or free or first_method(subscription, customer):
        return
    raise no_method()


def no_method() -> StripeError:
    """Return the refusal to charge a customer who has nothing to charge."""
    return invalid_request(
        "This customer has no attached payment source or default payment method. Please consider "
        "adding a default payment method. For more information, visit "
        "https://stripe.com/docs/billing/subscriptions/payment-methods-setting.",
        code="resource_missing",
    )


def _first_bill(engine: Engine, subscription: Json, given: Json) -> Json:
    """Draft the bill of the trial, of the first period, or of the part of it up to the anchor."""
    if subscription["trial_end"]:
        lines = trial_lines(engine, subscription)
        return bill(engine, subscription, "subscription_create", lines)
    anchor = subscription["billing_cycle_anchor"]
    if anchor <= engine.now:
        return bill_period(engine, subscription, "subscription_create")
    if given.get("proration_behavior") == "none":
        return bill(engine, subscription, "subscription_create", [])
    whole = period_around(anchor, *recurring_of(subscription), engine.now)
    return bill_period(engine, subscription, "subscription_create", whole=whole)


def _start(engine: Engine, subscription: Json, invoice: Json, given: Json) -> Json:
    """Put the subscription on its way, in the state that its first bill leaves it in.

    A bill that is sent, or that a schedule or a quote brings, waits an hour as a draft.
    """
    behavior = given.get("payment_behavior")
    waits = subscription["collection_method"] == "send_invoice" or bool(given.get("waits"))
    free = not invoice["amount_due"]
    if free or waits:
        subscription["status"] = "trialing" if subscription["trial_end"] else "active"
    engine.put(subscription)
    engine.emit("customer.subscription.created", subscription)
    if subscription["trial_end"]:
        warn_of_trial_end(engine, subscription)
        _ask_for_method(engine, subscription)
    if waits and not free:
        return engine.find("subscription", subscription["id"])
    invoice = finalize(engine, invoice)
    if not free and behavior != "default_incomplete":
        error = collect(engine, invoice)
        if error and behavior == "error_if_incomplete":
            raise error
    return engine.find("subscription", subscription["id"])


def _ask_for_method(engine: Engine, subscription: Json) -> None:
    """Make the setup intent by which the customer can say what to charge after the trial."""
    customer = engine.find("customer", subscription["customer"])
    charges = subscription["collection_method"] == "charge_automatically"
    if not charges or first_method(subscription, customer):
        return
    intent = engine.make("setup_intent", customer=customer["id"], status="requires_payment_method")
    intent["client_secret"] = f"{intent['id']}_secret_{new_id('', 25)}"
    engine.put(intent)
    engine.emit("setup_intent.created", intent)
    subscription["pending_setup_intent"] = intent["id"]
    engine.put(subscription)
