"""Index lists newest first, payments by what is known of them; count payments by their choices.

The trigrams of a text may repeat now: an index takes each of them once, and sorting them out
beforehand took half of the time.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

LISTED = (
    "balance_transactions",
    "coupons",
    "customers",
    "disputes",
    "events",
    "invoices",
    "payments",
    "payouts",
    "products",
    "subscriptions",
)
UNLISTED = (
    "accounts",
    "balances",
    "charges",
    "invoice_payments",
    "line_items",
    "payment_intents",
    "payment_methods",
    "prices",
    "refunds",
    "subscription_items",
)
CHOICES = ("status", "currency", "method")
KNOWN = ("method", "customer_id", "last4")
AMOUNTS = (
    ["book_id", "currency", "created_at", "id", "amount_minor"],
    ["book_id", "currency", "amount_minor", "id"],
)
SEARCHED = ("payment", "customer", "product", "invoice")
TRIGRAMS = (
    "CREATE OR REPLACE FUNCTION search_trigrams(text) RETURNS text[] LANGUAGE sql "
    "IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT coalesce(array_agg({each}"
    "substr($1, place, 3)), '{{}}') FROM generate_series(1, length($1) - 2) AS place $$"
)


def upgrade() -> None:
    for table in LISTED + UNLISTED:
        op.drop_index(f"ix_{table}_book_id_created_at_id", table)
        order = ("created_at DESC", "id DESC") if table in LISTED else ("created_at DESC",)
        op.create_index(f"ix_{table}_newest", table, ["book_id", *map(sa.text, order)])
    for column in KNOWN:
        is_known = sa.text(f"{column} IS NOT NULL")
        _index_payments(column, sqlite_where=is_known, postgresql_where=is_known)
    op.drop_index("ix_payments_book_id_currency_created_at_id", "payments")
    for columns in AMOUNTS:
        op.create_index(f"ix_payments_{'_'.join(columns)}", "payments", columns)
    _count_payments()
    _index_search("", 0)


def downgrade() -> None:
    for table in LISTED + UNLISTED:
        op.drop_index(f"ix_{table}_newest", table)
        op.create_index(f"ix_{table}_book_id_created_at_id", table, ["book_id", "created_at", "id"])
    for column in KNOWN:
        _index_payments(column)
    for columns in AMOUNTS:
        op.drop_index(f"ix_payments_{'_'.join(columns)}", "payments")
    columns = ["book_id", "currency", "created_at", "id"]
    op.create_index("ix_payments_book_id_currency_created_at_id", "payments", columns)
    op.drop_table("payment_counts")
    _index_search("DISTINCT ", -1)


def _index_payments(column: str, **where: Any) -> None:
    columns = ["book_id", column, "created_at", "id"]
    name = f"ix_payments_{'_'.join(columns)}"
    op.drop_index(name, "payments")
    op.create_index(name, "payments", columns, **where)


def _count_payments() -> None:
    op.create_table(
        "payment_counts",
        sa.Column("book_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(64), nullable=False) for name in CHOICES),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name="fk_payment_counts_book_id"),
        sa.PrimaryKeyConstraint("book_id", *CHOICES, name="pk_payment_counts"),
        sqlite_with_rowid=False,
    )
    words = ", ".join(f"coalesce(nullif(substr({name}, 1, 64), ''), 'unknown')" for name in CHOICES)
    op.execute(
        f"INSERT INTO payment_counts SELECT book_id, {words}, count(*) "  # noqa: S608
        "FROM payments GROUP BY 1, 2, 3, 4"
    )


def _index_search(each: str, statistics: int) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(TRIGRAMS.format(each=each))
        for kind in SEARCHED:
            op.execute(
                f"ALTER INDEX search_index_{kind} ALTER COLUMN 1 SET STATISTICS {statistics}"
            )
