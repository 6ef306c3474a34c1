"""Charging a payment method for a payment intent: what the bank says and what it leaves behind."""

from __future__ import annotations

from dashboard.sandbox.engine import Booking, Engine
from dashboard.sandbox.errors import ErrorType, StripeError
from dashboard.sandbox.operations.cards import PracticeCard, card_behind
from dashboard.sandbox.shapes import Json, part
from dashboard.sandbox.world.tariff import Currency, Method, charge_fees, settle

_PAYMENT = "charge"


def attempt(engine: Engine, intent: Json, method: Json) -> Json:
    """Charge the method and return the payment intent as it stands afterwards.

    Raises the 402 of a declined card after the failed charge and its events have been kept.
    """
    card = card_behind(method)
    intent["payment_method"] = method["id"]
    if card.authenticates:
        return _ask_customer(engine, intent)
    if card.code:
        raise _decline(engine, intent, method, card)
    return _succeed(engine, intent, method)


def _ask_customer(engine: Engine, intent: Json) -> Json:
    intent["status"] = "requires_action"
    intent["next_action"] = {
        "type": "use_stripe_sdk",
        "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": ""},
    }
    engine.put(intent)
    engine.emit("payment_intent.requires_action", intent)
    return intent


def _succeed(engine: Engine, intent: Json, method: Json) -> Json:
    captured = intent["capture_method"] != "manual"
    charge = _charge(engine, intent, method, "succeeded", _authorized())
    charge |= {
        "captured": captured,
        "amount_captured": intent["amount"] if captured else 0,
        "receipt_url": f"https://pay.stripe.com/receipts/payment/{charge['id']}",
    }
    if captured:
        charge["balance_transaction"] = _book(engine, charge)
    engine.put(charge)
    engine.emit("charge.succeeded", charge)
    intent |= {
        "status": "succeeded" if captured else "requires_capture",
        "amount_received": charge["amount_captured"],
        "amount_capturable": 0 if captured else intent["amount"],
        "last_payment_error": None,
        "latest_charge": charge["id"],
        "next_action": None,
    }
    engine.put(intent)
    told = "succeeded" if captured else "amount_capturable_updated"
    engine.emit(f"payment_intent.{told}", intent)
    return intent


def _decline(engine: Engine, intent: Json, method: Json, card: PracticeCard) -> StripeError:
    """Keep the failed charge and return the error for the caller to raise."""
    charge = _charge(engine, intent, method, "failed", _declined(card))
    charge |= {
        "captured": False,
        "failure_code": card.code,
        "failure_message": card.message,
        "paid": False,
    }
    engine.put(charge)
    engine.emit("charge.failed", charge)
    error = {"charge": charge["id"], "code": card.code, "message": card.message}
    if card.decline_code:
        error["decline_code"] = card.decline_code
    intent |= {
        "last_payment_error": part("payment_error", **error, payment_method=method),
        "latest_charge": charge["id"],
        "payment_method": None,
        "status": "requires_payment_method",
    }
    engine.put(intent)
    engine.emit("payment_intent.payment_failed", intent)
    more: Json = {"charge": charge["id"], "payment_intent": intent, "payment_method": method}
    if card.decline_code:
        more["decline_code"] = card.decline_code
    return StripeError(402, card.message, ErrorType.CARD, card.code, more=more)


def _charge(engine: Engine, intent: Json, method: Json, status: str, outcome: Json) -> Json:
    shown = {
        name: method["card"][name]
        for name in ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
    }
    details = part("card_details", **shown, network=method["card"]["brand"])
    return engine.make(
        "charge",
        amount=intent["amount"],
        billing_details=method["billing_details"],
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        metadata=intent["metadata"],
        outcome=outcome,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details=part("payment_method_details", type="card", card=details),
        receipt_email=intent["receipt_email"],
        shipping=intent["shipping"],
        status=status,
    )


def _book(engine: Engine, charge: Json) -> str:
    """Put the charge on the balance and return the id of its transaction."""
    known = charge["currency"] in set(Currency)
    currency = Currency(charge["currency"]) if known else Currency.USD
    settled = settle(charge["amount"], currency, engine.now)
    transaction = engine.book(
        Booking(
            source=charge["id"],
            type=_PAYMENT,
            category=_PAYMENT,
            amount=settled.amount,
            currency=settled.currency.value,
            fees=charge_fees(settled, Method.CARD),
            description=charge["description"],
            exchange_rate=settled.exchange_rate,
        )
    )
    return str(transaction["id"])


def _authorized() -> Json:
    return part(
        "outcome",
        network_status="approved_by_network",
        risk_level="normal",
        risk_score=20,
        seller_message="Payment complete.",
    )


def _declined(card: PracticeCard) -> Json:
    if card.blocked:
        return part(
            "outcome",
            type="blocked",
            network_status="not_sent_to_network",
            reason="highest_risk_level",
            risk_level="highest",
            risk_score=92,
            seller_message="Stripe blocked this payment as too risky.",
        )
    return part(
        "outcome",
        type="issuer_declined",
        network_status="declined_by_network",
        reason=card.decline_code or card.code,
        risk_level="normal",
        risk_score=20,
        seller_message="The bank did not return any further details with this decline.",
    )
