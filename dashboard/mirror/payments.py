"""Payments as finance people mean them: a payment intent, or a charge without one, one row each.

Stripe tells of a payment in three objects that arrive in any order: the intent, its charges and
their disputes. Each brings its own columns; the status is derived from what is known so far.
"""

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import Connection, Index, Table
from sqlalchemy import text as sql

from dashboard.core import db as database
from dashboard.mirror import documents, rows
from dashboard.mirror.changes import Change, Follower
from dashboard.mirror.kinds.base import Row, amount, keys, moment, newest_first, word
from dashboard.mirror.measures.counts import payment_counts
from dashboard.mirror.measures.daily import daily_payments
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


SUCCESSFUL = (
    PaymentStatus.SUCCEEDED,
    PaymentStatus.PARTIALLY_REFUNDED,
    PaymentStatus.REFUNDED,
    PaymentStatus.NEEDS_RESPONSE,
    PaymentStatus.DISPUTED,
    PaymentStatus.LOST,
)
"""Payments that went through, whatever happened to their money afterwards."""


def _known(column: str, *others: str) -> Index:
    """Declare an index of what only the charge tells: nothing stands in it before."""
    is_known = sql(f"{column} IS NOT NULL")
    columns = ("book_id", column, "created_at", "id", *others)
    return Index(None, *columns, sqlite_where=is_known, postgresql_where=is_known)


_identity, _created_at = keys()

# What stands behind the id is looked at without a look at the rows, when two filters meet.
payments = Table(
    "payments",
    database.metadata,
    *_identity,
    _created_at,
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
    newest_first("payments", _created_at, _identity[1]),
    Index(None, "book_id", "status", "created_at", "id", "currency", "method"),
    Index(None, "book_id", "currency", "created_at", "id", "amount_minor", "status"),
    _known("method", "currency"),
    _known("customer_id"),
    _known("last4"),
    Index(None, "book_id", "amount_minor", "id"),
    Index(None, "book_id", "currency", "amount_minor", "id"),
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
        released = 0 < payment["amount_minor"] <= payment["refunded_minor"]
        return PaymentStatus.CANCELED if released else PaymentStatus.UNCAPTURED
    if payment["dispute_status"] in DISPUTE_STATUS:
        return DISPUTE_STATUS[payment["dispute_status"]]
    if payment["refunded_minor"] >= payment["captured_minor"]:
        return PaymentStatus.REFUNDED
    if payment["refunded_minor"]:
        return PaymentStatus.PARTIALLY_REFUNDED
    return PaymentStatus.SUCCEEDED


OF_INTENT = ("created_at", "amount_minor", "currency", "description")
"""What the intent knows best, whatever its charges say."""


def merge(db: Connection, book: Book, news: Sequence[Row]) -> None:
    """Fold pieces of news into their payments, write those that changed and what derives from them.

    A piece holds the payment's ``id`` and the columns that an intent (``intent_status``), a charge
    (``charge_id``) or a dispute (``dispute_id``) brings; a dispute alone makes no payment.
    """
    known = rows.by_id(db, book, payments, list({piece["id"] for piece in news}))
    after = dict(known)
    for piece in news:
        payment = after.get(piece["id"])
        if payment is None and "created_at" not in piece:
            continue
        payment = payment or {**BLANK, "book_id": book.id}
        if _speaks(payment, piece):
            after[piece["id"]] = _fold(payment, piece)
    touched = [row for name, row in after.items() if row is not known.get(name)]
    if touched:
        new = [row for row in touched if row["id"] not in known]
        rows.insert(db, payments, new)
        pairs = [(known[row["id"]], row) for row in touched if row["id"] in known]
        rows.update(db, payments, pairs)
        _derive(db, book, [Change(known.get(row["id"]), row, {}) for row in touched])


def forget(db: Connection, book: Book, ids: Sequence[str]) -> None:
    """Drop payments whose objects are gone at Stripe (test data can be)."""
    known = rows.by_id(db, book, payments, ids)
    if known:
        table = payments
        gone = rows.among(db, table.c["id"], known)
        db.execute(table.delete().where(table.c.book_id == book.id, gone))
        tombstones = [Change(row, {**row, "deleted": True}, {}) for row in known.values()]
        _derive(db, book, tombstones)


def _derive(db: Connection, book: Book, changes: Sequence[Change]) -> None:
    for follow in DERIVED:
        follow(db, book, changes)


def _speaks(payment: Row, piece: Row) -> bool:
    """Of an intent's charges and of a payment's disputes only the latest has something to say."""
    for at, name in (("charge_at", "charge_id"), ("dispute_at", "dispute_id")):
        if at in piece:
            return (piece[at], piece[name]) >= (payment[at] or 0, payment[name] or "")
    return True


def _fold(payment: Row, piece: Row) -> Row:
    """Return the payment after a piece of news, the same in whatever order the pieces come."""
    folded = {**payment, **piece}
    if "charge_id" in piece and payment["intent_status"]:
        folded.update((column, payment[column]) for column in OF_INTENT)
        folded["customer_id"] = payment["customer_id"] or piece["customer_id"]
    elif "intent_status" in piece and payment["charge_id"]:
        folded["email"] = payment["email"]
        folded["customer_id"] = piece["customer_id"] or payment["customer_id"]
    folded["status"] = status_of(folded)
    return folded


FOUND_BY = ("email", "name", "description", "last4")


def _make_findable(db: Connection, book: Book, changes: Sequence[Change]) -> None:
    """Index a payment once its charge is here: what is searched for stands mostly on the charge."""
    told = [change.after for change in changes]
    gone = [row["id"] for row in told if row.get("deleted")]
    documents.forget(db, book, "payment", gone)
    settled = [row for row in told if row["charge_id"] or row["status"] in WITHOUT_CHARGE]
    texts = [documents.document(row, FOUND_BY) for row in settled if row["id"] not in gone]
    documents.keep(db, book, "payment", texts)


DERIVED: tuple[Follower, ...] = (_make_findable, daily_payments.follow, payment_counts.follow)
"""What keeps step with payments; the changes carry no raw object, and are ``deleted`` when gone."""
