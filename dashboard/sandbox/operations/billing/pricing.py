"""Prices as parameters describe them, and what they cost."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from dashboard.sandbox.declaration import declare
from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request, missing_parameter
from dashboard.sandbox.operations.billing.checks import (
    at_least,
    by_currency,
    currency_code,
    one_of,
)
from dashboard.sandbox.reckoning.plans import plan_beside
from dashboard.sandbox.reckoning.pricing import Pricing, Tier
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


def make_price(
    engine: Engine,
    product: str,
    given: Json,
    outer: str = "",
    *,
    active: bool = True,
    identity: str | None = None,
) -> Json:
    """Keep a new price of `product`, with the plan that stands beside a recurring one.

    `outer` names the parameter that `given` came in. Raises Stripe's 400 for what is amiss.
    """
    currency = currency_code(_named(outer, "currency"), given["currency"])
    recurring = _recurring(given.get("recurring"), outer)
    price = engine.make(
        "price",
        active=active,
        currency=currency,
        product=product,
        lookup_key=given.get("lookup_key"),
        metadata=given.get("metadata") or {},
        nickname=given.get("nickname"),
        recurring=recurring,
        tax_behavior=given.get("tax_behavior") or "unspecified",
        transform_quantity=given.get("transform_quantity"),
        type="recurring" if recurring else "one_time",
        **_scheme(given, outer),
    )
    price["id"] = identity or price["id"]
    price["currency_options"] = {currency: _as_option(price)} | currency_options(given)
    return _keep_price(engine, price)


def _keep_price(engine: Engine, price: Json) -> Json:
    """Keep a new price and its plan, tell of both, and return the price as it is shown."""
    engine.put(price)
    shown = engine.find("price", price["id"])
    if price["recurring"]:
        engine.put(plan_beside(price))
        engine.emit("plan.created", engine.find("plan", price["id"]))
    engine.emit("price.created", shown)
    return shown


def currency_options(given: Json) -> Json:
    """Return the prices in other currencies that `currency_options` describes."""
    options = by_currency("currency_options", given.get("currency_options") or {}, _OPTION)
    return {
        currency: _option(values, f"currency_options[{currency}]")
        for currency, values in options.items()
    }


def price_named(engine: Engine, given: Json, outer: str, *, recurring: bool) -> Json:
    """Return the price that `price`, `plan` or `price_data` in `given` names or describes.

    Raises Stripe's 400 for none, for an inactive one, and for one of the other type. A price that
    was agreed on before comes as `agreed_price`, and may have been archived since.
    """
    if given.get("agreed_price"):
        return engine.find("price", given["agreed_price"])
    if given.get("price_data"):
        data, inner = given["price_data"], _named(outer, "price_data")
        product = engine.find("product", data["product"], _named(inner, "product"))
        return make_price(engine, product["id"], data, inner, active=False)
    name = "plan" if given.get("plan") else "price"
    if not given.get(name):
        raise missing_parameter(_named(outer, "price"))
    price = engine.find("price", given[name], _named(outer, name))
    _refuse_unfit(price, _named(outer, name), recurring=recurring)
    return price


def pricing_of(engine: Engine, price: Json, currency: str | None = None) -> Pricing:
    """Return how `price` is computed in `currency`, its own without one.

    Raises Stripe's 400 when the price is not offered in that currency.
    """
    currency = currency or price["currency"]
    included = engine.shelf.included("price", price["id"])
    source: Json = {**price, **included}
    if currency != price["currency"]:
        source = (included.get("currency_options") or {}).get(currency, {})
        if not source:
            raise invalid_request(
                f"The price specified only supports `{price['currency']}`. This doesn't match the "
                f"expected currency: `{currency}`.",
                param="currency",
            )
    packs = price["transform_quantity"] or {}
    return Pricing(
        currency=currency,
        unit=_fraction(source, "unit_amount"),
        tiers=tuple(
            Tier(tier["up_to"], _fraction(tier, "unit_amount"), _fraction(tier, "flat_amount"))
            for tier in source.get("tiers") or ()
        ),
        tiers_mode=price["tiers_mode"],
        divide_by=packs.get("divide_by"),
        rounds_down=packs.get("round") == "down",
    )


def amounts(given: Json, outer: str, name: str = "unit_amount") -> Json:
    """Return an amount as objects show it: whole minor units and a decimal text.

    Raises Stripe's 400 for a negative amount, for no number, and for both at once.
    """
    whole, text = given.get(name), given.get(f"{name}_decimal")
    if whole is not None and text is not None:
        raise one_of(_named(outer, name), _named(outer, f"{name}_decimal"))
    at_least(_named(outer, name), whole, 0)
    if text is not None and not _DECIMAL.fullmatch(text):
        raise invalid_request(
            f"Invalid decimal: {text}",
            code="parameter_invalid_decimal",
            param=_named(outer, f"{name}_decimal"),
        )
    if text is not None:
        exact = Fraction(text)
        whole = int(exact) if exact.denominator == 1 else None
        text = str(whole) if whole is not None else text.rstrip("0")
    return {name: whole, f"{name}_decimal": text if whole is None else str(whole)}


def _fraction(source: Json, name: str) -> Fraction:
    return Fraction(source.get(f"{name}_decimal") or source.get(name) or 0)


def _refuse_unfit(price: Json, name: str, *, recurring: bool) -> None:
    if not price["active"]:
        raise invalid_request(
            f"The price specified is inactive. This field only accepts active prices: "
            f"{price['id']}.",
            param=name,
        )
    if recurring != (price["type"] == "recurring"):
        wanted, found = ("recurring", "one_time") if recurring else ("one_time", "recurring")
        raise invalid_request(
            f"The price specified is set to `type={found}` but this field only accepts prices with "
            f"`type={wanted}`.",
            param=name,
        )


def _scheme(given: Json, outer: str) -> Json:
    """Return how the price is computed: by the unit, in tiers, or as the customer likes."""
    if given.get("billing_scheme") == "tiered" or given.get("tiers"):
        if not given.get("tiers"):
            raise missing_parameter(_named(outer, "tiers"))
        if not given.get("tiers_mode"):
            raise missing_parameter(_named(outer, "tiers_mode"))
        return {
            "billing_scheme": "tiered",
            "tiers": _tiers(given["tiers"], _named(outer, "tiers")),
            "tiers_mode": given["tiers_mode"],
        }
    custom = _custom(given)
    found = amounts(given, outer)
    if found["unit_amount_decimal"] is None and custom is None:
        raise missing_parameter(_named(outer, "unit_amount"))
    return {**found, "custom_unit_amount": custom}


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


def _option(values: Json, outer: str) -> Json:
    option = {
        "custom_unit_amount": _custom(values),
        "tax_behavior": values.get("tax_behavior") or "unspecified",
        **amounts(values, outer),
    }
    if values.get("tiers"):
        option["tiers"] = _tiers(values["tiers"], f"{outer}[tiers]")
    return option


def _as_option(price: Json) -> Json:
    names = (
        "custom_unit_amount",
        "tax_behavior",
        "tiers",
        "unit_amount",
        "unit_amount_decimal",
    )
    return {name: price[name] for name in names if name in price}


def _recurring(given: Json | None, outer: str) -> Json | None:
    if not given:
        return None
    name = _named(outer, "recurring")
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


def _named(outer: str, name: str) -> str:
    return f"{outer}[{name}]" if outer else name
