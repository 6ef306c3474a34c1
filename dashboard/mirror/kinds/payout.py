"""Payouts: money that leaves the balance for the bank.

https://docs.stripe.com/api/payouts
"""

from sqlalchemy import Index

from dashboard.mirror.kinds.base import Kind, Raw, Row, amount, flag, mirror_table, moment, word
from dashboard.mirror.kinds.read import currency, dig, ref, text, whole
from dashboard.mirror.kinds.read import moment as seconds

payouts = mirror_table(
    "payouts",
    word("status"),
    amount("amount_minor"),
    word("currency"),
    moment("arrival_at"),
    flag("automatic"),
    word("method"),
    word("type"),
    word("balance_transaction_id"),
    word("failure_code"),
    word("reconciliation_status"),
    word("description"),
    word("statement_descriptor"),
    word("trace_id"),
    indexes=(
        Index(None, "book_id", "status", "created_at", "id"),
        Index(None, "book_id", "currency", "created_at", "id"),
        Index(None, "book_id", "arrival_at", "id"),
    ),
    listed=True,
)


def project(raw: Raw) -> Row:
    """Return the columns of a payout.

    ``amount_minor`` is negative for a withdrawal from the bank; ``arrival_at`` is a date, written
    as its 00:00 UTC.
    """
    trace = raw.get("trace_id")
    return {
        "status": text(raw.get("status")),
        "amount_minor": whole(raw.get("amount")),
        "currency": currency(raw),
        "arrival_at": seconds(raw.get("arrival_date")),
        "automatic": bool(raw.get("automatic")),
        "method": text(raw.get("method")),
        "type": text(raw.get("type")),
        "balance_transaction_id": ref(raw.get("balance_transaction")),
        "failure_code": text(raw.get("failure_code")),
        "reconciliation_status": text(raw.get("reconciliation_status")),
        "description": text(raw.get("description")),
        "statement_descriptor": text(raw.get("statement_descriptor")),
        "trace_id": text(dig(trace, "value")) or text(trace),
    }


KIND = Kind("payout", payouts, project, path="/v1/payouts")
