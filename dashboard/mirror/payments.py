"""Payments as finance people mean them: a payment intent, or a charge without one, one row each.

Stripe tells of a payment in three objects that arrive in any order: the intent, its charges and
their disputes. Each brings its own columns; the status is derived from what is known so far.
"""

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, Integer, Table, Text

from dashboard.core import db
from dashboard.mirror import rows, search
from dashboard.mirror.changes import Change, Follower
from dashboard.mirror.kinds.base import Row, amount, moment, word
from dashboard.mirror.kinds.read import dig, text
from dashboard.store.books import Book


class PaymentStatus(StrEnum):
    """What became of a payment, in the words of the payments page."""

    SUCCEEDED = "succeeded"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    NEEDS_RESPONSE = "needs_response"
    DISPUTED = "disputed"
    LOST = "lost"
    UNCAPTURED = "uncaptured"
    PROCESSING = "processing"
    REQUIRES_ACTION = "requires_action"
    INCOMPLETE = "incomplete"
    FAILED = "failed"
    CANCELED = "canceled"


payments = Table(
    "payments",
    db.metadata,
    Column("book_id", Integer, ForeignKey("books.id"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("created_at", BigInteger, nullable=False),
    word("status"),
    amount("amount_minor"),
    amount("captured_minor"),
    amount("refunded_minor"),
    word("currency"),
    word("customer_id"),
    word("email"),
    word("name"),
    word("description"),
    word("method"),
    word("brand"),
    word("last4"),
    word("charge_id"),
    moment("charge_at"),
    word("charge_status"),
    word("intent_status"),
    word("dispute_id"),
    moment("dispute_at"),
    word("dispute_status"),
    word("failure_code"),
    Index(None, "book_id", "created_at", "id"),
    Index(None, "book_id", "status", "created_at", "id"),
    Index(None, "book_id", "currency", "created_at", "id"),
    Index(None, "book_id", "customer_id", "created_at", "id"),
    Index(None, "book_id", "last4", "created_at", "id"),
    Index(None, "book_id", "amount_minor", "id"),
)

BLANK: Row = {column.name: 0 if column.name.endswith("_minor") else None for column in payments.c}

WITHOUT_CHARGE = (PaymentStatus.INCOMPLETE, PaymentStatus.REQUIRES_ACTION, PaymentStatus.CANCELED)
"""Statuses that a payment intent can have before anything was charged."""

INTENT_STATUS = {
    "succeeded": PaymentStatus.SUCCEEDED,
    "processing": PaymentStatus.PROCESSING,
    "requires_action": PaymentStatus.REQUIRES_ACTION,
    "requires_capture": PaymentStatus.UNCAPTURED,
    "canceled": PaymentStatus.CANCELED,
}
DISPUTE_STATUS = {
    "needs_response": PaymentStatus.NEEDS_RESPONSE,
    "warning_needs_response": PaymentStatus.NEEDS_RESPONSE,
    "under_review": PaymentStatus.DISPUTED,
    "warning_under_review": PaymentStatus.DISPUTED,
    "lost": PaymentStatus.LOST,
}
"""Open and lost disputes; a dispute that was won or closed leaves the payment as it was."""


def status_of(payment: Row) -> PaymentStatus:
    """Return what became of a payment, from what its intent, latest charge and dispute say."""
    if payment["charge_status"] == "succeeded" and payment["intent_status"] != "canceled":
        return _status_of_paid(payment)
    if payment["intent_status"] in INTENT_STATUS:
        return INTENT_STATUS[payment["intent_status"]]
    if payment["charge_status"] == "pending":
        return PaymentStatus.PROCESSING
    return PaymentStatus.FAILED if payment["charge_status"] else PaymentStatus.INCOMPLETE


def _status_of_paid(payment: Row) -> PaymentStatus:
    if payment["intent_status"] == "requires_capture" or not payment["captured_minor"]:
        return PaymentStatus.UNCAPTURED
    if payment["dispute_status"] in DISPUTE_STATUS:
        return DISPUTE_STATUS[payment["dispute_status"]]
    if payment["refunded_minor"] >= payment["captured_minor"]:
        return PaymentStatus.REFUNDED
    if payment["refunded_minor"]:
        return PaymentStatus.PARTIALLY_REFUNDED
    return PaymentStatus.SUCCEEDED


def follow_intents(connection: Connection, book: Book, changes: Sequence[Change]) -> None:
    """Bring what payment intents say into their payments."""
    _merge(connection, book, [_of_intent(change) for change in changes])


def follow_charges(connection: Connection, book: Book, changes: Sequence[Change]) -> None:
    """Bring what charges say into their payments; the latest charge of an intent speaks for it."""
    _merge(connection, book, [_of_charge(change) for change in changes])


def _merge(connection: Connection, book: Book, news: Sequence[Row]) -> None:
    """Fold each piece of news into its payment and write the payments that it touched."""
    known = rows.by_id(connection, book, payments, [piece["id"] for piece in news])
    after = dict(known)
    for piece in news:
        payment = after.get(piece["id"]) or {**BLANK, "book_id": book.id}
        if _speaks(payment, piece):
            after[piece["id"]] = _fold(payment, piece)
    touched = [row for name, row in after.items() if row is not known.get(name)]
    if touched:
        connection.execute(rows.upsert(connection, payments), touched)
        changes = [Change(known.get(row["id"]), row, {}) for row in touched]
        for follow in DERIVED:
            follow(connection, book, changes)


def _make_findable(connection: Connection, book: Book, changes: Sequence[Change]) -> None:
    """Index a payment once its charge is here: what is searched for stands mostly on the charge."""
    settled = [
        payment
        for change in changes
        if (payment := change.after)["charge_id"] or payment["status"] in WITHOUT_CHARGE
    ]
    search.keep(connection, book, "payment", [(row["id"], _words(row)) for row in settled])


def _words(payment: Row) -> str:
    return search.document(*(payment[name] for name in ("email", "name", "description", "last4")))


DERIVED: tuple[Follower, ...] = (_make_findable,)
"""What keeps step with payments; the changes carry no raw object."""


def _speaks(payment: Row, piece: Row) -> bool:
    """An earlier, failed charge of the same intent has nothing more to say."""
    return piece.get("charge_at") is None or (piece["charge_at"], piece["charge_id"]) >= (
        payment["charge_at"] or 0,
        payment["charge_id"] or "",
    )


def _fold(payment: Row, piece: Row) -> Row:
    """The intent knows best when the payment began and what it asks for."""
    folded = {**payment, **piece}
    if payment["intent_status"] and "intent_status" not in piece:
        folded["created_at"] = payment["created_at"]
        folded["amount_minor"] = payment["amount_minor"]
        folded["customer_id"] = payment["customer_id"] or folded["customer_id"]
    for column in ("description", "customer_id", "email"):
        folded[column] = folded[column] or payment[column]
    folded["status"] = status_of(folded)
    return folded


def _of_intent(change: Change) -> Row:
    row, raw = change.after, change.raw
    return {
        "id": row["id"],
        "created_at": row["created_at"],
        "intent_status": row["status"] or "unknown",
        "amount_minor": row["amount_minor"],
        "currency": row["currency"],
        "customer_id": row["customer_id"],
        "description": text(raw.get("description")),
        "email": text(raw.get("receipt_email")),
    }


def _of_charge(change: Change) -> Row:
    row, raw = change.after, change.raw
    method = text(dig(raw, "payment_method_details", "type")) or text(dig(raw, "source", "object"))
    details = dig(raw, "payment_method_details", method or "") or raw.get("source")
    return {
        "id": row["payment_intent_id"] or row["id"],
        "created_at": row["created_at"],
        "charge_id": row["id"],
        "charge_at": row["created_at"],
        "charge_status": row["status"] or "unknown",
        "amount_minor": row["amount_minor"],
        "captured_minor": row["amount_captured_minor"],
        "refunded_minor": row["amount_refunded_minor"],
        "currency": row["currency"],
        "customer_id": row["customer_id"],
        "description": text(raw.get("description")),
        "email": text(dig(raw, "billing_details", "email")) or text(raw.get("receipt_email")),
        "name": text(dig(raw, "billing_details", "name")) or text(dig(details, "name")),
        "method": method,
        "brand": text(dig(details, "brand")),
        "last4": text(dig(details, "last4")),
        "failure_code": row["failure_code"],
    }
