"""Comparing the mirror with Stripe as jobs: in slices by the clock, and repairs from a page."""

from sqlalchemy import Connection, Engine

from dashboard.core.config import Settings
from dashboard.core.errors import UnavailableError
from dashboard.jobs import commands
from dashboard.jobs.office import Office
from dashboard.mirror.reconcile import sums
from dashboard.store.books import Book

TASK = "reconcile"
DIFFERENT = 3
"""The status of the command while differences remain: the page tells of them."""


def queue_repair(office: Office, db: Connection, book: Book) -> bool:
    """Queue a comparison that repairs; ``False`` where one is queued or running."""
    return office.queue(db, TASK, book=book, key=f"repair:{book.id}", repair=True) is not None


def reconcile(_engine: Engine, settings: Settings, book: Book, *, repair: bool = False) -> None:
    """Go on with the day's comparison, or repair all, by the command of the terminal.

    Raises:
        UnavailableError: something could not be compared; the message is what the command says.
    """
    how = "--repair" if repair else "--slice"
    ended = commands.run(settings, "reconcile", "--json", how, "--account", book.account_id)
    if ended.returncode not in (0, DIFFERENT):
        raise UnavailableError(commands.reason_of(ended))


def check_sums(engine: Engine, _settings: Settings, book: Book) -> None:
    """Look at the sums of the last days, the balance and the last payouts."""
    sums.check_recent(engine, book)
