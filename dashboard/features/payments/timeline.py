"""What happened to a payment, told from its objects."""

from collections.abc import Iterator
from typing import Any

from dashboard.core.money import written
from dashboard.features.payments.queries import Payment
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.read import whole
from dashboard.web.timeline import Moment, newest_first


def tell(payment: Payment) -> list[Moment]:
    """Return the moments of a payment, newest first."""
    return newest_first(
        [
            *_of_intent(payment.intent),
            *(moment for charge in payment.charges for moment in _of_charge(charge)),
            *(_of_refund(refund) for refund in payment.refunds),
            *(_of_dispute(dispute) for dispute in payment.disputes),
        ]
    )


def _of_intent(intent: Raw | None) -> Iterator[Moment]:
    if intent is None:
        return
    yield Moment(whole(intent.get("created")), "Payment started", icon="circle-dashed")
    if intent.get("canceled_at"):
        reason = intent.get("cancellation_reason") or "no reason given"
        words = reason.replace("_", " ")
        yield Moment(intent["canceled_at"], "Payment canceled", words, "ban", "neutral")


def _of_charge(charge: Raw) -> Iterator[Moment]:
    amount = _amount(charge)
    match charge.get("status"):
        case "succeeded" if charge.get("captured") is False:
            yield Moment(
                whole(charge.get("created")), f"{amount} authorized", icon="lock", tone="info"
            )
        case "succeeded":
            yield Moment(whole(charge.get("created")), f"{amount} paid", icon="check", tone="ok")
        case "pending":
            yield Moment(
                whole(charge.get("created")), f"{amount} on its way", icon="clock", tone="info"
            )
        case _:
            outcome = charge.get("outcome") or {}
            why = outcome.get("seller_message") or charge.get("failure_message")
            yield Moment(
                whole(charge.get("created")), f"Attempt of {amount} failed", why, "x", "bad"
            )


def _of_refund(refund: Raw) -> Moment:
    failed = refund.get("status") == "failed"
    title = f"Refund of {_amount(refund)}" + (" failed" if failed else "")
    reason = refund.get("failure_reason") or refund.get("reason") or ""
    tone = "bad" if failed else "neutral"
    return Moment(
        whole(refund.get("created")), title, reason.replace("_", " "), "arrow-back-up", tone
    )


def _of_dispute(dispute: Raw) -> Moment:
    words = f"{dispute.get('reason', '')}: {dispute.get('status', '')}".replace("_", " ")
    title = f"Dispute of {_amount(dispute)}"
    return Moment(whole(dispute.get("created")), title, words, "alert-triangle", "warn")


def _amount(raw: Any) -> str:
    return written(raw.get("amount") or 0, raw.get("currency") or "usd")
