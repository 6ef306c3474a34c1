"""How fast the mirror is compared with Stripe, and how pages fare while it is filled."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from itertools import count

import orjson

from dashboard.bench.acknowledging import READ
from dashboard.bench.figures import Figure
from dashboard.bench.mirrors import Databases
from dashboard.bench.practice import Branch, connected, filled, flask, shared_world
from dashboard.bench.serving import ROOT, Browser, serving
from dashboard.bench.timing import Times, timed


def measure(databases: Databases, names: Sequence[str], payments: int) -> Iterator[Figure]:
    """Yield how many objects a second are compared that are all equal."""
    with shared_world(databases, payments) as address:
        for name in names:
            with filled(databases, name, address) as branch:
                told = orjson.loads(branch.run("reconcile", "--json"))
            objects = sum(told["objects"].values())
            yield Figure("reconcile_objects", objects, "objects", name)
            yield Figure("reconcile", round(objects / told["seconds"]), "objects/s", name)


def measure_pages(databases: Databases, names: Sequence[str], payments: int) -> Iterator[Figure]:
    """Yield how long pages take while a first sync fills their mirror, and when it is done."""
    with shared_world(databases, payments) as address:
        for name in names:
            with connected(databases, name, address) as branch:
                yield from _pages(branch)


def _pages(branch: Branch) -> Iterator[Figure]:
    name = branch.mirror.database
    with serving(branch.mirror, {**branch.environment, "JOBS": "worker"}) as site:
        browser = site.browser()
        filling = _read_while_filling(branch, browser)
        idle = [_read(browser, number) for number in range(len(filling))]
        browser.close()
    yield Figure("filling_pages", len(filling), "pages", name)
    yield from Times(idle).figures("idle", name, with_p99=True)
    yield from Times(filling).figures("filling", name, with_p99=True)


def _read_while_filling(branch: Branch, browser: Browser) -> list[float]:
    environment = {**os.environ, **branch.environment}
    for number in range(len(READ)):
        _read(browser, number)
    with subprocess.Popen(  # noqa: S603
        flask("sync", "--json"),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as sync:
        taken, numbers = [], count()
        while sync.poll() is None:
            taken.append(_read(browser, next(numbers)))
    return taken


def _read(browser: Browser, number: int) -> float:
    """Return the milliseconds that one of the pages takes."""
    return timed(lambda: browser.get(READ[number % len(READ)]))
