"""The items of subscriptions: prices with quantities, and the period that they run in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request
from dashboard.sandbox.operations.billing.bills import tax_rates
from dashboard.sandbox.operations.billing.checks import at_least
from dashboard.sandbox.operations.billing.discounts import DISCOUNTS, Holder, give_discounts
from dashboard.sandbox.operations.billing.price_parameters import RECURRING_PRICE_DATA
from dashboard.sandbox.operations.billing.pricing import price_named, pricing_of
from dashboard.sandbox.operations.metadata import merged_metadata
from dashboard.sandbox.reckoning.plans import plan_beside
from dashboard.sandbox.shapes import Json, list_object

ITEM = (
    f"billing_thresholds:map current_trial(trial_offer!) {DISCOUNTS} metadata plan price"
    f" {RECURRING_PRICE_DATA} quantity:integer tax_rates:words"
)
_MOST = 20


def subscription_of_id(engine: Engine, identity: str, param: str | None = None) -> Json:
    """Return a subscription with all of its items; raises Stripe's 404 (400 for a parameter)."""
    subscription = engine.find("subscription", identity, param)
    if subscription["items"]["has_more"]:
        found = engine.shelf.bodies(
            "subscription_item", "WHERE subscription = ? ORDER BY position DESC", (identity,)
        )
        set_items(subscription, [orjson.loads(body) for body in found])
    return subscription


def items_of(subscription: Json) -> list[Json]:
    """Return the items of a subscription."""
    items: list[Json] = subscription["items"]["data"]
    return items


def set_items(subscription: Json, items: list[Json]) -> None:
    """Give a subscription these items."""
    url = f"/v1/subscription_items?subscription={subscription['id']}"
    subscription["items"] = list_object(url, items)


def period_of(subscription: Json) -> tuple[int, int]:
    """Return the period that runs, UTC seconds."""
    first = items_of(subscription)[0]
    return first["current_period_start"], first["current_period_end"]


def set_period(subscription: Json, start: int, end: int) -> None:
    """Let all items run from `start` to `end`."""
    for item in items_of(subscription):
        item |= {"current_period_start": start, "current_period_end": end}


def recurring_of(subscription: Json) -> tuple[str, int]:
    """Return how often a subscription renews: the interval, and how many of them."""
    recurring = items_of(subscription)[0]["price"]["recurring"]
    return recurring["interval"], recurring["interval_count"]


def is_metered(item: Json) -> bool:
    """Whether an item is billed for what was used."""
    return bool(item["price"]["recurring"]["usage_type"] == "metered")


def new_item(engine: Engine, subscription: str, customer: str, given: Json, outer: str) -> Json:
    """Return a new item as `given` describes it; its period is not set yet."""
    price = price_named(engine, given, outer, recurring=True)
    item = engine.make(
        "subscription_item",
        current_period_start=0,
        current_period_end=0,
        plan=_plan_of(engine, price),
        price=price,
        subscription=subscription,
        metadata=given.get("metadata") or {},
        tax_rates=tax_rates(engine, given.get("tax_rates"), f"{outer}[tax_rates]"),
    )
    item["discounts"] = give_discounts(
        engine, given.get("discounts"), Holder(customer, "subscription_item", item["id"])
    )
    if not is_metered(item):
        item["quantity"] = _quantity(given, outer)
    return item


def changed_item(engine: Engine, item: Json, given: Json, customer: str, outer: str) -> Json:
    """Return an item as it is after what `given` says."""
    changed = dict(item)
    if any(given.get(name) for name in ("price", "plan", "price_data")):
        price = price_named(engine, given, outer, recurring=True)
        changed |= {"price": price, "plan": _plan_of(engine, price)}
    if given.get("quantity") is not None:
        changed["quantity"] = _quantity(given, outer)
    if is_metered(changed):
        changed.pop("quantity", None)
    else:
        changed.setdefault("quantity", 1)
    if "metadata" in given:
        changed["metadata"] = merged_metadata(item["metadata"], given["metadata"])
    if "tax_rates" in given:
        changed["tax_rates"] = tax_rates(engine, given["tax_rates"], f"{outer}[tax_rates]")
    if "discounts" in given:
        holder = Holder(customer, "subscription_item", item["id"])
        changed["discounts"] = give_discounts(engine, given["discounts"], holder)
    return changed


def cost_of(engine: Engine, item: Json, currency: str) -> int:
    """Return what an item costs for one period, in minor units; nothing where use is metered."""
    if is_metered(item):
        return 0
    return pricing_of(engine, item["price"], currency).cost(item["quantity"])


def refuse_mixture(items: Iterable[Json]) -> None:
    """Raise Stripe's 400 for items that cannot be billed together."""
    items = list(items)
    if not items:
        raise invalid_request("A subscription must have at least one active plan.", param="items")
    if len(items) > _MOST:
        raise invalid_request(
            f"A subscription may have {_MOST} items at most.",
            code="subscription_items_limit",
            param="items",
        )
    prices = [item["price"]["id"] for item in items]
    if len(set(prices)) < len(prices):
        raise invalid_request(
            "Cannot add multiple subscription items with the same plan.", param="items"
        )
    rhythms = {_rhythm(item["price"]["recurring"]) for item in items}
    if len(rhythms) > 1:
        raise invalid_request(
            "Currently, all plans on a subscription must have the same billing interval: "
            f"{', '.join(sorted(f'{count} {interval}' for interval, count in rhythms))}.",
            param="items",
        )


def _rhythm(recurring: Any) -> tuple[str, int]:
    return recurring["interval"], recurring["interval_count"]


def _plan_of(engine: Engine, price: Json) -> Json:
    return engine.shelf.get("plan", price["id"]) or plan_beside(price)


def _quantity(given: Json, outer: str) -> int:
    quantity = given.get("quantity")
    at_least(f"{outer}[quantity]", quantity, 0)
    return 1 if quantity is None else int(quantity)
