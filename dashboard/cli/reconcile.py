"""``flask reconcile``: compare the mirror with Stripe, object by object, and repair it."""

import sys

import click
import orjson
from rich.console import Console
from sqlalchemy import Connection, Engine

from dashboard.cli.sync_progress import watching
from dashboard.core.config import Settings
from dashboard.core.errors import DashboardError
from dashboard.features.checks.actions import DIFFERENT
from dashboard.mirror.reconcile.outcome import Outcome
from dashboard.mirror.reconcile.run import Wish, a_slice, reconcile
from dashboard.mirror.sync.identity import opened, usable
from dashboard.store import sync_runs
from dashboard.store.books import Book
from dashboard.store.connections import StripeConnection
from dashboard.store.differences import Difference, What
from dashboard.web import context

MOST_SHOWN = 20


@click.command("reconcile")
@click.option("--account", metavar="acct_…", help="Compare this account only.")
@click.option("--repair", is_flag=True, help="Mend what differs.")
@click.option("--slice", "in_slices", is_flag=True, help="Go on with the day's pass for a while.")
@click.option("--json", "as_json", is_flag=True, help="Say what was found in one line of JSON.")
def command(account: str | None, *, repair: bool, in_slices: bool, as_json: bool) -> None:
    """Compare the mirror with Stripe. Ends with status 0 when equal, 3 while differences remain."""
    engine, settings = context.engine(), context.settings()
    wish = a_slice(repair=repair) if in_slices else Wish(repair=repair)
    try:
        chosen = usable(engine, settings, account)
    except DashboardError as error:
        if as_json:
            _tell_json(account, None, _failure(error))
            sys.exit(1)
        raise
    statuses = [_status(engine, settings, each, wish, as_json=as_json) for each in chosen]
    sys.exit(max(statuses, default=0))


def _status(
    engine: Engine, settings: Settings, connection: StripeConnection, wish: Wish, *, as_json: bool
) -> int:
    """Compare one account, say how that went and return the exit status."""
    outcome = _reconcile(engine, settings, connection, wish)
    book = connection.book
    for error in outcome.errors:
        click.echo(f"Error: {error}", err=True)
    if as_json:
        _tell_json(book.account_id, book, outcome)
    else:
        _tell(book, outcome)
    if outcome.left:
        return DIFFERENT
    return 1 if outcome.errors else 0


def _reconcile(
    engine: Engine, settings: Settings, connection: StripeConnection, wish: Wish
) -> Outcome:
    """Compare one account; whatever ends its comparison, the others have theirs."""
    book = connection.book
    try:
        reads = opened(engine, settings, connection)
        with watching(engine, book, Console(stderr=True), _mirrored) as report:
            return reconcile(engine, book, reads, wish, report)
    except DashboardError as error:
        return _failure(error)


def _mirrored(db: Connection, book: Book) -> dict[str, int]:
    """Return about how many objects of each kind there are to compare."""
    return {each.kind: each.objects for each in sync_runs.statuses(db, book).values()}


def _failure(error: DashboardError) -> Outcome:
    return Outcome(errors=[str(error)])


def _tell(book: Book, outcome: Outcome) -> None:
    for difference in outcome.differences[:MOST_SHOWN]:
        click.echo(f"{book.account_id}: {_sentence(difference)}")
    found = sum(outcome.counts.values())
    if found > MOST_SHOWN:
        click.echo(f"{book.account_id}: … and {found - MOST_SHOWN:,} more; --json names them.")
    for each in outcome.sums:
        click.echo(f"{book.account_id}: {'✗' if each.faults else '✓'} {each.words}")
    total = sum(outcome.objects.values())
    state = "equal" if outcome.complete and not outcome.left else f"{outcome.left:,} differences"
    if not outcome.complete:
        state += ", not complete"
    repaired = f", {outcome.repaired:,} repaired" if outcome.repaired else ""
    click.echo(
        f"{book.account_id}: {state}, {total:,} objects in {outcome.seconds:.1f} s{repaired}"
    )


def _sentence(difference: Difference) -> str:
    thing = f"{difference.kind} {difference.id}"
    match difference.what:
        case What.MISSING:
            return f"{thing} is missing here."
        case What.EXTRA:
            return f"{thing} is no longer at Stripe."
        case What.STALE:
            return f"{thing} differs in {', '.join(difference.fields)}."


def _tell_json(account: str | None, book: Book | None, outcome: Outcome) -> None:
    named = [
        {"kind": each.kind, "id": each.id, "what": each.what, "fields": each.fields}
        for each in outcome.differences
    ]
    told = {
        "account": account,
        "mode": book and context.mode_of(book),
        "complete": outcome.complete,
        "seconds": outcome.seconds,
        "objects": outcome.objects,
        **{what.value: outcome.counts[what] for what in What},
        "repaired": outcome.repaired,
        "differences": named,
        "differences_left_out": sum(outcome.counts.values()) - len(named),
        "sums": [
            {"name": each.name, "faults": each.faults, "words": each.words} for each in outcome.sums
        ],
        "errors": outcome.errors,
    }
    click.echo(orjson.dumps(told).decode())
