"""``flask doctor``: look at everything that a sync and the pages need, and say what to do."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.config import JobsPlace, Settings
from dashboard.core.crypto import KEY_SETTING, Vault
from dashboard.core.errors import DashboardError, SettingsError, with_remedy
from dashboard.gateway.errors import AbsentError, GatewayError, RefusedError
from dashboard.gateway.reads import Reads, connect
from dashboard.mirror.freshness import words
from dashboard.mirror.registry import KINDS
from dashboard.store import connections, workers
from dashboard.web import context

WITHOUT_WORKER = {
    JobsPlace.WORKER: "Start: flask --app wsgi worker",
    JobsPlace.WEB: "Start the web workers; they run jobs too.",
    JobsPlace.NOWHERE: "Set JOBS to web or worker.",
}
SKEW_SECONDS = 5
SHORTEST_SECRET_KEY = 32
TRIES = 2


class Verdict(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


COLORS = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "red"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and what to do where it is not well."""

    what: str
    verdict: Verdict
    told: str
    remedy: str | None = None


@click.command("doctor")
def command() -> None:
    """Check settings, database, Stripe and clock. Ends with status 1 when something fails."""
    findings = list(examine(context.settings(), context.engine()))
    table = Table("", "", "", box=None, show_header=False, pad_edge=False)
    for one in findings:
        color = COLORS[one.verdict]
        told = escape(with_remedy(one.told, one.remedy))
        table.add_row(f"[{color}]{one.verdict}[/]", one.what, told)
    Console(soft_wrap=True).print(table)
    sys.exit(1 if any(one.verdict is Verdict.FAIL for one in findings) else 0)


def examine(settings: Settings, engine: Engine) -> Iterator[Finding]:
    """Yield what there is to say of everything, in the order in which to repair it."""
    yield _secret_key(settings)
    yield _encryption_key(settings)
    yield _database(engine)
    yield from _redis(settings)
    yield from _worker(settings, engine)
    yield from _stripe(settings)


def _secret_key(settings: Settings) -> Finding:
    if len(settings.secret_key.get_secret_value()) >= SHORTEST_SECRET_KEY:
        return Finding("SECRET_KEY", Verdict.OK, "is set.")
    verdict = Verdict.WARN if settings.is_local else Verdict.FAIL
    remedy = "Set it to at least 32 random characters; without it nobody can sign in."
    return Finding("SECRET_KEY", verdict, "is missing or short.", remedy)


def _encryption_key(settings: Settings) -> Finding:
    keys = settings.atom_oauth_encryption_key.get_secret_value()
    try:
        Vault(keys)
    except SettingsError as error:
        verdict = Verdict.FAIL if keys else Verdict.WARN
        remedy = f"{error.remedy} It is needed to keep keys of accounts in the database."
        return Finding(KEY_SETTING, verdict, error.message, remedy)
    return Finding(KEY_SETTING, Verdict.OK, "seals and opens.")


def _database(engine: Engine) -> Finding:
    name = engine.url.render_as_string(hide_password=True)
    try:
        with database.reading(engine) as db:
            found = set(inspect(db).get_table_names())
    except SQLAlchemyError as error:
        told = f"{name} does not open: {type(error).__name__}."
        return Finding("database", Verdict.FAIL, told, "Check DATABASE_URL.")
    missing = set(database.metadata.tables) - found
    if missing:
        told = f"{name} lacks {len(missing)} tables."
        return Finding("database", Verdict.FAIL, told, "Run: flask --app wsgi db upgrade")
    return Finding("database", Verdict.OK, f"{name} has all its tables.")


def _redis(settings: Settings) -> Iterator[Finding]:
    if not settings.redis_url:
        return
    if context.jobs().is_answering():
        yield Finding("REDIS_URL", Verdict.OK, "answers.")
    else:
        remedy = "Start it or correct the address; jobs wait until it answers and none is lost."
        yield Finding("REDIS_URL", Verdict.FAIL, "does not answer.", remedy)


def _worker(settings: Settings, engine: Engine) -> Iterator[Finding]:
    """Look for signs of life; a base without tables has been told of already."""
    try:
        with database.reading(engine) as db:
            found = workers.present(db)
    except SQLAlchemyError:
        return
    if found:
        ago = clock.seconds() - found[0].seen_at
        yield Finding("jobs", Verdict.OK, f"{found[0].name} showed itself {ago} seconds ago.")
    else:
        told = "nobody who runs them has shown itself in the last minute."
        yield Finding("jobs", Verdict.WARN, told, WITHOUT_WORKER[settings.jobs_run_in])


def _stripe(settings: Settings) -> Iterator[Finding]:
    secret = settings.stripe_secret_key.get_secret_value()
    if not secret:
        remedy = "Set it to a secret or restricted key of your Stripe account."
        yield Finding("STRIPE_SECRET_KEY", Verdict.FAIL, "is missing.", remedy)
        return
    livemode = connections.is_live(secret)
    yield Finding("STRIPE_SECRET_KEY", Verdict.OK, f"is a {'live' if livemode else 'test'} key.")
    try:
        reads = connect(settings, secret, livemode=livemode, tries=TRIES)
        yield _clock(reads)
        for name in KINDS:
            if KINDS[name].path:
                yield _kind(reads, name)
    except DashboardError as error:
        told = f"{settings.stripe_api_base}: {error.message}"
        yield Finding("Stripe", Verdict.FAIL, told, error.remedy)


def _clock(reads: Reads) -> Finding:
    """Compare our clock with the server's; any answer will do."""
    try:
        server_at = reads.retrieve("/v1/balance").server_at
    except (RefusedError, AbsentError):
        server_at = None
    if server_at is None:
        return Finding("clock", Verdict.WARN, "cannot be compared with Stripe's.")
    skew = clock.seconds() - server_at
    if abs(skew) <= SKEW_SECONDS:
        return Finding("clock", Verdict.OK, "agrees with Stripe's.")
    told = f"differs from Stripe's by {skew} seconds."
    return Finding("clock", Verdict.WARN, told, "Keep the time of this machine with NTP.")


def _kind(reads: Reads, name: str) -> Finding:
    """Ask for one object of the kind; a wrong key or a silent server ends the examination."""
    kind = KINDS[name]
    try:
        if kind.single:
            reads.retrieve(kind.path or "")
        else:
            reads.list_page(kind.path or "", {"limit": 1})
    except (RefusedError, AbsentError) as error:
        return Finding(words(name), Verdict.FAIL, error.message, error.remedy)
    except GatewayError as error:
        if error.status != GatewayError.status:
            raise
        return Finding(words(name), Verdict.FAIL, error.message, error.remedy)
    return Finding(words(name), Verdict.OK, "can be read.")
