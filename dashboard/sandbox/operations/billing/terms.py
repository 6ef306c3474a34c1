"""The terms of a subscription that parameters name: how it is paid, when it ends, what is added."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request, missing_parameter
from dashboard.sandbox.operations.billing.bills import pricing_part, tax_rates
from dashboard.sandbox.operations.billing.checks import at_least
from dashboard.sandbox.operations.billing.discounts import DISCOUNTS, Holder, give_discounts
from dashboard.sandbox.operations.billing.invoicing import make_item
from dashboard.sandbox.operations.billing.periods import product_name
from dashboard.sandbox.operations.billing.price_parameters import PRICE_DATA
from dashboard.sandbox.operations.billing.pricing import price_named, pricing_of
from dashboard.sandbox.operations.metadata import merged_metadata
from dashboard.sandbox.operations.payment_methods import payment_method_for
from dashboard.sandbox.shapes import Json

ISSUER = "issuer(account type!=account|self)"
AUTOMATIC_TAX = "automatic_tax(enabled!:flag liability(account type!=account|self))"
PHASE_INVOICES = (
    "invoice_settings(account_tax_ids:words custom_fields:list(name! value!) days_until_due:integer"
    f" description footer {ISSUER})"
)
ADDED_ITEMS = (
    f"add_invoice_items:list(discountable:flag {DISCOUNTS} metadata"
    " period(end!(timestamp:integer type!=timestamp|min_item_period_end)"
    " start!(timestamp:integer type!=timestamp|max_item_period_start|now))"
    f" price {PRICE_DATA} quantity:integer tax_rates:words)"
)
TERMS = (
    f"{ADDED_ITEMS} application_fee_percent:decimal {AUTOMATIC_TAX} billing_schedules:list"
    " billing_thresholds:map cancel_at cancel_at_period_end:flag"
    " collection_method=charge_automatically|send_invoice days_until_due:integer"
    f" default_payment_method default_source default_tax_rates:words description {DISCOUNTS}"
    " invoice_settings(account_tax_ids:words custom_fields:list(name! value!) description footer"
    f" {ISSUER}) metadata off_session:flag on_behalf_of payment_behavior=allow_incomplete"
    "|default_incomplete|error_if_incomplete|pending_if_incomplete"
    " payment_settings(payment_method_options:map payment_method_types:words"
    " save_default_payment_method=off|on_subscription) pending_invoice_item_interval:map"
    " proration_behavior=none|always_invoice|create_prorations transfer_data:map trial_end"
    " trial_from_plan:flag trial_settings(end_behavior!(billing_cycle_anchor=unchanged|now"
    " missing_payment_method=cancel|create_invoice|pause))"
)
"""What both the beginning and a change of a subscription may say."""

_PLAIN = (
    "application_fee_percent",
    "default_source",
    "description",
    "on_behalf_of",
)
_PAYMENT_SETTINGS = {
    "payment_method_options": None,
    "payment_method_types": None,
    "save_default_payment_method": "off",
}
_INVOICE_SETTINGS = {
    "account_tax_ids": None,
    "custom_fields": None,
    "description": None,
    "footer": None,
    "issuer": {"type": "self"},
}


def terms(engine: Engine, customer: str, given: Json, before: Json | None = None) -> Json:
    """Return the fields of a subscription that `given` sets; raises Stripe's 400 for what is amiss.

    `before` is the subscription that they change, None where it begins.
    """
    fields = {name: given[name] for name in _PLAIN if name in given}
    fields |= _collection(given, before or {})
    if "default_payment_method" in given:
        fields["default_payment_method"] = _method(engine, given, customer)
    if "default_tax_rates" in given:
        fields["default_tax_rates"] = tax_rates(
            engine, given["default_tax_rates"], "default_tax_rates"
        )
    if "metadata" in given:
        fields["metadata"] = merged_metadata(
            before["metadata"] if before else {}, given["metadata"]
        )
    if given.get("automatic_tax"):
        enabled = given["automatic_tax"]["enabled"]
        liability = {"type": "self"} if enabled else None
        fields["automatic_tax"] = {
            "disabled_reason": None,
            "enabled": enabled,
            "liability": liability,
        }
    if given.get("payment_settings"):
        fields["payment_settings"] = _PAYMENT_SETTINGS | given["payment_settings"]
    if given.get("invoice_settings"):
        fields["invoice_settings"] = _INVOICE_SETTINGS | given["invoice_settings"]
    if given.get("trial_settings"):
        behavior = given["trial_settings"]["end_behavior"]
        fields["trial_settings"] = {
            "end_behavior": {
                "billing_cycle_anchor": behavior.get("billing_cycle_anchor"),
                "missing_payment_method": behavior.get("missing_payment_method")
                or "create_invoice",
            }
        }
    return fields


def add_invoice_items(engine: Engine, customer: Json, subscription: Json, given: Json) -> None:
    """Make the items that `add_invoice_items` puts on the next bill of a subscription."""
    for place, one in enumerate(given.get("add_invoice_items") or ()):
        outer = f"add_invoice_items[{place}]"
        price = price_named(engine, one, outer, recurring=False)
        quantity = 1 if one.get("quantity") is None else one["quantity"]
        at_least(f"{outer}[quantity]", quantity, 0)
        make_item(
            engine,
            customer,
            amount=pricing_of(engine, price, subscription["currency"]).cost(quantity),
            currency=subscription["currency"],
            description=product_name(engine, price),
            discountable=one.get("discountable", True),
            discounts=give_discounts(
                engine,
                one.get("discounts"),
                Holder(customer["id"], "subscription", subscription["id"]),
            ),
            metadata=one.get("metadata") or {},
            parent={
                "subscription_details": {"subscription": subscription["id"]},
                "type": "subscription_details",
            },
            pricing=pricing_part(price),
            quantity=quantity,
            tax_rates=tax_rates(engine, one.get("tax_rates"), f"{outer}[tax_rates]"),
        )


def _collection(given: Json, before: Json) -> Json:
    """Return how the subscription is collected; days until due go with sending only."""
    method = given.get("collection_method") or before.get("collection_method")
    days = given.get("days_until_due", before.get("days_until_due"))
    at_least("days_until_due", days, 0)
    if method == "send_invoice":
        if days is None:
            raise missing_parameter("days_until_due")
        return {"collection_method": method, "days_until_due": days}
    if given.get("days_until_due") is not None:
        raise invalid_request(
            "days_until_due goes with collection_method=send_invoice only.",
            param="days_until_due",
        )
    return {"collection_method": "charge_automatically", "days_until_due": None}


def _method(engine: Engine, given: Json, customer: str) -> str | None:
    named = given["default_payment_method"]
    if named is None:
        return None
    method = payment_method_for(engine, named, customer)
    if method["customer"] != customer:
        raise invalid_request(
            f"The payment method {named} is not attached to the customer {customer}.",
            param="default_payment_method",
        )
    return str(method["id"])
