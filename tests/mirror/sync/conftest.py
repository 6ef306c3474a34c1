"""A small Stripe-like server with everything that is mirrored, and a way to sync from it."""

import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, func, select

from dashboard.core import db
from dashboard.core.config import Settings
from dashboard.gateway.reads import connect
from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.identity import from_environment
from dashboard.mirror.sync.run import Outcome, sync
from dashboard.store.books import Book
from tests.stripe_like import KEY, Json, StripeLike, serving

START = 1_700_000_000


def charges(count: int, *, start: int = START, step: int = 600) -> list[Json]:
    """Return so many charges, one every ``step`` seconds."""
    return [
        {
            "id": f"ch_{start}_{number:06d}",
            "object": "charge",
            "created": start + number * step,
            "amount": 1_000 + number,
            "amount_captured": 1_000 + number,
            "amount_refunded": 0,
            "captured": True,
            "currency": "usd",
            "status": "succeeded",
            "paid": True,
        }
        for number in range(count)
    ]


def empty_stripe() -> StripeLike:
    """Return a server whose lists of every mirrored kind are empty."""
    return StripeLike(
        singles={
            "/v1/account": {"id": "acct_like", "object": "account", "created": START},
            "/v1/balance": {"object": "balance", "available": [], "pending": []},
        },
        lists={kind.path: [] for kind in KINDS.values() if kind.path and not kind.single},
    )


@pytest.fixture
def stripe_like() -> Iterator[StripeLike]:
    """A server whose lists of every mirrored kind are empty."""
    with serving(empty_stripe()) as running:
        yield running


@pytest.fixture
def settings_for() -> Callable[[StripeLike], Settings]:
    """Settings that point at a Stripe-like server."""
    return lambda server: Settings(
        _env_file=None, environment="test", stripe_secret_key=KEY, stripe_api_base=server.url
    )


class Syncing:
    """Syncs one database from one server."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.engine = engine
        self.settings = settings

    def __call__(self, *, full: bool = False) -> Outcome:
        """Sync once, with next to no pause between tries."""
        book = self.book()
        pauses = itertools.repeat(None)
        reads = connect(
            self.settings, KEY, livemode=False, pause=lambda _seconds: next(pauses), tries=3
        )
        return sync(self.engine, book, reads, full=full)

    def book(self) -> Book:
        """Return the book of the server's account."""
        return from_environment(self.engine, self.settings).book

    def count(self, kind: str) -> int:
        """Return how many objects of the kind are alive in the mirror."""
        table = KINDS[kind].table
        with db.reading(self.engine) as connection:
            query = select(func.count()).select_from(table).where(table.c.deleted.is_(False))
            return int(connection.scalar(query) or 0)


@pytest.fixture
def syncing(
    engine: Engine, stripe_like: StripeLike, settings_for: Callable[[StripeLike], Settings]
) -> Syncing:
    """Sync from the Stripe-like server, on SQLite and on PostgreSQL."""
    return Syncing(engine, settings_for(stripe_like))


def start_sync(engine: Engine, server: StripeLike, *arguments: str) -> subprocess.Popen[bytes]:
    """Start ``flask sync`` in a process of its own."""
    environment = {
        **os.environ,
        "ENVIRONMENT": "test",
        "DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_API_BASE": server.url,
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "sync", "--json", *arguments]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
