"""Keep the time of their objects with the documents of the search; SQLite numbers them by it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SEARCHED = {
    "payment": "payments",
    "customer": "customers",
    "product": "products",
    "invoice": "invoices",
}
BITS = 10
CREATED = " ".join(
    f"WHEN '{kind}' THEN (SELECT told.created_at FROM {table} AS told "  # noqa: S608
    "WHERE told.book_id = search_documents.book_id AND told.id = search_documents.id)"
    for kind, table in SEARCHED.items()
)
CREATED = f"coalesce(CASE kind {CREATED} END, 0)"
"""When a document's object was created; a payment that is gone is older than all others."""


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _number_by_time()
        return
    op.add_column("search_documents", sa.Column("created_at", sa.BigInteger()))
    op.execute(f"UPDATE search_documents SET created_at = {CREATED}")  # noqa: S608
    op.alter_column("search_documents", "created_at", nullable=False)
    op.create_index(
        "search_index_newest", "search_documents", ["book_id", "kind", sa.text("created_at DESC")]
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _number_as_written()
        return
    op.drop_index("search_index_newest", "search_documents")
    op.drop_column("search_documents", "created_at")


def _number_by_time() -> None:
    """Of a second with more documents than it has numbers, the others count as older than all."""
    place = "row_number() OVER (PARTITION BY created_at ORDER BY id) - 1"
    number = f"iif(place >> {BITS} = 0, (created_at << {BITS}) + place, -number)"
    documents = f"SELECT *, {CREATED} AS created_at FROM search_documents"  # noqa: S608
    placed = f"SELECT *, {place} AS place FROM ({documents})"  # noqa: S608
    _write_anew(
        f"SELECT {number}, book_id, kind, id, created_at, text FROM ({placed}) "  # noqa: S608
        "ORDER BY created_at, place",
        sa.Column("created_at", sa.BigInteger(), nullable=False),
    )


def _number_as_written() -> None:
    _write_anew(
        "SELECT row_number() OVER (ORDER BY number), book_id, kind, id, text "
        "FROM search_documents ORDER BY number"
    )


def _write_anew(documents: str, *columns: sa.Column[int]) -> None:
    """Write table and indexes in the order of the numbers, which is the quickest."""
    op.create_table(
        "numbered_documents",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        *columns,
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name="fk_search_documents_book_id"),
        sa.PrimaryKeyConstraint("number", name="pk_search_documents"),
        sa.UniqueConstraint("book_id", "kind", "id", name="uq_search_documents_book_id_kind_id"),
    )
    op.execute(f"INSERT INTO numbered_documents {documents}")
    op.drop_table("search_documents")
    op.rename_table("numbered_documents", "search_documents")
    for kind in SEARCHED:
        index = f"search_index_{kind}"
        op.execute(f"INSERT INTO {index}({index}) VALUES ('delete-all')")  # noqa: S608
        op.execute(
            f"INSERT INTO {index}(rowid, text) SELECT number, text FROM search_documents "  # noqa: S608
            f"WHERE kind = '{kind}' ORDER BY number"
        )
