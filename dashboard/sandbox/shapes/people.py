"""Shapes of customers, their payment methods, and the ways of paying inside other objects."""

from __future__ import annotations

from dashboard.sandbox.shapes.shape import Shape

BILLING_DETAILS = Shape(
    name="billing_details", nulls="address email name phone tax_id", is_object=False
)

CUSTOMER = Shape(
    name="customer",
    prefix="cus_",
    id_length=14,
    path="/v1/customers",
    nulls=(
        "address currency customer_account default_source description email name phone shipping"
        " test_clock"
    ),
    defaults={
        "balance": 0,
        "delinquent": False,
        "discount": None,
        "invoice_prefix": None,
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "next_invoice_sequence": 1,
        "preferred_locales": [],
        "tax_exempt": "none",
    },
    optional="business_name deleted individual_name",
    included="cash_balance invoice_credit_balance tax tax_ids",
    children={"sources": "card.customer", "subscriptions": "subscription.customer"},
    filters="created:range email test_clock",
    expands="default_source invoice_settings.default_payment_method test_clock",
    search="created:number email:string name:string phone:string",
    tells_deletion=True,
)

_METHODS = (
    "acss_debit affirm afterpay_clearpay alipay alma amazon_pay au_becs_debit bacs_debit bancontact"
    " billie bizum blik boleto card cashapp crypto custom customer_balance eps fpx giropay grabpay"
    " ideal kakao_pay klarna konbini kr_card link mb_way mobilepay multibanco naver_pay"
    " nz_bank_account oxxo p24 pay_by_bank payco paynow paypal paypay payto pix promptpay"
    " revolut_pay samsung_pay satispay scalapay sepa_debit sequra sofort sunbit swish twint upi"
    " us_bank_account wechat_pay zip"
)

PAYMENT_METHOD = Shape(
    name="payment_method",
    prefix="pm_",
    path="/v1/payment_methods",
    path_name="payment_method",
    noun="PaymentMethod",
    also_listed="/v1/customers/{customer}/payment_methods",
    needed="type",
    nulls="customer customer_account",
    defaults={
        "allow_redisplay": "unspecified",
        "billing_details": BILLING_DETAILS,
    },
    optional="card customer_balance link radar_options sepa_debit us_bank_account",
    filters="customer customer_account type allow_redisplay",
    choices={"allow_redisplay": "always limited unspecified", "type": _METHODS},
    expands="customer",
)

ADDRESS = Shape(name="address", nulls="city country line1 line2 postal_code state", is_object=False)

_CHECKS = {
    "address_line1_check": None,
    "address_postal_code_check": None,
    "cvc_check": "pass",
}

CARD = Shape(
    name="card",
    needed="brand exp_month exp_year last4",
    nulls="generated_from regulated_status wallet",
    defaults={
        "checks": _CHECKS,
        "country": "US",
        "display_brand": None,
        "fingerprint": None,
        "funding": "credit",
        "networks": None,
        "three_d_secure_usage": {"supported": True},
    },
    is_object=False,
)

CARD_DETAILS = Shape(
    name="card_details",
    needed="brand exp_month exp_year last4",
    nulls=(
        "amount_authorized authorization_code electronic_commerce_indicator fingerprint"
        " installments mandate network_transaction_id regulated_status three_d_secure"
        " transaction_link_id wallet"
    ),
    defaults={
        "checks": _CHECKS,
        "country": "US",
        "funding": "credit",
        "network": "visa",
        "network_token": {"used": False},
    },
    optional=(
        "capture_before extended_authorization incremental_authorization multicapture overcapture"
    ),
    is_object=False,
)

SEPA_DEBIT = Shape(
    name="sepa_debit",
    nulls="bank_code branch_code country fingerprint generated_from last4",
    is_object=False,
)

SEPA_DEBIT_DETAILS = Shape(
    name="sepa_debit_details",
    nulls="bank_code branch_code country fingerprint last4 mandate",
    optional="expected_debit_date",
    is_object=False,
)

US_BANK_ACCOUNT = Shape(
    name="us_bank_account",
    nulls=(
        "account_holder_type account_type bank_name financial_connections_account fingerprint"
        " last4 networks routing_number status_details"
    ),
    is_object=False,
)

US_BANK_ACCOUNT_DETAILS = Shape(
    name="us_bank_account_details",
    nulls=(
        "account_holder_type account_type bank_name fingerprint last4 payment_reference"
        " routing_number"
    ),
    optional="expected_debit_date mandate",
    is_object=False,
)

PAYMENT_METHOD_DETAILS = Shape(
    name="payment_method_details",
    needed="type",
    optional="card customer_balance link sepa_debit us_bank_account",
    is_object=False,
)

SHAPES = (
    CUSTOMER,
    PAYMENT_METHOD,
    ADDRESS,
    BILLING_DETAILS,
    CARD,
    CARD_DETAILS,
    SEPA_DEBIT,
    SEPA_DEBIT_DETAILS,
    US_BANK_ACCOUNT,
    US_BANK_ACCOUNT_DETAILS,
    PAYMENT_METHOD_DETAILS,
)
