"""Why card payments fail: at the issuer, at Stripe's Radar, or before anybody was asked."""

from dataclasses import dataclass
from itertools import accumulate
from random import Random

from dashboard.sandbox.shapes import Json, part

_BLOCK_RULE = {
    "action": "block",
    "id": "rule_block_if_high_risk",
    "predicate": "Block if :risk_level: = 'highest'",
}


@dataclass(frozen=True, slots=True)
class Decline:
    """One way to fail: the codes on the charge, and the ready-made outcome beside them."""

    share: int
    code: str
    reason: str | None
    message: str
    outcome: Json
    decline_code: str | None = None
    advice_code: str | None = None

    def error(self, charge: str, payment_method: Json | None) -> Json:
        """Return the payment intent's ``last_payment_error`` after this decline."""
        error = part(
            "payment_error",
            charge=charge,
            code=self.code,
            doc_url=f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}",
            message=self.message,
        )
        if self.decline_code:
            error["decline_code"] = self.decline_code
        if self.advice_code:
            error["advice_code"] = self.advice_code
        if payment_method:
            error["payment_method"] = payment_method
        return error


def _by_issuer(
    share: int,
    reason: str,
    message: str,
    *,
    code: str = "card_declined",
    network_code: str = "05",
    advice: str | None = "try_again_later",
) -> Decline:
    outcome = part(
        "outcome",
        type="issuer_declined",
        network_status="declined_by_network",
        reason=reason,
        risk_level="normal",
        risk_score=24,
        seller_message="The bank did not return any further details with this decline.",
        advice_code=advice,
        network_decline_code=network_code,
        network_advice_code="02" if advice == "try_again_later" else None,
    )
    decline_code = reason if code == "card_declined" else None
    return Decline(share, code, reason, message, outcome, decline_code, advice)


DECLINES = (
    _by_issuer(30, "insufficient_funds", "Your card has insufficient funds.", network_code="51"),
    _by_issuer(26, "generic_decline", "Your card was declined."),
    _by_issuer(14, "do_not_honor", "Your card was declined."),
    _by_issuer(
        9,
        "expired_card",
        "Your card has expired.",
        code="expired_card",
        network_code="54",
        advice="confirm_card_data",
    ),
    _by_issuer(
        8,
        "incorrect_cvc",
        "Your card's security code is incorrect.",
        code="incorrect_cvc",
        network_code="N7",
        advice="confirm_card_data",
    ),
    _by_issuer(
        4, "lost_card", "Your card was declined.", network_code="41", advice="do_not_try_again"
    ),
    _by_issuer(
        3, "stolen_card", "Your card was declined.", network_code="43", advice="do_not_try_again"
    ),
    _by_issuer(
        3,
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
        code="processing_error",
        network_code="96",
    ),
    Decline(
        share=3,
        code="incorrect_number",
        reason=None,
        message="Your card number is incorrect.",
        outcome=part(
            "outcome",
            type="invalid",
            network_status="not_sent_to_network",
            reason="incorrect_number",
            seller_message="The card number is not a valid card number.",
        ),
    ),
)

BLOCK = Decline(
    share=1,
    code="card_declined",
    reason="highest_risk_level",
    message="Your card was declined.",
    outcome=part(
        "outcome",
        type="blocked",
        network_status="not_sent_to_network",
        reason="highest_risk_level",
        risk_level="highest",
        risk_score=92,
        rule=_BLOCK_RULE,
        seller_message="Stripe blocked this payment as too risky.",
    ),
    decline_code="fraudulent",
)

BLOCK_AFTER_APPROVAL = Decline(
    share=1,
    code="card_declined",
    reason="rule",
    message="Your card was declined.",
    outcome=part(
        "outcome",
        type="blocked",
        network_status="reversed_after_approval",
        reason="rule",
        risk_level="elevated",
        risk_score=71,
        rule=_BLOCK_RULE,
        seller_message="You blocked this payment.",
    ),
    decline_code="generic_decline",
)

BANK_REFUSALS = tuple(
    Decline(1, code, None, message, {})
    for code, message in (
        ("insufficient_funds", "The customer's account has insufficient funds."),
        ("account_closed", "The customer's bank account has been closed."),
        ("debit_not_authorized", "The customer has told their bank that they did not authorize."),
        ("no_account", "The bank account could not be located."),
    )
)

_SHARES = tuple(accumulate(decline.share for decline in DECLINES))


def draw_decline(dice: Random) -> Decline:
    """Return one of the reasons for which issuers decline, the frequent ones often."""
    return dice.choices(DECLINES, cum_weights=_SHARES)[0]
