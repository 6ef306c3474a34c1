"""Plans, the older shape of recurring prices."""

from __future__ import annotations

from dashboard.sandbox.shapes import Json, build


def plan_beside(price: Json) -> Json:
    """Return the plan that Stripe still shows for a recurring price, under the same id."""
    recurring = price["recurring"]
    return build(
        "plan",
        id=price["id"],
        created=price["created"],
        active=price["active"],
        amount=price["unit_amount"],
        amount_decimal=price["unit_amount_decimal"],
        billing_scheme=price["billing_scheme"],
        currency=price["currency"],
        interval=recurring["interval"],
        interval_count=recurring["interval_count"],
        meter=recurring["meter"],
        metadata=price["metadata"],
        nickname=price["nickname"],
        product=price["product"],
        tiers_mode=price["tiers_mode"],
        transform_usage=price["transform_quantity"],
        trial_period_days=recurring["trial_period_days"],
        usage_type=recurring["usage_type"],
        **({"tiers": price["tiers"]} if "tiers" in price else {}),
    )
