"""Tells which of the objects that others name have a page here, whatever their kinds."""

from collections.abc import Iterable
from functools import cache

from sqlalchemy import CompoundSelect, Connection, bindparam, select, union_all

from dashboard.mirror.kinds.balance_transaction import balance_transactions
from dashboard.mirror.kinds.charge import charges
from dashboard.mirror.kinds.customer import customers
from dashboard.mirror.kinds.dispute import disputes
from dashboard.mirror.kinds.event import events
from dashboard.mirror.kinds.invoice import invoices
from dashboard.mirror.kinds.payout import payouts
from dashboard.mirror.kinds.product import products
from dashboard.mirror.kinds.refund import refunds
from dashboard.mirror.kinds.subscription import subscriptions
from dashboard.mirror.payments import payments
from dashboard.mirror.rows import among_values, listed
from dashboard.store.books import Book, Shelf

TABLES = (
    payments,
    charges,
    refunds,
    customers,
    products,
    subscriptions,
    invoices,
    disputes,
    payouts,
    balance_transactions,
    events,
)


def known(db: Connection, looked_at: Book | Shelf, ids: Iterable[str | None]) -> frozenset[str]:
    """Return those of ``ids`` that the mirror holds, with one statement for all kinds and books."""
    named = {id for id in ids if id}
    if not named:
        return frozenset()
    books = [book.id for book in Shelf.of(looked_at).books]
    values = {"books": books, "values": listed(db, named)}
    return frozenset(db.scalars(_among_all(db.dialect.name), values))


@cache
def _among_all(dialect: str) -> CompoundSelect[tuple[str]]:
    return union_all(
        *(
            select(table.c.id).where(
                table.c.book_id.in_(bindparam("books", expanding=True)),
                among_values(dialect, table.c.id),
            )
            for table in TABLES
        )
    )
