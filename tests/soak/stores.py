"""What the product stands on goes wrong, databases, queues and clocks, and nothing is lost."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from sqlalchemy import Engine, text

from dashboard.core import db as database
from tests.queues import Valkey
from tests.soak import comparing
from tests.soak.eventually import eventually
from tests.soak.practice import Practice
from tests.soak.product import Product, running
from tests.soak.sending import Sender, customer_event
from tests.soak.tally import Tally

STRIPES_PATIENCE_SECONDS = 10
"""So long Stripe waits for an answer."""

SHIFTED = '''
"""A clock that is wrong: found before everything else on the path of Python."""
import os, time
_shift = int(os.environ["CLOCK_SHIFT"])
_time, _time_ns = time.time, time.time_ns
time.time = lambda: _time() + _shift
time.time_ns = lambda: _time_ns() + _shift * 1_000_000_000
'''


def locked(engine: Engine, folder: Path, practice: Practice, *, seconds: float) -> Tally:
    """Hold the lock of the inbox for so long: who delivers hears 503, and nothing is half done."""
    tally = Tally(f"locked {engine.dialect.name}", cases=1)
    with running(engine, folder, practice.url) as product:
        browser, event = product.browser(), customer_event()
        with _locking(engine):
            waiting = threading.Thread(target=_refused, args=(product, event, tally))
            waiting.start()
            began = time.monotonic()
            while waiting.is_alive() and time.monotonic() - began < seconds:
                _read(browser, product, tally)
                time.sleep(0.5)
            waiting.join(10)
            if waiting.is_alive():
                tally.failures.append(f"no answer while the database was locked for {seconds} s")
            tally.figures["refused within s"] = took = round(time.monotonic() - began, 1)
            if took > STRIPES_PATIENCE_SECONDS:
                tally.failures.append(f"it was refused after {took} s: Stripe has long hung up")
            if comparing.kept(engine):
                tally.failures.append("it was not taken and is kept")
        _is_taken(product, event, engine, tally)
    return tally


def restarted(
    engine: Engine, folder: Path, practice: Practice, restart: Callable[[], None], *, times: int
) -> Tally:
    """Restart the database while events pour in; they are delivered again, and none is lost."""
    tally = Tally(f"restarted {engine.dialect.name}", cases=times)
    with running(engine, folder, practice.url) as product:
        practice.deliver_to(product.hooks)
        for _ in range(times):
            business = threading.Thread(target=practice.do, args=(20,))
            business.start()
            restart()
            business.join()
        _settle(engine, product, practice, tally)
    return tally


def without_queue(
    engine: Engine, folder: Path, practice: Practice, valkey: Valkey, *, times: int
) -> Tally:
    """Take the queue away and empty it while events pour in."""
    tally = Tally(f"queue {engine.dialect.name}", cases=times)
    options = {"has_worker": True, "REDIS_URL": valkey.url}
    with running(engine, folder, practice.url, **options) as product:
        practice.deliver_to(product.hooks)
        for _ in range(times):
            valkey.stop()
            practice.do(10)
            if _health(product, "ready")["queue"] != "away":
                tally.failures.append("the queue is away, and health says otherwise")
            valkey.start()
            practice.do(5)
        _settle(engine, product, practice, tally)
        refused = practice.control.deliveries(outcome="failed")
        tally.failures += [f"{one['event']} was answered {one['status']}" for one in refused]
        if _health(product, "ready")["queue"] != "ok":
            tally.failures.append("the queue is back, and health says otherwise")
    return tally


def wrong_clock(engine: Engine, folder: Path, practice: Practice, *, seconds: int) -> Tally:
    """Run with a clock that is wrong by so many seconds: refused clearly, and mirrored right."""
    tally = Tally(f"clock {seconds:+} s {engine.dialect.name}", cases=1)
    (folder / "sitecustomize.py").write_text(SHIFTED)
    shift = {"python_path": str(folder), "CLOCK_SHIFT": str(seconds)}
    with running(engine, folder, practice.url, **shift) as product:
        sender = Sender(product.hooks)
        if sender.send(customer_event()) != 400 or b"five minutes" not in sender.answer:
            tally.failures.append(f"a signature of another time was answered {sender.answer!r}")
        doctor = product.run("doctor").stdout.decode()
        if "differs from Stripe's by" not in doctor:
            tally.failures.append(f"the doctor sees nothing: {doctor}")
        practice.do(8)
        tally.failures += product.sync()["errors"] + comparing.differing(engine, practice.ask)
    with running(engine, folder, practice.url) as product:
        practice.deliver_to(product.hooks, tie_seconds=2, shuffle_seconds=1)
        practice.do(8)
        _settle(engine, product, practice, tally)
    return tally


def _settle(engine: Engine, product: Product, practice: Practice, tally: Tally) -> None:
    """Wait until things are quiet; then all that was acknowledged is here, and all is equal."""
    if not practice.drain():
        tally.failures.append("deliveries are still under way")
    if not eventually(lambda: not comparing.unhandled(engine), 90):
        tally.failures += comparing.unhandled(engine)
    lost = practice.delivered() - comparing.kept(engine)
    tally.failures += [f"{event} was acknowledged and is not kept" for event in sorted(lost)]
    told = product.sync()
    tally.failures += told["errors"] + comparing.differing(engine, practice.ask)
    tally.figures["acknowledged"] = len(practice.delivered())


def _refused(product: Product, event: dict[str, object], tally: Tally) -> None:
    status = Sender(product.hooks).send(event)
    if status != 503:
        tally.failures.append(f"it cannot be kept, and was answered {status}")


def _is_taken(product: Product, event: dict[str, object], engine: Engine, tally: Tally) -> None:
    """Deliver once more what was refused."""
    if not Sender(product.hooks).insist(event):
        tally.failures.append("what was refused is not taken later either")
    if len(comparing.kept(engine)) != 1:
        tally.failures.append(f"one event is kept as {comparing.kept(engine)}")
    if not eventually(lambda: not comparing.unhandled(engine), 60):
        tally.failures += comparing.unhandled(engine)


def _read(browser: requests.Session, product: Product, tally: Tally) -> None:
    answer = browser.get(f"{product.url}/payments", timeout=30)
    if answer.status_code != 200:
        tally.failures.append(f"a page answered {answer.status_code}")


def _health(product: Product, name: str) -> dict[str, str]:
    checks: dict[str, str] = requests.get(f"{product.url}/health/{name}", timeout=10).json()[
        "checks"
    ]
    return checks


@contextmanager
def _locking(engine: Engine) -> Iterator[None]:
    """Hold what every delivery needs until the end of the block."""
    if engine.dialect.name == "sqlite":
        with engine.connect().execution_options(**{database.WRITING: True}) as db, db.begin():
            yield
        return
    with engine.connect() as db, db.begin():
        db.execute(text("LOCK TABLE deliveries IN EXCLUSIVE MODE"))
        yield
