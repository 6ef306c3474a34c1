"""Changes within a period: the unused time is credited, the remaining time is charged."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.operations.billing.bills import period_part, pricing_part
from dashboard.sandbox.operations.billing.discounts import rebates
from dashboard.sandbox.operations.billing.invoicing import make_item
from dashboard.sandbox.operations.billing.items import cost_of, is_metered
from dashboard.sandbox.operations.billing.periods import product_name, said
from dashboard.sandbox.reckoning.bills import Entry, reckon
from dashboard.sandbox.reckoning.periods import remaining
from dashboard.sandbox.shapes import Json


def prorate(
    engine: Engine, subscription: Json, before: list[Json], after: list[Json], at: int
) -> None:
    """Make the pending items of a change at `at` from the items `before` to those `after`."""
    customer = engine.find("customer", subscription["customer"])
    new = {item["id"]: item for item in after}
    old = {item["id"]: item for item in before}
    for item in before:
        if item["id"] not in new or _differs(item, new[item["id"]]):
            _item(engine, customer, subscription, item, "Unused time on", at, sign=-1)
    for item in after:
        if item["id"] not in old or _differs(old[item["id"]], item):
            _item(engine, customer, subscription, item, "Remaining time on", at, sign=1)


def credit_rest(engine: Engine, subscription: Json, items: list[Json], at: int) -> None:
    """Make the pending items that credit what is left of the period."""
    prorate(engine, subscription, items, [], at)


def _differs(one: Json, other: Json) -> bool:
    return (one["price"]["id"], one.get("quantity")) != (
        other["price"]["id"],
        other.get("quantity"),
    )


def _item(
    engine: Engine,
    customer: Json,
    subscription: Json,
    item: Json,
    what: str,
    at: int,
    *,
    sign: int,
) -> None:
    if is_metered(item):
        return
    currency, quantity, price = subscription["currency"], item["quantity"], item["price"]
    start, end = item["current_period_start"], item["current_period_end"]
    name = product_name(engine, price)
    named = said(name, quantity)
    amount = sign * remaining(_net(engine, subscription, item), at, start, end, currency)
    make_item(
        engine,
        customer,
        amount=amount,
        currency=currency,
        description=f"{what} {named}",
        discountable=False,
        parent={
            "subscription_details": {
                "subscription": subscription["id"],
                "subscription_item": item["id"],
            },
            "type": "subscription_details",
        },
        period=period_part(at, end),
        pricing=pricing_part(price),
        proration=True,
        quantity=quantity,
        tax_rates=item["tax_rates"],
    )


def _net(engine: Engine, subscription: Json, item: Json) -> int:
    """Return what the item costs for a period, less the discounts that are in force."""
    currency = subscription["currency"]
    discounts = [*item["discounts"], *subscription["discounts"]]
    entry = Entry(
        amount=cost_of(engine, item, currency),
        product=item["price"]["product"],
        rebates=rebates(engine, discounts, currency),
    )
    (reckoned,) = reckon([entry], currency)
    return reckoned.taxable
