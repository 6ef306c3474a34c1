"""Beginning, changing, pausing and canceling subscriptions."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request, missing_object, missing_parameter
from dashboard.sandbox.operations.billing import standing
from dashboard.sandbox.operations.billing.changing import change_subscription
from dashboard.sandbox.operations.billing.clocks import customer_on_clock, on_clock
from dashboard.sandbox.operations.billing.collecting import finalize_and_collect
from dashboard.sandbox.operations.billing.items import ITEM, items_of, period_of, subscription_of_id
from dashboard.sandbox.operations.billing.periods import bill
from dashboard.sandbox.operations.billing.proration import credit_rest
from dashboard.sandbox.operations.billing.renewing import pause, restart_period
from dashboard.sandbox.operations.billing.subscribing import subscribe
from dashboard.sandbox.operations.billing.terms import TERMS
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_FEEDBACK = (
    "other|customer_service|low_quality|missing_features|switched_service|too_complex"
    "|too_expensive|unused"
)
_DETAILS = f"cancellation_details(comment feedback={_FEEDBACK} feedback_option)"
_BEHAVIOR = "proration_behavior=none|always_invoice|create_prorations"


@operation(
    "POST",
    "/v1/subscriptions",
    "subscription",
    f"{TERMS} backdate_start_date:integer billing_cycle_anchor:integer"
    " billing_cycle_anchor_config:map"
    " billing_mode(flexible(proration_discounts=included|itemized) type!=classic|flexible) currency"
    f" customer customer_account items:list({ITEM}) trial_period_days:integer",
)
def create_subscription(engine: Engine, params: Params) -> Json:
    """Subscribe a customer to prices, and bill the first period."""
    given = params.values
    if not given.get("customer"):
        raise missing_parameter("customer")
    engine, customer = customer_on_clock(engine, given["customer"], "customer")
    with engine.shelf.attempt():
        return subscribe(engine, customer, given)


@operation(
    "POST",
    "/v1/subscriptions/{subscription}",
    "subscription",
    f"{TERMS} billing_cycle_anchor(type!=unchanged|now) {_DETAILS}"
    f" items:list({ITEM} clear_usage:flag deleted:flag id) "
    " pause_collection(behavior!=keep_as_draft|mark_uncollectible|void resumes_at:integer)"
    " proration_date:integer",
)
def update_subscription(engine: Engine, params: Params, subscription: str) -> Json:
    """Change a subscription; what it costs or gives back is billed as the parameters say."""
    before = subscription_of_id(engine, subscription)
    with engine.shelf.attempt():
        return change_subscription(on_clock(engine, before), before, params.values)


@operation(
    "DELETE",
    "/v1/subscriptions/{subscription}",
    "subscription",
    f"{_DETAILS} invoice_now:flag prorate:flag",
)
def cancel_subscription(engine: Engine, params: Params, subscription: str) -> Json:
    """Cancel a subscription now, with a last bill when one is asked for."""
    given, found = params.values, subscription_of_id(engine, subscription)
    if found["status"] in standing.ENDED:
        raise missing_object("subscription", subscription)
    engine = on_clock(engine, found)
    if given.get("prorate"):
        credit_rest(engine, found, items_of(found), engine.now)
    if given.get("invoice_now"):
        invoice = bill(engine, found, "subscription_update", [])
        engine.put(found)
        finalize_and_collect(engine, invoice)
        found = subscription_of_id(engine, subscription)
    details = given.get("cancellation_details") or {}
    return standing.end(engine, found, "cancellation_requested", **details)


@operation(
    "POST",
    "/v1/subscriptions/{subscription}/pause",
    "subscription",
    "bill_for(outstanding_usage_through(type!=none|now)"
    " unused_time_from(type!=none|item_current_period_start|now))"
    " invoicing_behavior=invoice|pending_invoice_item type=subscription",
)
def pause_subscription(engine: Engine, params: Params, subscription: str) -> Json:
    """Pause a subscription that runs, and give back the rest of its period when asked."""
    found, given = subscription_of_id(engine, subscription), params.values
    if found["status"] not in {"active", "past_due", "trialing"}:
        raise invalid_request(
            f"Only subscriptions that run can be paused, and {subscription} is {found['status']}."
        )
    engine = on_clock(engine, found)
    unused = (given.get("bill_for") or {}).get("unused_time_from") or {}
    if unused.get("type", "none") != "none":
        start, _ = period_of(found)
        whole = unused["type"] == "item_current_period_start"
        credit_rest(engine, found, items_of(found), start if whole else engine.now)
    if given.get("invoicing_behavior") == "invoice":
        invoice = bill(engine, found, "subscription_update", [])
        engine.put(found)
        finalize_and_collect(engine, invoice)
        found = subscription_of_id(engine, subscription)
    return pause(engine, found, "pause_requested")


@operation(
    "POST",
    "/v1/subscriptions/{subscription}/resume",
    "subscription",
    "billing_cycle_anchor(type!=unchanged|now)"
    " payment_behavior=resume_on_payment_attempt|resume_on_payment_success"
    f" {_BEHAVIOR} proration_date:integer",
)
def resume_subscription(engine: Engine, params: Params, subscription: str) -> Json:  # noqa: ARG001
    """Go on with a subscription that is paused: a new period begins, and is billed, now."""
    found = subscription_of_id(engine, subscription)
    if found["status"] != "paused":
        raise invalid_request(
            f"Only paused subscriptions can be resumed, and {subscription} is {found['status']}."
        )
    engine = on_clock(engine, found)
    found.pop("status_details", None)
    resumed = restart_period(engine, found, status="active")
    engine.emit("customer.subscription.resumed", resumed)
    return resumed


@operation("DELETE", "/v1/subscriptions/{subscription}/discount", "subscription")
def delete_discount(engine: Engine, params: Params, subscription: str) -> Json:  # noqa: ARG001
    """Take all discounts off a subscription; return the last of them, deleted."""
    found = subscription_of_id(engine, subscription)
    if not found["discounts"]:
        raise missing_object("discount", subscription, "subscription")
    gone = [engine.find("discount", identity) for identity in found["discounts"]]
    for discount in gone:
        engine.emit("customer.discount.deleted", discount)
    engine.change(found, "customer.subscription.updated", {"discounts": []})
    return gone[-1] | {"deleted": True}
