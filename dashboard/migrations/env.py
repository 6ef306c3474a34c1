"""Alembic's door: it runs inside the connection that it is given."""

from alembic import context

from dashboard.migrations import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    render_as_batch=True,
    compare_type=True,
    include_name=tables.is_ours,
)
context.run_migrations()
