"""What intents, charges and disputes say of a payment, in whatever order Stripe tells of them."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, Select, bindparam, func, select

from dashboard.mirror import payments, rows
from dashboard.mirror.changes import Change
from dashboard.mirror.kinds.base import Raw, Row
from dashboard.mirror.kinds.charge import charges
from dashboard.mirror.kinds.dispute import disputes
from dashboard.mirror.kinds.read import dig, text
from dashboard.store.books import Book


def follow_intents(db: Connection, book: Book, changes: Sequence[Change]) -> None:
    """Bring what payment intents say into their payments."""
    told = [change for change in changes if not change.after["deleted"]]
    new = {change.after["id"]: change.after["id"] for change in told if change.before is None}
    known_disputes = _disputes(db, book, disputes.c.payment_intent_id, new)
    payments.merge(db, book, [*map(_of_intent, told), *known_disputes])
    gone = [change.after["id"] for change in changes if change.after["deleted"]]
    payments.forget(db, book, gone)


def follow_charges(db: Connection, book: Book, changes: Sequence[Change]) -> None:
    """Bring what charges say into their payments; the latest charge of an intent speaks for it."""
    told = [change for change in changes if not change.after["deleted"]]
    new = {change.after["id"]: payment_id(change.after) for change in told if change.before is None}
    known_disputes = _disputes(db, book, disputes.c.charge_id, new)
    payments.merge(db, book, [*map(_of_charge, told), *known_disputes])
    gone = [change.after for change in changes if change.after["deleted"]]
    alone = [charge["id"] for charge in gone if not charge["payment_intent_id"]]
    payments.forget(db, book, alone)


def follow_disputes(db: Connection, book: Book, changes: Sequence[Change]) -> None:
    """Bring the status of disputes into their payments; old disputes name only the charge."""
    found = [change.after for change in changes]
    named = [row["charge_id"] for row in found if not row["payment_intent_id"] and row["charge_id"]]
    owners = _payments_of_charges(db, book, named)
    pieces = [
        _of_dispute(row, owner)
        for row in found
        if (owner := row["payment_intent_id"] or owners.get(row["charge_id"]))
    ]
    payments.merge(db, book, pieces)


def payment_id(charge: Row) -> str:
    """Return the id of the payment that a charge belongs to: its intent, or its own without one."""
    intent: str | None = charge["payment_intent_id"]
    return intent or str(charge["id"])


def _payments_of_charges(db: Connection, book: Book, ids: Sequence[str]) -> dict[str, str]:
    if not ids:
        return {}
    query = select(charges.c.id, func.coalesce(charges.c.payment_intent_id, charges.c.id)).where(
        charges.c.book_id == book.id, rows.among(db, charges.c["id"], ids)
    )
    return dict(db.execute(query).all())


def _disputes(
    db: Connection, book: Book, column: Column[str], owners: dict[str, str]
) -> Iterable[Row]:
    """Return what the disputes that came before the rest say; ``owners`` maps ids to payments."""
    if not owners:
        return []
    parameters = {"book": book.id, "values": rows.listed(db, owners)}
    found = db.execute(_disputes_by(column, db.dialect.name), parameters).mappings()
    return [_of_dispute(row, owners[row[column.name]]) for row in found]


@cache
def _disputes_by(column: Column[str], dialect: str) -> Select[Any]:
    return select(column, disputes.c.id, disputes.c.created_at, disputes.c.status).where(
        disputes.c.book_id == bindparam("book"), rows.among_values(dialect, column)
    )


def _of_dispute(row: Mapping[Any, Any], payment: str) -> Row:
    return {
        "id": payment,
        "dispute_id": row["id"],
        "dispute_at": row["created_at"],
        "dispute_status": row["status"],
    }


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
    method, details = _method(raw)
    person = raw.get("billing_details")
    return {
        "id": payment_id(row),
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
        "email": text(dig(person, "email")) or text(raw.get("receipt_email")),
        "name": text(dig(person, "name")) or text(dig(details, "name")),
        "method": method,
        "brand": text(dig(details, "brand")),
        "last4": text(dig(details, "last4")),
        "failure_code": row["failure_code"],
    }


def _method(raw: Raw) -> tuple[str | None, object]:
    """Return the type and details of the means of payment; old charges carry a ``source``."""
    method = text(dig(raw, "payment_method_details", "type"))
    if method:
        return method, dig(raw, "payment_method_details", method)
    return text(dig(raw, "source", "object")), raw.get("source")
