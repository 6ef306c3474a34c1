"""Making, changing and deleting coupons."""

from __future__ import annotations

import orjson

from dashboard.sandbox.declaration import declare
from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request, missing_parameter
from dashboard.sandbox.exchange import new_id
from dashboard.sandbox.operations.billing.checks import (
    at_least,
    by_currency,
    currency_code,
    one_of,
)
from dashboard.sandbox.operations.metadata import merged_metadata
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json, build

_OPTION = declare("amount_off!:integer")
_WHOLE = 100


@operation(
    "POST",
    "/v1/coupons",
    "coupon",
    "amount_off:integer applies_to(products:words) currency currency_options:map"
    " duration=forever|once|repeating duration_in_months:integer id max_redemptions:integer"
    " metadata name percent_off:decimal redeem_by:integer",
)
def create_coupon(engine: Engine, params: Params) -> Json:
    """Make a coupon of a percentage, or of an amount in one or several currencies."""
    given = params.values
    identity = given.get("id") or new_id("", 8)
    if engine.shelf.knows("coupon", identity):
        raise invalid_request(
            f"Coupon already exists with id {identity}.",
            code="resource_already_exists",
            param="id",
        )
    at_least("max_redemptions", given.get("max_redemptions"), 1)
    engine.put(
        build(
            "coupon",
            id=identity,
            created=engine.now,
            max_redemptions=given.get("max_redemptions"),
            metadata=given.get("metadata") or {},
            name=given.get("name"),
            redeem_by=_redeem_by(engine, given.get("redeem_by")),
            **_duration(given),
            **_amount(given),
            **_products(engine, given),
        )
    )
    coupon = engine.find("coupon", identity)
    engine.emit("coupon.created", coupon)
    return coupon


@operation("POST", "/v1/coupons/{coupon}", "coupon", "currency_options:map metadata name")
def update_coupon(engine: Engine, params: Params, coupon: str) -> Json:
    """Change the name and the metadata of a coupon, or offer it in more currencies."""
    before, given = engine.find("coupon", coupon), params.values
    changes = {"name": given["name"]} if "name" in given else {}
    if "metadata" in given:
        changes["metadata"] = merged_metadata(before["metadata"], given["metadata"])
    if given.get("currency_options"):
        kept = engine.shelf.included("coupon", coupon)
        options = (kept.get("currency_options") or {}) | _options(given)
        engine.put({**before, **kept, "currency_options": options})
    return engine.change(before, "coupon.updated", changes)


@operation("DELETE", "/v1/coupons/{coupon}", "coupon")
def delete_coupon(engine: Engine, params: Params, coupon: str) -> Json:  # noqa: ARG001
    """Delete a coupon: those who have it keep their discount, its codes are good no more."""
    found = engine.find("coupon", coupon)
    for body in engine.shelf.bodies("promotion_code", "WHERE promotion_coupon = ?", (coupon,)):
        engine.change(orjson.loads(body), "promotion_code.updated", {"active": False})
    gone = found | {"valid": False}
    engine.emit("coupon.deleted", gone)
    return engine.shelf.remove(gone)


def _duration(given: Json) -> Json:
    duration, months = given.get("duration") or "once", given.get("duration_in_months")
    if duration == "repeating" and months is None:
        raise missing_parameter("duration_in_months")
    if duration != "repeating" and months is not None:
        raise invalid_request(
            "duration_in_months may only be given with duration=repeating.",
            param="duration_in_months",
        )
    at_least("duration_in_months", months, 1)
    return {"duration": duration, "duration_in_months": months}


def _amount(given: Json) -> Json:
    percent, amount = given.get("percent_off"), given.get("amount_off")
    if percent is not None and amount is not None:
        raise one_of("amount_off", "percent_off")
    if percent is not None:
        if not 0 < percent <= _WHOLE:
            raise invalid_request(
                f"Invalid percent_off: it must be above 0 and at most {_WHOLE}.",
                param="percent_off",
            )
        return {"percent_off": percent}
    if amount is None:
        raise missing_parameter("percent_off")
    at_least("amount_off", amount, 1)
    if not given.get("currency"):
        raise missing_parameter("currency")
    currency = currency_code("currency", given["currency"])
    return {
        "amount_off": amount,
        "currency": currency,
        "currency_options": {currency: {"amount_off": amount}} | _options(given),
    }


def _options(given: Json) -> Json:
    return by_currency("currency_options", given.get("currency_options") or {}, _OPTION)


def _products(engine: Engine, given: Json) -> Json:
    products = (given.get("applies_to") or {}).get("products")
    for product in products or ():
        engine.find("product", product, "applies_to[products]")
    return {"applies_to": {"products": products}} if products else {}


def _redeem_by(engine: Engine, at: int | None) -> int | None:
    if at is not None and at <= engine.now:
        raise invalid_request("redeem_by must be in the future.", param="redeem_by")
    return at
