"""What happened to a payment, told from its objects."""

from collections.abc import Iterator

from dashboard.core.money import written
from dashboard.features.payments.queries import Payment
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.read import currency, dig, moment, text, whole
from dashboard.web.timeline import Moment, newest_first


def tell(payment: Payment) -> list[Moment]:
    """Return the moments of a payment, newest first."""
    return newest_first(
        [
            *_of_intent(payment.intent),
            *(_of_charge(charge) for charge in payment.charges),
            *(_of_refund(refund) for refund in payment.refunds),
            *(_of_dispute(dispute) for dispute in payment.disputes),
        ]
    )


def _of_intent(intent: Raw | None) -> Iterator[Moment]:
    if intent is None:
        return
    yield Moment(whole(intent.get("created")), "Payment started", icon="circle-dashed")
    if canceled_at := moment(intent.get("canceled_at")):
        reason = _words(intent, "cancellation_reason") or "no reason given"
        yield Moment(canceled_at, "Payment canceled", reason, "ban", "neutral")


def _of_charge(charge: Raw) -> Moment:
    at, amount = whole(charge.get("created")), _amount(charge)
    match charge.get("status"):
        case "succeeded" if charge.get("captured") is False:
            return Moment(at, f"{amount} authorized", icon="lock", tone="info")
        case "succeeded":
            return Moment(at, f"{amount} paid", icon="check", tone="ok")
        case "pending":
            return Moment(at, f"{amount} on its way", icon="clock", tone="info")
    why = text(dig(charge, "outcome", "seller_message")) or text(charge.get("failure_message"))
    return Moment(at, f"Attempt of {amount} failed", why, "x", "bad")


def _of_refund(refund: Raw) -> Moment:
    failed = refund.get("status") == "failed"
    title = f"Refund of {_amount(refund)}" + (" failed" if failed else "")
    reason = _words(refund, "failure_reason") or _words(refund, "reason")
    tone = "bad" if failed else "neutral"
    return Moment(whole(refund.get("created")), title, reason, "arrow-back-up", tone)


def _of_dispute(dispute: Raw) -> Moment:
    said = filter(None, (_words(dispute, "reason"), _words(dispute, "status")))
    title = f"Dispute of {_amount(dispute)}"
    at = whole(dispute.get("created"))
    return Moment(at, title, ": ".join(said), "alert-triangle", "warn")


def _amount(raw: Raw) -> str:
    return written(whole(raw.get("amount")), currency(raw))


def _words(raw: Raw, field: str) -> str | None:
    value = text(raw.get(field))
    return value and value.replace("_", " ")
