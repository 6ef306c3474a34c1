"""What happened to an invoice, told from its own times and its events."""

from collections.abc import Iterator

from dashboard.core import clock
from dashboard.core.money import written
from dashboard.features.invoices.queries import Invoice
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.read import dig, moment, number, whole
from dashboard.web.timeline import Moment, newest_first


def tell(invoice: Invoice) -> list[Moment]:
    """Return the moments of an invoice, newest first; what is still to come stands on top."""
    return newest_first(
        [
            *_of_itself(invoice),
            *(told for event in invoice.events for told in _of_event(event)),
            *_to_come(invoice),
        ]
    )


def _of_itself(invoice: Invoice) -> Iterator[Moment]:
    row, raw = invoice.row, invoice.raw
    yield Moment(row.created_at, "Invoice drafted", icon="pencil")
    if row.finalized_at:
        amount = written(row.amount_due_minor, row.currency or "usd")
        yield Moment(row.finalized_at, f"Finalized: {amount} due", icon="file-invoice")
    if row.paid_at:
        yield Moment(row.paid_at, "Paid", icon="check", tone="ok")
    if given_up := moment(dig(raw, "status_transitions", "marked_uncollectible_at")):
        yield Moment(given_up, "Marked uncollectible", icon="ban", tone="bad")
    if voided := moment(dig(raw, "status_transitions", "voided_at")):
        yield Moment(voided, "Voided", icon="ban")


def _to_come(invoice: Invoice) -> Iterator[Moment]:
    row = invoice.row
    if row.status != "open":
        return
    if row.due_at:
        is_past = row.due_at < clock.seconds()
        title, tone = ("Was due", "warn") if is_past else ("Due", "info")
        yield Moment(row.due_at, title, icon="calendar", tone=tone)
    if row.next_attempt_at and row.next_attempt_at > clock.seconds():
        yield Moment(row.next_attempt_at, "Next attempt to charge", icon="clock", tone="info")


def _of_event(event: Raw) -> Iterator[Moment]:
    at = whole(event.get("created"))
    match event.get("type"):
        case "invoice.payment_failed":
            count = number(dig(event, "data", "object", "attempt_count"))
            words = f"Attempt {count}" if count else None
            yield Moment(at, "Payment failed", words, "x", "bad")
        case "invoice.payment_action_required":
            yield Moment(at, "Customer has to confirm the payment", None, "alert-triangle", "warn")
        case "invoice.sent":
            yield Moment(at, "Sent by e-mail", icon="mail")
        case "invoice.finalization_failed":
            yield Moment(at, "Finalizing failed", None, "alert-circle", "bad")
