"""Adding, changing and removing the items of a subscription, one at a time."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import missing_parameter
from dashboard.sandbox.operations.billing.changing import change_subscription
from dashboard.sandbox.operations.billing.clocks import on_clock
from dashboard.sandbox.operations.billing.items import ITEM, subscription_of_id
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_WHEN = (
    "payment_behavior=allow_incomplete|default_incomplete|error_if_incomplete"
    "|pending_if_incomplete proration_behavior=none|always_invoice|create_prorations"
    " proration_date:integer"
)
_HOW = ("payment_behavior", "proration_behavior", "proration_date")


@operation("POST", "/v1/subscription_items", "subscription_item", f"{ITEM} {_WHEN} subscription!")
def create_subscription_item(engine: Engine, params: Params) -> Json:
    """Add an item to a subscription."""
    given = params.values
    before = subscription_of_id(engine, given["subscription"], "subscription")
    if not any(given.get(name) for name in ("price", "plan", "price_data")):
        raise missing_parameter("price")
    known = {item["id"] for item in before["items"]["data"]}
    after = _change(engine, before, given)
    made = next(item for item in after["items"]["data"] if item["id"] not in known)
    return engine.find("subscription_item", made["id"])


@operation(
    "POST",
    "/v1/subscription_items/{item}",
    "subscription_item",
    f"{ITEM} {_WHEN} off_session:flag",
)
def update_subscription_item(engine: Engine, params: Params, item: str) -> Json:
    """Change an item of a subscription."""
    found = engine.find("subscription_item", item)
    before = subscription_of_id(engine, found["subscription"])
    _change(engine, before, {**params.values, "id": item})
    return engine.find("subscription_item", item)


@operation(
    "DELETE", "/v1/subscription_items/{item}", "subscription_item", f"clear_usage:flag {_WHEN}"
)
def delete_subscription_item(engine: Engine, params: Params, item: str) -> Json:
    """Remove an item from a subscription that has others."""
    found = engine.find("subscription_item", item)
    before = subscription_of_id(engine, found["subscription"])
    _change(engine, before, {**params.values, "id": item, "deleted": True})
    return {"id": item, "object": "subscription_item", "deleted": True}


def _change(engine: Engine, before: Json, given: Json) -> Json:
    how = {name: given[name] for name in _HOW if name in given}
    item = {name: value for name, value in given.items() if name not in {*_HOW, "subscription"}}
    engine = on_clock(engine, before)
    with engine.shelf.attempt():
        change_subscription(engine, before, {**how, "items": [item]})
    return subscription_of_id(engine, before["id"])
