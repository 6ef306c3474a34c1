"""What a quote offers: its lines, what they come to, and how often."""

from __future__ import annotations

from fractions import Fraction

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import missing_parameter
from dashboard.sandbox.operations.billing.bills import tax_rates
from dashboard.sandbox.operations.billing.checks import at_least
from dashboard.sandbox.operations.billing.discounts import rebates
from dashboard.sandbox.operations.billing.invoicing import DEFAULT_CURRENCY
from dashboard.sandbox.operations.billing.periods import product_name
from dashboard.sandbox.operations.billing.pricing import make_price, pricing_of
from dashboard.sandbox.reckoning.bills import Entry, Reckoned, Tax, reckon, totals
from dashboard.sandbox.shapes import Json, list_object


def offer(engine: Engine, quote: Json, given: list[Json]) -> Json:
    """Return what a quote offers, line by line and in its sums."""
    lines, reckoned = [], []
    for place, one in enumerate(given):
        price = _price(engine, one, f"line_items[{place}]")
        quantity = 1 if one.get("quantity") is None else one["quantity"]
        at_least(f"line_items[{place}][quantity]", quantity, 1)
        sum_of = _reckoned(engine, quote, price, quantity, one.get("tax_rates"))
        lines.append(_line(engine, price, quantity, sum_of))
        reckoned.append(sum_of)
    currency = lines[0]["currency"] if lines else None
    sums = totals(reckoned, currency or DEFAULT_CURRENCY)
    pairs = list(zip(lines, reckoned, strict=True))
    recurring = [pair for pair in pairs if pair[0]["price"]["recurring"]]
    return {
        "amount_subtotal": sums.subtotal,
        "amount_total": sums.total,
        "computed": {"recurring": _recurring(recurring), "upfront": _sums(pairs)},
        "currency": currency,
        "line_items": list_object(f"/v1/quotes/{quote['id']}/line_items", lines),
        "total_details": _details(pairs),
    }


def _price(engine: Engine, given: Json, outer: str) -> Json:
    data = given.get("price_data")
    if data:
        product = engine.find("product", data["product"], f"{outer}[price_data][product]")
        return make_price(engine, product["id"], data, f"{outer}[price_data]", active=False)
    if not given.get("price"):
        raise missing_parameter(f"{outer}[price]")
    return engine.find("price", given["price"], f"{outer}[price]")


def _reckoned(
    engine: Engine, quote: Json, price: Json, quantity: int, rates: list[str] | None
) -> Reckoned:
    found = tax_rates(engine, rates or quote["default_tax_rates"], "tax_rates")
    entry = Entry(
        amount=pricing_of(engine, price).cost(quantity),
        product=price["product"],
        rebates=rebates(engine, quote["discounts"], price["currency"]),
        taxes=tuple(
            Tax(rate["id"], Fraction(str(rate["percentage"])), rate["inclusive"]) for rate in found
        ),
    )
    (reckoned,) = reckon([entry], price["currency"])
    return reckoned


def _line(engine: Engine, price: Json, quantity: int, reckoned: Reckoned) -> Json:
    return engine.make(
        "item",
        amount_discount=reckoned.rebate,
        amount_subtotal=reckoned.entry.amount,
        amount_tax=reckoned.tax,
        amount_total=reckoned.taxable + reckoned.added_tax,
        currency=price["currency"],
        description=product_name(engine, price),
        price=price,
        quantity=quantity,
    )


def _details(pairs: list[tuple[Json, Reckoned]]) -> Json:
    return {
        "amount_discount": sum(one.rebate for _, one in pairs),
        "amount_shipping": 0,
        "amount_tax": sum(one.tax for _, one in pairs),
    }


def _sums(pairs: list[tuple[Json, Reckoned]]) -> Json:
    return {
        "amount_subtotal": sum(line["amount_subtotal"] for line, _ in pairs),
        "amount_total": sum(line["amount_total"] for line, _ in pairs),
        "total_details": _details(pairs),
    }


def _recurring(pairs: list[tuple[Json, Reckoned]]) -> Json | None:
    if not pairs:
        return None
    rhythm = pairs[0][0]["price"]["recurring"]
    return {
        **_sums(pairs),
        "interval": rhythm["interval"],
        "interval_count": rhythm["interval_count"],
    }
