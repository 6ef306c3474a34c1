"""Keep the tokens and permissions of connected accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ADDED = {
    "scope": sa.String(16),
    "sealed_refresh_token": sa.Text(),
    "expires_at": sa.Integer(),
    "publishable_key": sa.String(255),
    "connected_by": sa.String(254),
    "connected_at": sa.Integer(),
    "disconnected_at": sa.Integer(),
    "refused_at": sa.Integer(),
    "refusal": sa.Text(),
    "claimed_at": sa.Integer(),
}


def upgrade() -> None:
    for name, kind in ADDED.items():
        op.add_column("connections", sa.Column(name, kind, nullable=True))
    op.execute("UPDATE connections SET connected_at = created_at")
    op.create_table(
        "oauth_states",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state_hash", sa.String(64), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=True),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=True),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_oauth_states_session_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_oauth_states_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_oauth_states"),
        sa.UniqueConstraint("state_hash", name="uq_oauth_states_state_hash"),
        sa.UniqueConstraint("code_hash", name="uq_oauth_states_code_hash"),
    )
    op.create_index("ix_oauth_states_session_id", "oauth_states", ["session_id"])
    op.create_index("ix_oauth_states_user_id", "oauth_states", ["user_id"])
    op.create_index("ix_oauth_states_expires_at", "oauth_states", ["expires_at"])


def downgrade() -> None:
    """Older versions know no disconnected account, nor one reached by OAuth or a platform's key."""
    op.drop_table("oauth_states")
    op.execute(
        "UPDATE connections SET deauthorized_at = connected_at"
        " WHERE deauthorized_at IS NULL"
        " AND (disconnected_at IS NOT NULL OR how IN ('oauth', 'platform'))"
    )
    op.execute("UPDATE connections SET how = 'key' WHERE how IN ('oauth', 'platform')")
    for name in ADDED:
        op.drop_column("connections", name)
