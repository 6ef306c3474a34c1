"""Charging a payment method for a payment intent: a card, a bank account, or sent cash."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import ErrorType, StripeError
from dashboard.sandbox.operations.disputes import open_dispute
from dashboard.sandbox.operations.money.cards import Asks, PracticeCard, card_behind
from dashboard.sandbox.operations.money.cash import network_of, pay_from_cash
from dashboard.sandbox.operations.money.debiting import debit
from dashboard.sandbox.operations.money.outcomes import asked, held, keep_method, paid, sent_back
from dashboard.sandbox.operations.money.taking import refuse, take
from dashboard.sandbox.shapes import Json

_NOT_AUTHENTICATED = {
    "code": "payment_intent_authentication_failure",
    "message": "The customer could not convince the bank. Take another payment method.",
    "type": "invalid_request_error",
}
_DEBITS = {"sepa_debit", "us_bank_account"}


def attempt(
    engine: Engine,
    intent: Json,
    method: Json,
    *,
    off_session: bool = False,
    may_ask: bool = True,
) -> Json:
    """Charge the method and return the payment intent as it stands afterwards.

    Nobody is there to be asked by the bank `off_session`, nor when the caller does not want the
    customer to be asked. Raises the 402 of a refusal after what it leaves has been kept.
    """
    intent["payment_method"] = method["id"]
    if method["type"] in _DEBITS:
        return debit(engine, intent, method)
    if method["type"] == "customer_balance":
        return _take_cash(engine, intent, method)
    card = card_behind(method)
    if _must_ask(card, method, off_session=off_session):
        if off_session or not may_ask:
            raise _decline(engine, intent, method, card, _unauthenticated(card))
        return asked(engine, intent)
    refusal = card.refusal()
    if refusal:
        raise _decline(engine, intent, method, card, refusal)
    return _succeed(engine, intent, method, card)


def continue_asked(engine: Engine, intent: Json, *, agreed: bool) -> Json:
    """Go on with an intent whose customer has talked to the bank, and return it.

    Raises the 402 of a refusal after what it leaves has been kept.
    """
    method = engine.find("payment_method", intent["payment_method"], "payment_method")
    if not agreed:
        return sent_back(engine, intent, method, _NOT_AUTHENTICATED)
    card = card_behind(method)
    refusal = card.refusal()
    if refusal:
        raise _decline(engine, intent, method, card, refusal)
    return _succeed(engine, intent, method, card)


def continue_with_cash(engine: Engine, intent: Json) -> Json:
    """Try an intent that waits for a bank transfer again, after money has come."""
    method = engine.find("payment_method", intent["payment_method"], "payment_method")
    return _take_cash(engine, intent, method)


def _unauthenticated(card: PracticeCard) -> StripeError:
    return StripeError(
        402,
        "Your card was declined. This transaction requires authentication.",
        ErrorType.CARD,
        "authentication_required",
        more={"decline_code": card.decline_code or "authentication_required"},
    )


def _must_ask(card: PracticeCard, method: Json, *, off_session: bool) -> bool:
    if card.asks is Asks.UNLESS_SET_UP:
        return not (off_session and method["customer"])
    return card.asks is Asks.ALWAYS


def _succeed(engine: Engine, intent: Json, method: Json, card: PracticeCard) -> Json:
    whole = intent["capture_method"] != "manual"
    charge = take(engine, intent, method, card, whole=whole)
    engine.emit("charge.succeeded", charge)
    keep_method(engine, intent, method)
    if not whole:
        return held(engine, intent, charge)
    intent = paid(engine, intent, charge)
    if card.disputed:
        open_dispute(engine, charge, card)
    return intent


def _decline(
    engine: Engine, intent: Json, method: Json, card: PracticeCard, refusal: StripeError
) -> StripeError:
    """Keep the failed charge and return the error for the caller to raise."""
    refuse(engine, intent, method, card, refusal)
    error = {"code": refusal.code, "message": refusal.message, **refusal.more}
    intent = sent_back(engine, intent, method, error)
    refusal.more |= {"payment_intent": intent, "payment_method": method}
    return refusal


def _take_cash(engine: Engine, intent: Json, method: Json) -> Json:
    """Pay from the customer's cash balance, or tell where the missing money is to be sent."""
    network = network_of(intent["currency"])
    missing = pay_from_cash(engine, intent)
    if missing == 0:
        return _succeed(engine, intent, method, card_behind(method))
    told = {
        "next_action": {
            "display_bank_transfer_instructions": {
                "amount_remaining": missing,
                "currency": intent["currency"],
                "hosted_instructions_url": None,
                "reference": intent["id"][-12:].upper(),
                "type": f"{network}_bank_transfer",
            },
            "type": "display_bank_transfer_instructions",
        },
        "status": "requires_action",
    }
    intent = engine.put(intent | told)
    part_of = missing < intent["amount"]
    engine.emit(f"payment_intent.{'partially_funded' if part_of else 'requires_action'}", intent)
    return intent
