"""The well-known test payment methods and cards, and what becomes of payments with them."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json, part

_YEARS_VALID = 4


@dataclass(frozen=True, slots=True)
class PracticeCard:
    """One card of Stripe's testing page."""

    number: str
    brand: str
    country: str = "US"
    funding: str = "credit"
    code: str | None = None
    """The error of a payment with it; None when it succeeds."""
    decline_code: str | None = None
    message: str = "Your card was declined."
    authenticates: bool = False
    """Whether the bank asks the customer first."""
    blocked: bool = False
    """Whether Stripe's Radar stops it before the bank is asked."""


_DECLINED = "card_declined"
_CARDS = {
    "visa": PracticeCard("4242424242424242", "visa"),
    "visa_debit": PracticeCard("4000056655665556", "visa", funding="debit"),
    "mastercard": PracticeCard("5555555555554444", "mastercard"),
    "mastercard_debit": PracticeCard("5200828282828210", "mastercard", funding="debit"),
    "mastercard_prepaid": PracticeCard("5105105105105100", "mastercard", funding="prepaid"),
    "amex": PracticeCard("378282246310005", "amex"),
    "discover": PracticeCard("6011111111111117", "discover"),
    "diners": PracticeCard("3056930009020004", "diners"),
    "jcb": PracticeCard("3566002020360505", "jcb"),
    "unionpay": PracticeCard("6200000000000005", "unionpay"),
    "us": PracticeCard("4242424242424242", "visa"),
    "gb": PracticeCard("4000008260000000", "visa", "GB"),
    "de": PracticeCard("4000002760000016", "visa", "DE"),
    "fr": PracticeCard("4000002500000003", "visa", "FR"),
    "jp": PracticeCard("4000003920000003", "visa", "JP"),
    "threeDSecure2Required": PracticeCard("4000000000003220", "visa", authenticates=True),
    "authenticationRequired": PracticeCard("4000002500003155", "visa", authenticates=True),
    "chargeDeclined": PracticeCard(
        "4000000000000002", "visa", code=_DECLINED, decline_code="generic_decline"
    ),
    "visa_chargeDeclined": PracticeCard(
        "4000000000000002", "visa", code=_DECLINED, decline_code="generic_decline"
    ),
    "chargeCustomerFail": PracticeCard(
        "4000000000000341", "visa", code=_DECLINED, decline_code="generic_decline"
    ),
    "chargeDeclinedInsufficientFunds": PracticeCard(
        "4000000000009995",
        "visa",
        code=_DECLINED,
        decline_code="insufficient_funds",
        message="Your card has insufficient funds.",
    ),
    "chargeDeclinedLostCard": PracticeCard(
        "4000000000009987", "visa", code=_DECLINED, decline_code="lost_card"
    ),
    "chargeDeclinedStolenCard": PracticeCard(
        "4000000000009979", "visa", code=_DECLINED, decline_code="stolen_card"
    ),
    "chargeDeclinedFraudulent": PracticeCard(
        "4100000000000019", "visa", code=_DECLINED, decline_code="fraudulent", blocked=True
    ),
    "radarBlock": PracticeCard(
        "4100000000000019", "visa", code=_DECLINED, decline_code="fraudulent", blocked=True
    ),
    "chargeDeclinedVelocityLimitExceeded": PracticeCard(
        "4000000000006975",
        "visa",
        code=_DECLINED,
        decline_code="card_velocity_exceeded",
        message="Your card was declined for making repeated attempts too frequently or exceeding "
        "its amount limit.",
    ),
    "chargeDeclinedExpiredCard": PracticeCard(
        "4000000000000069", "visa", code="expired_card", message="Your card has expired."
    ),
    "chargeDeclinedIncorrectCvc": PracticeCard(
        "4000000000000127",
        "visa",
        code="incorrect_cvc",
        message="Your card's security code is incorrect.",
    ),
    "chargeDeclinedProcessingError": PracticeCard(
        "4000000000000119",
        "visa",
        code="processing_error",
        message="An error occurred while processing your card. Try again in a little bit.",
    ),
}
_BY_NUMBER = {card.number: card for card in reversed(_CARDS.values())}
_BY_FINGERPRINT = {f"practice{card.number[-8:]}": card for card in _BY_NUMBER.values()}


def payment_method_for(engine: Engine, name: str, customer: str | None) -> Json:
    """Return the payment method of this id, or make one of a test name such as `pm_card_visa`.

    Raises Stripe's 400 for a name that nothing answers to.
    """
    card = _CARDS.get(name.removeprefix("pm_card_")) if name.startswith("pm_card_") else None
    if card is None:
        return engine.find("payment_method", name, "payment_method")
    return _new_method(engine, card, customer)


def payment_method_from(engine: Engine, params: Params, customer: str | None) -> Json | None:
    """Return the payment method that the parameters name or describe, None without one."""
    name = params.text("payment_method")
    if name:
        return payment_method_for(engine, name, customer)
    described = params.mapping("payment_method_data[card]")
    if not described:
        return None
    token = str(described.get("token", ""))
    card = _CARDS.get(token.removeprefix("tok_")) or _BY_NUMBER.get(described.get("number", ""))
    if card is None:
        raise invalid_request(
            "Your card was declined. Your request was in test mode, but used a non test card. For "
            "a list of valid test cards, visit: https://stripe.com/docs/testing.",
            code="card_declined",
        )
    return _new_method(engine, card, customer)


def card_behind(method: Json) -> PracticeCard:
    """Return how payments with this method behave; methods of the world just succeed."""
    fingerprint = method.get("card", {}).get("fingerprint")
    return _BY_FINGERPRINT.get(fingerprint, _CARDS["visa"])


def _new_method(engine: Engine, card: PracticeCard, customer: str | None) -> Json:
    details = part(
        "card",
        brand=card.brand,
        country=card.country,
        display_brand=card.brand,
        exp_month=12,
        exp_year=1970 + engine.now // 31_556_952 + _YEARS_VALID,
        fingerprint=f"practice{card.number[-8:]}",
        funding=card.funding,
        last4=card.number[-4:],
        networks={"available": [card.brand], "preferred": None},
    )
    method = engine.put(engine.make("payment_method", type="card", card=details, customer=customer))
    if customer:
        engine.emit("payment_method.attached", method)
    return method
