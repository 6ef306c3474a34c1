"""Shapes of older ways to keep cards, and of what stands behind debits: tokens, mandates."""

from __future__ import annotations

from dashboard.sandbox.shapes.shape import Shape

TOKEN = Shape(
    name="token",
    prefix="tok_",
    needed="type",
    nulls="client_ip",
    defaults={"used": False},
    optional="bank_account card",
    has_metadata=False,
)

SOURCE_CARD = Shape(
    name="card",
    prefix="card_",
    also_listed="/v1/customers/{customer}/sources",
    noun="source",
    needed="brand exp_month exp_year last4",
    nulls=(
        "address_city address_country address_line1 address_line1_check address_line2"
        " address_state address_zip address_zip_check country cvc_check dynamic_last4 name"
        " regulated_status tokenization_method"
    ),
    defaults={"funding": "credit"},
    optional=(
        "account allow_redisplay available_payout_methods currency customer default_for_currency"
        " deleted description fingerprint iin issuer networks status"
    ),
    filters="customer object",
    expands="account customer",
    has_created=False,
    has_livemode=False,
)

MANDATE = Shape(
    name="mandate",
    prefix="mandate_",
    needed="payment_method payment_method_details",
    defaults={
        "customer_acceptance": {"accepted_at": None, "offline": {}, "type": "offline"},
        "status": "active",
        "type": "multi_use",
    },
    optional="multi_use on_behalf_of single_use",
    expands="payment_method",
    has_created=False,
    has_metadata=False,
)

SETUP_ATTEMPT = Shape(
    name="setup_attempt",
    prefix="setatt_",
    path="/v1/setup_attempts",
    needed="payment_method payment_method_details setup_intent status usage",
    nulls="application customer customer_account flow_directions on_behalf_of setup_error",
    optional="attach_to_self",
    filters="created:range setup_intent",
    required_filters="setup_intent",
    expands="application customer on_behalf_of payment_method setup_intent",
    has_metadata=False,
)

SHAPES = (TOKEN, SOURCE_CARD, MANDATE, SETUP_ATTEMPT)
