"""Keep what Stripe delivers until it is handled, and the secrets that sign it.

Of each day it is kept how soon deliveries were handled; events are found by customer and by kind
of object. Connections remember when their account took its permission back, and each kind to which
of Stripe's moments its news are known.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=True),
        sa.Column("api_version", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=True),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("handled_ms", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_deliveries_book_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("book_id", "event_id", name=op.f("uq_deliveries_book_id_event_id")),
    )
    op.create_index("ix_deliveries_newest", "deliveries", ["book_id", "received_ms"])
    op.create_index("ix_deliveries_state", "deliveries", ["book_id", "state", "received_ms"])
    op.create_index("ix_deliveries_type", "deliveries", ["book_id", "type", "received_ms"])
    op.create_index("ix_deliveries_object", "deliveries", ["book_id", "object_id", "received_ms"])
    op.create_index(
        "ix_deliveries_outcome",
        "deliveries",
        ["book_id", "outcome", "received_ms"],
        sqlite_where=sa.text("outcome IS NOT NULL"),
        postgresql_where=sa.text("outcome IS NOT NULL"),
    )
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["due_at"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "delivery_times",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("within_ms", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_delivery_times_book_id")),
        sa.PrimaryKeyConstraint("book_id", "day", "within_ms", name=op.f("pk_delivery_times")),
    )
    op.create_table(
        "webhook_secrets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=False),
        sa.Column("ending", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_webhook_secrets_book_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_secrets")),
    )
    op.create_index(op.f("ix_webhook_secrets_book_id"), "webhook_secrets", ["book_id"])
    op.create_index("ix_events_kind", "events", ["book_id", "object_kind", "created_at", "id"])
    op.create_index(
        "ix_events_customer",
        "events",
        ["book_id", "customer_id", "created_at", "id"],
        sqlite_where=sa.text("customer_id IS NOT NULL"),
        postgresql_where=sa.text("customer_id IS NOT NULL"),
    )
    with op.batch_alter_table("connections") as batch:
        batch.add_column(sa.Column("deauthorized_at", sa.Integer(), nullable=True))
    with op.batch_alter_table("sync_kinds") as batch:
        batch.add_column(sa.Column("abreast_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("sync_kinds") as batch:
        batch.drop_column("abreast_at")
    with op.batch_alter_table("connections") as batch:
        batch.drop_column("deauthorized_at")
    op.drop_index("ix_events_customer", "events")
    op.drop_index("ix_events_kind", "events")
    op.drop_table("webhook_secrets")
    op.drop_table("delivery_times")
    op.drop_table("deliveries")
