"""Syncing as a job: queued from a page or by the clock, done by a process of its own."""

import orjson
from sqlalchemy import Connection, Engine

from dashboard.core.config import Settings
from dashboard.core.errors import UnavailableError
from dashboard.jobs import commands
from dashboard.jobs.office import Office
from dashboard.store.books import Book

TASK = "sync"


def queue(office: Office, db: Connection, book: Book | None) -> bool:
    """Queue a sync of ``book``, or of what the key in the environment opens.

    ``False`` where one is queued or running.
    """
    key = f"{TASK}:{book.id if book else ''}"
    return office.queue(db, TASK, book=book, key=key) is not None


def run(_engine: Engine, settings: Settings, book: Book | None = None) -> None:
    """Sync by the command of the terminal, and wait for it.

    Raises:
        UnavailableError: it is not complete; the message is what the command says.
    """
    options = ["--account", book.account_id] if book else []
    ended = commands.run(settings, "sync", "--json", *options)
    if ended.returncode:
        raise UnavailableError(_reason(ended.stdout))


def _reason(output: str) -> str:
    """Return what the lines of the command say went wrong."""
    lines = [line for line in output.splitlines() if line.startswith("{")]
    errors = [error for line in lines for error in orjson.loads(line)["errors"]]
    return " ".join(errors) or "The sync ended in the middle."
