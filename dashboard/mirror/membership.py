"""Which balance transactions a payout paid out; Stripe tells it only when asked for each payout.

https://docs.stripe.com/api/balance_transactions/list#balance_transaction_list-payout
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Column, Connection, ForeignKey, Index, Integer, Table, Text

from dashboard.core import db as database
from dashboard.mirror.rows import among
from dashboard.store.books import Book

payout_transactions = Table(
    "payout_transactions",
    database.metadata,
    Column("book_id", Integer, ForeignKey("books.id"), primary_key=True),
    Column("transaction_id", Text, primary_key=True),
    Column("payout_id", Text, nullable=False),
    Index(None, "book_id", "payout_id", "transaction_id"),
)


def link_all(db: Connection, book: Book, transaction_ids: Mapping[str, Sequence[str]]) -> None:
    """Say of each payout, by id, which transactions and no others make it up; not its own row."""
    members = payout_transactions
    if not transaction_ids:
        return
    db.execute(
        members.delete().where(
            members.c.book_id == book.id, among(db, members.c.payout_id, transaction_ids)
        )
    )
    payout_of = {name: payout for payout, names in transaction_ids.items() for name in names}
    if payout_of:
        statement = database.insert(db, members)
        db.execute(
            statement.on_conflict_do_update(
                index_elements=["book_id", "transaction_id"],
                set_={"payout_id": statement.excluded.payout_id},
            ),
            [
                {"book_id": book.id, "transaction_id": name, "payout_id": payout}
                for name, payout in payout_of.items()
            ],
        )
