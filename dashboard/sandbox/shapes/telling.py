"""Shapes of what tells of changes and of hosted pages: events, endpoints, checkout sessions."""

from __future__ import annotations

from dashboard.sandbox.shapes.shape import ListOf, Shape

API_VERSION = "2026-10-28.endive"

EVENT = Shape(
    name="event",
    prefix="evt_",
    path="/v1/events",
    needed="data type",
    defaults={
        "api_version": API_VERSION,
        "pending_webhooks": 0,
        "request": {"id": None, "idempotency_key": None},
    },
    optional="account context",
    filters=(
        "created:range type:wildcard types:type:any delivery_success:pending_webhooks:delivered"
    ),
    exclusive_filters="type types",
    readable_days=30,
    has_metadata=False,
)

WEBHOOK_ENDPOINT = Shape(
    name="webhook_endpoint",
    prefix="we_",
    path="/v1/webhook_endpoints",
    path_name="webhook_endpoint",
    needed="enabled_events url",
    nulls="api_version application description",
    defaults={"status": "enabled"},
    optional="deleted secret",
    hidden="connect",
)

CHECKOUT_SESSION = Shape(
    name="checkout.session",
    prefix="cs_test_",
    path="/v1/checkout/sessions",
    path_name="session",
    needed="mode",
    nulls=(
        "adaptive_pricing after_expiration allow_promotion_codes allowed_payment_method_types"
        " amount_subtotal amount_total billing_address_collection cancel_url client_reference_id"
        " client_secret collected_information consent consent_collection currency"
        " currency_conversion customer customer_account customer_creation customer_details"
        " customer_email discounts integration_identifier invoice invoice_creation locale"
        " managed_payments origin_context payment_intent payment_link"
        " payment_method_configuration_details permissions recovered_from"
        " saved_payment_method_options setup_intent shipping_address_collection shipping_cost"
        " submit_type subscription success_url total_details url wallet_options"
    ),
    defaults={
        "automatic_tax": {
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "expires_at": 0,
        "line_items": ListOf("/v1/checkout/sessions/{id}/line_items"),
        "payment_method_collection": "if_required",
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "shipping_options": [],
        "status": "open",
        "ui_mode": "hosted_page",
    },
    optional=(
        "branding_settings excluded_payment_method_types name_collection optional_items"
        " phone_number_collection presentment_details redirect_on_completion return_url"
        " tax_id_collection"
    ),
    included="line_items",
    holds={"line_items": "item"},
    filters=(
        "created:range customer customer_account payment_intent payment_link status subscription"
        " customer_details[email]:customer_details.email"
    ),
    choices={"status": "complete expired open"},
    required_filters="customer_details[email]",
    expands="customer invoice payment_intent payment_link setup_intent subscription",
)

ITEM = Shape(
    name="item",
    prefix="li_",
    also_listed="/v1/checkout/sessions/{checkout.session}/line_items",
    needed="amount_subtotal amount_total currency",
    nulls="adjustable_quantity description price quantity",
    defaults={"amount_discount": 0, "amount_tax": 0},
    optional="discounts taxes",
    hidden="checkout.session payment_link",
    expands="price.product",
    has_created=False,
    has_livemode=False,
)

CHECKOUT_CUSTOMER = Shape(
    name="checkout_customer",
    nulls="address business_name email individual_name name phone",
    defaults={"tax_exempt": "none", "tax_ids": []},
    is_object=False,
)

SHAPES = (EVENT, WEBHOOK_ENDPOINT, CHECKOUT_SESSION, ITEM, CHECKOUT_CUSTOMER)
