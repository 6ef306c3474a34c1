"""What is in a cart: the line items of checkout sessions and payment links, and their sums."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request, missing_parameter
from dashboard.sandbox.operations.billing.checks import at_least
from dashboard.sandbox.operations.billing.discounts import rebate
from dashboard.sandbox.operations.billing.price_parameters import AMOUNTS, BEHAVIOR
from dashboard.sandbox.operations.billing.pricing import make_price, price_named, pricing_of
from dashboard.sandbox.operations.products import make_product
from dashboard.sandbox.reckoning.bills import Entry, Rebate, Reckoned, Tax, reckon
from dashboard.sandbox.shapes import Json

ADJUSTABLE = "adjustable_quantity(enabled!:flag maximum:integer minimum:integer)"
_PRODUCT_DATA = (
    "product_data(description images:words metadata name! tax_code"
    " tax_details(performance_location tax_code) unit_label)"
)
PRICE_DATA = (
    f"price_data(currency! product {_PRODUCT_DATA} recurring(interval!=day|month|week|year"
    f" interval_count:integer) {BEHAVIOR} {AMOUNTS})"
)
LINE = f"{ADJUSTABLE} price {PRICE_DATA}"
"""What every line of a cart may say."""


def fill(
    engine: Engine, lines: Sequence[Json], mode: str | None, coupon: str | None = None
) -> list[Json]:
    """Return the line items that parameters describe, with rebates and taxes.

    Raises Stripe's 400 for prices that do not go with the mode, or with each other.
    """
    prices = [_price(engine, line, f"line_items[{place}]") for place, line in enumerate(lines)]
    currency = prices[0]["currency"]
    for place, price in enumerate(prices):
        _refuse_unfit(price, mode, currency, f"line_items[{place}][price]")
    rebates = (_rebate(engine, coupon, currency),) if coupon else ()
    entries = [
        _entry(engine, line, price, rebates, f"line_items[{place}]")
        for place, (line, price) in enumerate(zip(lines, prices, strict=True))
    ]
    reckoned = reckon(entries, currency)
    return [
        _item(engine, line, price, one)
        for line, price, one in zip(lines, prices, reckoned, strict=True)
    ]


def mode_of(items: Sequence[Json]) -> str:
    """Return how a cart is paid: with a subscription when anything in it recurs."""
    recurs = any(item["price"]["type"] == "recurring" for item in items)
    return "subscription" if recurs else "payment"


def sums(items: Sequence[Json]) -> Json:
    """Return the sums of a cart as sessions show them, in minor units of its currency."""
    if not items:
        return {}
    return {
        "amount_subtotal": sum(item["amount_subtotal"] for item in items),
        "amount_total": sum(item["amount_total"] for item in items),
        "currency": items[0]["currency"],
        "total_details": {
            "amount_discount": sum(item["amount_discount"] for item in items),
            "amount_shipping": 0,
            "amount_tax": sum(item["amount_tax"] for item in items),
        },
    }


def _price(engine: Engine, line: Json, outer: str) -> Json:
    data = line.get("price_data")
    if data and data.get("product_data"):
        product = make_product(engine, data["product_data"])
        return make_price(engine, product["id"], data, f"{outer}[price_data]", active=False)
    if data and not data.get("product"):
        raise missing_parameter(f"{outer}[price_data][product]")
    if data:
        return price_named(engine, line, outer, recurring=bool(data.get("recurring")))
    if not line.get("price"):
        raise missing_parameter(f"{outer}[price]")
    price = engine.find("price", line["price"], f"{outer}[price]")
    return price_named(engine, line, outer, recurring=price["type"] == "recurring")


def _refuse_unfit(price: Json, mode: str | None, currency: str, param: str) -> None:
    if mode == "payment" and price["type"] == "recurring":
        raise invalid_request(
            "In `payment` mode every price must be for one time: use `subscription` mode for a "
            "recurring price.",
            param=param,
        )
    if price["currency"] != currency:
        raise invalid_request(
            f"All prices of a cart must have one currency: this one has {price['currency']}, the "
            f"first {currency}.",
            param=param,
        )


def _rebate(engine: Engine, coupon: str, currency: str) -> Rebate:
    engine.find("coupon", coupon, "discounts[0][coupon]")
    return rebate(engine, {"id": coupon, "source": {"coupon": coupon}}, currency)


def _entry(
    engine: Engine, line: Json, price: Json, rebates: tuple[Rebate, ...], outer: str
) -> Entry:
    quantity = line.get("quantity")
    at_least(f"{outer}[quantity]", quantity, 0)
    metered = (price["recurring"] or {}).get("usage_type") == "metered"
    if quantity is None and not metered:
        quantity = 1
    rates = [
        engine.find("tax_rate", rate, f"{outer}[tax_rates]") for rate in line.get("tax_rates") or ()
    ]
    return Entry(
        amount=pricing_of(engine, price).cost(quantity) if quantity else 0,
        product=price["product"],
        rebates=rebates,
        taxes=tuple(
            Tax(rate["id"], Fraction(str(rate["percentage"])), rate["inclusive"]) for rate in rates
        ),
    )


def _item(engine: Engine, line: Json, price: Json, one: Reckoned) -> Json:
    adjustable = line.get("adjustable_quantity")
    metered = (price["recurring"] or {}).get("usage_type") == "metered"
    quantity = line.get("quantity")
    return engine.make(
        "item",
        adjustable_quantity=adjustable
        and {"enabled": adjustable["enabled"], "maximum": 99, "minimum": 0, **adjustable},
        amount_discount=one.rebate,
        amount_subtotal=one.entry.amount,
        amount_tax=one.tax,
        amount_total=one.taxable + one.added_tax,
        currency=price["currency"],
        description=engine.find("product", price["product"])["name"],
        price=price,
        quantity=None if metered else 1 if quantity is None else quantity,
    )
