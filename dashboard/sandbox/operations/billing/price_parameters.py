"""What parameters say of a price: how they are declared, and what an object takes from them."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from dashboard.sandbox.declaration import declare
from dashboard.sandbox.errors import invalid_request, missing_parameter
from dashboard.sandbox.operations.billing.checks import at_least, by_currency, one_of
from dashboard.sandbox.shapes import Json, part

TIERS = (
    "tiers:list(flat_amount:integer flat_amount_decimal unit_amount:integer unit_amount_decimal"
    " up_to!)"
)
AMOUNTS = "unit_amount:integer unit_amount_decimal"
CUSTOM = "custom_unit_amount(enabled!:flag maximum:integer minimum:integer preset:integer)"
RECURRING = (
    "recurring(interval!=day|month|week|year interval_count:integer meter"
    " trial_period_days:integer usage_type=licensed|metered)"
)
BEHAVIOR = "tax_behavior=unspecified|exclusive|inclusive"
PRICE_DATA = f"price_data(currency! product! {AMOUNTS} {BEHAVIOR})"
RECURRING_PRICE_DATA = (
    f"price_data(currency! product! {AMOUNTS} {BEHAVIOR}"
    " recurring!(interval!=day|month|week|year interval_count:integer))"
)

_DECIMAL = re.compile(r"[0-9]{1,15}(\.[0-9]{1,12})?")
_OPTION = declare(f"{AMOUNTS} {CUSTOM} {BEHAVIOR} {TIERS}")
_LONGEST = {"day": 1095, "week": 156, "month": 36, "year": 3}


def amounts(given: Json, outer: str, name: str = "unit_amount") -> Json:
    """Return an amount as objects show it: whole minor units and a decimal text.

    Raises Stripe's 400 for a negative amount, for no number, and for both at once.
    """
    whole, text = given.get(name), given.get(f"{name}_decimal")
    if whole is not None and text is not None:
        raise one_of(within(outer, name), within(outer, f"{name}_decimal"))
    at_least(within(outer, name), whole, 0)
    if text is not None and not _DECIMAL.fullmatch(text):
        raise invalid_request(
            f"Invalid decimal: {text}",
            code="parameter_invalid_decimal",
            param=within(outer, f"{name}_decimal"),
        )
    if text is not None:
        exact = Fraction(text)
        whole = int(exact) if exact.denominator == 1 else None
        text = str(whole) if whole is not None else text.rstrip("0")
    return {name: whole, f"{name}_decimal": text if whole is None else str(whole)}


def scheme_of(given: Json, outer: str) -> Json:
    """Return how a price is computed: by the unit, in tiers, or as the customer likes.

    Raises Stripe's 400 where what that takes is not given.
    """
    if given.get("billing_scheme") == "tiered" or given.get("tiers"):
        if not given.get("tiers"):
            raise missing_parameter(within(outer, "tiers"))
        if not given.get("tiers_mode"):
            raise missing_parameter(within(outer, "tiers_mode"))
        return {
            "billing_scheme": "tiered",
            "tiers": _tiers(given["tiers"], within(outer, "tiers")),
            "tiers_mode": given["tiers_mode"],
        }
    custom = _custom(given)
    found = amounts(given, outer)
    if found["unit_amount_decimal"] is None and custom is None:
        raise missing_parameter(within(outer, "unit_amount"))
    return {**found, "custom_unit_amount": custom}


def recurring_of(given: Json | None, outer: str) -> Json | None:
    """Return how often a price recurs, none for one that is paid once.

    Raises Stripe's 400 for what Stripe does not count in, and for usage without a meter.
    """
    if not given:
        return None
    name = within(outer, "recurring")
    interval, count = given["interval"], given.get("interval_count")
    count = 1 if count is None else count
    at_least(f"{name}[interval_count]", count, 1)
    if count > _LONGEST[interval]:
        raise invalid_request(
            f"Invalid interval_count: a price may recur every {_LONGEST[interval]} {interval}s at "
            "most",
            param=f"{name}[interval_count]",
        )
    if given.get("usage_type") == "metered" and not given.get("meter"):
        raise missing_parameter(f"{name}[meter]")
    return part(
        "recurring",
        interval=interval,
        interval_count=count,
        meter=given.get("meter"),
        trial_period_days=given.get("trial_period_days"),
        usage_type=given.get("usage_type") or "licensed",
    )


def currency_options(given: Json) -> Json:
    """Return the prices in other currencies that `currency_options` describes."""
    options = by_currency("currency_options", given.get("currency_options") or {}, _OPTION)
    return {
        currency: _option(values, f"currency_options[{currency}]")
        for currency, values in options.items()
    }


def _option(values: Json, outer: str) -> Json:
    option = {
        "custom_unit_amount": _custom(values),
        "tax_behavior": values.get("tax_behavior") or "unspecified",
        **amounts(values, outer),
    }
    if values.get("tiers"):
        option["tiers"] = _tiers(values["tiers"], f"{outer}[tiers]")
    return option


def _tiers(given: Any, outer: str) -> list[Json]:
    tiers = [_tier(one, f"{outer}[{place}]") for place, one in enumerate(given)]
    endless = [tier["up_to"] is None for tier in tiers]
    if endless != [False] * (len(tiers) - 1) + [True]:
        raise invalid_request("The last tier, and no other, must have `up_to=inf`.", param=outer)
    return tiers


def _tier(given: Json, outer: str) -> Json:
    up_to = given["up_to"]
    if up_to != "inf" and not str(up_to).isdigit():
        raise invalid_request(
            "Invalid tier: up_to must be a number or inf", param=f"{outer}[up_to]"
        )
    return part(
        "tier",
        up_to=None if up_to == "inf" else int(up_to),
        **amounts(given, outer),
        **amounts(given, outer, "flat_amount"),
    )


def _custom(given: Json) -> Json | None:
    custom = given.get("custom_unit_amount")
    if not custom or not custom["enabled"]:
        return None
    return {name: custom.get(name) for name in ("maximum", "minimum", "preset")}


def within(outer: str, name: str) -> str:
    """Return what Stripe calls the parameter `name` that came in `outer`, or in none."""
    return f"{outer}[{name}]" if outer else name
