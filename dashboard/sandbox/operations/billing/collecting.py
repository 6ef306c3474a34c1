"""From draft to paid: finalizing invoices, charging them, and what their payments change."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine, react
from dashboard.sandbox.errors import ErrorType, StripeError
from dashboard.sandbox.operations.billing import standing
from dashboard.sandbox.operations.billing.balances import use_balance
from dashboard.sandbox.operations.billing.bills import apply_balance
from dashboard.sandbox.operations.billing.clocks import on_clock
from dashboard.sandbox.operations.billing.invoicing import DAY_SECONDS
from dashboard.sandbox.operations.billing.payments import (
    ask_for_payment,
    close_payment,
    default_method,
    intent_of,
    invoice_of_intent,
)
from dashboard.sandbox.operations.money.charging import attempt
from dashboard.sandbox.reckoning.retries import retry_days
from dashboard.sandbox.shapes import Json


def finalize(engine: Engine, invoice: Json) -> Json:
    """Number a draft and open it; one of nothing is paid at once."""
    before = {"status": invoice["status"], "number": invoice["number"]}
    apply_balance(engine, invoice)
    invoice |= {
        "automatically_finalizes_at": None,
        "effective_at": invoice["effective_at"] or engine.now,
        "ending_balance": min(0, invoice["total"] + invoice["starting_balance"]),
        "hosted_invoice_url": f"https://invoice.stripe.com/i/acct_practice/test_{invoice['id']}",
        "invoice_pdf": f"https://pay.stripe.com/invoice/acct_practice/test_{invoice['id']}/pdf",
        "number": invoice["number"] or _next_number(engine, invoice["customer"]),
        "status": "open",
    }
    invoice["status_transitions"]["finalized_at"] = engine.now
    use_balance(engine, invoice)
    if invoice["amount_due"]:
        intent = ask_for_payment(engine, invoice)
        secret = {"client_secret": intent["client_secret"], "type": "payment_intent"}
        engine.put(invoice | {"confirmation_secret": secret})
    else:
        engine.put(invoice)
    engine.emit("invoice.finalized", invoice, before)
    if not invoice["amount_due"]:
        return settle(engine, invoice)
    return invoice


def finalize_and_collect(engine: Engine, invoice: Json) -> StripeError | None:
    """Finalize a draft, and charge it or send it; return the card's refusal, if any."""
    invoice = finalize(engine, invoice)
    if invoice["status"] != "open":
        return None
    if invoice["collection_method"] == "send_invoice":
        engine.emit("invoice.sent", invoice)
        return None
    return collect(engine, invoice)


def collect(
    engine: Engine, invoice: Json, method: str | None = None, *, by_itself: bool = True
) -> StripeError | None:
    """Charge an open invoice and keep what comes of it; return the card's refusal, if any.

    Only attempts that Stripe makes by itself are followed by others.
    """
    intent = intent_of(engine, invoice) or ask_for_payment(engine, invoice)
    method = method or default_method(engine, invoice)
    count = invoice["attempt_count"]
    invoice |= {"attempted": True, "attempt_count": count + 1 if by_itself or not count else count}
    if by_itself:
        invoice["next_payment_attempt"] = None
    engine.put(invoice)
    found = engine.shelf.get("payment_method", method) if method else None
    if found is None:
        _fail(engine, invoice)
        return None
    off_session = by_itself and invoice["billing_reason"] == "subscription_cycle"
    try:
        attempt(engine, intent, found, off_session=off_session)
    except StripeError as error:
        if error.type is not ErrorType.CARD:
            raise
        return error
    return None


def settle(engine: Engine, invoice: Json, *, out_of_band: bool = False) -> Json:
    """Note that an invoice is paid, tell of it, and let its subscription recover."""
    paid = invoice["amount_due"]
    invoice |= {
        "amount_paid": paid,
        "amount_remaining": 0,
        "attempted": True,
        "auto_advance": False,
        "next_payment_attempt": None,
        "status": "paid",
    }
    if out_of_band:
        invoice["amount_paid_off_stripe"] = paid
    invoice["status_transitions"]["paid_at"] = engine.now
    engine.put(invoice)
    if not out_of_band:
        close_payment(engine, invoice["id"], paid)
    engine.emit("invoice.paid", invoice)
    engine.emit("invoice.payment_succeeded", invoice)
    standing.note_paid(engine, invoice)
    return invoice


def _fail(engine: Engine, invoice: Json) -> None:
    """Tell that an attempt failed, and plan the next one where none is planned."""
    if invoice["next_payment_attempt"] is None:
        invoice["next_payment_attempt"] = _next_attempt(engine, invoice)
        engine.put(invoice)
    engine.emit("invoice.payment_failed", invoice)
    standing.note_failed(engine, invoice)


def _next_attempt(engine: Engine, invoice: Json) -> int | None:
    days, made = retry_days(standing.rhythm_of(engine, invoice)), invoice["attempt_count"]
    ends = made >= len(days) or standing.is_incomplete(engine, invoice)
    if ends or not invoice["auto_advance"]:
        return None
    first = invoice["status_transitions"]["finalized_at"]
    return int(max(first + days[made] * DAY_SECONDS, engine.now + DAY_SECONDS))


def _next_number(engine: Engine, customer: str) -> str:
    found = engine.find("customer", customer)
    prefix = found["invoice_prefix"] or customer[-8:].upper()
    sequence = found["next_invoice_sequence"]
    changes = {"invoice_prefix": prefix, "next_invoice_sequence": sequence + 1}
    engine.put(found | changes)
    return f"{prefix}-{sequence:04d}"


def _on_paid(engine: Engine, intent: Json) -> None:
    invoice = invoice_of_intent(engine, intent["id"])
    if invoice:
        standing.keep_method(engine, invoice, intent["payment_method"])
        settle(on_clock(engine, invoice), invoice)


def _on_processing(engine: Engine, intent: Json) -> None:
    invoice = invoice_of_intent(engine, intent["id"])
    if invoice:
        standing.note_on_its_way(on_clock(engine, invoice), invoice)


def _on_failed(engine: Engine, intent: Json) -> None:
    invoice = invoice_of_intent(engine, intent["id"])
    if invoice:
        _fail(on_clock(engine, invoice), invoice)


def _on_action(engine: Engine, intent: Json) -> None:
    invoice = invoice_of_intent(engine, intent["id"])
    if invoice:
        engine.emit("invoice.payment_action_required", invoice)
        _fail(on_clock(engine, invoice), invoice)


react("payment_intent.succeeded", _on_paid)
react("payment_intent.processing", _on_processing)
react("payment_intent.payment_failed", _on_failed)
react("payment_intent.requires_action", _on_action)
