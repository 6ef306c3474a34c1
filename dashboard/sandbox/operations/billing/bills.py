"""The lines of an invoice and its sums, reckoned anew whenever something on it changes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import orjson

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.operations.billing.discounts import rebates
from dashboard.sandbox.reckoning.bills import Entry, Reckoned, Tax, reckon, totals
from dashboard.sandbox.shapes import Json, list_object, part


def lines_of(engine: Engine, invoice: str) -> list[Json]:
    """Return every line of an invoice, in order."""
    found = engine.shelf.bodies(
        "line_item", "WHERE invoice = ? ORDER BY created DESC, position DESC", (invoice,)
    )
    return [orjson.loads(body) for body in found]


def tax_rates(engine: Engine, identities: Sequence[str] | None, param: str) -> list[Json]:
    """Return the tax rates that a parameter names; raises Stripe's 400 for an unknown one."""
    return [engine.find("tax_rate", identity, param) for identity in identities or ()]


def write_lines(engine: Engine, invoice: Json, lines: list[Json]) -> Json:
    """Put the lines on the invoice in place of those it had, reckon it, and keep it."""
    for line in lines_of(engine, invoice["id"]):
        engine.shelf.remove(line)
    reckon_invoice(engine, invoice, lines)
    invoice["lines"] = list_object(f"/v1/invoices/{invoice['id']}/lines", lines)
    engine.put(invoice)
    return engine.find("invoice", invoice["id"])


def reckon_invoice(engine: Engine, invoice: Json, lines: list[Json]) -> None:
    """Write rebates and taxes to the lines, and the sums to the foot of the invoice."""
    currency = invoice["currency"]
    reckoned = reckon([_entry(engine, invoice, line) for line in lines], currency)
    for line, one in zip(lines, reckoned, strict=True):
        line.update(_line_sums(invoice["id"], line, one))
    sums = totals(reckoned, currency)
    invoice |= {
        "subtotal": sums.subtotal,
        "subtotal_excluding_tax": sums.subtotal_excluding_tax,
        "total": sums.total,
        "total_excluding_tax": sums.total_excluding_tax,
        "total_discount_amounts": _discount_sums(reckoned),
        "total_taxes": _tax_sums(reckoned),
    }
    apply_balance(engine, invoice)


def apply_balance(engine: Engine, invoice: Json) -> None:
    """Write what is due after the customer's balance; it is only used when finalizing."""
    customer = engine.find("customer", invoice["customer"])
    balance = customer["balance"] if customer["currency"] == invoice["currency"] else 0
    due = max(0, invoice["total"] + balance)
    invoice |= {
        "starting_balance": balance,
        "amount_due": due,
        "amount_remaining": due - invoice["amount_paid"],
    }


def period_part(start: int, end: int) -> Json:
    """Return a period as lines and items show it."""
    return part("period", start=start, end=end)


def pricing_part(price: Json) -> Json:
    """Return how lines and items name a price."""
    return part(
        "pricing",
        price_details=part("price_details", price=price["id"], product=price["product"]),
        unit_amount_decimal=price["unit_amount_decimal"],
    )


def line_of_invoice_item(engine: Engine, item: Json) -> Json:
    """Return the line that an invoice item becomes on its invoice."""
    details: Json = (item["parent"] or {}).get("subscription_details") or {}
    if details.get("subscription_item"):
        parent = part(
            "line_parent",
            subscription_item_details=part(
                "subscription_item_details",
                invoice_item=item["id"],
                proration=item["proration"],
                subscription=details["subscription"],
                subscription_item=details["subscription_item"],
            ),
        )
    else:
        parent = part(
            "line_parent",
            type="invoice_item_details",
            invoice_item_details=part(
                "invoice_item_details",
                invoice_item=item["id"],
                subscription=details.get("subscription"),
            ),
        )
    return engine.make(
        "line_item",
        amount=item["amount"],
        currency=item["currency"],
        description=item["description"],
        discountable=item["discountable"],
        metadata=item["metadata"],
        parent=parent,
        period=item["period"],
        pricing=item["pricing"],
        quantity=item["quantity"],
        quantity_decimal=item["quantity_decimal"],
        subscription=details.get("subscription"),
    )


def _entry(engine: Engine, invoice: Json, line: Json) -> Entry:
    own_rates, own_discounts = _own(engine, line)
    discounts = [*own_discounts, *invoice["discounts"]] if line["discountable"] else []
    rates = own_rates or invoice["default_tax_rates"]
    product = (line["pricing"] or {}).get("price_details", {}).get("product")
    return Entry(
        amount=line["amount"],
        product=product,
        rebates=rebates(engine, discounts, invoice["currency"]),
        taxes=tuple(
            Tax(rate["id"], Fraction(str(rate["percentage"])), rate["inclusive"]) for rate in rates
        ),
    )


def _own(engine: Engine, line: Json) -> tuple[list[Json], list[str]]:
    """Return the tax rates and discounts of what the line was made of."""
    parent: Any = line["parent"] or {}
    details = parent.get("invoice_item_details") or parent.get("subscription_item_details") or {}
    source = None
    if details.get("invoice_item"):
        source = engine.shelf.get("invoiceitem", details["invoice_item"])
    elif details.get("subscription_item"):
        source = engine.shelf.get("subscription_item", details["subscription_item"])
    return (source["tax_rates"], source["discounts"]) if source else ([], [])


def _line_sums(invoice: str, line: Json, one: Reckoned) -> Json:
    rebated = [(discount, amount) for discount, amount in one.rebates if amount]
    return {
        "invoice": invoice,
        "subtotal": line["amount"],
        "discount_amounts": [
            part("discount_amount", amount=amount, discount=discount)
            for discount, amount in rebated
        ],
        "discounts": [discount for discount, _ in rebated],
        "taxes": [tax.row(amount, one.taxable) for tax, amount in one.taxes],
    }


def _discount_sums(reckoned: list[Reckoned]) -> list[Json]:
    sums: dict[str, int] = {}
    for one in reckoned:
        for discount, amount in one.rebates:
            sums[discount] = sums.get(discount, 0) + amount
    return [
        part("discount_amount", amount=amount, discount=discount)
        for discount, amount in sums.items()
    ]


def _tax_sums(reckoned: list[Reckoned]) -> list[Json]:
    sums: dict[Tax, tuple[int, int]] = {}
    for one in reckoned:
        for tax, amount in one.taxes:
            taxed, taxable = sums.get(tax, (0, 0))
            sums[tax] = (taxed + amount, taxable + one.taxable)
    return [tax.row(amount, taxable) for tax, (amount, taxable) in sums.items()]
