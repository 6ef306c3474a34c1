"""Making, changing and deleting plans: the older face of recurring prices."""

from __future__ import annotations

from dashboard.sandbox.declaration import declare, read
from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request, missing_parameter
from dashboard.sandbox.operations.billing.price_parameters import TIERS
from dashboard.sandbox.operations.billing.pricing import make_price
from dashboard.sandbox.operations.metadata import merged_metadata
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.operations.products import PRODUCT_DATA, make_product
from dashboard.sandbox.params import Params, text_of
from dashboard.sandbox.shapes import Json

_PRODUCT = declare(PRODUCT_DATA[1:-1])
_RECURRING = ("interval", "interval_count", "meter", "trial_period_days", "usage_type")


@operation(
    "POST",
    "/v1/plans",
    "plan",
    "active:flag amount:integer amount_decimal billing_scheme=per_unit|tiered currency! id"
    " interval!=day|month|week|year interval_count:integer metadata meter nickname"
    f" product:any {TIERS} tiers_mode=graduated|volume"
    " transform_usage(divide_by!:integer round!=down|up) trial_period_days:integer"
    " usage_type=licensed|metered",
)
def create_plan(engine: Engine, params: Params) -> Json:
    """Make a plan and the price that it is, of a product that is named or described."""
    given = params.values
    as_price = {
        **given,
        "recurring": {name: given.get(name) for name in _RECURRING},
        "transform_quantity": given.get("transform_usage"),
        "unit_amount": given.get("amount"),
        "unit_amount_decimal": given.get("amount_decimal"),
    }
    product = _product(engine, given)
    _refuse_taken(engine, given.get("id"))
    price = make_price(
        engine, product, as_price, active=given.get("active", True), identity=given.get("id")
    )
    return engine.find("plan", price["id"])


@operation(
    "POST",
    "/v1/plans/{plan}",
    "plan",
    "active:flag metadata nickname product trial_period_days:integer",
)
def update_plan(engine: Engine, params: Params, plan: str) -> Json:
    """Change what may change of a plan, and of the price that it is."""
    before, given = engine.find("plan", plan), params.values
    changes: Json = {name: given[name] for name in ("active", "nickname") if name in given}
    if "metadata" in given:
        changes["metadata"] = merged_metadata(before["metadata"], given["metadata"])
    if given.get("product"):
        changes["product"] = engine.find("product", given["product"], "product")["id"]
    price = engine.find("price", plan)
    if "trial_period_days" in given:
        days = given["trial_period_days"]
        price["recurring"]["trial_period_days"] = days
        engine.put(price)
        before = engine.change(before, "plan.updated", {"trial_period_days": days})
    engine.change(price, "price.updated", changes)
    return engine.change(before, "plan.updated", changes)


@operation("DELETE", "/v1/plans/{plan}", "plan")
def delete_plan(engine: Engine, params: Params, plan: str) -> Json:  # noqa: ARG001
    """Delete a plan; the price that it is remains for its subscriptions, and takes no new ones."""
    found = engine.find("plan", plan)
    engine.emit("plan.deleted", found)
    engine.change(engine.find("price", plan), "price.updated", {"active": False})
    return engine.shelf.remove(found)


def _product(engine: Engine, given: Json) -> str:
    product = given.get("product")
    if not product:
        raise missing_parameter("product")
    if isinstance(product, dict):
        return str(make_product(engine, read(_PRODUCT, product, "product"))["id"])
    return str(engine.find("product", text_of("product", product), "product")["id"])


def _refuse_taken(engine: Engine, identity: str | None) -> None:
    if identity and engine.shelf.knows("plan", identity):
        raise invalid_request("Plan already exists.", code="resource_already_exists", param="id")
