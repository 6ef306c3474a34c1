"""``flask sync``: bring the mirror abreast of Stripe, with its progress on the terminal."""

import ctypes
import sys
from contextlib import suppress

import click
import orjson
from rich.console import Console
from sqlalchemy import Engine

from dashboard.cli.sync_progress import watching
from dashboard.core.config import Settings
from dashboard.core.errors import DashboardError
from dashboard.mirror.sync.identity import opened, usable
from dashboard.mirror.sync.run import Outcome, sync
from dashboard.store.connections import StripeConnection
from dashboard.web import context

ARENA_MAX = -8
"""``M_ARENA_MAX`` of glibc's malloc.h."""


@click.command("sync")
@click.option("--account", metavar="acct_…", help="Sync this account only.")
@click.option("--mode", type=click.Choice(["live", "test"]), help="Sync this mode only.")
@click.option("--full", is_flag=True, help="Read everything again, and bury what is gone.")
@click.option("--json", "as_json", is_flag=True, help="Say how it went in one line of JSON.")
def command(account: str | None, mode: str | None, *, full: bool, as_json: bool) -> None:
    """Bring the mirror abreast of Stripe. Ends with status 0 only when it is complete."""
    _keep_one_heap()
    engine, settings = context.engine(), context.settings()
    try:
        chosen = usable(engine, settings, account)
    except DashboardError as error:
        if as_json:
            _tell(account, _failure(error), as_json=True)
            sys.exit(1)
        raise
    complete = True
    for connection in chosen:
        if mode not in (None, context.mode_of(connection.book)):
            continue
        outcome = _sync(engine, settings, connection, full=full)
        complete = complete and outcome.complete
        _tell(connection.book.account_id, outcome, as_json=as_json)
    sys.exit(0 if complete else 1)


def _keep_one_heap() -> None:
    """Let all threads share one heap, where the C library can.

    One for each thread, as glibc has it, never gives back what large answers needed for a moment.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(ARENA_MAX, 1)


def _sync(
    engine: Engine, settings: Settings, connection: StripeConnection, *, full: bool
) -> Outcome:
    """Sync one account; whatever ends its run, the others have theirs."""
    try:
        reads = opened(engine, settings, connection)
        with watching(engine, connection.book, Console(stderr=True)) as report:
            return sync(engine, connection.book, reads, full=full, report=report)
    except DashboardError as error:
        return _failure(error)


def _failure(error: DashboardError) -> Outcome:
    return Outcome(complete=False, seconds=0.0, objects={}, errors=[str(error)])


def _tell(account: str | None, outcome: Outcome, *, as_json: bool) -> None:
    for error in outcome.errors:
        click.echo(f"Error: {error}", err=True)
    if as_json:
        told = {
            "account": account,
            "complete": outcome.complete,
            "seconds": outcome.seconds,
            "objects": outcome.objects,
            "errors": outcome.errors,
        }
        click.echo(orjson.dumps(told).decode())
        return
    total = sum(outcome.objects.values())
    state = "complete" if outcome.complete else "not complete"
    click.echo(f"{account}: {state}, {total:,} objects in {outcome.seconds:.1f} s")
