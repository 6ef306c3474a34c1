"""Invoice payments: which payment settles which invoice, and how much of it.

https://docs.stripe.com/api/invoice-payment

Until 2025-03-31 invoices, intents and charges named each other instead: ``told_by_…`` write
what they say in the shape of today, under an id of our own.
"""


from sqlalchemy import Index

from dashboard.mirror.kinds.base import (
    Kind,
    Raw,
    Row,
    amount,
    flag,
    mirror_table,
    moment,
    word,
)
from dashboard.mirror.kinds.read import dig, ref, text, whole
from dashboard.mirror.kinds.read import moment as seconds

invoice_payments = mirror_table(
    "invoice_payments",
    word("invoice_id"),
    word("payment_id"),
    word("payment_intent_id"),
    word("charge_id"),
    amount("amount_requested_minor"),
    amount("amount_paid_minor"),
    word("currency"),
    word("status"),
    flag("is_default"),
    moment("paid_at"),
    indexes=(
        Index(None, "book_id", "invoice_id", "id"),
        Index(None, "book_id", "payment_id", "id"),
    ),
)


def project(raw: Raw) -> Row:
    """Return the columns of an invoice payment; amounts in minor units of its currency.

    ``payment_id`` is the payment's id in the payments list: the intent, or a charge without one.
    """
    intent, charge = (ref(dig(raw, "payment", name)) for name in ("payment_intent", "charge"))
    return {
        "invoice_id": ref(raw.get("invoice")),
        "payment_id": intent or charge,
        "payment_intent_id": intent,
        "charge_id": charge,
        "amount_requested_minor": whole(raw.get("amount_requested")),
        "amount_paid_minor": whole(raw.get("amount_paid")),
        "currency": text(raw.get("currency")),
        "status": text(raw.get("status")),
        "is_default": bool(raw.get("is_default")),
        "paid_at": seconds(dig(raw, "status_transitions", "paid_at")),
    }


KIND = Kind(
    "invoice_payment",
    invoice_payments,
    project,
    path="/v1/invoice_payments",
    part_of="invoice_id",
)
