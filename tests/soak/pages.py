"""R8, R9 and R10: pages live without Stripe, webhooks are acknowledged fast, health is true."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from sqlalchemy import Engine

from dashboard.bench.serving import free_port
from tests.soak import comparing
from tests.soak.eventually import eventually
from tests.soak.practice import Practice
from tests.soak.product import Product, running
from tests.soak.proxy import Proxy, proxying
from tests.soak.sending import steadily
from tests.soak.tally import Tally

PATHS = (
    "/",
    "/payments",
    "/customers",
    "/subscriptions",
    "/invoices",
    "/products",
    "/disputes",
    "/balance",
    "/payouts",
    "/events",
    "/webhooks",
    "/webhooks/health",
    "/sync",
    "/sync/check",
    "/jobs",
)
FAULTS = ("hanging", "refusing", "500", "401", "reset", "truncate", "bad_json")
HANGING_SECONDS = 600
SOON_SECONDS = 1.0


def without_stripe(
    engine: Engine,
    folder: Path,
    practice: Practice,
    *,
    rounds: int,
    seconds: float = SOON_SECONDS,
    faults: tuple[str, ...] = FAULTS,
) -> Tally:
    """Read all pages while Stripe fails in each way, with a sync and deliveries beside them.

    Each page has so many ``seconds``.
    """
    tally = Tally(f"R8 {engine.dialect.name}")
    slowest, port = 0.0, free_port()
    with (
        _way_to(practice, port) as away,
        running(engine, folder, away.url, STRIPE_REQUEST_TIMEOUT="5") as product,
    ):
        browser = product.browser()
        _read(browser, product, tally, seconds)
        practice.deliver_to(product.hooks, old_version_share=1)
        for fault in faults:
            with away.failing(fault):
                practice.do(3)
                sync = product.spawn("sync")
                for _ in range(rounds):
                    slowest = max(slowest, _read(browser, product, tally, seconds))
                _look_at_health(product, tally, fault)
                sync.kill()
                sync.wait()
        _recover(engine, product, practice, tally)
    tally.figures["slowest page, s"] = round(slowest, 3)
    return tally


def without_calls(engine: Engine, folder: Path, practice: Practice) -> Tally:
    """Read all pages where nobody works beside them: none of them may ask Stripe anything."""
    tally = Tally(f"R8 calls {engine.dialect.name}")
    with (
        _way_to(practice, free_port()) as way,
        running(engine, folder, way.url, JOBS="nowhere") as product,
    ):
        browser, before = product.browser(), len(way.proxy.calls)
        _read(browser, product, tally, 30)
        tally.failures += [f"a page asked for {call.path}" for call in way.proxy.calls[before:]]
        if not before:
            tally.failures.append("nobody counted the calls of the sync")
    return tally


class _Away:
    """The way to a practice Stripe that can go wrong in every way."""

    def __init__(self, practice: Practice, port: int) -> None:
        self._practice = practice
        self._port = port
        self._open()

    def _open(self) -> None:
        self._way = proxying(self._practice.url, self._port)
        self.proxy: Proxy = self._way.__enter__()
        self.url = self.proxy.url

    def close(self) -> None:
        self._way.__exit__(None, None, None)

    @contextmanager
    def failing(self, fault: str) -> Iterator[None]:
        """Let Stripe fail until the end of the block."""
        if fault == "refusing":
            self.close()
        elif fault == "hanging":
            self._practice.break_down("latency", seconds=HANGING_SECONDS, path="/v1/", method="GET")
        else:
            self._practice.break_down(fault, method="GET")
        try:
            yield
        finally:
            self._practice.mend()
            if fault == "refusing":
                self._open()


@contextmanager
def _way_to(practice: Practice, port: int) -> Iterator[_Away]:
    away = _Away(practice, port)
    try:
        yield away
    finally:
        away.close()


def _read(browser: requests.Session, product: Product, tally: Tally, seconds: float) -> float:
    """Open every page and return how long the slowest took."""
    slowest = 0.0
    for path in PATHS:
        began = time.monotonic()
        try:
            answer = browser.get(product.url + path, timeout=30)
        except requests.RequestException as error:
            tally.failures.append(f"{path}: {type(error).__name__}")
            continue
        took = time.monotonic() - began
        tally.cases += 1
        slowest = max(slowest, took)
        if answer.status_code != 200 or "ync" not in answer.text:
            tally.failures.append(f"{path} answered {answer.status_code}, or tells no age")
        if took > seconds:
            tally.failures.append(f"{path} took {took:.2f} s")
    return slowest


def _look_at_health(product: Product, tally: Tally, fault: str) -> None:
    live = requests.get(f"{product.url}/health/live", timeout=10)
    ready = requests.get(f"{product.url}/health/ready", timeout=10)
    if (live.status_code, ready.status_code) != (200, 200):
        tally.failures.append(f"{fault}: live {live.status_code}, ready {ready.text}")


def _recover(engine: Engine, product: Product, practice: Practice, tally: Tally) -> None:
    """Stripe is well again: so is the mirror, and health says so."""
    practice.drain()
    told = product.sync()
    tally.failures += told["errors"]
    if not eventually(lambda: not comparing.unhandled(engine), 400):
        tally.failures += comparing.unhandled(engine)
    product.sync()
    tally.failures += comparing.differing(engine, practice.ask)
    deep = requests.get(f"{product.url}/health/deep", timeout=10)
    if deep.status_code != 200:
        tally.failures.append(f"all is well, and health says {deep.text}")


def steady(
    engine: Engine, folder: Path, practice: Practice, *, seconds: float, per_second: int = 50
) -> Tally:
    """Deliver at a steady pace while pages are read; none may fail, and all are kept."""
    tally = Tally(f"R9 {engine.dialect.name}")
    with running(engine, folder, practice.url) as product:
        browser, done = product.browser(), threading.Event()
        pages: list[float] = []

        def read() -> None:
            while not done.is_set():
                pages.append(_read(browser, product, tally, 60))

        reader = threading.Thread(target=read)
        reader.start()
        told = steadily(product.hooks, per_second, seconds)
        done.set()
        reader.join()
        took = told["took"]
        tally.cases = len(took)
        tally.failures += [f"a delivery was answered {status}" for status in told["refused"]]
        if not eventually(lambda: not comparing.unhandled(engine), 60):
            tally.failures += comparing.unhandled(engine)
        lost = set(told["taken"]) - comparing.kept(engine)
        tally.failures += [f"{event} is lost" for event in lost]
        tally.figures |= {
            "median ms": round(took[len(took) // 2] * 1_000, 1),
            "p99 ms": round(took[len(took) * 99 // 100] * 1_000, 1),
            "max ms": round(took[-1] * 1_000, 1),
        }
    return tally
