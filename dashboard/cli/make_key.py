"""``flask make-key``: a new key for ATOM_OAUTH_ENCRYPTION_KEY."""

import click

from dashboard.core.crypto import make_key


@click.command("make-key")
def command() -> None:
    """Print a new encryption key; put it before the old ones, separated by a comma."""
    click.echo(make_key())
