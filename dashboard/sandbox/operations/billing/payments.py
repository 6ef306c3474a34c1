"""The payment intent behind an invoice, and the object that ties the two together."""

from __future__ import annotations

import orjson

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.exchange import new_id
from dashboard.sandbox.operations.billing.invoicing import subscription_of
from dashboard.sandbox.shapes import Json

_DESCRIPTIONS = {
    "subscription_create": "Subscription creation",
    "subscription_cycle": "Subscription update",
    "subscription_update": "Subscription update",
}
_OPEN = {"requires_payment_method", "requires_confirmation", "requires_action"}


def ask_for_payment(engine: Engine, invoice: Json) -> Json:
    """Make the payment intent of an invoice that was finalized, and return it."""
    method = default_method(engine, invoice)
    intent = engine.make(
        "payment_intent",
        amount=invoice["amount_due"],
        currency=invoice["currency"],
        customer=invoice["customer"],
        description=_DESCRIPTIONS.get(
            invoice["billing_reason"], f"Payment for Invoice {invoice['number']}"
        ),
        payment_method=method,
        statement_descriptor=invoice["statement_descriptor"],
        status="requires_confirmation" if method else "requires_payment_method",
    )
    intent["client_secret"] = f"{intent['id']}_secret_{new_id('', 25)}"
    engine.put(intent)
    engine.put(
        engine.make(
            "invoice_payment",
            amount_requested=invoice["amount_due"],
            currency=invoice["currency"],
            invoice=invoice["id"],
            payment={"type": "payment_intent", "payment_intent": intent["id"]},
            status="open",
        )
    )
    engine.emit("payment_intent.created", intent)
    return intent


def open_payment(engine: Engine, invoice: str) -> Json | None:
    """Return the payment that an invoice waits for, None when it waits for none."""
    found = engine.shelf.bodies(
        "invoice_payment", "WHERE invoice = ? AND status = 'open' LIMIT 1", (invoice,)
    )
    return orjson.loads(found[0]) if found else None


def invoice_of_intent(engine: Engine, intent: str) -> Json | None:
    """Return the open invoice that a payment intent is to pay, None for any other intent."""
    found = engine.shelf.bodies(
        "invoice_payment",
        "WHERE payment_payment_intent = ? AND status = 'open' LIMIT 1",
        (intent,),
    )
    if not found:
        return None
    return engine.shelf.get("invoice", orjson.loads(found[0])["invoice"])


def intent_of(engine: Engine, invoice: Json) -> Json | None:
    """Return the payment intent that an invoice waits for."""
    payment = open_payment(engine, invoice["id"])
    return engine.find("payment_intent", payment["payment"]["payment_intent"]) if payment else None


def paying_intent(engine: Engine, invoice: str) -> str | None:
    """Return the payment intent that paid an invoice, None when none did."""
    found = engine.shelf.bodies(
        "invoice_payment", "WHERE invoice = ? AND status = 'paid' LIMIT 1", (invoice,)
    )
    return orjson.loads(found[0])["payment"].get("payment_intent") if found else None


def close_payment(engine: Engine, invoice: str, amount: int) -> None:
    """Note that the payment of an invoice came: `amount` minor units."""
    payment = open_payment(engine, invoice)
    if payment is None:
        return
    payment |= {"amount_paid": amount, "status": "paid"}
    payment["status_transitions"]["paid_at"] = engine.now
    engine.put(payment)
    engine.emit("invoice_payment.paid", payment)


def give_up_payment(engine: Engine, invoice: Json, reason: str = "void_invoice") -> None:
    """Cancel the payment that an invoice waits for."""
    payment = open_payment(engine, invoice["id"])
    if payment is None:
        return
    payment["status"] = "canceled"
    payment["status_transitions"]["canceled_at"] = engine.now
    engine.put(payment)
    intent = engine.find("payment_intent", payment["payment"]["payment_intent"])
    if intent["status"] in _OPEN:
        intent |= {
            "canceled_at": engine.now,
            "cancellation_reason": reason,
            "next_action": None,
            "status": "canceled",
        }
        engine.put(intent)
        engine.emit("payment_intent.canceled", intent)


def default_method(engine: Engine, invoice: Json) -> str | None:
    """Return the payment method that an invoice is charged to by itself: the nearest one set."""
    if invoice["default_payment_method"]:
        return str(invoice["default_payment_method"])
    subscription = subscription_of(invoice)
    found = engine.shelf.get("subscription", subscription) if subscription else None
    if found and found["default_payment_method"]:
        return str(found["default_payment_method"])
    return customers_method(engine.find("customer", invoice["customer"]))


def customers_method(customer: Json) -> str | None:
    """Return the payment method that a customer's bills are charged to."""
    settings = customer["invoice_settings"]["default_payment_method"]
    found: str | None = settings or customer["default_source"]
    return found
