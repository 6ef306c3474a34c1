"""Shapes of what is sold: products, prices, coupons, promotion codes, discounts, tax rates."""

from __future__ import annotations

from dashboard.sandbox.shapes.shape import Shape

PRODUCT = Shape(
    name="product",
    prefix="prod_",
    id_length=14,
    path="/v1/products",
    needed="name",
    nulls=(
        "default_price description package_dimensions shippable statement_descriptor tax_code"
        " tax_details unit_label url"
    ),
    defaults={
        "active": True,
        "images": [],
        "marketing_features": [],
        "type": "service",
        "updated": 0,
    },
    optional="deleted",
    filters="created:range active:flag ids:id:any shippable:flag type url",
    choices={"type": "good service"},
    expands="default_price tax_code",
    search="active description:string name:string shippable url:string",
)

PRICE = Shape(
    name="price",
    prefix="price_",
    path="/v1/prices",
    path_name="price",
    needed="currency product",
    nulls=(
        "custom_unit_amount lookup_key nickname recurring tiers_mode transform_quantity"
        " unit_amount unit_amount_decimal"
    ),
    defaults={
        "active": True,
        "billing_scheme": "per_unit",
        "tax_behavior": "unspecified",
        "type": "recurring",
    },
    optional="deleted",
    included="currency_options tiers",
    filters=(
        "created:range active:flag currency product type lookup_keys:lookup_key:any"
        " recurring[interval]:recurring.interval recurring[usage_type]:recurring.usage_type"
        " recurring[meter]:recurring.meter"
    ),
    choices={
        "type": "one_time recurring",
        "recurring[interval]": "day month week year",
        "recurring[usage_type]": "licensed metered",
    },
    expands="product",
    search="active currency lookup_key:string product:string type",
)

COUPON = Shape(
    name="coupon",
    path="/v1/coupons",
    path_name="coupon",
    needed="duration",
    nulls=("amount_off currency duration_in_months max_redemptions name percent_off redeem_by"),
    defaults={"times_redeemed": 0, "valid": True},
    optional="deleted",
    included="applies_to currency_options",
    filters="created:range",
    outlives_deletion=True,
)

PROMOTION_CODE = Shape(
    name="promotion_code",
    prefix="promo_",
    path="/v1/promotion_codes",
    path_name="promotion_code",
    noun="promotion code",
    needed="code promotion",
    nulls="customer customer_account expires_at max_redemptions",
    defaults={
        "active": True,
        "restrictions": {
            "first_time_transaction": False,
            "minimum_amount": None,
            "minimum_amount_currency": None,
        },
        "times_redeemed": 0,
    },
    filters=(
        "created:range active:flag code:any_case coupon:promotion.coupon customer customer_account"
    ),
    expands="customer promotion.coupon:coupon",
)

DISCOUNT = Shape(
    name="discount",
    prefix="di_",
    needed="source start",
    nulls=(
        "checkout_session customer customer_account end invoice invoice_item promotion_code"
        " subscription subscription_item"
    ),
    optional="deleted",
    expands="customer promotion_code source.coupon:coupon",
    has_created=False,
    has_livemode=False,
    has_metadata=False,
)

TAX_RATE = Shape(
    name="tax_rate",
    prefix="txr_",
    path="/v1/tax_rates",
    path_name="tax_rate",
    noun="tax rate",
    needed="display_name inclusive percentage",
    nulls=(
        "country description effective_percentage flat_amount jurisdiction jurisdiction_level"
        " state tax_type"
    ),
    defaults={"active": True, "rate_type": "percentage"},
    filters="created:range active:flag inclusive:flag",
)

RECURRING = Shape(
    name="recurring",
    needed="interval",
    nulls="meter trial_period_days",
    defaults={"interval_count": 1, "usage_type": "licensed"},
    is_object=False,
)

TIER = Shape(
    name="tier",
    nulls="flat_amount flat_amount_decimal unit_amount unit_amount_decimal up_to",
    is_object=False,
)

TRANSFORM_QUANTITY = Shape(name="transform_quantity", needed="divide_by round", is_object=False)

COUPON_SOURCE = Shape(
    name="coupon_source", needed="coupon", defaults={"type": "coupon"}, is_object=False
)

SHAPES = (
    PRODUCT,
    PRICE,
    COUPON,
    PROMOTION_CODE,
    DISCOUNT,
    TAX_RATE,
    RECURRING,
    TIER,
    TRANSFORM_QUANTITY,
    COUPON_SOURCE,
)
