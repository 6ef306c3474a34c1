"""Invoices: what customers are billed, with lines and payments.

https://docs.stripe.com/api/invoices
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Index

from dashboard.core import clock
from dashboard.mirror.kinds.base import (
    Kind,
    Part,
    Raw,
    Row,
    amount,
    mirror_table,
    moment,
    number,
    word,
)
from dashboard.mirror.kinds.invoice_payment import told
from dashboard.mirror.kinds.read import currency, dig, members, ref, text, whole
from dashboard.mirror.kinds.read import moment as seconds
from dashboard.mirror.kinds.read import number as whole_number

invoices = mirror_table(
    "invoices",
    word("number"),
    word("status"),
    word("customer_id"),
    word("customer_name"),
    word("customer_email"),
    word("subscription_id"),
    word("currency"),
    amount("total_minor"),
    amount("amount_due_minor"),
    amount("amount_paid_minor"),
    amount("amount_remaining_minor"),
    moment("due_at"),
    moment("finalized_at"),
    moment("paid_at"),
    word("billing_reason"),
    word("collection_method"),
    number("attempt_count"),
    moment("next_attempt_at"),
    indexes=(
        Index(None, "book_id", "status", "created_at", "id"),
        Index(None, "book_id", "customer_id", "created_at", "id"),
        Index(None, "book_id", "subscription_id", "created_at", "id"),
        Index(None, "book_id", "currency", "created_at", "id"),
        Index(None, "book_id", "number"),
        Index(None, "book_id", "total_minor", "id"),
        Index(None, "book_id", "due_at", "id"),
    ),
    listed=True,
)


def project(raw: Raw) -> Row:
    """Return the columns of an invoice; amounts in minor units of its currency."""
    status = _status(raw)
    due = whole(raw.get("amount_due"))
    paid = whole_number(raw.get("amount_paid"))
    paid = (due if status == "paid" else 0) if paid is None else paid
    remaining = whole_number(raw.get("amount_remaining"))
    return {
        "number": text(raw.get("number")),
        "status": status,
        "customer_id": ref(raw.get("customer")),
        "customer_name": text(raw.get("customer_name")) or text(dig(raw, "customer", "name")),
        "customer_email": text(raw.get("customer_email")) or text(dig(raw, "customer", "email")),
        "subscription_id": ref(dig(raw, "parent", "subscription_details", "subscription"))
        or ref(raw.get("subscription")),
        "currency": currency(raw),
        "total_minor": whole(raw.get("total")),
        "amount_due_minor": due,
        "amount_paid_minor": paid,
        "amount_remaining_minor": max(due - paid, 0) if remaining is None else remaining,
        "due_at": seconds(raw.get("due_date")),
        "finalized_at": seconds(dig(raw, "status_transitions", "finalized_at"))
        or seconds(raw.get("finalized_at")),
        "paid_at": seconds(dig(raw, "status_transitions", "paid_at")),
        "billing_reason": text(raw.get("billing_reason")),
        "collection_method": text(raw.get("collection_method")) or text(raw.get("billing")),
        "attempt_count": whole_number(raw.get("attempt_count")),
        "next_attempt_at": seconds(raw.get("next_payment_attempt")),
    }


def _status(raw: Raw) -> str | None:
    """Old invoices have no status: flags say what became of them."""
    told = text(raw.get("status"))
    if told or "paid" not in raw:
        return told
    if raw.get("paid"):
        return "paid"
    if raw.get("forgiven"):
        return "uncollectible"
    if raw.get("closed"):
        return "void"
    return "open" if raw.get("attempted") or raw.get("number") else "draft"


def standing(row: Any) -> str | None:
    """Return the status of an invoice's row, or ``overdue`` when it is open past its due date."""
    is_late = row.status == "open" and row.due_at is not None and row.due_at < clock.seconds()
    return "overdue" if is_late else row.status


def parts(raw: Raw) -> Iterator[Part]:
    """Yield the invoice's lines, which are as old as it is, and its payments."""
    owner: Row = {"invoice_id": ref(raw)}
    for line in members(raw.get("lines")):
        yield Part("line_item", line, {**owner, "created_at": whole(raw.get("created"))})
    for payment in members(raw.get("payments")):
        yield Part("invoice_payment", payment, owner)
    yield from _payment_of_old(raw)


def _payment_of_old(raw: Raw) -> Iterator[Part]:
    paid = _status(raw) == "paid"
    return told(
        invoice=raw,
        intent=raw.get("payment_intent"),
        charge=raw.get("charge"),
        amount_requested=raw.get("amount_due"),
        amount_paid=raw.get("amount_paid") if paid else None,
        currency=raw.get("currency"),
        status="paid" if paid else "open",
        created=raw.get("created"),
        paid_at=dig(raw, "status_transitions", "paid_at"),
    )


KIND = Kind(
    "invoice",
    invoices,
    project,
    path="/v1/invoices",
    parts=parts,
    embeds={"line_item": "lines", "invoice_payment": "payments"},
)
