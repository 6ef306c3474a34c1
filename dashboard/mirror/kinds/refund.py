"""Refunds: money that goes back to a customer.

https://docs.stripe.com/api/refunds
"""

from sqlalchemy import Index

from dashboard.mirror.kinds.base import Kind, Raw, Row, amount, mirror_table, word
from dashboard.mirror.kinds.read import currency, ref, text, whole

refunds = mirror_table(
    "refunds",
    word("charge_id"),
    word("payment_intent_id"),
    amount("amount_minor"),
    word("currency"),
    word("status"),
    word("reason"),
    word("failure_reason"),
    word("balance_transaction_id"),
    indexes=(
        Index(None, "book_id", "status", "created_at", "id"),
        Index(None, "book_id", "currency", "created_at", "id"),
        Index(None, "book_id", "charge_id"),
        Index(None, "book_id", "payment_intent_id"),
    ),
)


def project(raw: Raw) -> Row:
    """Return the columns of a refund; the amount in minor units of its currency.

    Refunds had no status as long as they succeeded at once.
    """
    return {
        "charge_id": ref(raw.get("charge")),
        "payment_intent_id": ref(raw.get("payment_intent")),
        "amount_minor": whole(raw.get("amount")),
        "currency": currency(raw),
        "status": text(raw.get("status")) or "succeeded",
        "reason": text(raw.get("reason")),
        "failure_reason": text(raw.get("failure_reason")),
        "balance_transaction_id": ref(raw.get("balance_transaction")),
    }


KIND = Kind("refund", refunds, project, path="/v1/refunds")
