"""The practice Stripe in a process of its own, and databases that are connected to it."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
from sqlalchemy import Engine

from dashboard import migrations
from dashboard.bench.mirrors import SEED, Databases, Mirror
from dashboard.bench.serving import ROOT, free_port, process, wait_for
from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.errors import UnavailableError
from dashboard.mirror.sync.identity import from_environment
from dashboard.store import workers

KEY = "sk_test_practice"
SIGNING_SECRET = "whsec_of_the_bench"  # noqa: S105  (it signs what the bench sends to itself)
WORLD = 20_000
"""Payments of the world that is mirrored: with all that belongs to them 100,000 objects."""

NAME = "bench-live"
TOLD = 2_000
"""So many letters of what a command printed that failed."""

SCHEDULES = ("sync", "reconcile", "check-sums", "purge")


@dataclass(frozen=True, slots=True)
class Branch:
    """A mirror, and the environment in which the product reaches Stripe for it."""

    mirror: Mirror
    environment: Mapping[str, str]
    settings: Settings

    def run(self, *arguments: str) -> bytes:
        """Run ``flask`` with these arguments, and return what it prints.

        Raises:
            UnavailableError: it fails, or finds differences.
        """
        environment, command = {**os.environ, **self.environment}, flask(*arguments)
        ran = subprocess.run(  # noqa: S603
            command, cwd=ROOT, env=environment, check=False, capture_output=True
        )
        if ran.returncode:
            told = ran.stdout.decode()[-TOLD:]
            raise UnavailableError(f"flask {arguments[0]} ended with {ran.returncode}: {told}")
        return ran.stdout


def flask(*arguments: str) -> list[str]:
    """Return a command of the terminal."""
    return [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]


def share(most: int, payments: int) -> int:
    """Return how much to do in a world of ``payments`` where the whole one takes ``most``."""
    return max(1, most * payments // WORLD)


@contextmanager
def practice_stripe(state: Path, count: int) -> Iterator[str]:
    """Serve the world of ``count`` payments, kept in the file ``state``; yield its address."""
    port = free_port()
    command = [sys.executable, "-m", "dashboard.sandbox", "--port", str(port)]
    world = ["--seed", str(SEED), "--payments", str(count), "--state", str(state)]
    address = f"http://127.0.0.1:{port}"
    with process([*command, *world], {}):
        wait_for(f"{address}/_control/faults")
        yield address


@contextmanager
def shared_world(databases: Databases, count: int) -> Iterator[str]:
    """Serve the world that all parts share; it is made once."""
    with practice_stripe(databases.folder / f"bench-stripe-{count}.sqlite", count) as address:
        yield address


@contextmanager
def distant(address: str, seconds: float) -> Iterator[None]:
    """Let the practice Stripe answer as late as one on another continent."""
    fault = {"kind": "latency", "seconds": seconds}
    requests.post(f"{address}/_control/faults", json=fault, timeout=10).raise_for_status()
    try:
        yield
    finally:
        requests.delete(f"{address}/_control/faults", timeout=10).raise_for_status()


@contextmanager
def connected(databases: Databases, name: str, address: str) -> Iterator[Branch]:
    """Yield a fresh database that knows its account and nothing else; remove it at the end."""
    url = databases.fresh(name, NAME)
    environment = {
        "DATABASE_URL": url,
        "ENVIRONMENT": "development",
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_API_BASE": address,
        "STRIPE_WEBHOOK_SECRET": SIGNING_SECRET,
    }
    values = {name.lower(): value for name, value in environment.items()}
    settings = Settings.model_validate(values)
    engine = database.connect(url)
    migrations.upgrade(engine)
    book = from_environment(engine, settings).book
    _quieten(engine)
    yield Branch(Mirror(name, url, engine, book), environment, settings)
    engine.dispose()
    databases.drop(name, NAME)


def _quieten(engine: Engine) -> None:
    """Let no schedule fall due: it would be measured in some runs and not in others."""
    with database.writing(engine) as db:
        for name in SCHEDULES:
            workers.take_slot(db, name, clock.seconds() + clock.DAY_SECONDS)


@contextmanager
def filled(databases: Databases, name: str, address: str) -> Iterator[Branch]:
    """Yield a fresh database that mirrors the practice Stripe; remove it at the end."""
    with connected(databases, name, address) as branch:
        branch.run("sync", "--json")
        yield branch
