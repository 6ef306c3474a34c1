"""The bills of a subscription's periods: which lines, for which time, with which discount."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.operations.billing.bills import period_part, pricing_part
from dashboard.sandbox.operations.billing.discounts import lasting
from dashboard.sandbox.operations.billing.invoicing import (
    DRAFT_SECONDS,
    draft_invoice,
    due_date,
    pending_items,
    subscription_parent,
)
from dashboard.sandbox.operations.billing.items import (
    cost_of,
    is_metered,
    items_of,
    period_of,
)
from dashboard.sandbox.operations.billing.pricing import pricing_of
from dashboard.sandbox.operations.billing.usage import used
from dashboard.sandbox.reckoning.periods import remaining
from dashboard.sandbox.shapes import Json, part


def bill_period(
    engine: Engine,
    subscription: Json,
    reason: str,
    *,
    previous: tuple[int, int] | None = None,
    whole: tuple[int, int] | None = None,
) -> Json:
    """Draft the invoice of the period that begins, with all that is pending, and return it.

    Use is billed for the `previous` period; `whole` is the period that a first, shorter one is a
    part of.
    """
    lines = [_line(engine, subscription, item, previous, whole) for item in items_of(subscription)]
    return bill(engine, subscription, reason, lines, period=previous)


def bill(
    engine: Engine,
    subscription: Json,
    reason: str,
    lines: list[Json],
    *,
    period: tuple[int, int] | None = None,
) -> Json:
    """Draft an invoice of `lines` and of all that is pending, and return it.

    The subscription is kept with its new latest invoice; discounts that are used up leave it.
    """
    customer = engine.find("customer", subscription["customer"])
    currency = subscription["currency"]
    pending = pending_items(engine, customer["id"], currency, subscription["id"])
    start, end = period or (engine.now, engine.now)
    sends = subscription["collection_method"] == "send_invoice"
    discounts = lasting(engine, subscription["discounts"], used=False)
    invoice = draft_invoice(
        engine,
        customer,
        currency,
        lines,
        pending,
        auto_advance=True,
        automatically_finalizes_at=engine.now + DRAFT_SECONDS,
        billing_reason=reason,
        collection_method=subscription["collection_method"],
        default_tax_rates=subscription["default_tax_rates"],
        discounts=discounts,
        due_date=due_date(engine, subscription["days_until_due"]) if sends else None,
        parent=subscription_parent(subscription),
        period_start=start,
        period_end=end,
    )
    subscription |= {
        "discounts": lasting(engine, discounts, used=bool(invoice["subtotal"])),
        "latest_invoice": invoice["id"],
    }
    return invoice


def trial_lines(engine: Engine, subscription: Json) -> list[Json]:
    """Return the lines of a trial: nothing for each item."""
    start, end = period_of(subscription)
    return [
        _item_line(
            engine,
            subscription,
            item,
            0,
            f"Trial period for {_name(engine, item)}",
            (start, end),
            item.get("quantity"),
        )
        for item in items_of(subscription)
    ]


def _line(
    engine: Engine,
    subscription: Json,
    item: Json,
    previous: tuple[int, int] | None,
    whole: tuple[int, int] | None,
) -> Json:
    currency, name = subscription["currency"], _name(engine, item)
    start, end = period_of(subscription)
    if is_metered(item):
        quantity = used(engine, item, subscription["customer"], previous) if previous else 0
        cost = pricing_of(engine, item["price"], currency).cost(quantity) if quantity else 0
        return _item_line(
            engine,
            subscription,
            item,
            cost,
            said(name, quantity),
            previous or (start, end),
            quantity,
        )
    amount = cost_of(engine, item, currency)
    if whole:
        amount = remaining(amount, start, *whole, currency)
    quantity = item["quantity"]
    return _item_line(
        engine, subscription, item, amount, said(name, quantity), (start, end), quantity
    )


def _item_line(
    engine: Engine,
    subscription: Json,
    item: Json,
    amount: int,
    description: str,
    period: tuple[int, int],
    quantity: int | None,
) -> Json:
    return engine.make(
        "line_item",
        amount=amount,
        currency=subscription["currency"],
        description=description,
        metadata=subscription["metadata"],
        parent=part(
            "line_parent",
            subscription_item_details=part(
                "subscription_item_details",
                subscription=subscription["id"],
                subscription_item=item["id"],
            ),
        ),
        period=period_part(*period),
        pricing=pricing_part(item["price"]),
        quantity=quantity,
        quantity_decimal=None if quantity is None else str(quantity),
        subscription=subscription["id"],
    )


def _name(engine: Engine, item: Json) -> str:
    return product_name(engine, item["price"])


def said(name: str, quantity: int) -> str:
    """Return how bills name several units of something."""
    return name if quantity == 1 else f"{quantity} x {name}"


def product_name(engine: Engine, price: Json) -> str:
    """Return what a price is called on bills: the name of its product."""
    product = engine.shelf.get("product", price["product"])
    return str(product["name"] if product else price["id"])
