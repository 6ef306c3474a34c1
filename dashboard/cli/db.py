"""``flask db``: bring the tables of the database up to date."""

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
