"""What becomes of a payment intent: paid, held, waiting, or sent back for another method."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.operations.payment_methods import attach
from dashboard.sandbox.shapes import Json, part


def paid(engine: Engine, intent: Json, charge: Json) -> Json:
    """Leave an intent as it is once a charge has paid it, and return it."""
    received = {
        "amount_capturable": 0,
        "amount_received": charge["amount_captured"],
        "status": "succeeded",
    }
    return _tell(engine, intent, charge, "succeeded", received)


def held(engine: Engine, intent: Json, charge: Json) -> Json:
    """Leave an intent to be captured, and return it."""
    changes = {"amount_capturable": charge["amount"], "status": "requires_capture"}
    return _tell(engine, intent, charge, "amount_capturable_updated", changes)


def underway(engine: Engine, intent: Json, charge: Json) -> Json:
    """Leave an intent until the bank has answered, and return it."""
    return _tell(engine, intent, charge, "processing", {"status": "processing"})


def sent_back(engine: Engine, intent: Json, method: Json, error: Json) -> Json:
    """Leave an intent that was refused to another payment method, and return it.

    `error` tells why, in the fields of a payment error.
    """
    changes = {
        "last_payment_error": part("payment_error", payment_method=method, **error),
        "latest_charge": error.get("charge", intent["latest_charge"]),
        "next_action": None,
        "payment_method": None,
        "status": "requires_payment_method",
    }
    intent = engine.put(intent | changes)
    engine.emit("payment_intent.payment_failed", intent)
    return intent


def asked(engine: Engine, intent: Json) -> Json:
    """Leave a payment or setup intent until the customer has talked to the bank; return it."""
    sdk = {"type": "three_d_secure_redirect", "stripe_js": ""}
    changes = {
        "next_action": {"type": "use_stripe_sdk", "use_stripe_sdk": sdk},
        "status": "requires_action",
    }
    intent = engine.put(intent | changes)
    engine.emit(f"{intent['object']}.requires_action", intent)
    return intent


def keep_method(engine: Engine, intent: Json, method: Json) -> None:
    """Give the method to the customer when the payment was to keep it for later."""
    kept = intent["setup_future_usage"] and intent["customer"]
    if kept and method["customer"] is None:
        attach(engine, method, intent["customer"])


def _tell(engine: Engine, intent: Json, charge: Json, event: str, changes: Json) -> Json:
    common = {"last_payment_error": None, "latest_charge": charge["id"], "next_action": None}
    intent = engine.put(intent | common | changes)
    engine.emit(f"payment_intent.{event}", intent)
    return intent
