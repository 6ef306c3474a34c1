"""Charging a payment method for a payment intent: what the bank says and what it leaves behind."""

from __future__ import annotations

from collections.abc import Callable

from dashboard.sandbox.engine import Booking, Engine
from dashboard.sandbox.errors import ErrorType, StripeError
from dashboard.sandbox.exchange import new_id
from dashboard.sandbox.operations.cards import Asks, PracticeCard, card_behind
from dashboard.sandbox.operations.cash import pay_from_cash
from dashboard.sandbox.operations.debits import Debit, debit_of
from dashboard.sandbox.operations.disputes import open_dispute
from dashboard.sandbox.operations.operation import deed
from dashboard.sandbox.operations.payment_methods import attach, new_mandate
from dashboard.sandbox.operations.settling import fees_of, settled
from dashboard.sandbox.operations.transfers import send_on
from dashboard.sandbox.shapes import Json, part

_DEBITS = {"sepa_debit", "us_bank_account"}
_SETUP = "setup_future_usage"


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
        return _debit(engine, intent, method)
    if method["type"] == "customer_balance":
        return _take_cash(engine, intent, method)
    card = card_behind(method)
    if _must_ask(card, method, off_session=off_session):
        if off_session or not may_ask:
            raise _decline(engine, intent, method, card, _unauthenticated(card))
        return ask_customer(engine, intent)
    refusal = card.refusal()
    if refusal:
        raise _decline(engine, intent, method, card, refusal)
    return _succeed(engine, intent, method, card)


def ask_customer(engine: Engine, intent: Json) -> Json:
    """Leave a payment or setup intent until the customer has talked to the bank."""
    kind = intent["object"]
    asked = {
        "next_action": {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": ""},
        },
        "payment_method": intent["payment_method"],
        "status": "requires_action",
    }
    intent = engine.put(intent | asked)
    engine.emit(f"{kind}.requires_action", intent)
    return intent


def capture(engine: Engine, charge: Json, amount: int, card: PracticeCard | None = None) -> Json:
    """Take `amount` (minor units) of an authorised charge, and return the charge."""
    charge |= {
        "amount_captured": amount,
        "balance_transaction": _book(engine, charge, amount, card),
        "captured": True,
    }
    return engine.put(send_on(engine, charge))


def _must_ask(card: PracticeCard, method: Json, *, off_session: bool) -> bool:
    if card.asks is Asks.UNLESS_SET_UP:
        return not (off_session and method["customer"])
    return card.asks is Asks.ALWAYS


def _succeed(engine: Engine, intent: Json, method: Json, card: PracticeCard) -> Json:
    charge = _charge(engine, intent, method, "succeeded", _authorized(card))
    charge["receipt_url"] = f"https://pay.stripe.com/receipts/payment/{charge['id']}"
    captured = intent["capture_method"] != "manual"
    if captured:
        charge = capture(engine, charge, intent["amount"], card)
    else:
        charge = engine.put(charge | {"captured": False})
    engine.emit("charge.succeeded", charge)
    _keep_method(engine, intent, method)
    if not captured:
        held = {"amount_capturable": intent["amount"], "status": "requires_capture"}
        return _tell(engine, intent, charge, "amount_capturable_updated", held)
    intent = paid(engine, intent, charge)
    if card.disputed:
        open_dispute(engine, charge, card)
    return intent


def paid(engine: Engine, intent: Json, charge: Json) -> Json:
    """Leave an intent as it is once a charge has paid it, and return it."""
    received = {
        "amount_capturable": 0,
        "amount_received": charge["amount_captured"],
        "status": "succeeded",
    }
    return _tell(engine, intent, charge, "succeeded", received)


def _tell(engine: Engine, intent: Json, charge: Json, event: str, changes: Json) -> Json:
    common = {"last_payment_error": None, "latest_charge": charge["id"], "next_action": None}
    intent = engine.put(intent | common | changes)
    engine.emit(f"payment_intent.{event}", intent)
    return intent


def _keep_method(engine: Engine, intent: Json, method: Json) -> None:
    """Give the method to the customer when the payment was to keep it for later."""
    if intent[_SETUP] and intent["customer"] and method["customer"] is None:
        attach(engine, method, intent["customer"])


def _take_cash(engine: Engine, intent: Json, method: Json) -> Json:
    """Pay from the customer's cash balance, or tell where the missing money is to be sent."""
    missing = pay_from_cash(engine, intent)
    if missing == 0:
        return _succeed(engine, intent, method, card_behind(method))
    funding = (intent["payment_method_options"] or {}).get("customer_balance") or {}
    kind = (funding.get("bank_transfer") or {}).get("type") or "us_bank_transfer"
    told = {
        "next_action": {
            "display_bank_transfer_instructions": {
                "amount_remaining": missing,
                "currency": intent["currency"],
                "hosted_instructions_url": None,
                "reference": intent["id"][-12:].upper(),
                "type": kind,
            },
            "type": "display_bank_transfer_instructions",
        },
        "status": "requires_action",
    }
    intent = engine.put(intent | told)
    part_of = missing < intent["amount"]
    engine.emit(f"payment_intent.{'partially_funded' if part_of else 'requires_action'}", intent)
    return intent


def continue_with_cash(engine: Engine, intent: Json) -> Json:
    """Try an intent that waits for a bank transfer again, after money has come."""
    method = engine.find("payment_method", intent["payment_method"], "payment_method")
    return _take_cash(engine, intent, method)


def _debit(engine: Engine, intent: Json, method: Json) -> Json:
    """Ask the customer's bank for the money; it answers later."""
    debit = debit_of(method)
    charge = _charge(engine, intent, method, "pending", _authorized(None))
    details = charge["payment_method_details"][method["type"]]
    details["mandate"] = new_mandate(engine, method)
    charge["id"] = new_id("py_")
    charge = capture(engine, charge | {"paid": False}, intent["amount"])
    engine.emit("charge.pending", charge)
    _keep_method(engine, intent, method)
    intent = _tell(engine, intent, charge, "processing", {"status": "processing"})
    engine.later(engine.today + max(debit.seconds, 1), answer_debit, intent["id"])
    return intent


@deed
def answer_debit(engine: Engine, identity: str) -> None:
    """Let the bank answer a debit: it pays, or the money goes back with Stripe's fee."""
    intent = engine.find("payment_intent", identity)
    charge = engine.find("charge", intent["latest_charge"])
    method = engine.find("payment_method", intent["payment_method"])
    debit = debit_of(method)
    if debit.code:
        _refuse_debit(engine, intent, charge, method, debit)
        return
    charge = engine.put(charge | {"paid": True, "status": "succeeded"})
    engine.emit("charge.succeeded", charge)
    paid(engine, intent, charge)


def _refuse_debit(engine: Engine, intent: Json, charge: Json, method: Json, debit: Debit) -> None:
    returned = _take_back(engine, charge)
    failure = {
        "failure_balance_transaction": returned,
        "failure_code": debit.code,
        "failure_message": debit.message,
        "status": "failed",
    }
    charge = engine.put(charge | failure)
    engine.emit("charge.failed", charge)
    _fail(engine, intent, charge, method, {"type": "card_error"})


def _take_back(engine: Engine, charge: Json) -> str:
    """Book what the bank did not pay, and Stripe's fee with it."""
    row = engine.find("balance_transaction", charge["balance_transaction"])
    booking = Booking(
        source=charge["id"],
        type="payment_failure_refund",
        category="charge_failure",
        amount=-row["amount"],
        currency=row["currency"],
        fees=tuple((detail["type"], -detail["amount"]) for detail in row["fee_details"]),
        description=f"Payment failure refund for {charge['id']}",
        exchange_rate=row["exchange_rate"],
        available_at=row["available_on"],
    )
    return str(engine.book(booking)["id"])


def _decline(
    engine: Engine, intent: Json, method: Json, card: PracticeCard, refusal: StripeError
) -> StripeError:
    """Keep the failed charge and return the error for the caller to raise."""
    charge = _charge(engine, intent, method, "failed", _declined(card, refusal))
    charge |= {
        "captured": False,
        "failure_code": refusal.code,
        "failure_message": refusal.message,
        "paid": False,
    }
    engine.put(charge)
    engine.emit("charge.failed", charge)
    intent = _fail(engine, intent, charge, method, dict(refusal.more))
    refusal.more |= {"charge": charge["id"], "payment_intent": intent, "payment_method": method}
    return refusal


def _fail(engine: Engine, intent: Json, charge: Json, method: Json, error: Json) -> Json:
    """Send an intent back for another payment method, and return it."""
    error = {
        "charge": charge["id"],
        "code": charge["failure_code"],
        "message": charge["failure_message"],
        **error,
    }
    changes = {
        "last_payment_error": part("payment_error", **error, payment_method=method),
        "payment_method": None,
        "status": "requires_payment_method",
    }
    intent = engine.put(intent | {"latest_charge": charge["id"], "next_action": None} | changes)
    engine.emit("payment_intent.payment_failed", intent)
    return intent


def _unauthenticated(card: PracticeCard) -> StripeError:
    return StripeError(
        402,
        "Your card was declined. This transaction requires authentication.",
        ErrorType.CARD,
        "authentication_required",
        more={"decline_code": card.decline_code or "authentication_required"},
    )


def _charge(engine: Engine, intent: Json, method: Json, status: str, outcome: Json) -> Json:
    return engine.make(
        "charge",
        amount=intent["amount"],
        application_fee_amount=intent["application_fee_amount"],
        billing_details=method["billing_details"],
        calculated_statement_descriptor=_descriptor(intent),
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        metadata=intent["metadata"],
        on_behalf_of=intent["on_behalf_of"],
        outcome=outcome,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details=details_of(method),
        receipt_email=intent["receipt_email"],
        shipping=intent["shipping"],
        statement_descriptor=intent["statement_descriptor"],
        statement_descriptor_suffix=intent["statement_descriptor_suffix"],
        status=status,
        transfer_data=intent["transfer_data"],
        transfer_group=intent["transfer_group"],
    )


def _descriptor(intent: Json) -> str:
    return str(intent["statement_descriptor"] or "NORTHWIND").upper()


def details_of(method: Json) -> Json:
    """Return what a charge shows of the payment method."""
    kind = method["type"]
    shown = _SHOWN[kind](method[kind]) if kind in _SHOWN else {}
    return part("payment_method_details", type=kind, **{kind: shown})


def _card_details(card: Json) -> Json:
    names = ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
    shown = {name: card[name] for name in names}
    return part("card_details", **shown, network=card["brand"])


def _sepa_details(bank: Json) -> Json:
    names = ("bank_code", "branch_code", "country", "fingerprint", "last4")
    return part("sepa_debit_details", **{name: bank[name] for name in names})


def _bank_details(bank: Json) -> Json:
    names = (
        "account_holder_type",
        "account_type",
        "bank_name",
        "fingerprint",
        "last4",
        "routing_number",
    )
    return part("us_bank_account_details", **{name: bank[name] for name in names})


_SHOWN: dict[str, Callable[[Json], Json]] = {
    "card": _card_details,
    "sepa_debit": _sepa_details,
    "us_bank_account": _bank_details,
}


def _book(engine: Engine, charge: Json, amount: int, card: PracticeCard | None) -> str:
    """Put what a charge takes on the balance and return the id of its transaction."""
    kind = charge["payment_method_details"]["type"]
    money = settled(amount, charge["currency"], engine.today)
    transaction = engine.book(
        Booking(
            source=charge["id"],
            type="charge" if kind == "card" else "payment",
            category="charge",
            amount=money.amount,
            currency=money.currency,
            fees=fees_of(money, kind),
            description=charge["description"],
            exchange_rate=money.exchange_rate,
            available_at=engine.today if card and card.settles_at_once else None,
        )
    )
    return str(transaction["id"])


def _authorized(card: PracticeCard | None) -> Json:
    elevated = card is not None and card.elevated
    return part(
        "outcome",
        network_status="approved_by_network",
        risk_level="elevated" if elevated else "normal",
        risk_score=70 if elevated else 20,
        seller_message="Payment complete.",
    )


def _declined(card: PracticeCard, refusal: StripeError) -> Json:
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
        reason=refusal.more.get("decline_code") or refusal.code,
        risk_level="normal",
        risk_score=20,
        seller_message="The bank did not return any further details with this decline.",
    )
