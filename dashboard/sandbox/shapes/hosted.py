"""Shapes of pages that Stripe hosts: payment links, the customer portal, identity checks."""

from __future__ import annotations

from dashboard.sandbox.shapes.shape import ListOf, Shape

PAYMENT_LINK = Shape(
    name="payment_link",
    prefix="plink_",
    path="/v1/payment_links",
    path_name="payment_link",
    needed="currency url",
    nulls=(
        "application application_fee_amount application_fee_percent consent_collection"
        " inactive_message invoice_creation managed_payments on_behalf_of payment_intent_data"
        " payment_method_options payment_method_types restrictions shipping_address_collection"
        " subscription_data transfer_data"
    ),
    defaults={
        "active": True,
        "after_completion": {
            "hosted_confirmation": {"custom_message": None},
            "type": "hosted_confirmation",
        },
        "allow_promotion_codes": False,
        "automatic_tax": {"enabled": False, "liability": None},
        "billing_address_collection": "auto",
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer_creation": "if_required",
        "line_items": ListOf("/v1/payment_links/{id}/line_items"),
        "payment_method_collection": "always",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "submit_type": "auto",
        "tax_id_collection": {"enabled": False, "required": "never"},
    },
    optional="name_collection optional_items",
    included="line_items",
    holds={"line_items": "item"},
    filters="active:flag",
    expands="application on_behalf_of",
    has_created=False,
)

PORTAL_CONFIGURATION = Shape(
    name="billing_portal.configuration",
    prefix="bpc_",
    path="/v1/billing_portal/configurations",
    path_name="configuration",
    noun="configuration",
    needed="updated",
    nulls="application default_return_url name",
    defaults={
        "active": True,
        "business_profile": {
            "headline": None,
            "privacy_policy_url": None,
            "terms_of_service_url": None,
        },
        "features": {
            "customer_update": {"allowed_updates": [], "enabled": False},
            "invoice_history": {"enabled": False},
            "payment_method_update": {"enabled": False, "payment_method_configuration": None},
            "subscription_cancel": {
                "cancellation_reason": {"enabled": False, "feedback_options": [], "options": []},
                "enabled": False,
                "mode": "at_period_end",
                "proration_behavior": "none",
            },
            "subscription_pause": {
                "duration": {"interval_options": [], "type": "indefinite"},
                "enabled": False,
            },
            "subscription_update": {
                "billing_cycle_anchor": None,
                "default_allowed_updates": [],
                "enabled": False,
                "proration_behavior": "none",
                "schedule_at_period_end": {"conditions": []},
                "trial_update_behavior": "end_trial",
            },
        },
        "is_default": False,
        "login_page": {"enabled": False, "url": None},
    },
    filters="active:flag is_default:flag",
    expands="application",
)

PORTAL_SESSION = Shape(
    name="billing_portal.session",
    prefix="bps_",
    needed="configuration customer url",
    nulls="customer_account flow locale on_behalf_of return_url",
    optional="after_expiration",
    expands="configuration:billing_portal.configuration",
    has_metadata=False,
)

VERIFICATION_SESSION = Shape(
    name="identity.verification_session",
    prefix="vs_",
    path="/v1/identity/verification_sessions",
    path_name="session",
    needed="type",
    nulls=(
        "client_reference_id client_secret last_error last_verification_report options redaction"
        " related_customer related_customer_account url"
    ),
    defaults={"status": "requires_input"},
    optional="provided_details related_person verification_flow verified_outputs",
    filters=("created:range client_reference_id related_customer related_customer_account status"),
    choices={"status": "canceled processing requires_input verified"},
    expands="last_verification_report",
)

SHAPES = (PAYMENT_LINK, PORTAL_CONFIGURATION, PORTAL_SESSION, VERIFICATION_SESSION)
