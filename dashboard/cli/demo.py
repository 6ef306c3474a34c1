"""``flask demo``: everything at once on one machine, what ``make run`` starts.

Without STRIPE_SECRET_KEY it starts the practice Stripe and keeps its mirror in a file of its own.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import click
import requests

from dashboard import migrations
from dashboard.cli import demo_portal
from dashboard.core import config, crypto
from dashboard.core.config import INSTANCE
from dashboard.core.db import connect, reading, writing
from dashboard.core.errors import UnavailableError
from dashboard.features.people import actions
from dashboard.store import connections, jobs, users
from dashboard.store.roles import Role

ADMIN = "admin@example.com"
ON_ONE_MACHINE = {"ENVIRONMENT": "development", "JOBS": "web", "SYNC_EVERY_MINUTES": "1"}
PRACTICE = "practice-6"
"""Its number grows with the practice world: a mirror of the older one would hold two companies."""
PRACTICE_KEY = "sk_test_practice"
PRACTICE_CLIENT = "ca_practice"
PRACTICE_ACCOUNTS = 3
"""How many accounts wait to be connected by OAuth."""
PRACTICE_PORT = 12111
PRACTICE_SECRET = "PRACTICE_WEBHOOK_SECRET"  # noqa: S105  (its name among what we keep)
WEBHOOKS = "/api/v1/stripe/webhooks"
PATIENCE_SECONDS = 120
STOPPING_SECONDS = 10
LOG = INSTANCE / "web.log"
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Practice:
    """The practice company: its size, its haste, and where it delivers its events."""

    payments: int
    speed: float
    webhooks: str


@click.command("demo")
@click.option("--port", default=8000, show_default=True, help="Where the dashboard is served.")
@click.option(
    "--payments", default=5000, show_default=True, help="How large the practice world is."
)
@click.option(
    "--speed", default=60.0, show_default=True, help="How fast the practice company does business."
)
def command(port: int, payments: int, speed: float) -> None:
    """Start the dashboard, with a practice Stripe unless STRIPE_SECRET_KEY is set."""
    _refuse_taken(port)
    INSTANCE.mkdir(exist_ok=True)
    with ExitStack() as running:
        environment = _environment()
        if not config.read().stripe_secret_key.get_secret_value():
            world = Practice(payments, speed, webhooks=f"http://127.0.0.1:{port}{WEBHOOKS}")
            environment |= running.enter_context(_practice_stripe(environment, world))
            here, database_url = f"http://127.0.0.1:{port}", environment["DATABASE_URL"]
            environment = demo_portal.prepare(here, database_url) | environment
        os.environ.update(environment)
        password = _prepare_database()
        is_new = not _knows_an_account()
        # What each request did goes to a file: the terminal is for the address and the password.
        log = running.enter_context(LOG.open("a"))
        running.enter_context(_process(_web(port), environment, log))
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/login", "The dashboard")
        _tell(address, password)
        _run_on(environment, is_new=is_new)


def _environment() -> dict[str, str]:
    """Return the settings of this machine: made up once, kept where only we can read them."""
    file = INSTANCE / "secrets.json"
    file.touch(mode=0o600)
    made_up = {
        "SECRET_KEY": secrets.token_hex(),
        "ATOM_OAUTH_ENCRYPTION_KEY": crypto.make_key(),
        PRACTICE_SECRET: f"whsec_{secrets.token_urlsafe(24)}",
    }
    kept: dict[str, str] = made_up | json.loads(file.read_text() or "{}")
    file.write_text(json.dumps(kept))
    return {**ON_ONE_MACHINE, **kept, **os.environ, "FLASK_APP": "wsgi"}


@contextmanager
def _practice_stripe(environment: Mapping[str, str], world: Practice) -> Iterator[dict[str, str]]:
    """Run the practice Stripe and yield the settings that lead to it, and its events to us."""
    port = _free_port(PRACTICE_PORT)
    payments, secret = world.payments, environment[PRACTICE_SECRET]
    state = INSTANCE / f"{PRACTICE}-stripe-{payments}.sqlite"
    arguments = ["--port", str(port), "--payments", str(payments), "--state", str(state)]
    arguments += ["--live", "--speed", str(world.speed)]
    arguments += ["--accounts", str(PRACTICE_ACCOUNTS), "--connected", "0"]
    arguments += ["--deliver-to", world.webhooks, "--secret", secret]
    with _process([*_flask("sandbox"), *arguments], environment):
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/_control", "The practice Stripe")
        database = (INSTANCE / f"{PRACTICE}-{payments}.sqlite").absolute()
        yield {
            "STRIPE_SECRET_KEY": PRACTICE_KEY,
            "STRIPE_API_BASE": address,
            "STRIPE_CONNECT_BASE": address,
            "STRIPE_CLIENT_ID": PRACTICE_CLIENT,
            "STRIPE_CLIENT_SECRET": PRACTICE_KEY,
            "STRIPE_WEBHOOK_SECRET": secret,
            "DATABASE_URL": os.environ.get("DATABASE_URL") or f"sqlite:///{database}",
        }


def _prepare_database() -> str | None:
    """Bring the tables up to date; return the password of the admin where we had to make one."""
    engine = connect(config.read().database_url)
    migrations.upgrade(engine)
    with reading(engine) as db:
        if users.every(db):
            return None
    password = secrets.token_urlsafe(15)
    actions.create(engine, ADMIN, Role.ADMIN, password)
    engine.dispose()
    return password


def _tell(address: str, password: str | None) -> None:
    click.echo()
    click.secho(f"  The dashboard runs at {address}", bold=True)
    if password:
        click.echo(f"  Sign in as {ADMIN} with the password {password}")
        click.echo("  It is shown only this once.")
    else:
        click.echo("  Sign in as before. To give somebody a new password:")
        command = f".venv/bin/flask --app wsgi users password --email {ADMIN}"
        click.echo(f"  {_on_this_database()}{command}")
    click.echo(f"  What it does is written to {LOG}. Ctrl-C stops everything.\n")


def _on_this_database() -> str:
    """Return what leads a command of the terminal here; the address of a file holds no secret."""
    url = config.read().database_url
    return f"DATABASE_URL={url} " if url.startswith("sqlite") else ""


def _knows_an_account() -> bool:
    engine = connect(config.read().database_url)
    with reading(engine) as db:
        known = bool(connections.every(db))
    engine.dispose()
    return known


def _run_on(environment: Mapping[str, str], *, is_new: bool) -> None:
    """Fill a new mirror before everybody's eyes; the schedule keeps it fresh until Ctrl-C."""
    with _ending_quietly():
        if is_new:
            subprocess.run(_flask("sync"), env=environment, cwd=ROOT, check=False)  # noqa: S603
            _compare_soon()
        while True:
            signal.pause()


def _compare_soon() -> None:
    """Have what was read compared with Stripe now, not when the schedule comes to it."""
    engine = connect(config.read().database_url)
    with writing(engine) as db:
        for connection in connections.every(db):
            book = connection.book
            jobs.queue(db, "reconcile", book_id=book.id, key=f"reconcile:{book.id}")
    engine.dispose()


@contextmanager
def _ending_quietly() -> Iterator[None]:
    """Take Ctrl-C and a polite kill for the end, not for an error."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        click.echo("\nStopping.")


@contextmanager
def _process(
    command: list[str], environment: Mapping[str, str], log: IO[str] | None = None
) -> Iterator[None]:
    """Run ``command`` beside us and end it with us; ``log`` takes what it says."""
    with subprocess.Popen(command, env=environment, cwd=ROOT, stderr=log) as process:  # noqa: S603
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(STOPPING_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _flask(name: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", name]


def _web(port: int) -> list[str]:
    bind = ["--bind", f"127.0.0.1:{port}"]
    return [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", *bind, "wsgi:app"]


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise UnavailableError(
                f"Port {port} is taken.", field="PORT", remedy="Try: make run PORT=8001"
            )


def _free_port(wanted: int) -> int:
    """Return ``wanted``, or any free port where another program has it."""
    with socket.socket() as probe:
        taken = probe.connect_ex(("127.0.0.1", wanted)) == 0
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0 if taken else wanted))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(url: str, what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            requests.get(url, timeout=5)
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise UnavailableError(
        f"{what} did not start.", remedy=f"The lines above or {LOG} may say why."
    )
