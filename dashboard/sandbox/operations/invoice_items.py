"""Making, changing and deleting invoice items: what the next invoice will ask for."""

from __future__ import annotations

from fractions import Fraction

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import StripeError, invalid_request, missing_parameter
from dashboard.sandbox.operations.billing.bills import (
    line_of_invoice_item,
    lines_of,
    period_part,
    pricing_part,
    tax_rates,
    write_lines,
)
from dashboard.sandbox.operations.billing.checks import at_least, currency_code
from dashboard.sandbox.operations.billing.clocks import customer_on_clock
from dashboard.sandbox.operations.billing.discounts import DISCOUNTS, Holder, give_discounts
from dashboard.sandbox.operations.billing.invoicing import make_item
from dashboard.sandbox.operations.billing.periods import product_name
from dashboard.sandbox.operations.billing.pricing import (
    BEHAVIOR,
    PRICE_DATA,
    amounts,
    price_named,
    pricing_of,
)
from dashboard.sandbox.operations.metadata import merged_metadata
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.reckoning.pricing import Pricing
from dashboard.sandbox.shapes import Json

_BOTH = (
    f"amount:integer description discountable:flag {DISCOUNTS} metadata"
    f" period(end!:integer start!:integer) {PRICE_DATA} pricing(price) quantity:integer"
    f" quantity_decimal {BEHAVIOR} tax_code tax_rates:words unit_amount_decimal"
)


@operation(
    "POST",
    "/v1/invoiceitems",
    "invoiceitem",
    f"{_BOTH} currency customer customer_account invoice price~ subscription unit_amount~:integer",
)
def create_invoice_item(engine: Engine, params: Params) -> Json:
    """Make an item for the customer's next invoice, or put it on a draft at once."""
    given = params.values
    if not given.get("customer"):
        raise missing_parameter("customer")
    engine, customer = customer_on_clock(engine, given["customer"], "customer")
    invoice = _draft(engine, given["invoice"], "invoice") if given.get("invoice") else None
    fields = _fields(engine, given, _currency(engine, given, customer, invoice))
    if given.get("subscription"):
        found = engine.find("subscription", given["subscription"], "subscription")
        fields["parent"] = {
            "subscription_details": {"subscription": found["id"]},
            "type": "subscription_details",
        }
    item = make_item(engine, customer, invoice=invoice["id"] if invoice else None, **fields)
    if given.get("discounts"):
        holder = Holder(customer["id"], "invoice_item", item["id"])
        item["discounts"] = give_discounts(engine, given["discounts"], holder)
        engine.put(item)
    if invoice:
        lines = [*lines_of(engine, invoice["id"]), line_of_invoice_item(engine, item)]
        _rewrite(engine, invoice, lines)
    return item


@operation("POST", "/v1/invoiceitems/{invoiceitem}", "invoiceitem", f"{_BOTH} invoicing_rules")
def update_invoice_item(engine: Engine, params: Params, invoiceitem: str) -> Json:
    """Change an item that is pending or on a draft."""
    item, given = engine.find("invoiceitem", invoiceitem), params.values
    invoice = _invoice_of(engine, item)
    changes = _changes(engine, item, given)
    changed = item | changes
    engine.put(changed)
    if invoice:
        lines = [
            line_of_invoice_item(engine, changed) | {"id": line["id"]}
            if _comes_from(line, invoiceitem)
            else line
            for line in lines_of(engine, invoice["id"])
        ]
        _rewrite(engine, invoice, lines)
    return changed


@operation("DELETE", "/v1/invoiceitems/{invoiceitem}", "invoiceitem")
def delete_invoice_item(engine: Engine, params: Params, invoiceitem: str) -> Json:  # noqa: ARG001
    """Delete an item that is pending or on a draft."""
    item = engine.find("invoiceitem", invoiceitem)
    invoice = _invoice_of(engine, item)
    engine.emit("invoiceitem.deleted", item)
    gone = engine.shelf.remove(item)
    if invoice:
        lines = lines_of(engine, invoice["id"])
        _rewrite(engine, invoice, [one for one in lines if not _comes_from(one, invoiceitem)])
    return gone


def _fields(engine: Engine, given: Json, currency: str) -> Json:
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
    named = _price(given)
    if named or given.get("price_data"):
        source = {"price": named, "price_data": given.get("price_data")}
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


def _changes(engine: Engine, item: Json, given: Json) -> Json:
    changes: Json = {name: given[name] for name in ("description", "discountable") if name in given}
    if any(given.get(name) is not None for name in ("amount", "pricing", "price_data", "quantity")):
        asked = dict(given)
        if item["pricing"] and not any(given.get(name) for name in ("pricing", "price_data")):
            asked["pricing"] = {"price": item["pricing"]["price_details"]["price"]}
        if given.get("amount") is None and not item["pricing"] and "quantity" in given:
            asked["amount"] = item["amount"]
        changes |= _asked(engine, asked, item["currency"])
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


def _currency(engine: Engine, given: Json, customer: Json, invoice: Json | None) -> str:
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
    return currency_code("currency", wanted or customer["currency"] or "usd")


def _draft(engine: Engine, identity: str, param: str | None = None) -> Json:
    invoice = engine.find("invoice", identity, param)
    if invoice["status"] != "draft":
        raise _finalized()
    return invoice


def _invoice_of(engine: Engine, item: Json) -> Json | None:
    return _draft(engine, item["invoice"]) if item["invoice"] else None


def _finalized() -> StripeError:
    return invalid_request(
        "This invoice is no longer editable: only drafts take, change or lose items.",
        code="invoice_not_editable",
    )


def _comes_from(line: Json, item: str) -> bool:
    parent = line["parent"] or {}
    details = parent.get("invoice_item_details") or parent.get("subscription_item_details") or {}
    return bool(details.get("invoice_item") == item)


def _rewrite(engine: Engine, invoice: Json, lines: list[Json]) -> None:
    before = {name: invoice[name] for name in ("subtotal", "total", "amount_due")}
    changed = write_lines(engine, invoice, lines)
    engine.emit("invoice.updated", changed, before)
