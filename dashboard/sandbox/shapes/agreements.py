"""Shapes of quotes, and of the clocks that let time pass in tests."""

from __future__ import annotations

from dashboard.sandbox.shapes.shape import Shape

QUOTE = Shape(
    name="quote",
    prefix="qt_",
    path="/v1/quotes",
    path_name="quote",
    needed="customer expires_at",
    nulls=(
        "application application_fee_amount application_fee_percent currency customer_account"
        " description footer from_quote header invoice number on_behalf_of subscription"
        " subscription_schedule test_clock transfer_data"
    ),
    defaults={
        "amount_subtotal": 0,
        "amount_total": 0,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "collection_method": "charge_automatically",
        "computed": {
            "recurring": None,
            "upfront": {
                "amount_subtotal": 0,
                "amount_total": 0,
                "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
            },
        },
        "default_tax_rates": [],
        "discounts": [],
        "invoice_settings": {
            "custom_fields": None,
            "days_until_due": None,
            "description": None,
            "footer": None,
            "issuer": {"type": "self"},
        },
        "status": "draft",
        "status_transitions": {"accepted_at": None, "canceled_at": None, "finalized_at": None},
        "subscription_data": {
            "billing_mode": {"type": "classic"},
            "description": None,
            "effective_date": None,
            "metadata": {},
            "trial_period_days": None,
        },
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
    },
    included="line_items",
    filters="customer customer_account status test_clock",
    choices={"status": "accepted canceled draft open"},
    expands="customer discounts invoice subscription subscription_schedule test_clock",
)

TEST_CLOCK = Shape(
    name="test_helpers.test_clock",
    prefix="clock_",
    path="/v1/test_helpers/test_clocks",
    path_name="test_clock",
    needed="deletes_after frozen_time",
    nulls="name",
    optional="deleted",
    defaults={"status": "ready", "status_details": {}},
    has_metadata=False,
)

SHAPES = (QUOTE, TEST_CLOCK)
