"""Prices: made from parameters, named by them, and what they cost."""

from __future__ import annotations

from fractions import Fraction

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request, missing_parameter
from dashboard.sandbox.operations.billing.checks import currency_code
from dashboard.sandbox.operations.billing.price_parameters import (
    currency_options,
    recurring_of,
    scheme_of,
    within,
)
from dashboard.sandbox.reckoning.plans import plan_beside
from dashboard.sandbox.reckoning.pricing import Pricing, Tier
from dashboard.sandbox.shapes import Json


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
    currency = currency_code(within(outer, "currency"), given["currency"])
    recurring = recurring_of(given.get("recurring"), outer)
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
        **scheme_of(given, outer),
    )
    price["id"] = identity or price["id"]
    price["currency_options"] = {currency: _as_option(price)} | currency_options(given)
    return _keep_price(engine, price)


def price_named(engine: Engine, given: Json, outer: str, *, recurring: bool) -> Json:
    """Return the price that `price`, `plan` or `price_data` in `given` names or describes.

    Raises Stripe's 400 for none, for an inactive one, and for one of the other type. A price that
    was agreed on before comes as `agreed_price`, and may have been archived since.
    """
    if given.get("agreed_price"):
        return engine.find("price", given["agreed_price"])
    if given.get("price_data"):
        data, inner = given["price_data"], within(outer, "price_data")
        product = engine.find("product", data["product"], within(inner, "product"))
        return make_price(engine, product["id"], data, inner, active=False)
    name = "plan" if given.get("plan") else "price"
    if not given.get(name):
        raise missing_parameter(within(outer, "price"))
    price = engine.find("price", given[name], within(outer, name))
    _refuse_unfit(price, within(outer, name), recurring=recurring)
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


def _keep_price(engine: Engine, price: Json) -> Json:
    """Keep a new price and its plan, tell of both, and return the price as it is shown."""
    engine.put(price)
    shown = engine.find("price", price["id"])
    if price["recurring"]:
        engine.put(plan_beside(price))
        engine.emit("plan.created", engine.find("plan", price["id"]))
    engine.emit("price.created", shown)
    return shown


def _as_option(price: Json) -> Json:
    names = (
        "custom_unit_amount",
        "tax_behavior",
        "tiers",
        "unit_amount",
        "unit_amount_decimal",
    )
    return {name: price[name] for name in names if name in price}


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


def _fraction(source: Json, name: str) -> Fraction:
    return Fraction(source.get(f"{name}_decimal") or source.get(name) or 0)
