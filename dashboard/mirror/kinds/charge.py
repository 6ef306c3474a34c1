"""Charges: single attempts to move a customer's money.

https://docs.stripe.com/api/charges
"""

from collections.abc import Iterator

from sqlalchemy import Boolean, Column, Index

from dashboard.mirror.kinds.base import Kind, Part, Raw, Row, amount, mirror_table, word
from dashboard.mirror.kinds.invoice_payment import told
from dashboard.mirror.kinds.read import currency, dig, ref, text, whole

charges = mirror_table(
    "charges",
    word("status"),
    amount("amount_minor"),
    amount("amount_captured_minor"),
    amount("amount_refunded_minor"),
    word("currency"),
    Column("captured", Boolean, nullable=False),
    Column("disputed", Boolean, nullable=False),
    word("customer_id"),
    word("payment_intent_id"),
    word("balance_transaction_id"),
    word("failure_code"),
    indexes=(Index(None, "book_id", "payment_intent_id"),),
)


def project(raw: Raw) -> Row:
    """Return the columns of a charge; amounts in minor units of its currency."""
    paid = text(raw.get("status")) == "succeeded"
    captured = raw.get("captured") is not False
    total = whole(raw.get("amount"))
    return {
        "status": text(raw.get("status")),
        "amount_minor": total,
        "amount_captured_minor": _captured(raw, total if paid and captured else 0),
        "amount_refunded_minor": whole(raw.get("amount_refunded")),
        "currency": currency(raw),
        "captured": captured,
        "disputed": bool(raw.get("disputed") or raw.get("dispute")),
        "customer_id": ref(raw.get("customer")),
        "payment_intent_id": ref(raw.get("payment_intent")),
        "balance_transaction_id": ref(raw.get("balance_transaction")),
        "failure_code": text(dig(raw, "outcome", "reason")) or text(raw.get("failure_code")),
    }


def _captured(raw: Raw, otherwise: int) -> int:
    """``amount_captured`` exists since 2020-08-27 only: before, a captured charge took it all."""
    told = raw.get("amount_captured")
    return whole(told) if told is not None else otherwise


def parts(raw: Raw) -> Iterator[Part]:
    """Yield the invoice payment that a charge of before 2025-03-31 made, once it succeeded."""
    if raw.get("invoice") is not None and raw.get("status") == "succeeded":
        yield from told(
            invoice=raw["invoice"],
            intent=raw.get("payment_intent"),
            charge=raw,
            amount_requested=raw.get("amount"),
            amount_paid=raw.get("amount"),
            currency=raw.get("currency"),
            status="paid",
            created=raw.get("created"),
            paid_at=raw.get("created"),
        )


KIND = Kind("charge", charges, project, path="/v1/charges", parts=parts)
