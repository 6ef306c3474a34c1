"""Invoice payments: which payment settles which invoice, and how much of it.

https://docs.stripe.com/api/invoice-payment

Until 2025-03-31 invoices, intents and charges named each other instead: ``told`` writes what they
say in the shape of today, under an id of our own.
"""

from collections.abc import Iterator

from sqlalchemy import Index

from dashboard.mirror.kinds.base import (
    Kind,
    Part,
    Raw,
    Row,
    amount,
    flag,
    mirror_table,
    moment,
    word,
)
from dashboard.mirror.kinds.read import currency, dig, ref, text, whole
from dashboard.mirror.kinds.read import moment as seconds

TOLD = ":"
"""Joins invoice and payment to an id of our own; no id of Stripe's holds it."""

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
        "currency": currency(raw),
        "status": text(raw.get("status")),
        "is_default": bool(raw.get("is_default")),
        "paid_at": seconds(dig(raw, "status_transitions", "paid_at")),
    }


def told(*, invoice: object, intent: object, charge: object, **fields: object) -> Iterator[Part]:
    """Yield what an older shape says of the payment of an invoice, if it says anything.

    ``fields`` are those of an invoice payment; ``paid_at`` is one of its ``status_transitions``.
    """
    invoice_id, intent_id, charge_id = ref(invoice), ref(intent), ref(charge)
    if invoice_id and (intent_id or charge_id):
        raw = {
            "id": f"{invoice_id}{TOLD}{intent_id or charge_id}",
            "object": "invoice_payment",
            "invoice": invoice_id,
            "is_default": True,
            "payment": {"payment_intent": intent_id, "charge": charge_id},
            "status_transitions": {"paid_at": fields.pop("paid_at", None)},
            **fields,
        }
        yield Part("invoice_payment", raw, {})


def is_told_by_others(name: str) -> bool:
    """Say whether an id of the table is one of ours, not Stripe's."""
    return TOLD in name


KIND = Kind(
    "invoice_payment",
    invoice_payments,
    project,
    path="/v1/invoice_payments",
    part_of="invoice_id",
)
