"""Keep what comparing the mirror with Stripe has found."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "check_kinds",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("compared_at", sa.Integer()),
        sa.Column("objects", sa.Integer(), nullable=False),
        sa.Column("oldest_at", sa.BigInteger()),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.Integer()),
        sa.Column("so_far", sa.Integer(), nullable=False),
        sa.Column("oldest_so_far", sa.BigInteger()),
        sa.Column("left_out_so_far", sa.Integer(), nullable=False),
        sa.Column("windows", sa.Text(), nullable=False),
        sa.Column("message", sa.Text()),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name="fk_check_kinds_book_id"),
        sa.PrimaryKeyConstraint("book_id", "kind", name="pk_check_kinds"),
    )
    op.create_table(
        "check_differences",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("found_at", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.Integer(), nullable=False),
        sa.Column("repaired_at", sa.Integer()),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name="fk_check_differences_book_id"),
        sa.PrimaryKeyConstraint("book_id", "kind", "id", name="pk_check_differences"),
    )
    op.create_index(
        "ix_check_differences_book_id_repaired_at", "check_differences", ["book_id", "repaired_at"]
    )
    op.create_table(
        "check_sums",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("checked_at", sa.Integer(), nullable=False),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name="fk_check_sums_book_id"),
        sa.PrimaryKeyConstraint("book_id", "name", name="pk_check_sums"),
    )


def downgrade() -> None:
    op.drop_table("check_sums")
    op.drop_table("check_differences")
    op.drop_table("check_kinds")
