"""Making and changing promotion codes: what customers type to get a coupon."""

from __future__ import annotations

import secrets
import string

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request, missing_parameter
from dashboard.sandbox.operations.billing.checks import at_least
from dashboard.sandbox.operations.metadata import merged_metadata
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_LETTERS = string.ascii_uppercase + string.digits
_RESTRICTIONS = (
    "restrictions(currency_options:map first_time_transaction:flag minimum_amount:integer"
    " minimum_amount_currency)"
)
_NO_RESTRICTIONS = {
    "first_time_transaction": False,
    "minimum_amount": None,
    "minimum_amount_currency": None,
}


@operation(
    "POST",
    "/v1/promotion_codes",
    "promotion_code",
    "active:flag code coupon~ customer customer_account expires_at:integer"
    " max_redemptions:integer metadata"
    f" promotion!(coupon type!=coupon) {_RESTRICTIONS}",
)
def create_promotion_code(engine: Engine, params: Params) -> Json:
    """Make a code for a coupon, for anybody or for one customer."""
    given = params.values
    coupon = given.get("coupon") or given["promotion"].get("coupon")
    if not coupon:
        raise missing_parameter("promotion[coupon]")
    engine.find("coupon", coupon, "promotion[coupon]")
    if given.get("customer"):
        engine.find("customer", given["customer"], "customer")
    at_least("max_redemptions", given.get("max_redemptions"), 1)
    code = engine.make(
        "promotion_code",
        active=given.get("active", True),
        code=_code(engine, given.get("code")),
        customer=given.get("customer"),
        expires_at=given.get("expires_at"),
        max_redemptions=given.get("max_redemptions"),
        metadata=given.get("metadata") or {},
        promotion={"coupon": coupon, "type": "coupon"},
        restrictions=_NO_RESTRICTIONS | (given.get("restrictions") or {}),
    )
    engine.put(code)
    engine.emit("promotion_code.created", code)
    return code


@operation(
    "POST",
    "/v1/promotion_codes/{promotion_code}",
    "promotion_code",
    "active:flag metadata restrictions(currency_options:map)",
)
def update_promotion_code(engine: Engine, params: Params, promotion_code: str) -> Json:
    """Change a code; raises Stripe's 400 for making one good whose coupon is gone."""
    before, given = engine.find("promotion_code", promotion_code), params.values
    changes: Json = {}
    if "active" in given:
        if given["active"]:
            engine.find("coupon", before["promotion"]["coupon"], "active")
        changes["active"] = given["active"]
    if "metadata" in given:
        changes["metadata"] = merged_metadata(before["metadata"], given["metadata"])
    if given.get("restrictions"):
        changes["restrictions"] = before["restrictions"] | given["restrictions"]
    return engine.change(before, "promotion_code.updated", changes)


def _code(engine: Engine, wanted: str | None) -> str:
    if wanted is None:
        return "".join(secrets.choice(_LETTERS) for _ in range(8))
    if not wanted.isalnum():
        raise invalid_request(
            "Invalid code: use the letters a to z, in either case, and digits.", param="code"
        )
    taken = "WHERE code = ? COLLATE NOCASE AND active = 1 LIMIT 1"
    if engine.shelf.bodies("promotion_code", taken, (wanted,)):
        raise invalid_request(f"An active promotion code with `code: {wanted}` already exists.")
    return wanted
