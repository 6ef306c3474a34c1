"""Index lists newest first, payments by what is known of them; count payments by their choices.

The trigrams of a text may repeat now: an index takes each of them once, and sorting them out
beforehand took half of the time.
"""

from collections.abc import Sequence
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
OLD, NEW = (
    (
        ["status", "created_at", "id"],
        ["currency", "created_at", "id"],
        ["method", "created_at", "id"],
        ["customer_id", "created_at", "id"],
        ["last4", "created_at", "id"],
    ),
    (
        ["status", "created_at", "id", "currency", "method"],
        ["currency", "created_at", "id", "amount_minor", "status"],
        ["currency", "amount_minor", "id"],
        ["method", "created_at", "id", "currency"],
        ["customer_id", "created_at", "id"],
        ["last4", "created_at", "id"],
    ),
)
KNOWN = ("method", "customer_id", "last4")
CHOICES = ("status", "currency", "method")
GROSS = "reporting_category IN ('charge', 'charge_failure', 'partial_capture_reversal')"
REFUNDS = "reporting_category IN ('refund', 'refund_failure')"
DISPUTES = "reporting_category IN ('dispute', 'dispute_reversal')"
COSTS = "reporting_category IN ('fee', 'tax', 'network_cost')"
TRANSFERS = "reporting_category IN ('transfer', 'transfer_reversal')"
PAYOUTS = "reporting_category IN ('payout', 'payout_reversal')"
FLOWS = {
    "gross": f"CASE WHEN {GROSS} THEN amount_minor ELSE 0 END",
    "refunds": f"CASE WHEN {REFUNDS} THEN -amount_minor ELSE 0 END",
    "disputes": f"CASE WHEN {DISPUTES} THEN -amount_minor ELSE 0 END",
    "fees": f"CASE WHEN {PAYOUTS} THEN 0 WHEN {COSTS} THEN fee_minor - amount_minor "
    "ELSE fee_minor END",
    "transfers": f"CASE WHEN {TRANSFERS} THEN -amount_minor ELSE 0 END",
    "other": f"CASE WHEN {GROSS} OR {REFUNDS} OR {DISPUTES} OR {COSTS} OR {TRANSFERS} "
    f"OR {PAYOUTS} THEN 0 ELSE amount_minor END",
    "payments": "CASE reporting_category WHEN 'charge' THEN count "
    "WHEN 'charge_failure' THEN -count ELSE 0 END",
}
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
    for columns in OLD:
        op.drop_index(_name(columns), "payments")
    for columns in NEW:
        is_known = sa.text(f"{columns[0]} IS NOT NULL") if columns[0] in KNOWN else None
        _index_payments(columns, sqlite_where=is_known, postgresql_where=is_known)
    _count_payments()
    _sum_months()
    _sum_flows()
    _index_approximate("approximate = 1")
    _index_search("", 0)
    _write_texts("' ' || text || ' '")


def downgrade() -> None:
    for table in LISTED + UNLISTED:
        op.drop_index(f"ix_{table}_newest", table)
        op.create_index(f"ix_{table}_book_id_created_at_id", table, ["book_id", "created_at", "id"])
    for columns in NEW:
        op.drop_index(_name(columns), "payments")
    for columns in OLD:
        _index_payments(columns)
    op.drop_table("payment_counts")
    op.drop_table("monthly_balance")
    op.drop_table("daily_volume")
    _index_approximate("approximate")
    _index_search("DISTINCT ", -1)
    _write_texts("trim(text)")


def _name(columns: Sequence[str]) -> str:
    return "ix_payments_book_id_" + "_".join(columns)


def _index_payments(columns: Sequence[str], **where: Any) -> None:
    op.create_index(_name(columns), "payments", ["book_id", *columns], **where)


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


def _sum_months() -> None:
    op.create_table(
        "monthly_balance",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(64), nullable=False),
        sa.Column("currency", sa.String(64), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name="fk_monthly_balance_book_id"),
        sa.PrimaryKeyConstraint("book_id", "month", "currency", name="pk_monthly_balance"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO monthly_balance "
        "SELECT book_id, substr(day, 1, 7), currency, sum(count), sum(net_minor) "
        "FROM daily_balance GROUP BY 1, 2, 3"
    )


def _sum_flows() -> None:
    op.create_table(
        "daily_volume",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(64), nullable=False),
        sa.Column("day", sa.String(64), nullable=False),
        *(sa.Column(f"{name}_sum", sa.BigInteger(), nullable=False) for name in FLOWS),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name="fk_daily_volume_book_id"),
        sa.PrimaryKeyConstraint("book_id", "currency", "day", name="pk_daily_volume"),
        sqlite_with_rowid=False,
    )
    sums = ", ".join(f"sum({sum_of})" for sum_of in FLOWS.values())
    op.execute(
        f"INSERT INTO daily_volume SELECT book_id, currency, day, {sums} "  # noqa: S608
        "FROM daily_balance GROUP BY 1, 2, 3"
    )


def _index_approximate(on_sqlite: str) -> None:
    """SQLite finds a partial index by the very words of its condition."""
    op.drop_index("ix_mrr_changes_approximate", "mrr_changes")
    op.create_index(
        "ix_mrr_changes_approximate",
        "mrr_changes",
        ["book_id", "known_at"],
        sqlite_where=sa.text(on_sqlite),
        postgresql_where=sa.text("approximate"),
    )


def _index_search(each: str, statistics: int) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(TRIGRAMS.format(each=each))
        for kind in SEARCHED:
            op.execute(
                f"ALTER INDEX search_index_{kind} ALTER COLUMN 1 SET STATISTICS {statistics}"
            )


def _write_texts(words: str) -> None:
    """Set the words of each text between blanks, so that two letters have trigrams too."""
    op.execute(f"UPDATE search_documents SET text = {words}")  # noqa: S608
    for kind in SEARCHED if op.get_bind().dialect.name == "sqlite" else ():
        index = f"search_index_{kind}"
        op.execute(f"INSERT INTO {index}({index}) VALUES ('delete-all')")  # noqa: S608
        op.execute(
            f"INSERT INTO {index}(rowid, text) "  # noqa: S608
            f"SELECT number, text FROM search_documents WHERE kind = '{kind}'"
        )
