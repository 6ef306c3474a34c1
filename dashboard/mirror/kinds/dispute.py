"""Disputes: payments that a customer contests at the bank.

https://docs.stripe.com/api/disputes
"""

from sqlalchemy import Index
from sqlalchemy import text as sql

from dashboard.mirror.kinds.base import Kind, Raw, Row, amount, flag, mirror_table, moment, word
from dashboard.mirror.kinds.read import currency, dig, ref, text, whole
from dashboard.mirror.kinds.read import moment as seconds

CLOSED = frozenset({"won", "lost", "warning_closed", "prevented"})
"""Statuses in which nothing more can happen; a dispute of any other status is open."""

UNANSWERED = ("needs_response", "warning_needs_response")
"""Statuses in which Stripe waits for our evidence."""

OPEN = (*UNANSWERED, "under_review", "warning_under_review")
"""The open statuses that we know; Stripe may add others."""

disputes = mirror_table(
    "disputes",
    word("charge_id"),
    word("payment_intent_id"),
    amount("amount_minor"),
    word("currency"),
    word("status"),
    flag("is_open"),
    word("reason"),
    moment("due_at"),
    word("network_reason_code"),
    indexes=(
        Index(None, "book_id", "status", "created_at", "id"),
        Index(None, "book_id", "currency", "created_at", "id"),
        Index(None, "book_id", "charge_id"),
        Index(None, "book_id", "payment_intent_id"),
        Index(
            "ix_disputes_open_due_at",
            "book_id",
            "due_at",
            "id",
            sqlite_where=sql("is_open"),
            postgresql_where=sql("is_open"),
        ),
    ),
    listed=True,
)


def project(raw: Raw) -> Row:
    """Return the columns of a dispute; ``due_at`` is when evidence must be in, in UTC seconds."""
    status = text(raw.get("status"))
    return {
        "charge_id": ref(raw.get("charge")),
        "payment_intent_id": ref(raw.get("payment_intent")),
        "amount_minor": whole(raw.get("amount")),
        "currency": currency(raw),
        "status": status,
        "is_open": status not in CLOSED,
        "reason": text(raw.get("reason")),
        "due_at": seconds(dig(raw, "evidence_details", "due_by")),
        "network_reason_code": text(
            dig(raw, "payment_method_details", "card", "network_reason_code")
        )
        or text(raw.get("network_reason_code")),
    }


KIND = Kind("dispute", disputes, project, path="/v1/disputes")
