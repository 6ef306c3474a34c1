"""Events in the shapes of older API versions: where fields stood before they moved.

What moved in 2025-03-31.basil is put back for subscriptions, their items, invoices, their lines,
charges and payment intents (https://docs.stripe.com/changelog/basil). Everything else is written as
it is today.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dashboard.sandbox.engine import previous
from dashboard.sandbox.shapes import Json
from dashboard.sandbox.shelf import Shelf

_BASIL = "2025-03-31"
_PERIOD = ("current_period_start", "current_period_end")


def in_version(shelf: Shelf, event: Json, version: str) -> Json:
    """Return an event as it is written in `version` of the API."""
    data = event["data"]
    if version >= _BASIL or data["object"]["object"] not in _BEFORE_BASIL:
        return event
    older = _BEFORE_BASIL[data["object"]["object"]]
    after = older(shelf, data["object"])
    told: Json = {"object": after}
    if "previous_attributes" in data:
        before = older(shelf, _merged(data["object"], data["previous_attributes"]))
        told["previous_attributes"] = previous(before, after)
    return event | {"data": told}


def _merged(thing: Json, changes: Json) -> Json:
    """Return the object as it was before the `changes` that an event tells."""
    merged = dict(thing)
    for name, old in changes.items():
        new = thing.get(name)
        nested = isinstance(old, dict) and isinstance(new, dict)
        merged[name] = _merged(new, old) if nested else old  # type: ignore[arg-type]
    return merged


def _subscription(shelf: Shelf, thing: Json) -> Json:
    items = thing["items"]["data"]
    period = {name: items[0].get(name) for name in _PERIOD} if items else {}
    older = [_subscription_item(shelf, item) for item in items]
    return thing | period | {"items": thing["items"] | {"data": older}}


def _subscription_item(shelf: Shelf, thing: Json) -> Json:  # noqa: ARG001
    return _without(thing, *_PERIOD)


def _invoice(shelf: Shelf, thing: Json) -> Json:
    payment = _payment_intent_of(shelf, thing["id"])
    intent = shelf.get("payment_intent", payment) if payment else None
    older = {
        "subscription": _subscription_of(thing["parent"]),
        "payment_intent": payment,
        "charge": intent["latest_charge"] if intent else None,
        "paid": thing["status"] == "paid",
        "tax": sum(tax["amount"] for tax in thing["total_taxes"] or ()) or None,
    }
    if "lines" in thing:
        lines = [_line(shelf, line) for line in thing["lines"]["data"]]
        older["lines"] = thing["lines"] | {"data": lines}
    return _without(thing, "parent", "total_taxes") | older


def _line(shelf: Shelf, thing: Json) -> Json:
    parent = thing["parent"] or {}
    details = parent.get(parent.get("type"), None) or {}
    priced = (thing["pricing"] or {}).get("price_details") or {}
    of_subscription = parent.get("type") == "subscription_item_details"
    older = {
        "type": "subscription" if of_subscription else "invoiceitem",
        "price": shelf.get("price", priced["price"]) if priced.get("price") else None,
        "proration": details.get("proration", False),
        "subscription": details.get("subscription"),
        "subscription_item": details.get("subscription_item"),
        "invoice_item": details.get("invoice_item"),
    }
    return _without(thing, "parent", "pricing") | older


def _charge(shelf: Shelf, thing: Json) -> Json:
    return thing | {"invoice": _invoice_of(shelf, thing["payment_intent"])}


def _payment_intent(shelf: Shelf, thing: Json) -> Json:
    return thing | {"invoice": _invoice_of(shelf, thing["id"])}


def _subscription_of(parent: Json | None) -> Any:
    return ((parent or {}).get("subscription_details") or {}).get("subscription")


def _payment_intent_of(shelf: Shelf, invoice: str) -> str | None:
    row: tuple[str | None] | None = shelf.db.execute(
        'SELECT "payment_payment_intent" FROM invoice_payment WHERE invoice = ?'
        " ORDER BY status = 'paid' DESC, position DESC LIMIT 1",
        (invoice,),
    ).fetchone()
    return row[0] if row else None


def _invoice_of(shelf: Shelf, intent: str | None) -> str | None:
    row: tuple[str] | None = shelf.db.execute(
        'SELECT invoice FROM invoice_payment WHERE "payment_payment_intent" = ?', (intent,)
    ).fetchone()
    return row[0] if row else None


def _without(thing: Json, *names: str) -> Json:
    return {name: value for name, value in thing.items() if name not in names}


_BEFORE_BASIL: dict[str, Callable[[Shelf, Json], Json]] = {
    "charge": _charge,
    "invoice": _invoice,
    "line_item": _line,
    "payment_intent": _payment_intent,
    "subscription": _subscription,
    "subscription_item": _subscription_item,
}
