"""``flask db``: bring the tables of the database up to date, and write their next step."""

import click

from dashboard import migrations
from dashboard.web import context


@click.group("db")
def command() -> None:
    """The database's tables."""


@command.command()
def upgrade() -> None:
    """Bring the tables to the newest version; safe to repeat."""
    migrations.upgrade(context.engine())
    click.echo("The database is up to date.")


@command.command("write-migration")
@click.argument("message")
def write_migration(message: str) -> None:
    """Write the migration to the tables that the code declares; look at it before it lands."""
    migrations.write_next(context.engine(), message)
