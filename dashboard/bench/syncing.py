"""Filling a mirror: the real command against a practice Stripe in a process of its own."""

import json
import math
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import cast
from unittest.mock import patch

import requests
from sqlalchemy import Engine

from dashboard import migrations
from dashboard.bench.figures import Figure
from dashboard.bench.mirrors import SEED, Databases, batches, world_of
from dashboard.bench.practice import KEY, distant, practice_stripe, shared_world
from dashboard.bench.serving import ROOT
from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.errors import UnavailableError
from dashboard.gateway.reads import connect
from dashboard.mirror import payments
from dashboard.mirror.apply import apply
from dashboard.mirror.changes import Follower
from dashboard.mirror.measures import ledger
from dashboard.mirror.measures.summary import Summary
from dashboard.mirror.registry import FOLLOWERS, KINDS
from dashboard.mirror.sync.writer import writer
from dashboard.sandbox.shapes import Json
from dashboard.sandbox.state import State
from dashboard.store import books

DISTANT_CHARGES, DISTANT_SECONDS = 10_000, 0.2
APPLIED = 12
"""Batches of which the cost of keeping summaries is taken."""

SDK_PAGES = 40
KIB = 1_024
MIB = 1_024 * KIB


@dataclass(frozen=True, slots=True)
class Ran:
    """How a sync went; ``peak`` is the most memory that it held, in bytes."""

    objects: dict[str, int]
    seconds: float
    cpu_seconds: float
    peak: int


def measure(databases: Databases, names: Sequence[str], count: int) -> Iterator[Figure]:
    """Yield the figures of filling fresh mirrors of a world of ``count`` payments."""
    with shared_world(databases, count) as address:
        yield from _sdk_page(address)
        for name in names:
            yield from _backfill(databases, name, address)
    for name in names:
        yield from _keeping(databases, name, count)
    with _stripe_of_charges(databases, min(DISTANT_CHARGES, count)) as address:
        for name in names:
            yield from _distant_backfill(databases, name, address)


def measure_charges(databases: Databases, names: Sequence[str], count: int) -> Iterator[Figure]:
    """Yield the figures of filling fresh mirrors of ``count`` charges and nothing else."""
    with _stripe_of_charges(databases, count) as address:
        for name in names:
            ran = _sync(databases, name, address)
            objects = sum(ran.objects.values())
            yield Figure("charges_objects", objects, "objects", name)
            yield Figure("charges", round(objects / ran.seconds), "objects/s", name)
            yield Figure("charges_cpu", round(objects / ran.cpu_seconds), "objects/s of CPU", name)
            yield Figure("charges_memory", round(ran.peak / MIB, 1), "MB", name)


@contextmanager
def _stripe_of_charges(databases: Databases, count: int) -> Iterator[str]:
    file = databases.folder / f"bench-charges-{count}.sqlite"
    _make_charges(file, count)
    with practice_stripe(file, count) as address:
        yield address


def _backfill(databases: Databases, name: str, address: str) -> Iterator[Figure]:
    with _counting(address) as calls:
        ran = _sync(databases, name, address)
        asked = calls("/v1/") - calls("/v1/balance_transactions")
    objects = sum(ran.objects.values())
    listed = objects - ran.objects.get("balance_transaction", 0)
    yield Figure("backfill_objects", objects, "objects", name)
    yield Figure("backfill", round(objects / ran.seconds), "objects/s", name)
    yield Figure("backfill_cpu", round(objects / ran.cpu_seconds), "objects/s of CPU", name)
    yield Figure("backfill_memory", round(ran.peak / MIB, 1), "MB", name)
    yield Figure("backfill_calls", round(asked / listed * 1_000, 2), "calls/1,000", name)


def _distant_backfill(databases: Databases, name: str, address: str) -> Iterator[Figure]:
    """Fill from a server that answers as late as one on another continent."""
    with distant(address, DISTANT_SECONDS):
        ran = _sync(databases, name, address, STRIPE_ENDPOINT_REQUESTS_PER_SECOND="100")
    yield Figure("distant_objects", sum(ran.objects.values()), "objects", name)
    yield Figure("distant_backfill", round(ran.seconds, 2), "s", name)


def _sync(databases: Databases, name: str, address: str, **settings: str) -> Ran:
    """Run ``flask sync`` into a fresh database and return how it went."""
    url = databases.fresh(name, "bench-backfill")
    engine = database.connect(url)
    migrations.upgrade(engine)
    engine.dispose()
    environment = {
        "DATABASE_URL": url,
        "ENVIRONMENT": "development",
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_API_BASE": address,
        **settings,
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "sync", "--json"]
    with subprocess.Popen(  # noqa: S603
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE
    ) as running:
        told = running.stdout.readline() if running.stdout else b""
        peak = _peak(running.pid)
        # Asked for by its own id: what all children together used says nothing of this one.
        _, status, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    databases.drop(name, "bench-backfill")
    if not told:
        raise UnavailableError(f"The sync ended with {running.returncode}.")
    outcome = json.loads(told)
    cpu_seconds = used.ru_utime + used.ru_stime
    return Ran(outcome["objects"], outcome["seconds"], cpu_seconds, peak)


def _peak(pid: int) -> int:
    """Return the most memory that a process has held, in bytes.

    ``ru_maxrss`` begins with what its parent held when it was started.
    """
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) * KIB if found else 0


@contextmanager
def _counting(address: str) -> Iterator[Callable[[str], int]]:
    """Count the calls to the practice Stripe by the start of their path.

    A delay of nothing is a rule that changes no answer, and it counts down.
    """
    many = 10**9
    paths = ("/v1/", "/v1/balance_transactions")
    rules = [{"kind": "latency", "seconds": 0, "count": many, "path": path} for path in paths]
    requests.post(f"{address}/_control/faults", json=rules, timeout=10).raise_for_status()

    def calls(path: str) -> int:
        told = requests.get(f"{address}/_control/faults", timeout=10).json()["faults"]
        return many - next(int(rule["count"]) for rule in told if rule["path"] == path)

    yield calls
    requests.delete(f"{address}/_control/faults", timeout=10).raise_for_status()


def _sdk_page(address: str) -> Iterator[Figure]:
    """Take the processor time of a page of 100 charges, from the SDK's call to plain dicts."""
    settings = Settings(_env_file=None, stripe_api_base=address)
    reads = connect(settings, KEY, livemode=False)
    reads.list_page("/v1/charges")
    began = time.process_time()
    for _ in range(SDK_PAGES):
        reads.list_page("/v1/charges")
    spent = (time.process_time() - began) / SDK_PAGES
    yield Figure("sdk_page", round(spent * 1_000, 2), "ms of CPU")


def _keeping(databases: Databases, name: str, count: int) -> Iterator[Figure]:
    """Apply the same objects with and without summaries, in turn, and compare processor time."""
    world = list(batches(world_of(count)))
    chosen = [each for each in world if each[0] in ("charge", "balance_transaction")]
    spent = {True: math.inf, False: math.inf}
    for keep in (True, False, False, True):
        engine = database.connect(databases.fresh(name, "bench-keeping"))
        migrations.upgrade(engine)
        spent[keep] = min(spent[keep], _apply(engine, world[:1] + chosen[:APPLIED], keep=keep))
        engine.dispose()
    databases.drop(name, "bench-keeping")
    cost = (spent[True] - spent[False]) / spent[True] * 100
    yield Figure("keeping_summaries", round(cost, 1), "% of the time", name)


def _apply(engine: Engine, world: Sequence[tuple[str, list[Json]]], *, keep: bool) -> float:
    """Return the seconds that applying took."""
    began = time.perf_counter()
    with writer(engine) as db:
        with db.begin():
            book = books.open_book(db, "acct_bench", livemode=False)
        for kind, objects in world:
            with db.begin(), _summaries(keep=keep):
                apply(db, book, KINDS[kind], objects, seen_at=clock.seconds())
    return time.perf_counter() - began


@contextmanager
def _summaries(*, keep: bool) -> Iterator[None]:
    """Let nothing be summed meanwhile, unless ``keep``: the one way to see what summing costs."""
    followers = {name: _plain(each) for name, each in FOLLOWERS.items()}
    if keep:
        yield
        return
    with (
        patch.dict(cast("dict[str, tuple[Follower, ...]]", FOLLOWERS), followers),
        patch.object(payments, "DERIVED", _plain(payments.DERIVED)),
    ):
        yield


def _plain(followers: Sequence[Follower]) -> tuple[Follower, ...]:
    return tuple(
        each
        for each in followers
        if each is not ledger.follow and not isinstance(getattr(each, "__self__", None), Summary)
    )


def _make_charges(file: Path, count: int) -> None:
    """Make a world of one account and ``count`` charges, unless the file holds it."""
    if file.exists():
        return
    world = world_of(count)
    account = next(world)
    charges = (thing for thing in world if thing["object"] == "charge")
    state = State(file)
    state.load(chain([account], islice(charges, count)))
    state.keep_fact("account", account["id"])
    state.keep_fact("recipe", [SEED, count])
    state.close()
