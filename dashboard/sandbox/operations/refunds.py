"""Giving money back."""

from __future__ import annotations

from dashboard.sandbox.engine import Booking, Engine
from dashboard.sandbox.errors import invalid_request
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json
from dashboard.sandbox.world.tariff import Currency, settle


@operation(
    "POST",
    "/v1/refunds",
    "refund",
    "amount:integer charge currency customer instructions_email metadata origin=customer_balance"
    " payment_intent reason=duplicate|fraudulent|requested_by_customer refund_application_fee:flag"
    " reverse_transfer:flag",
)
def create_refund(engine: Engine, params: Params) -> Json:
    """Refund a charge, in full or in part, within what is left of it."""
    charge = _charge(engine, params)
    amount = _amount(charge, params)
    refund = engine.make(
        "refund",
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        customer=charge["customer"],
        metadata=params.mapping("metadata") or {},
        payment_intent=charge["payment_intent"],
        payment_method=charge["payment_method"],
        reason=params.text("reason"),
        status="succeeded",
        destination_details={
            "card": {
                "reference": "practice",
                "reference_status": "available",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
            "type": "card",
        },
    )
    refund["balance_transaction"] = _book(engine, refund, charge)
    engine.put(refund)
    _note_on_charge(engine, charge, amount)
    engine.emit("refund.created", refund)
    return refund


def _charge(engine: Engine, params: Params) -> Json:
    named, intent = params.text("charge"), params.text("payment_intent")
    if named is None and intent is None:
        raise invalid_request(
            "One of the following params should be provided for this request: payment_intent or "
            "charge.",
            code="parameter_missing",
        )
    if named is None:
        named = engine.find("payment_intent", intent or "", "payment_intent")["latest_charge"]
    charge = engine.find("charge", named or "", "charge")
    if charge["status"] != "succeeded":
        raise invalid_request(
            f"This PaymentIntent ({charge['payment_intent']}) does not have a successful charge to "
            "refund.",
            param="payment_intent",
        )
    return charge


def _amount(charge: Json, params: Params) -> int:
    left = int(charge["amount_captured"] - charge["amount_refunded"])
    if left <= 0:
        raise invalid_request(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    amount = params.integer("amount")
    if amount is None:
        return left
    if amount < 1:
        raise invalid_request(
            "This value must be greater than or equal to 1.",
            code="parameter_invalid_integer",
            param="amount",
        )
    if amount > left:
        raise invalid_request(
            f"Refund amount ({amount} {charge['currency']}) is greater than unrefunded amount on "
            f"charge ({left} {charge['currency']})",
            param="amount",
        )
    return amount


def _book(engine: Engine, refund: Json, charge: Json) -> str:
    card = charge["payment_method_details"]["type"] == "card"
    known = refund["currency"] in set(Currency)
    currency = Currency(refund["currency"]) if known else Currency.USD
    settled = settle(-refund["amount"], currency, engine.now)
    booking = Booking(
        source=refund["id"],
        type="refund" if card else "payment_refund",
        category="refund",
        amount=settled.amount,
        currency=settled.currency.value,
        description="REFUND FOR CHARGE",
        exchange_rate=settled.exchange_rate,
    )
    return str(engine.book(booking)["id"])


def _note_on_charge(engine: Engine, charge: Json, amount: int) -> None:
    before = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    engine.put(charge)
    engine.emit("charge.refunded", charge, before)
