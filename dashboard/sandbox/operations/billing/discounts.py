"""Discounts: coupons given to subscriptions and invoices, and what they take off."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import StripeError, invalid_request, missing_parameter
from dashboard.sandbox.expansion import find_any
from dashboard.sandbox.reckoning.bills import Rebate
from dashboard.sandbox.reckoning.periods import add_months
from dashboard.sandbox.shapes import Json, part

DISCOUNTS = "discounts:list(coupon discount promotion_code)"


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose discounts they are: `field` of the discount names the object `id`."""

    customer: str
    field: str
    id: str | None
    """None where it has no id yet."""


def give_discounts(engine: Engine, given: Iterable[Json] | None, holder: Holder) -> list[str]:
    """Make the discounts that `discounts` asks for, and return their ids.

    Raises Stripe's 400 for a coupon or code that cannot be redeemed.
    """
    return [
        _given(engine, one, holder, f"discounts[{place}]") for place, one in enumerate(given or ())
    ]


def rebates(engine: Engine, identities: Iterable[str], currency: str) -> tuple[Rebate, ...]:
    """Return what the discounts that are in force now take off."""
    found = (engine.shelf.get("discount", identity) for identity in identities)
    return tuple(
        rebate(engine, discount, currency)
        for discount in found
        if discount and (discount["end"] is None or engine.now < discount["end"])
    )


def lasting(engine: Engine, identities: Iterable[str], *, used: bool) -> list[str]:
    """Return the discounts that go on; the others are told of and over.

    One of a coupon that holds once is over as soon as it was `used`.
    """
    kept = []
    for identity in identities:
        discount = engine.find("discount", identity)
        once = _coupon(engine, discount)["duration"] == "once"
        ended = discount["end"] is not None and engine.now >= discount["end"]
        if ended or (once and used):
            engine.emit("customer.discount.deleted", discount)
        else:
            kept.append(identity)
    return kept


def _given(engine: Engine, one: Json, holder: Holder, outer: str) -> str:
    if one.get("discount"):
        return str(engine.find("discount", one["discount"], f"{outer}[discount]")["id"])
    code = one.get("promotion_code")
    if code:
        found = engine.find("promotion_code", code, f"{outer}[promotion_code]")
        _refuse_bad_code(engine, found, holder.customer, f"{outer}[promotion_code]")
        return _redeem(engine, found["promotion"]["coupon"], holder, outer, found)
    if one.get("coupon"):
        return _redeem(engine, one["coupon"], holder, outer, None)
    raise missing_parameter(f"{outer}[coupon]")


def _redeem(engine: Engine, identity: str, holder: Holder, outer: str, code: Json | None) -> str:
    coupon = engine.find("coupon", identity, f"{outer}[coupon]")
    late = coupon["redeem_by"] is not None and engine.now > coupon["redeem_by"]
    if late or not coupon["valid"]:
        raise _expired(f"Coupon {identity} is no longer valid.", f"{outer}[coupon]")
    months = coupon["duration_in_months"]
    discount = engine.make(
        "discount",
        start=engine.now,
        end=add_months(engine.now, months) if months else None,
        source=part("coupon_source", coupon=identity),
        promotion_code=code["id"] if code else None,
        **{"customer": holder.customer, holder.field: holder.id},
    )
    engine.put(discount)
    if holder.field == "subscription":
        engine.emit("customer.discount.created", discount)
    _count(engine, coupon)
    if code:
        _count(engine, code)
    return str(discount["id"])


def _count(engine: Engine, redeemed: Json) -> None:
    """Note that a coupon or a code was redeemed once more; the last time it is used up."""
    most = redeemed["max_redemptions"]
    redeemed["times_redeemed"] += 1
    if most is not None and redeemed["times_redeemed"] >= most:
        redeemed["valid" if redeemed["object"] == "coupon" else "active"] = False
    engine.put(redeemed)


def _refuse_bad_code(engine: Engine, code: Json, customer: str, param: str) -> None:
    late = code["expires_at"] is not None and engine.now > code["expires_at"]
    if late or not code["active"]:
        raise _expired("This promotion code is no longer active.", param)
    if code["customer"] not in {None, customer}:
        raise _expired("This promotion code belongs to another customer.", param)
    restricted = code["restrictions"]["first_time_transaction"]
    if restricted and engine.shelf.bodies("charge", "WHERE customer = ? LIMIT 1", (customer,)):
        raise invalid_request(
            "This promotion code is for the first payment of a customer, and this one has paid "
            "before.",
            code="promotion_code_customer_not_first_time",
            param=param,
        )


def _expired(message: str, param: str) -> StripeError:
    return invalid_request(message, code="coupon_expired", param=param)


def _coupon(engine: Engine, discount: Json) -> Json:
    return find_any(engine.shelf, discount["source"]["coupon"], "coupon") or {}


def rebate(engine: Engine, discount: Json, currency: str) -> Rebate:
    """Return what a discount takes off bills in a currency."""
    coupon = _coupon(engine, discount)
    included = engine.shelf.included("coupon", coupon["id"])
    products: Any = included.get("applies_to", {}).get("products")
    percent = coupon["percent_off"]
    return Rebate(
        id=discount["id"],
        percent_off=None if percent is None else Fraction(str(percent)),
        amount_off=_amount_off(coupon, included, currency),
        products=frozenset(products) if products else None,
    )


def _amount_off(coupon: Json, included: Json, currency: str) -> int:
    """Return what an amount takes off bills in `currency`: nothing where it has none."""
    if coupon["currency"] == currency:
        return int(coupon["amount_off"])
    options = included.get("currency_options") or {}
    return int(options.get(currency, {}).get("amount_off", 0))
