"""Charges: made, captured, and what they show of the payment method and of the bank's answer."""

from __future__ import annotations

from collections.abc import Callable

from dashboard.sandbox.engine import Booking, Engine
from dashboard.sandbox.errors import StripeError
from dashboard.sandbox.operations.money.cards import PracticeCard
from dashboard.sandbox.operations.money.settling import fees_of, settled
from dashboard.sandbox.operations.transfers import send_on
from dashboard.sandbox.shapes import Json, part

_FROM_ORDER = (
    "amount",
    "application_fee_amount",
    "currency",
    "customer",
    "description",
    "metadata",
    "on_behalf_of",
    "receipt_email",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_data",
    "transfer_group",
)


def new_charge(
    engine: Engine, order: Json, method: Json, status: str, outcome: Json | None = None
) -> Json:
    """Return a charge of `method` for an order: a payment intent, or what has the same fields."""
    charge = engine.make(
        "charge",
        billing_details=method["billing_details"],
        calculated_statement_descriptor=(order["statement_descriptor"] or "NORTHWIND").upper(),
        outcome=outcome or _authorized(elevated=False),
        payment_method=method["id"],
        payment_method_details=details_of(method),
        status=status,
        **{name: order[name] for name in _FROM_ORDER},
    )
    if charge["transfer_data"]:
        goes_to = {name: charge["transfer_data"].get(name) for name in ("amount", "destination")}
        charge["transfer_data"] = goes_to
    charge["receipt_url"] = f"https://pay.stripe.com/receipts/payment/{charge['id']}"
    return charge


def take(engine: Engine, order: Json, method: Json, card: PracticeCard, *, whole: bool) -> Json:
    """Charge a card that pays: the `whole` order at once, or only authorise it.

    Returns the charge, of which nothing is told yet.
    """
    charge = new_charge(engine, order, method, "succeeded", _authorized(elevated=card.elevated))
    charge["payment_intent"] = order["id"]
    if whole:
        return capture(engine, charge, order["amount"], card)
    return engine.put(charge | {"captured": False})


def refuse(
    engine: Engine, order: Json, method: Json, card: PracticeCard, refusal: StripeError
) -> Json:
    """Keep the charge that a bank refused, tell of it, and return it."""
    charge = new_charge(engine, order, method, "failed", _declined(card, refusal))
    charge |= {
        "captured": False,
        "failure_code": refusal.code,
        "failure_message": refusal.message,
        "paid": False,
        "payment_intent": order["id"],
        "receipt_url": None,
    }
    engine.put(charge)
    engine.emit("charge.failed", charge)
    refusal.more["charge"] = charge["id"]
    return charge


def capture(engine: Engine, charge: Json, amount: int, card: PracticeCard | None = None) -> Json:
    """Take `amount` (minor units) of an authorised charge, and return the charge."""
    charge |= {
        "amount_captured": amount,
        "balance_transaction": _book(engine, charge, amount, card),
        "captured": True,
    }
    return engine.put(send_on(engine, charge))


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


def _authorized(*, elevated: bool) -> Json:
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
