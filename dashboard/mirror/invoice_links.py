"""Lets a real invoice payment take the place of what older shapes told of the same payment."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, Row, select

from dashboard.mirror import rows
from dashboard.mirror.changes import Change
from dashboard.mirror.kinds.invoice_payment import invoice_payments, is_told_by_others
from dashboard.store.books import Book

table = invoice_payments


def follow(db: Connection, book: Book, changes: Sequence[Change]) -> None:
    """Drop what invoices, intents and charges told where Stripe's own invoice payment is known."""
    owners = {change.after["invoice_id"] for change in changes} - {None}
    query = select(
        table.c.id, table.c.invoice_id, table.c.payment_intent_id, table.c.charge_id
    ).where(
        table.c.book_id == book.id,
        rows.among(db, table.c["invoice_id"], owners),
        table.c.deleted.is_(False),
    )
    needless = list(_needless(db.execute(query).all())) if owners else []
    if needless:
        gone = rows.among(db, table.c["id"], needless)
        db.execute(table.delete().where(table.c.book_id == book.id, gone))


def _needless(found: Sequence[Row[str, str, str | None, str | None]]) -> Iterator[str]:
    settled = defaultdict(set)
    for link in found:
        if not is_told_by_others(link.id):
            settled[link.invoice_id].update({link.payment_intent_id, link.charge_id} - {None})
    for link in found:
        if is_told_by_others(link.id) and settled[link.invoice_id] & {
            link.payment_intent_id,
            link.charge_id,
        }:
            yield link.id
