"""Showing what the next invoice would be."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.operations.billing.clocks import customer_on_clock
from dashboard.sandbox.operations.billing.discounts import DISCOUNTS
from dashboard.sandbox.operations.billing.items import ITEM
from dashboard.sandbox.operations.billing.previewing import customer_of, preview
from dashboard.sandbox.operations.billing.terms import AUTOMATIC_TAX, ISSUER
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_DETAILS = (
    "subscription_details(billing_cycle_anchor(timestamp:integer type!=timestamp|unchanged|now)"
    " billing_mode:map billing_schedules:list cancel_at cancel_at_period_end:flag cancel_now:flag"
    f" default_tax_rates:words items:list({ITEM} clear_usage:flag deleted:flag id) metadata"
    " pause:map"
    " proration_behavior=none|always_invoice|create_prorations proration_date:integer"
    " resume_at=now start_date:integer trial_end)"
)


@operation(
    "POST",
    "/v1/invoices/create_preview",
    "invoice",
    f"{AUTOMATIC_TAX} currency customer customer_account customer_details:map {DISCOUNTS}"
    " invoice_items:list"
    f" {ISSUER} on_behalf_of preview_mode=recurring|next schedule schedule_details:map subscription"
    f" {_DETAILS}",
)
def create_preview(engine: Engine, params: Params) -> Json:
    """Return the next invoice of a customer or a subscription, as it stands or after a change."""
    given = params.values
    named, subscription = customer_of(engine, given)
    engine, customer = customer_on_clock(engine, named, "customer")
    return preview(engine, customer, subscription, given)
