"""How many deliveries a second one worker handles to their end, and how soon a page shows one."""

import os
import re
import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path

from sqlalchemy import func, select

from dashboard.bench.figures import Figure
from dashboard.bench.letters import Sender, anew, events_of, later, letter
from dashboard.bench.mirrors import Databases
from dashboard.bench.practice import Branch, filled, flask, share, shared_world
from dashboard.bench.serving import Browser, process, serving
from dashboard.bench.timing import Times
from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.errors import UnavailableError
from dashboard.mirror.kinds.read import moment, ref, text
from dashboard.sandbox.deliveries.rendering import written
from dashboard.sandbox.shapes import Json
from dashboard.store import inbox
from dashboard.store.inbox import Arrival, Outcome, deliveries

HANDLED = 5_000
PATIENCE_SECONDS = 150
LOOK_SECONDS = 0.5

LIST = "/payments"
WATCHED_SECONDS = 40
PAUSE_SECONDS = 0.37
"""Between two payments: it divides no time at which a page asks, so all delays come about."""
INTERVAL = re.compile(rb'hx-get="/payments[^"]*" hx-trigger="every (\d+)s"')
POLLING = {"HX-Request": "true", "HX-Request-Type": "partial", "X-Poll": "true"}


def measure(databases: Databases, names: Sequence[str], payments: int) -> Iterator[Figure]:
    """Yield how fast a worker handles the news of a mirror that holds all they tell of.

    They are a month of the practice world, as it was told, with its updates and its ties: some a
    second are in doubt, and their objects are read from Stripe.
    """
    events = events_of(payments)
    with shared_world(databases, payments) as address:
        for name in names:
            with filled(databases, name, address) as branch:
                yield from _handled(branch, events[:HANDLED])


def _handled(branch: Branch, events: Sequence[Json]) -> Iterator[Figure]:
    name, count = branch.mirror.database, len(events)
    _put_in(branch, later(anew(events, count), clock.seconds() + 1))
    with process(flask("worker"), {**branch.environment, "JOBS": "worker"}) as worker:
        _wait_for(branch, count)
        spent = _cpu_seconds(worker.pid)
    yield Figure("events_handled", count, "events", name)
    yield Figure("events", round(_rate(branch)), "/s", name)
    yield Figure("events_cpu", round(count / spent), "/s of CPU", name)
    yield Figure("events_re_read", round(_share_of(branch, Outcome.RE_READ), 1), "%", name)


def _put_in(branch: Branch, events: Sequence[Json]) -> None:
    """Fill the inbox as if all had just been delivered."""
    with database.writing(branch.mirror.engine) as db:
        for event in events:
            inbox.receive(db, branch.mirror.book, _arrival(event))


def _arrival(event: Json) -> Arrival:
    return Arrival(
        event_id=event["id"],
        type=event["type"],
        object_id=ref(event["data"]["object"]),
        api_version=text(event["api_version"]),
        created_at=moment(event["created"]),
        body=written(event, livemode=False, account=None),
    )


def _wait_for(branch: Branch, count: int) -> None:
    """Return once so many are handled.

    Raises:
        UnavailableError: that takes too long.
    """
    query = select(func.count()).where(deliveries.c.handled_ms.is_not(None))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with database.reading(branch.mirror.engine) as db:
            handled = db.scalar(query) or 0
        if handled >= count:
            return
        time.sleep(LOOK_SECONDS)
    raise UnavailableError(f"Only {handled} of {count} deliveries were handled.")


def _rate(branch: Branch) -> float:
    """Return how many a second were handled between the first transaction and the last."""
    query = select(deliveries.c.handled_ms).order_by(deliveries.c.handled_ms)
    with database.reading(branch.mirror.engine) as db:
        handled = [int(each or 0) for each in db.scalars(query)]
    later_ones = sum(each > handled[0] for each in handled)
    return later_ones * 1_000 / max(1, handled[-1] - handled[0])


def _share_of(branch: Branch, outcome: Outcome) -> float:
    query = select(func.count()).select_from(deliveries)
    with database.reading(branch.mirror.engine) as db:
        total = db.scalar(query) or 1
        return 100 * (db.scalar(query.where(deliveries.c.outcome == outcome)) or 0) / total


def _cpu_seconds(process_id: int) -> float:
    """Return what a process has spent so far."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    user, system = fields[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def measure_visible(databases: Databases, names: Sequence[str], payments: int) -> Iterator[Figure]:
    """Yield how soon an open list of payments shows one that Stripe tells of.

    Everything is as an operator finds it: the processes of the pages handle deliveries too.
    """
    events = [event for event in events_of(payments) if event["type"] == "payment_intent.succeeded"]
    with shared_world(databases, payments) as address:
        for name in names:
            with filled(databases, name, address) as branch:
                yield from _visible(branch, events, share(WATCHED_SECONDS, payments))


def _visible(branch: Branch, events: Sequence[Json], seconds: int) -> Iterator[Figure]:
    name = branch.mirror.database
    with serving(branch.mirror, {**branch.environment, "JOBS": "web"}) as site:
        browser, sender = site.browser(), Sender(site.port)
        delays = _watch(browser, sender, events, seconds)
        sender.close()
        browser.close()
    times = Times([delay * 1_000 for delay in delays])
    yield Figure("visible_seen", len(delays), "payments", name)
    yield Figure("visible", round(times.median / 1_000, 2), "s", name)
    yield Figure("visible_p95", round(times.percentile(95) / 1_000, 2), "s", name)


def _watch(browser: Browser, sender: Sender, events: Sequence[Json], seconds: int) -> list[float]:
    """Return the seconds from each delivery to the answer that shows its payment.

    Payments come for so many seconds; the page is asked again as often as it tells a browser to.
    """
    found = INTERVAL.search(browser.get(LIST))
    interval = int(found[1]) if found else PATIENCE_SECONDS
    sent: dict[bytes, float] = {}
    delays: list[float] = []
    news = cycle(events)
    began = time.monotonic()
    next_look, next_news = began + interval, began
    while (now := time.monotonic()) < began + seconds or sent:
        if now >= next_look:
            next_look += interval
            page = browser.get(LIST, **POLLING)
            delays += _seen(page, sent)
        elif now >= next_news and now < began + seconds:
            next_news += PAUSE_SECONDS
            payment = _payment(next(news), len(delays) + len(sent))
            sent[payment["data"]["object"]["id"].encode()] = time.monotonic()
            sender.send(letter(payment))
        else:
            time.sleep(0.005)
        if now > began + seconds + PATIENCE_SECONDS:
            raise UnavailableError(f"{len(sent)} payments never showed.")
    return delays


def _seen(page: bytes, sent: dict[bytes, float]) -> Iterator[float]:
    now = time.monotonic()
    for name in [name for name in sent if name in page]:
        yield now - sent.pop(name)


def _payment(event: Json, number: int) -> Json:
    """Return the event of a payment that nobody has heard of."""
    now = clock.seconds()
    thing = event["data"]["object"] | {"id": f"pi_bench{number:06d}x", "created": now}
    return next(anew([event | {"created": now, "data": {"object": thing}}], 1))
