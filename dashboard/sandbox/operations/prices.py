"""Making and changing prices."""

from __future__ import annotations

from typing import Any

import orjson

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request, missing_parameter
from dashboard.sandbox.operations.billing.checks import one_of
from dashboard.sandbox.operations.billing.price_parameters import (
    AMOUNTS,
    BEHAVIOR,
    CUSTOM,
    RECURRING,
    TIERS,
    currency_options,
)
from dashboard.sandbox.operations.billing.pricing import make_price
from dashboard.sandbox.operations.metadata import merged_metadata
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.operations.products import PRODUCT_DATA, make_product
from dashboard.sandbox.params import Params
from dashboard.sandbox.reckoning.plans import plan_beside
from dashboard.sandbox.shapes import Json

_COMMON = (
    f"active:flag currency_options:map lookup_key metadata nickname {BEHAVIOR}"
    " transfer_lookup_key:flag"
)


@operation(
    "POST",
    "/v1/prices",
    "price",
    f"{_COMMON} currency! product product_data{PRODUCT_DATA} billing_scheme=per_unit|tiered"
    f" {AMOUNTS} {CUSTOM} {RECURRING} {TIERS} tiers_mode=graduated|volume"
    " transform_quantity(divide_by!:integer round!=down|up)",
)
def create_price(engine: Engine, params: Params) -> Json:
    """Make a price of a product that is named or described."""
    given = params.values
    product = _product(engine, given)
    _free_lookup_key(engine, given)
    return make_price(engine, product, given, active=given.get("active", True))


@operation("POST", "/v1/prices/{price}", "price", _COMMON)
def update_price(engine: Engine, params: Params, price: str) -> Json:
    """Change what may change of a price: its amount never does."""
    before, given = engine.find("price", price), params.values
    changes: Json = {name: given[name] for name in ("active", "nickname") if name in given}
    if "lookup_key" in given:
        _free_lookup_key(engine, given, price)
        changes["lookup_key"] = given["lookup_key"]
    if "tax_behavior" in given:
        changes["tax_behavior"] = _tax_behavior(before, given["tax_behavior"])
    if "metadata" in given:
        changes["metadata"] = merged_metadata(before["metadata"], given["metadata"])
    if given.get("currency_options"):
        kept = engine.shelf.included("price", price).get("currency_options") or {}
        engine.put(before | {"currency_options": kept | currency_options(given)})
    changed = engine.change(before, "price.updated", changes)
    if changed["recurring"]:
        engine.change(engine.find("plan", price), "plan.updated", plan_beside(changed))
    return changed


def _product(engine: Engine, given: Json) -> str:
    if given.get("product") and given.get("product_data"):
        raise one_of("product", "product_data")
    if given.get("product_data"):
        return str(make_product(engine, given["product_data"])["id"])
    if not given.get("product"):
        raise missing_parameter("product")
    return str(engine.find("product", given["product"], "product")["id"])


def _free_lookup_key(engine: Engine, given: Json, price: str = "") -> None:
    """Take the lookup key from the price that has it, or raise Stripe's 400."""
    key: Any = given.get("lookup_key")
    taken = engine.shelf.bodies("price", "WHERE lookup_key = ? AND id <> ?", (key, price))
    for body in taken if key else ():
        if not given.get("transfer_lookup_key"):
            raise invalid_request(
                f"A price with the lookup key `{key}` exists already. Move it here with "
                "transfer_lookup_key=true.",
                param="lookup_key",
            )
        engine.change(orjson.loads(body), "price.updated", {"lookup_key": None})


def _tax_behavior(before: Json, wanted: str) -> str:
    if before["tax_behavior"] not in {"unspecified", wanted}:
        raise invalid_request(
            "The tax behavior of a price cannot be changed once it is inclusive or exclusive.",
            param="tax_behavior",
        )
    return wanted
