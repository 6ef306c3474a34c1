"""Drafting invoices: for whom, of which pending items, on which terms."""

from __future__ import annotations

from typing import Any

import orjson

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.operations.billing.bills import (
    line_of_invoice_item,
    period_part,
    write_lines,
)
from dashboard.sandbox.shapes import Json, part

DAY_SECONDS = 86_400
DRAFT_SECONDS = 3_600
"""How long an invoice stays a draft before it is finalized by itself."""
DEFAULT_CURRENCY = "usd"


def draft_invoice(
    engine: Engine,
    customer: Json,
    currency: str,
    lines: list[Json],
    items: list[Json],
    **fields: Any,
) -> Json:
    """Keep a new draft of pending `items` and of `lines`, tell of it, and return it."""
    invoice = engine.make(
        "invoice",
        **{"period_start": engine.now, "period_end": engine.now}
        | _addressee(customer)
        | fields
        | {"currency": currency, "customer": customer["id"], "status": "draft"},
        account_name=_account_name(engine),
        test_clock=customer["test_clock"],
        webhooks_delivered_at=engine.now,
    )
    taken = take_items(engine, items, invoice["id"])
    invoice = write_lines(engine, invoice, [*taken, *lines])
    _keep_currency(engine, customer, currency)
    engine.emit("invoice.created", invoice)
    return invoice


def pending_items(
    engine: Engine, customer: str, currency: str, subscription: str | None = None
) -> list[Json]:
    """Return the items that wait for an invoice: those of a subscription, and free ones."""
    found = engine.shelf.bodies(
        "invoiceitem",
        "WHERE customer = ? AND invoice IS NULL ORDER BY created, position",
        (customer,),
    )
    items = [orjson.loads(body) for body in found]
    return [
        item
        for item in items
        if item["currency"] == currency and subscription_of_item(item) in {None, subscription}
    ]


def subscription_of_item(item: Json) -> str | None:
    """Return the subscription that an invoice item belongs to."""
    details = (item["parent"] or {}).get("subscription_details") or {}
    return details.get("subscription")


def take_items(engine: Engine, items: list[Json], invoice: str) -> list[Json]:
    """Put pending items on an invoice, and return their lines."""
    for item in items:
        engine.put(item | {"invoice": invoice})
    return [line_of_invoice_item(engine, item) for item in items]


def subscription_parent(subscription: Json) -> Json:
    """Return how an invoice names its subscription."""
    details = part(
        "subscription_details",
        subscription=subscription["id"],
        metadata=subscription["metadata"],
    )
    return part("invoice_parent", subscription_details=details)


def subscription_of(invoice: Json) -> str | None:
    """Return the subscription that an invoice is for."""
    details = (invoice["parent"] or {}).get("subscription_details") or {}
    return details.get("subscription")


def due_date(engine: Engine, days: int | None) -> int | None:
    """Return when an invoice is due that is sent now."""
    return None if days is None else engine.now + days * DAY_SECONDS


def make_item(engine: Engine, customer: Json, **fields: Any) -> Json:
    """Keep a new invoice item, tell of it, and return it."""
    item = engine.make(
        "invoiceitem",
        customer=customer["id"],
        date=engine.now,
        test_clock=customer["test_clock"],
        **{"period": period_part(engine.now, engine.now)} | fields,
    )
    item["quantity_decimal"] = str(item["quantity"])
    engine.put(item)
    engine.emit("invoiceitem.created", item)
    return item


def _addressee(customer: Json) -> Json:
    return {
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_shipping": customer["shipping"],
        "customer_tax_exempt": customer["tax_exempt"],
    }


def _account_name(engine: Engine) -> str | None:
    bodies = engine.shelf.bodies("account", "ORDER BY created LIMIT 1")
    account: Json = orjson.loads(bodies[0]) if bodies else {}
    profile = account.get("business_profile") or {}
    return profile.get("name")


def _keep_currency(engine: Engine, customer: Json, currency: str) -> None:
    """Note the currency of the customer's first bill."""
    if customer["currency"] is None:
        engine.change(customer, "customer.updated", {"currency": currency})
