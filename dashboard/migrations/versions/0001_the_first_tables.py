"""The first tables, and the search indexes of each database."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


SEARCH = {
    "sqlite": (
        "CREATE VIRTUAL TABLE search_index_payment USING fts5(text, "
        "content='search_documents', content_rowid='number', tokenize='trigram', detail=none)",
        "CREATE VIRTUAL TABLE search_index_customer USING fts5(text, "
        "content='search_documents', content_rowid='number', tokenize='trigram', detail=none)",
        "CREATE VIRTUAL TABLE search_index_product USING fts5(text, "
        "content='search_documents', content_rowid='number', tokenize='trigram', detail=none)",
        "CREATE VIRTUAL TABLE search_index_invoice USING fts5(text, "
        "content='search_documents', content_rowid='number', tokenize='trigram', detail=none)",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION search_trigrams(text) RETURNS text[] LANGUAGE sql "
        "IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT coalesce(array_agg(DISTINCT "
        "substr($1, place, 3)), '{}') FROM generate_series(1, length($1) - 2) AS "
        "place $$",
        "CREATE INDEX search_index_payment ON search_documents USING gin "
        "(search_trigrams(text)) WHERE kind = 'payment'",
        "CREATE INDEX search_index_customer ON search_documents USING gin "
        "(search_trigrams(text)) WHERE kind = 'customer'",
        "CREATE INDEX search_index_product ON search_documents USING gin "
        "(search_trigrams(text)) WHERE kind = 'product'",
        "CREATE INDEX search_index_invoice ON search_documents USING gin "
        "(search_trigrams(text)) WHERE kind = 'invoice'",
    ),
}


def upgrade() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("network", sa.String(length=64), nullable=False),
        sa.Column("tried_at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index(
        op.f("ix_attempts_account_tried_at"), "attempts", ["account", "tried_at"], unique=False
    )
    op.create_index(
        op.f("ix_attempts_network_tried_at"), "attempts", ["network", "tried_at"], unique=False
    )
    op.create_index(op.f("ix_attempts_tried_at"), "attempts", ["tried_at"], unique=False)
    op.create_table(
        "books",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("timezone", sa.String(length=64), server_default="UTC", nullable=False),
        sa.Column("currency", sa.String(length=3), server_default="usd", nullable=False),
        sa.Column("name", sa.String(length=255), server_default="", nullable=False),
        sa.Column("opened_at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_books")),
        sa.UniqueConstraint("account_id", "livemode", name=op.f("uq_books_account_id_livemode")),
    )
    op.create_table(
        "raw_dictionaries",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raw_dictionaries")),
    )
    op.create_index(op.f("ix_raw_dictionaries_kind"), "raw_dictionaries", ["kind"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.Integer(), nullable=False),
        sa.Column("disabled_at", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "accounts",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("timezone", sa.Text(), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_accounts_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_accounts")),
    )
    op.create_index(
        op.f("ix_accounts_book_id_created_at_id"),
        "accounts",
        ["book_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "balance_transactions",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("reporting_category", sa.Text(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("available_at", sa.BigInteger(), nullable=True),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id"], ["books.id"], name=op.f("fk_balance_transactions_book_id")
        ),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_balance_transactions")),
    )
    op.create_index(
        op.f("ix_balance_transactions_book_id_available_at"),
        "balance_transactions",
        ["book_id", "available_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_balance_transactions_book_id_created_at_id"),
        "balance_transactions",
        ["book_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_balance_transactions_book_id_currency_created_at_id"),
        "balance_transactions",
        ["book_id", "currency", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_balance_transactions_book_id_reporting_category_created_at_id"),
        "balance_transactions",
        ["book_id", "reporting_category", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_balance_transactions_book_id_source_id"),
        "balance_transactions",
        ["book_id", "source_id"],
        unique=False,
    )
    op.create_table(
        "balances",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_balances_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_balances")),
    )
    op.create_index(
        op.f("ix_balances_book_id_created_at_id"),
        "balances",
        ["book_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "charges",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_captured_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("captured", sa.Boolean(), nullable=False),
        sa.Column("disputed", sa.Boolean(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("payment_intent_id", sa.Text(), nullable=True),
        sa.Column("balance_transaction_id", sa.Text(), nullable=True),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_charges_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_charges")),
    )
    op.create_index(
        op.f("ix_charges_book_id_created_at_id"),
        "charges",
        ["book_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_charges_book_id_payment_intent_id"),
        "charges",
        ["book_id", "payment_intent_id"],
        unique=False,
    )
    op.create_table(
        "connections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_connections_book_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connections")),
        sa.UniqueConstraint("book_id", name=op.f("uq_connections_book_id")),
    )
    op.create_index(
        op.f("ix_connections_fingerprint"), "connections", ["fingerprint"], unique=False
    )
    op.create_table(
        "coupons",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("percent_off", sa.Text(), nullable=True),
        sa.Column("amount_off_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("duration", sa.Text(), nullable=True),
        sa.Column("duration_in_months", sa.BigInteger(), nullable=True),
        sa.Column("valid", sa.Boolean(), nullable=False),
        sa.Column("times_redeemed", sa.BigInteger(), nullable=True),
        sa.Column("redeem_by_at", sa.BigInteger(), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_coupons_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_coupons")),
    )
    op.create_index(
        op.f("ix_coupons_book_id_created_at_id"),
        "coupons",
        ["book_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "customers",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.Column("delinquent", sa.Boolean(), nullable=False),
        sa.Column("default_payment_method_id", sa.Text(), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_customers_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_customers")),
    )
    op.create_index(
        op.f("ix_customers_book_id_country_created_at_id"),
        "customers",
        ["book_id", "country", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_customers_book_id_created_at_id"),
        "customers",
        ["book_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_customers_book_id_currency_created_at_id"),
        "customers",
        ["book_id", "currency", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_customers_delinquent_created_at",
        "customers",
        ["book_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("delinquent = 1"),
        postgresql_where=sa.text("delinquent"),
    )
    op.create_table(
        "daily_balance",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=64), nullable=False),
        sa.Column("reporting_category", sa.String(length=64), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_daily_balance_book_id")),
        sa.PrimaryKeyConstraint(
            "book_id", "day", "currency", "reporting_category", name=op.f("pk_daily_balance")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "daily_customers",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=64), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_daily_customers_book_id")),
        sa.PrimaryKeyConstraint("book_id", "day", name=op.f("pk_daily_customers")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "daily_disputes",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_daily_disputes_book_id")),
        sa.PrimaryKeyConstraint(
            "book_id", "day", "currency", "status", name=op.f("pk_daily_disputes")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "daily_mrr",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=64), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("delta_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_daily_mrr_book_id")),
        sa.PrimaryKeyConstraint("book_id", "day", "currency", name=op.f("pk_daily_mrr")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "daily_payments",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("captured_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_daily_payments_book_id")),
        sa.PrimaryKeyConstraint(
            "book_id", "day", "currency", "status", name=op.f("pk_daily_payments")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "discounts",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_discounts_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_discounts")),
    )
    op.create_index(
        op.f("ix_discounts_book_id_customer_id"),
        "discounts",
        ["book_id", "customer_id"],
        unique=False,
    )
    op.create_table(
        "disputes",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("charge_id", sa.Text(), nullable=True),
        sa.Column("payment_intent_id", sa.Text(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("network_reason_code", sa.Text(), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_disputes_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_disputes")),
    )
    op.create_index(
        op.f("ix_disputes_book_id_charge_id"), "disputes", ["book_id", "charge_id"], unique=False
    )
    op.create_index(
        op.f("ix_disputes_book_id_created_at_id"),
        "disputes",
        ["book_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_disputes_book_id_currency_created_at_id"),
        "disputes",
        ["book_id", "currency", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_disputes_book_id_payment_intent_id"),
        "disputes",
        ["book_id", "payment_intent_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_disputes_book_id_status_created_at_id"),
        "disputes",
        ["book_id", "status", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_disputes_open_due_at",
        "disputes",
        ["book_id", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )
    op.create_table(
        "events",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("object_id", sa.Text(), nullable=True),
        sa.Column("object_kind", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_events_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_events")),
    )
    op.create_index(
        op.f("ix_events_book_id_created_at_id"),
        "events",
        ["book_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_events_book_id_object_id_created_at_id"),
        "events",
        ["book_id", "object_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_events_book_id_type_created_at_id"),
        "events",
        ["book_id", "type", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "invoice_payments",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=True),
        sa.Column("payment_id", sa.Text(), nullable=True),
        sa.Column("payment_intent_id", sa.Text(), nullable=True),
        sa.Column("charge_id", sa.Text(), nullable=True),
        sa.Column("amount_requested_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("paid_at", sa.BigInteger(), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id"], ["books.id"], name=op.f("fk_invoice_payments_book_id")
        ),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_invoice_payments")),
    )
    op.create_index(
        op.f("ix_invoice_payments_book_id_created_at_id"),
        "invoice_payments",
        ["book_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_invoice_payments_book_id_invoice_id_id"),
        "invoice_payments",
        ["book_id", "invoice_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_invoice_payments_book_id_payment_id_id"),
        "invoice_payments",
        ["book_id", "payment_id", "id"],
        unique=False,
    )
    op.create_table(
        "invoices",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("customer_name", sa.Text(), nullable=True),
        sa.Column("customer_email", sa.Text(), nullable=True),
        sa.Column("subscription_id", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_due_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_remaining_minor", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("finalized_at", sa.BigInteger(), nullable=True),
        sa.Column("paid_at", sa.BigInteger(), nullable=True),
        sa.Column("billing_reason", sa.Text(), nullable=True),
        sa.Column("collection_method", sa.Text(), nullable=True),
        sa.Column("attempt_count", sa.BigInteger(), nullable=True),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_invoices_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_invoices")),
    )
    op.create_index(
        op.f("ix_invoices_book_id_created_at_id"),
        "invoices",
        ["book_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_invoices_book_id_currency_created_at_id"),
        "invoices",
        ["book_id", "currency", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_invoices_book_id_customer_id_created_at_id"),
        "invoices",
        ["book_id", "customer_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_invoices_book_id_due_at_id"), "invoices", ["book_id", "due_at", "id"], unique=False
    )
    op.create_index(
        op.f("ix_invoices_book_id_number"), "invoices", ["book_id", "number"], unique=False
    )
    op.create_index(
        op.f("ix_invoices_book_id_status_created_at_id"),
        "invoices",
        ["book_id", "status", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_invoices_book_id_subscription_id_created_at_id"),
        "invoices",
        ["book_id", "subscription_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_invoices_book_id_total_minor_id"),
        "invoices",
        ["book_id", "total_minor", "id"],
        unique=False,
    )
    op.create_table(
        "line_items",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=True),
        sa.Column("price_id", sa.Text(), nullable=True),
        sa.Column("product_id", sa.Text(), nullable=True),
        sa.Column("subscription_id", sa.Text(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("period_start_at", sa.BigInteger(), nullable=True),
        sa.Column("period_end_at", sa.BigInteger(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("proration", sa.Boolean(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_line_items_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_line_items")),
    )
    op.create_index(
        op.f("ix_line_items_book_id_created_at_id"),
        "line_items",
        ["book_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_line_items_book_id_invoice_id_id"),
        "line_items",
        ["book_id", "invoice_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_line_items_book_id_product_id_id"),
        "line_items",
        ["book_id", "product_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_line_items_book_id_subscription_id_id"),
        "line_items",
        ["book_id", "subscription_id", "id"],
        unique=False,
    )
    op.create_table(
        "mrr_changes",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("effective_at", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("currency", sa.String(length=64), nullable=False),
        sa.Column("before_minor", sa.BigInteger(), nullable=False),
        sa.Column("after_minor", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("approximate", sa.Boolean(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_mrr_changes_book_id")),
        sa.PrimaryKeyConstraint(
            "book_id", "subscription_id", "effective_at", name=op.f("pk_mrr_changes")
        ),
    )
    op.create_index(
        "ix_mrr_changes_approximate",
        "mrr_changes",
        ["book_id", "known_at"],
        unique=False,
        sqlite_where=sa.text("approximate"),
        postgresql_where=sa.text("approximate"),
    )
    op.create_index(
        "ix_mrr_changes_customer",
        "mrr_changes",
        ["book_id", "customer_id", "currency", "effective_at", "before_minor", "after_minor"],
        unique=False,
    )
    op.create_index(
        op.f("ix_mrr_changes_book_id_day_customer_id"),
        "mrr_changes",
        ["book_id", "day", "customer_id"],
        unique=False,
    )
    op.create_table(
        "payment_intents",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_received_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("latest_charge_id", sa.Text(), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_payment_intents_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_payment_intents")),
    )
    op.create_index(
        op.f("ix_payment_intents_book_id_created_at_id"),
        "payment_intents",
        ["book_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "payment_methods",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("brand", sa.Text(), nullable=True),
        sa.Column("last4", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("exp_month", sa.BigInteger(), nullable=True),
        sa.Column("exp_year", sa.BigInteger(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_payment_methods_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_payment_methods")),
    )
    op.create_index(
        op.f("ix_payment_methods_book_id_created_at_id"),
        "payment_methods",
        ["book_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_payment_methods_book_id_customer_id_created_at_id"),
        "payment_methods",
        ["book_id", "customer_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "payments",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("captured_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("brand", sa.Text(), nullable=True),
        sa.Column("last4", sa.Text(), nullable=True),
        sa.Column("charge_id", sa.Text(), nullable=True),
        sa.Column("charge_at", sa.BigInteger(), nullable=True),
        sa.Column("charge_status", sa.Text(), nullable=True),
        sa.Column("intent_status", sa.Text(), nullable=True),
        sa.Column("dispute_id", sa.Text(), nullable=True),
        sa.Column("dispute_at", sa.BigInteger(), nullable=True),
        sa.Column("dispute_status", sa.Text(), nullable=True),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_payments_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_payments")),
    )
    op.create_index(
        op.f("ix_payments_book_id_amount_minor_id"),
        "payments",
        ["book_id", "amount_minor", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_payments_book_id_created_at_id"),
        "payments",
        ["book_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_payments_book_id_currency_created_at_id"),
        "payments",
        ["book_id", "currency", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_payments_book_id_customer_id_created_at_id"),
        "payments",
        ["book_id", "customer_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_payments_book_id_last4_created_at_id"),
        "payments",
        ["book_id", "last4", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_payments_book_id_method_created_at_id"),
        "payments",
        ["book_id", "method", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_payments_book_id_status_created_at_id"),
        "payments",
        ["book_id", "status", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "payout_transactions",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("transaction_id", sa.Text(), nullable=False),
        sa.Column("payout_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id"], ["books.id"], name=op.f("fk_payout_transactions_book_id")
        ),
        sa.PrimaryKeyConstraint("book_id", "transaction_id", name=op.f("pk_payout_transactions")),
    )
    op.create_index(
        op.f("ix_payout_transactions_book_id_payout_id_transaction_id"),
        "payout_transactions",
        ["book_id", "payout_id", "transaction_id"],
        unique=False,
    )
    op.create_table(
        "payouts",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("arrival_at", sa.BigInteger(), nullable=True),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("balance_transaction_id", sa.Text(), nullable=True),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("reconciliation_status", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("statement_descriptor", sa.Text(), nullable=True),
        sa.Column("trace_id", sa.Text(), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_payouts_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_payouts")),
    )
    op.create_index(
        op.f("ix_payouts_book_id_arrival_at_id"),
        "payouts",
        ["book_id", "arrival_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_payouts_book_id_created_at_id"),
        "payouts",
        ["book_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_payouts_book_id_currency_created_at_id"),
        "payouts",
        ["book_id", "currency", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_payouts_book_id_status_created_at_id"),
        "payouts",
        ["book_id", "status", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "prices",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("unit_amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("unit_amount_decimal", sa.Text(), nullable=True),
        sa.Column("billing_scheme", sa.Text(), nullable=True),
        sa.Column("tiers_mode", sa.Text(), nullable=True),
        sa.Column("interval", sa.Text(), nullable=True),
        sa.Column("interval_count", sa.BigInteger(), nullable=True),
        sa.Column("usage_type", sa.Text(), nullable=True),
        sa.Column("divide_by", sa.BigInteger(), nullable=True),
        sa.Column("nickname", sa.Text(), nullable=True),
        sa.Column("lookup_key", sa.Text(), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_prices_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_prices")),
    )
    op.create_index(
        op.f("ix_prices_book_id_active_created_at_id"),
        "prices",
        ["book_id", "active", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_prices_book_id_created_at_id"),
        "prices",
        ["book_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_prices_book_id_product_id_created_at_id"),
        "prices",
        ["book_id", "product_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "products",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("default_price_id", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_products_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_products")),
    )
    op.create_index(
        op.f("ix_products_book_id_active_created_at_id"),
        "products",
        ["book_id", "active", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_products_book_id_created_at_id"),
        "products",
        ["book_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_products_book_id_name_id"), "products", ["book_id", "name", "id"], unique=False
    )
    op.create_table(
        "refunds",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("charge_id", sa.Text(), nullable=True),
        sa.Column("payment_intent_id", sa.Text(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("failure_reason", sa.Text(), nullable=True),
        sa.Column("balance_transaction_id", sa.Text(), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_refunds_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_refunds")),
    )
    op.create_index(
        op.f("ix_refunds_book_id_charge_id"), "refunds", ["book_id", "charge_id"], unique=False
    )
    op.create_index(
        op.f("ix_refunds_book_id_created_at_id"),
        "refunds",
        ["book_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_refunds_book_id_currency_created_at_id"),
        "refunds",
        ["book_id", "currency", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_refunds_book_id_payment_intent_id"),
        "refunds",
        ["book_id", "payment_intent_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_refunds_book_id_status_created_at_id"),
        "refunds",
        ["book_id", "status", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "search_documents",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id"], ["books.id"], name=op.f("fk_search_documents_book_id")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_search_documents")),
        sa.UniqueConstraint(
            "book_id", "kind", "id", name=op.f("uq_search_documents_book_id_kind_id")
        ),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.Integer(), nullable=False),
        sa.Column("revoked_at", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sessions_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index(op.f("ix_sessions_expires_at"), "sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)
    op.create_table(
        "subscription_items",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("subscription_id", sa.Text(), nullable=True),
        sa.Column("price_id", sa.Text(), nullable=True),
        sa.Column("product_id", sa.Text(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("usage_type", sa.Text(), nullable=True),
        sa.Column("current_period_start_at", sa.BigInteger(), nullable=True),
        sa.Column("current_period_end_at", sa.BigInteger(), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id"], ["books.id"], name=op.f("fk_subscription_items_book_id")
        ),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_subscription_items")),
    )
    op.create_index(
        op.f("ix_subscription_items_book_id_created_at_id"),
        "subscription_items",
        ["book_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_subscription_items_book_id_price_id_id"),
        "subscription_items",
        ["book_id", "price_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_subscription_items_book_id_product_id_id"),
        "subscription_items",
        ["book_id", "product_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_subscription_items_book_id_subscription_id_id"),
        "subscription_items",
        ["book_id", "subscription_id", "id"],
        unique=False,
    )
    op.create_table(
        "subscription_versions",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("arrival", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("discounted", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id"], ["books.id"], name=op.f("fk_subscription_versions_book_id")
        ),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_subscription_versions")),
    )
    op.create_index(
        op.f("ix_subscription_versions_book_id_customer_id"),
        "subscription_versions",
        ["book_id", "customer_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_subscription_versions_book_id_subscription_id"),
        "subscription_versions",
        ["book_id", "subscription_id"],
        unique=False,
    )
    op.create_table(
        "subscriptions",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("current_period_start_at", sa.BigInteger(), nullable=True),
        sa.Column("current_period_end_at", sa.BigInteger(), nullable=True),
        sa.Column("cancel_at", sa.BigInteger(), nullable=True),
        sa.Column("cancel_at_period_end", sa.Boolean(), nullable=False),
        sa.Column("canceled_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("trial_start_at", sa.BigInteger(), nullable=True),
        sa.Column("trial_end_at", sa.BigInteger(), nullable=True),
        sa.Column("collection_method", sa.Text(), nullable=True),
        sa.Column("pause_behavior", sa.Text(), nullable=True),
        sa.Column("pause_resumes_at", sa.BigInteger(), nullable=True),
        sa.Column("latest_invoice_id", sa.Text(), nullable=True),
        sa.Column("price_id", sa.Text(), nullable=True),
        sa.Column("product_id", sa.Text(), nullable=True),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("is_to_end", sa.Boolean(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_subscriptions_book_id")),
        sa.PrimaryKeyConstraint("book_id", "id", name=op.f("pk_subscriptions")),
    )
    op.create_index(
        op.f("ix_subscriptions_book_id_collection_method_created_at_id"),
        "subscriptions",
        ["book_id", "collection_method", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_subscriptions_to_end_created_at",
        "subscriptions",
        ["book_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("is_to_end = 1"),
        postgresql_where=sa.text("is_to_end"),
    )
    op.create_index(
        op.f("ix_subscriptions_book_id_created_at_id"),
        "subscriptions",
        ["book_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_subscriptions_book_id_currency_created_at_id"),
        "subscriptions",
        ["book_id", "currency", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_subscriptions_book_id_current_period_end_at_id"),
        "subscriptions",
        ["book_id", "current_period_end_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_subscriptions_book_id_customer_id_created_at_id"),
        "subscriptions",
        ["book_id", "customer_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_subscriptions_book_id_price_id_created_at_id"),
        "subscriptions",
        ["book_id", "price_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_subscriptions_book_id_product_id_created_at_id"),
        "subscriptions",
        ["book_id", "product_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_subscriptions_book_id_status_created_at_id"),
        "subscriptions",
        ["book_id", "status", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "summary_zones",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_summary_zones_book_id")),
        sa.PrimaryKeyConstraint("book_id", name=op.f("pk_summary_zones")),
    )
    op.create_table(
        "sync_kinds",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("filled_at", sa.Integer(), nullable=True),
        sa.Column("since_at", sa.BigInteger(), nullable=True),
        sa.Column("caught_at", sa.Integer(), nullable=True),
        sa.Column("objects", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_sync_kinds_book_id")),
        sa.PrimaryKeyConstraint("book_id", "kind", name=op.f("pk_sync_kinds")),
    )
    op.create_table(
        "sync_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.Integer(), nullable=False),
        sa.Column("touched_at", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.Integer(), nullable=True),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("objects", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_sync_runs_book_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_runs")),
    )
    op.create_index(op.f("ix_sync_runs_book_id_id"), "sync_runs", ["book_id", "id"], unique=False)
    op.create_table(
        "sync_windows",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=True),
        sa.Column("until_at", sa.BigInteger(), nullable=True),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("cursor_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_sync_windows_book_id")),
        sa.PrimaryKeyConstraint("book_id", "kind", "number", name=op.f("pk_sync_windows")),
    )
    for statement in SEARCH[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("The first tables have nothing to go back to.")
