"""Syncing as a job: queued from a page or by the clock, done by a process of its own."""

from sqlalchemy import Connection, Engine

from dashboard.core.config import Settings
from dashboard.core.errors import ConflictError, UnavailableError
from dashboard.jobs import commands
from dashboard.jobs.office import Office
from dashboard.mirror.sync.lock import alone
from dashboard.store import sync_runs
from dashboard.store.books import Book

TASK = "sync"


def queue(office: Office, db: Connection, book: Book | None) -> bool:
    """Queue a sync of ``book``, or of what the key in the environment opens.

    ``False`` where one is queued or running.
    """
    key = f"{TASK}:{book.id if book else ''}"
    return office.queue(db, TASK, book=book, key=key) is not None


def run(engine: Engine, settings: Settings, book: Book | None = None) -> None:
    """Sync by the command of the terminal, and wait for it; not where somebody is at it already.

    One that is stopped is done: the next one goes on where it was.

    Raises:
        UnavailableError: it is not complete; the message is what the command says.
    """
    if book and _is_running(engine, book):
        return
    options = _options(book) if book else []
    ended = commands.run(settings, "sync", "--json", *options)
    if ended.returncode and (reason := commands.reason_of(ended)) != sync_runs.STOPPED:
        raise UnavailableError(reason)


def stop(db: Connection, book: Book) -> None:
    """Let the sync of the book end with its next page, whoever runs it.

    Raises:
        ConflictError: none is running.
    """
    if not sync_runs.stop(db, book):
        raise ConflictError("No sync is running.", remedy="Look again: it may just have ended.")


def _options(book: Book) -> list[str]:
    return ["--account", book.account_id, "--mode", "live" if book.livemode else "test"]


def _is_running(engine: Engine, book: Book) -> bool:
    """Return whether the book is being synced: from a terminal, or by a child that we lost."""
    try:
        with alone(engine, book):
            return False
    except ConflictError:
        return True
