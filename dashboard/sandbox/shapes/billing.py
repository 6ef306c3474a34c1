"""Shapes of recurring billing: subscriptions, their items and their schedules."""

from __future__ import annotations

from dashboard.sandbox.shapes.shape import ListOf, Shape

SUBSCRIPTION = Shape(
    name="subscription",
    prefix="sub_",
    path="/v1/subscriptions",
    also_listed="/v1/customers/{customer}/subscriptions",
    needed="billing_cycle_anchor currency customer start_date status",
    nulls=(
        "application application_fee_percent billing_cycle_anchor_config billing_thresholds"
        " cancel_at canceled_at customer_account days_until_due default_payment_method"
        " default_source description ended_at latest_invoice managed_payments"
        " next_pending_invoice_item_invoice on_behalf_of pause_collection"
        " pending_invoice_item_interval pending_setup_intent pending_update schedule test_clock"
        " transfer_data trial_end trial_start"
    ),
    defaults={
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_mode": {"flexible": None, "type": "classic"},
        "billing_schedules": [],
        "cancel_at_period_end": False,
        "cancellation_details": {
            "comment": None,
            "feedback": None,
            "feedback_option": None,
            "reason": None,
        },
        "collection_method": "charge_automatically",
        "default_tax_rates": [],
        "discounts": [],
        "invoice_settings": {
            "account_tax_ids": None,
            "custom_fields": None,
            "description": None,
            "footer": None,
            "issuer": {"type": "self"},
        },
        "items": ListOf("/v1/subscription_items?subscription={id}"),
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "trial_settings": {
            "end_behavior": {
                "billing_cycle_anchor": None,
                "missing_payment_method": "create_invoice",
            }
        },
    },
    optional="presentment_details status_details",
    holds={"items": "subscription_item"},
    filters=(
        "created:range customer customer_account collection_method status:alive test_clock"
        " price:items.data.*.price.id:among plan:items.data.*.plan.id:among"
        " current_period_start:items.data.0.current_period_start:range"
        " current_period_end:items.data.0.current_period_end:range"
        " automatic_tax[enabled]:automatic_tax.enabled:flag"
    ),
    choices={
        "collection_method": "charge_automatically send_invoice",
        "status": (
            "active past_due unpaid canceled incomplete incomplete_expired trialing paused all"
            " ended"
        ),
    },
    required_filters="automatic_tax[enabled]",
    expands=(
        "application customer default_payment_method default_source discounts latest_invoice"
        " on_behalf_of pending_setup_intent schedule test_clock items.data.discounts"
        " items.data.price.product"
    ),
    search="canceled_at:number created:number status",
)

SUBSCRIPTION_ITEM = Shape(
    name="subscription_item",
    prefix="si_",
    path="/v1/subscription_items",
    path_name="item",
    needed="current_period_end current_period_start plan price subscription",
    nulls="billing_thresholds current_trial",
    defaults={"discounts": [], "tax_rates": []},
    optional="billed_until deleted quantity",
    filters="subscription",
    required_filters="subscription",
    expands="discounts price.product",
    has_livemode=False,
)

PLAN = Shape(
    name="plan",
    path="/v1/plans",
    path_name="plan",
    needed="currency interval",
    nulls=(
        "amount amount_decimal meter nickname product tiers_mode transform_usage trial_period_days"
    ),
    defaults={
        "active": True,
        "billing_scheme": "per_unit",
        "interval_count": 1,
        "usage_type": "licensed",
    },
    included="tiers",
    filters="created:range active:flag product",
    expands="product",
)

SUBSCRIPTION_SCHEDULE = Shape(
    name="subscription_schedule",
    prefix="sub_sched_",
    path="/v1/subscription_schedules",
    path_name="schedule",
    needed="customer status",
    nulls=(
        "application canceled_at completed_at current_phase customer_account"
        " released_at released_subscription subscription test_clock"
    ),
    defaults={
        "billing_mode": {"flexible": None, "type": "classic"},
        "default_settings": {
            "application_fee_percent": None,
            "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
            "billing_cycle_anchor": "automatic",
            "billing_thresholds": None,
            "collection_method": "charge_automatically",
            "default_payment_method": None,
            "description": None,
            "invoice_settings": {
                "account_tax_ids": None,
                "custom_fields": None,
                "days_until_due": None,
                "description": None,
                "footer": None,
                "issuer": {"type": "self"},
            },
            "on_behalf_of": None,
            "transfer_data": None,
        },
        "end_behavior": "release",
        "pause_schedules": [],
        "phases": [],
    },
    filters=(
        "created:range customer customer_account canceled_at:range completed_at:range"
        " released_at:range scheduled:status:waiting"
    ),
    expands=(
        "application customer subscription test_clock default_settings.default_payment_method"
        " phases.items.price"
    ),
)

SCHEDULE_PHASE = Shape(
    name="schedule_phase",
    needed="currency end_date items start_date",
    nulls=(
        "application_fee_percent billing_cycle_anchor billing_thresholds collection_method"
        " default_payment_method description invoice_settings on_behalf_of transfer_data trial_end"
    ),
    defaults={
        "add_invoice_items": [],
        "default_tax_rates": [],
        "discounts": [],
        "metadata": {},
        "proration_behavior": "create_prorations",
    },
    is_object=False,
)

SCHEDULE_ITEM = Shape(
    name="schedule_item",
    needed="plan price quantity",
    nulls="billing_thresholds",
    defaults={"discounts": [], "metadata": {}, "tax_rates": []},
    is_object=False,
)

PAUSE_COLLECTION = Shape(
    name="pause_collection", needed="behavior", nulls="resumes_at", is_object=False
)

CANCELLATION_DETAILS = Shape(
    name="cancellation_details",
    nulls="comment feedback feedback_option reason",
    is_object=False,
)

SHAPES = (
    SUBSCRIPTION,
    SUBSCRIPTION_ITEM,
    PLAN,
    SUBSCRIPTION_SCHEDULE,
    SCHEDULE_PHASE,
    SCHEDULE_ITEM,
    PAUSE_COLLECTION,
    CANCELLATION_DETAILS,
)
