"""Balance transactions: every movement of an account's balance, the ledger that figures sum.

https://docs.stripe.com/api/balance_transactions
"""

from sqlalchemy import Index

from dashboard.mirror.kinds.base import Kind, Raw, Row, amount, mirror_table, moment, word
from dashboard.mirror.kinds.read import currency, ref, text, whole
from dashboard.mirror.kinds.read import moment as seconds

balance_transactions = mirror_table(
    "balance_transactions",
    word("type"),
    word("reporting_category"),
    amount("amount_minor"),
    amount("fee_minor"),
    amount("net_minor"),
    word("currency"),
    moment("available_at"),
    word("source_id"),
    word("description"),
    indexes=(
        Index(None, "book_id", "available_at"),
        Index(None, "book_id", "source_id"),
        Index(None, "book_id", "currency", "created_at", "id"),
        Index(None, "book_id", "reporting_category", "created_at", "id"),
    ),
    listed=True,
)

CATEGORY_OF_TYPE = {
    "adjustment": "other_adjustment",
    "payment": "charge",
    "payment_refund": "refund",
    "payment_failure_refund": "charge_failure",
    "payment_reversal": "charge_failure",
    "payout_cancel": "payout_reversal",
    "payout_failure": "payout_reversal",
    "stripe_fee": "fee",
    "transfer_refund": "transfer_reversal",
}
"""What ``reporting_category`` says of a ``type`` that an object without it carries.

https://docs.stripe.com/reports/reporting-categories
"""


def project(raw: Raw) -> Row:
    """Return the columns of a balance transaction; amounts in minor units of its currency."""
    kind = text(raw.get("type"))
    return {
        "type": kind,
        "reporting_category": text(raw.get("reporting_category"))
        or CATEGORY_OF_TYPE.get(kind or "", kind),
        "amount_minor": whole(raw.get("amount")),
        "fee_minor": whole(raw.get("fee")),
        "net_minor": whole(raw.get("net")),
        "currency": currency(raw),
        "available_at": seconds(raw.get("available_on")),
        "source_id": ref(raw.get("source")),
        "description": text(raw.get("description")),
    }


# A ledger is not rewritten: each line becomes available once, and says itself when.
KIND = Kind(
    "balance_transaction",
    balance_transactions,
    project,
    path="/v1/balance_transactions",
    versioned=False,
)
