"""``flask summaries``: sum everything anew, or prove that what is kept equals a full scan."""

from collections.abc import Iterator

import click

from dashboard.core import db as database
from dashboard.mirror.measures import keeping
from dashboard.store import books
from dashboard.store.books import Book
from dashboard.web import context

DIFFERENT = 3

account = click.option("--account", help="The acct_… of one connected account; all when unset.")


@click.group("summaries")
def command() -> None:
    """The sums behind the figures."""


@command.command()
@account
def rebuild(account: str | None) -> None:
    """Sum everything anew from the mirrored rows."""
    for book in _chosen(account):
        with database.writing(context.engine()) as db:
            keeping.rebuild(db, book)
        click.echo(f"{book.account_id}: summed anew.")


@command.command()
@account
def check(account: str | None) -> None:
    """Compare the sums with a full scan; print what differs and exit with 3."""
    different = False
    for book in _chosen(account):
        with database.reading(context.engine()) as db:
            found = list(keeping.check(db, book))
        for difference in found:
            click.echo(f"{book.account_id}: {difference}")
        click.echo(f"{book.account_id}: {len(found) or 'no'} differences.")
        different = different or bool(found)
    if different:
        raise SystemExit(DIFFERENT)


def _chosen(account: str | None) -> Iterator[Book]:
    with database.reading(context.engine()) as db:
        chosen = [book for book in books.every(db) if account in (None, book.account_id)]
        if account and not chosen:
            books.find(db, account)
    yield from chosen
