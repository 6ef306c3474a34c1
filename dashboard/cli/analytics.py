"""``flask analytics``: one figure as one line of JSON, from the mirror or from a file."""

from pathlib import Path
from typing import Any, NoReturn

import click
import orjson
from sqlalchemy import Connection

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.errors import BadInputError, DashboardError
from dashboard.mirror import dataset as datasets
from dashboard.mirror.measures import metrics
from dashboard.mirror.measures.metrics import Json, Reading
from dashboard.mirror.measures.recurring import Choices
from dashboard.store import books
from dashboard.store.books import Book
from dashboard.web import context

REFUSED = 2


@click.group("analytics")
def command() -> None:
    """Figures, defined in docs/metrics.md."""


@command.command()
@click.option("--metric", required=True, type=click.Choice(list(metrics.METRICS)))
@click.option("--args", "written", default="{}", help='JSON, such as {"date": "2026-01-31"}.')
@click.option("--account", help="The acct_… of a connected account; needed where there are more.")
@click.option("--dataset", type=click.Path(path_type=Path), help="A file to read instead.")
def compute(metric: str, written: str, account: str | None, dataset: Path | None) -> None:
    """Print a figure as one line of JSON; exit with 2 where it cannot be read."""
    try:
        arguments = _json(written.encode(), "args")
        if dataset is None:
            answer = _from_mirror(metric, arguments, account)
        else:
            answer = datasets.compute(_json(_content(dataset), "dataset"), metric, arguments)
    except DashboardError as error:
        _refuse(error)
    click.echo(orjson.dumps(answer).decode())


def _from_mirror(metric: str, arguments: Any, account: str | None) -> Json:
    with database.reading(context.engine()) as db:
        book = _book(db, account)
        reading = Reading(db, book, clock.seconds(), Choices.of(book))
        return metrics.compute(reading, metric, arguments)


def _book(db: Connection, account: str | None) -> Book:
    """Return the account's book; nothing need be named where there is one account only."""
    if account is not None:
        return books.find(db, account)
    names = list(dict.fromkeys(book.account_id for book in books.every(db)))
    if len(names) != 1:
        remedy = f"Name one of {', '.join(names)}." if names else "Run: flask --app wsgi sync"
        problem = "Several accounts are connected." if names else "No account is connected yet."
        raise BadInputError(problem, field="account", remedy=remedy)
    return books.find(db, names[0])


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInputError(f"{path}: {error.strerror}.", field="dataset") from error


def _json(written: bytes, field: str) -> Any:
    try:
        return orjson.loads(written)
    except orjson.JSONDecodeError as error:
        raise BadInputError(f"is no JSON: {error}.", field=field) from error


def _refuse(error: DashboardError) -> NoReturn:
    click.echo(f"Error: {error}", err=True)
    raise SystemExit(REFUSED)
