"""Stripe's well-known test cards: what becomes of payments with each of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dashboard.sandbox.errors import ErrorType, StripeError
from dashboard.sandbox.shapes import Json


class Asks(StrEnum):
    """When the bank asks the cardholder before it pays."""

    NEVER = "never"
    UNLESS_SET_UP = "unless_set_up"
    ALWAYS = "always"


class Returns(StrEnum):
    """What becomes of a refund to the card."""

    AT_ONCE = "at_once"
    LATER = "later"
    NEVER = "never"


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
    asks: Asks = Asks.NEVER
    only_payments_fail: bool = False
    """Whether customers may keep it although payments with it fail."""
    blocked: bool = False
    """Whether Stripe's Radar stops it before the bank is asked."""
    elevated: bool = False
    """Whether Radar sees an elevated risk."""
    disputed: str | None = None
    """The reason for which its holder disputes every payment."""
    inquires: bool = False
    """Whether the dispute is an inquiry, which takes no money."""
    returns: Returns = Returns.AT_ONCE
    settles_at_once: bool = False
    """Whether its payments are available without waiting."""

    def refusal(self, **more: object) -> StripeError | None:
        """Return the error of asking the bank, None when it says yes; `more` as its members."""
        if self.code is None:
            return None
        if self.decline_code:
            more["decline_code"] = self.decline_code
        return StripeError(402, self.message, ErrorType.CARD, self.code, more=more)

    @property
    def fingerprint(self) -> str:
        """What tells the card from others on the objects that it leaves."""
        return f"practice{self.number[-8:]}"


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
    "threeDSecure2Required": PracticeCard("4000000000003220", "visa", asks=Asks.ALWAYS),
    "authenticationRequired": PracticeCard("4000002760003184", "visa", asks=Asks.ALWAYS),
    "authenticationRequiredOnSetup": PracticeCard(
        "4000002500003155", "visa", asks=Asks.UNLESS_SET_UP
    ),
    "authenticationRequiredChargeDeclinedInsufficientFunds": PracticeCard(
        "4000008260003178",
        "visa",
        code=_DECLINED,
        decline_code="insufficient_funds",
        message="Your card has insufficient funds.",
        asks=Asks.ALWAYS,
        only_payments_fail=True,
    ),
    "createDispute": PracticeCard("4000000000000259", "visa", disputed="fraudulent"),
    "createDisputeProductNotReceived": PracticeCard(
        "4000000000002685", "visa", disputed="product_not_received"
    ),
    "createDisputeInquiry": PracticeCard(
        "4000000000001976", "visa", disputed="fraudulent", inquires=True
    ),
    "refundFail": PracticeCard("4000000000005126", "visa", returns=Returns.NEVER),
    "pendingRefund": PracticeCard("4000000000007726", "visa", returns=Returns.LATER),
    "bypassPending": PracticeCard("4000000000000077", "visa", settles_at_once=True),
    "riskLevelElevated": PracticeCard("4000000000009235", "visa", elevated=True),
    "chargeDeclined": PracticeCard(
        "4000000000000002", "visa", code=_DECLINED, decline_code="generic_decline"
    ),
    "visa_chargeDeclined": PracticeCard(
        "4000000000000002", "visa", code=_DECLINED, decline_code="generic_decline"
    ),
    "chargeCustomerFail": PracticeCard(
        "4000000000000341",
        "visa",
        code=_DECLINED,
        decline_code="generic_decline",
        only_payments_fail=True,
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
_BY_FINGERPRINT = {card.fingerprint: card for card in _BY_NUMBER.values()}


def card_named(name: str) -> PracticeCard | None:
    """Return the card of a test name such as `pm_card_visa` or `tok_visa`, None for others."""
    for prefix in ("pm_card_", "tok_"):
        if name.startswith(prefix):
            return _CARDS.get(name.removeprefix(prefix))
    return None


def card_numbered(number: str) -> PracticeCard:
    """Return the card of a number; raises Stripe's refusal of one that is no test card."""
    card = _BY_NUMBER.get(number.replace(" ", ""))
    if card is None:
        raise StripeError(
            402,
            "Your card was declined. Your request was in test mode, but used a non test card. For "
            "a list of valid test cards, visit: https://stripe.com/docs/testing.",
            ErrorType.CARD,
            code="card_declined",
            more={"decline_code": "test_mode_live_card"},
        )
    return card


def card_behind(method: Json) -> PracticeCard:
    """Return how payments with a method, or an older card, behave.

    Methods of the world just succeed.
    """
    details = method if method["object"] == "card" else method.get("card", {})
    return _BY_FINGERPRINT.get(str(details.get("fingerprint")), _CARDS["visa"])
