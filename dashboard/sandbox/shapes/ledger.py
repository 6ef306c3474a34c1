"""Shapes of the balance: the account, its balance, its transactions, payouts and top-ups."""

from __future__ import annotations

from dashboard.sandbox.shapes.shape import ListOf, Shape

ACCOUNT = Shape(
    name="account",
    prefix="acct_",
    path="/v1/accounts",
    nulls="business_profile business_type email",
    defaults={
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "controller": {"type": "account"},
        "country": "US",
        "default_currency": "usd",
        "details_submitted": True,
        "external_accounts": ListOf("/v1/accounts/{id}/external_accounts"),
        "payouts_enabled": True,
        "settings": None,
        "type": "standard",
    },
    optional=("company deleted future_requirements groups individual requirements tos_acceptance"),
    filters="created:range",
    holds={"external_accounts": "bank_account"},
    has_livemode=False,
)

BALANCE = Shape(
    name="balance",
    defaults={"available": [], "pending": []},
    optional="connect_reserved instant_available issuing refund_and_dispute_prefunding",
    has_id=False,
    has_created=False,
    has_metadata=False,
)

BALANCE_TRANSACTION = Shape(
    name="balance_transaction",
    prefix="txn_",
    path="/v1/balance_transactions",
    noun="balance transaction",
    needed="amount available_on currency fee net reporting_category type",
    nulls="description exchange_rate source",
    defaults={"balance_type": "payments", "fee_details": [], "status": "available"},
    hidden="payout",
    filters="created:range currency payout source type",
    expands="source",
    has_livemode=False,
    has_metadata=False,
)

PAYOUT = Shape(
    name="payout",
    prefix="po_",
    path="/v1/payouts",
    path_name="payout",
    needed="amount arrival_date currency status",
    nulls=(
        "application_fee application_fee_amount balance_transaction description destination"
        " failure_balance_transaction failure_code failure_message original_payout payout_method"
        " reversed_by statement_descriptor trace_id"
    ),
    defaults={
        "automatic": True,
        "method": "standard",
        "reconciliation_status": "completed",
        "source_type": "card",
        "type": "bank_account",
    },
    filters="created:range arrival_date:range destination status",
    expands=(
        "balance_transaction destination failure_balance_transaction original_payout reversed_by"
    ),
)

TOPUP = Shape(
    name="topup",
    prefix="tu_",
    path="/v1/topups",
    path_name="topup",
    needed="amount currency status",
    nulls=(
        "balance_transaction description expected_availability_date failure_code failure_message"
        " source statement_descriptor transfer_group"
    ),
    defaults={"initiated_by": "user"},
    optional="payment_method payment_method_options",
    filters="created:range amount:range status",
    choices={"status": "canceled failed pending succeeded"},
    expands="balance_transaction",
)

BANK_ACCOUNT = Shape(
    name="bank_account",
    prefix="ba_",
    also_listed="/v1/accounts/{account}/external_accounts",
    filters="account object",
    choices={"object": "bank_account card"},
    needed="country currency last4",
    nulls=(
        "account_holder_name account_holder_type account_type bank_name fingerprint routing_number"
    ),
    defaults={"status": "new"},
    optional="account available_payout_methods customer default_for_currency",
    has_created=False,
    has_livemode=False,
)

FEE_DETAIL = Shape(
    name="fee_detail",
    needed="amount currency",
    nulls="application",
    defaults={"description": "Stripe processing fees", "type": "stripe_fee"},
    is_object=False,
)

FUNDS = Shape(name="funds", needed="amount currency", optional="source_types", is_object=False)

ACCOUNT_SETTINGS = Shape(
    name="account_settings",
    needed="dashboard",
    defaults={
        "branding": {
            "icon": None,
            "logo": None,
            "primary_color": None,
            "secondary_color": None,
        },
        "card_payments": {
            "statement_descriptor_prefix": None,
            "statement_descriptor_prefix_kana": None,
            "statement_descriptor_prefix_kanji": None,
        },
        "payments": {
            "statement_descriptor": None,
            "statement_descriptor_kana": None,
            "statement_descriptor_kanji": None,
            "statement_descriptor_prefix_kana": None,
            "statement_descriptor_prefix_kanji": None,
        },
        "payouts": {
            "debit_negative_balances": True,
            "schedule": {"delay_days": 2, "interval": "daily"},
            "statement_descriptor": None,
        },
    },
    is_object=False,
)

REQUIREMENTS = Shape(
    name="requirements",
    nulls="current_deadline disabled_reason",
    defaults={
        "alternatives": [],
        "currently_due": [],
        "errors": [],
        "eventually_due": [],
        "past_due": [],
        "pending_verification": [],
    },
    is_object=False,
)

BUSINESS_PROFILE = Shape(
    name="business_profile",
    nulls=(
        "mcc minority_owned_business_designation name product_description"
        " specified_commercial_transactions_act_url support_address support_email support_phone"
        " support_url url"
    ),
    is_object=False,
)

SHAPES = (
    ACCOUNT,
    BALANCE,
    BALANCE_TRANSACTION,
    PAYOUT,
    TOPUP,
    BANK_ACCOUNT,
    FEE_DETAIL,
    FUNDS,
    ACCOUNT_SETTINGS,
    REQUIREMENTS,
    BUSINESS_PROFILE,
)
