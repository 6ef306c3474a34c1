"""What an invoice item asks for, as parameters describe it, and how it changes its draft."""

from __future__ import annotations

from fractions import Fraction

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import StripeError, invalid_request, missing_parameter
from dashboard.sandbox.operations.billing.bills import (
    period_part,
    pricing_part,
    tax_rates,
    write_lines,
)
from dashboard.sandbox.operations.billing.checks import at_least, currency_code
from dashboard.sandbox.operations.billing.discounts import Holder, give_discounts
from dashboard.sandbox.operations.billing.invoicing import DEFAULT_CURRENCY
from dashboard.sandbox.operations.billing.periods import product_name
from dashboard.sandbox.operations.billing.price_parameters import amounts
from dashboard.sandbox.operations.billing.pricing import price_named, pricing_of
from dashboard.sandbox.operations.metadata import merged_metadata
from dashboard.sandbox.reckoning.pricing import Pricing
from dashboard.sandbox.shapes import Json


def item_fields(engine: Engine, given: Json, currency: str) -> Json:
    """Return what an item asks for; raises Stripe's 400 when it does not say how much."""
    asked = _asked(engine, given, currency)
    period = given.get("period")
    fields = {
        "currency": currency,
        "description": given.get("description") or asked.pop("name", None),
        "discountable": given.get("discountable", asked["amount"] >= 0),
        "metadata": given.get("metadata") or {},
        "tax_rates": tax_rates(engine, given.get("tax_rates"), "tax_rates"),
        **asked,
    }
    fields.pop("name", None)
    if period:
        fields["period"] = period_part(period["start"], period["end"])
    return fields


def _asked(engine: Engine, given: Json, currency: str) -> Json:
    """Return the amount that is asked for, with the price and quantity that it comes from."""
    quantity = 1 if given.get("quantity") is None else given["quantity"]
    at_least("quantity", quantity, 0)
    source = {"price": _price(given), "price_data": given.get("price_data")}
    source["agreed_price"] = given.get("agreed_price")
    if any(source.values()):
        price = price_named(engine, source, "", recurring=False)
        return {
            "amount": pricing_of(engine, price, currency).cost(quantity),
            "name": product_name(engine, price),
            "pricing": pricing_part(price),
            "quantity": quantity,
        }
    if given.get("amount") is not None:
        return {"amount": given["amount"], "quantity": 1}
    unit = amounts(given, "")
    if unit["unit_amount_decimal"] is None:
        raise missing_parameter("amount")
    pricing = Pricing(currency, unit=Fraction(unit["unit_amount_decimal"]))
    return {"amount": pricing.cost(quantity), "quantity": quantity}


def item_changes(engine: Engine, item: Json, given: Json) -> Json:
    """Return what the parameters change of an item."""
    changes: Json = {name: given[name] for name in ("description", "discountable") if name in given}
    if any(given.get(name) is not None for name in ("amount", "pricing", "price_data", "quantity")):
        asked = dict(given)
        newly = any(given.get(name) is not None for name in ("amount", "pricing", "price_data"))
        if item["pricing"] and not newly:
            asked["agreed_price"] = item["pricing"]["price_details"]["price"]
        if given.get("amount") is None and not item["pricing"] and "quantity" in given:
            asked["amount"] = item["amount"]
        changes |= {"pricing": None, **_asked(engine, asked, item["currency"])}
        changes.pop("name", None)
        changes["quantity_decimal"] = str(changes["quantity"])
    if "metadata" in given:
        changes["metadata"] = merged_metadata(item["metadata"], given["metadata"])
    if given.get("period"):
        changes["period"] = period_part(given["period"]["start"], given["period"]["end"])
    if "tax_rates" in given:
        changes["tax_rates"] = tax_rates(engine, given["tax_rates"], "tax_rates")
    if "discounts" in given:
        holder = Holder(item["customer"], "invoice_item", item["id"])
        changes["discounts"] = give_discounts(engine, given["discounts"], holder)
    return changes


def _price(given: Json) -> str | None:
    """Return the price that an item names, in today's way or in the older one."""
    return (given.get("pricing") or {}).get("price") or given.get("price")


def item_currency(engine: Engine, given: Json, customer: Json, invoice: Json | None) -> str:
    """Return the currency of an item: the invoice's, the one that is asked for, the customer's."""
    data, named = given.get("price_data") or {}, _price(given)
    wanted = given.get("currency") or data.get("currency")
    if named and not wanted:
        wanted = engine.find("price", named, "pricing[price]")["currency"]
    if invoice:
        if wanted and wanted.lower() != invoice["currency"]:
            raise invalid_request(
                f"The currency of the item must be that of its invoice, {invoice['currency']}.",
                param="currency",
            )
        return str(invoice["currency"])
    if not wanted and given.get("amount") is not None:
        raise missing_parameter("currency")
    return currency_code("currency", wanted or customer["currency"] or DEFAULT_CURRENCY)


def draft_of(engine: Engine, identity: str, param: str | None = None) -> Json:
    """Return an invoice that is a draft still; raises Stripe's 400 for one that is not."""
    invoice = engine.find("invoice", identity, param)
    if invoice["status"] != "draft":
        raise _finalized()
    return invoice


def draft_holding(engine: Engine, item: Json) -> Json | None:
    """Return the draft that an item is on, None while it is pending."""
    return draft_of(engine, item["invoice"]) if item["invoice"] else None


def _finalized() -> StripeError:
    return invalid_request(
        "This invoice is no longer editable: only drafts take, change or lose items.",
        code="invoice_not_editable",
    )


def comes_from(line: Json, item: str) -> bool:
    """Return whether a line was made of the invoice item of this id."""
    parent = line["parent"] or {}
    details = parent.get("invoice_item_details") or parent.get("subscription_item_details") or {}
    return bool(details.get("invoice_item") == item)


def rewrite(engine: Engine, invoice: Json, lines: list[Json]) -> Json:
    """Put these lines on a draft in place of those it had, and tell of it."""
    before = {name: invoice[name] for name in ("subtotal", "total", "amount_due")}
    changed = write_lines(engine, invoice, lines)
    engine.emit("invoice.updated", changed, before)
    return changed
