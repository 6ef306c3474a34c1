"""How fast deliveries are taken in: by one worker, beside the least that any view costs there."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count

from dashboard.bench import bare
from dashboard.bench.figures import Figure
from dashboard.bench.letters import PATH, Sender, anew, events_of, letter, rate, together
from dashboard.bench.mirrors import Databases
from dashboard.bench.practice import Branch, connected, distant, filled, share, shared_world
from dashboard.bench.serving import Browser, Site, serving
from dashboard.bench.timing import Times, timed
from dashboard.sandbox.shapes import Json

ONE_WORKER = {"WEB_CONCURRENCY": "1"}
APART = {"JOBS": "worker"}
"""Jobs run in a process of their own, which is not there: deliveries are only taken in."""
BESIDE = {"JOBS": "web"}
"""They are handled by the same process, as without Redis."""

SENDERS = 4
SENT = 2_000
ROUNDS = 3
DISTANT_SECONDS = 0.2

A_SECOND = 50
STEADY_SECONDS = 30
READ = ("/payments", "/", "/customers", "/balance", "/payments?status=failed")


def measure(databases: Databases, names: Sequence[str], payments: int) -> Iterator[Figure]:
    """Yield how many deliveries a second one worker acknowledges, and how soon."""
    events = events_of(payments)
    sent = share(SENT, payments)
    with shared_world(databases, payments) as address:
        for name in names:
            yield from _apart(databases, name, address, events, sent)
            yield from _beside(databases, name, address, events, sent)


def _apart(
    databases: Databases, name: str, address: str, events: Sequence[Json], sent: int
) -> Iterator[Figure]:
    """Measure the views in turn, each with the same letters, then with Stripe far away."""
    with connected(databases, name, address) as branch:
        bare.metadata.create_all(branch.mirror.engine)
        with serving(branch.mirror, {**branch.environment, **ONE_WORKER, **APART}) as site:
            paths = {"view": bare.NOTHING, "insert": bare.INSERT, "": PATH}
            for figure, found in _in_turn(site, events, paths, sent).items():
                yield Figure(f"webhook_{figure}".rstrip("_"), round(found), "/s", name)
            yield from _alone(site, events, sent).figures("webhook_alone", name, with_p99=True)
            with distant(address, DISTANT_SECONDS):
                far = _in_turn(site, events, {"distant": PATH}, sent)
            yield Figure("webhook_distant", round(far["distant"]), "/s", name)


def _beside(
    databases: Databases, name: str, address: str, events: Sequence[Json], sent: int
) -> Iterator[Figure]:
    """Measure while the same process handles what it takes in."""
    with (
        connected(databases, name, address) as branch,
        serving(branch.mirror, {**branch.environment, **ONE_WORKER, **BESIDE}) as site,
    ):
        found = _in_turn(site, events, {"beside": PATH}, sent, rounds=1)["beside"]
        yield Figure("webhook_beside", round(found), "/s", name)
        times = _alone(site, events, sent)
        yield from times.figures("webhook_beside_alone", name, with_p99=True)


def _in_turn(
    site: Site, events: Sequence[Json], paths: Mapping[str, str], sent: int, rounds: int = ROUNDS
) -> dict[str, float]:
    """Return the best rate of each path: whatever else the machine does only makes them slower."""
    best = dict.fromkeys(paths, 0.0)
    for _ in range(rounds):
        for name, path in paths.items():
            sealed = [letter(event, path) for event in anew(events, sent)]
            best[name] = max(best[name], rate(site.port, sealed, SENDERS))
    return best


def _alone(site: Site, events: Sequence[Json], sent: int) -> Times:
    """Return how long one sender waits for each acknowledgement."""
    sealed = [letter(event) for event in anew(events, sent)]
    sender = Sender(site.port)
    times = Times([timed(partial(sender.send, each)) for each in sealed])
    sender.close()
    return times


def measure_steady(databases: Databases, names: Sequence[str], payments: int) -> Iterator[Figure]:
    """Yield how long deliveries wait that come steadily while somebody reads pages.

    Everything is as an operator finds it: two workers, which handle the deliveries too.
    """
    events, seconds = events_of(payments), share(STEADY_SECONDS, payments)
    with shared_world(databases, payments) as address:
        for name in names:
            with filled(databases, name, address) as branch:
                yield from _steady(branch, events, seconds)


def _steady(branch: Branch, events: Sequence[Json], seconds: int) -> Iterator[Figure]:
    name, pages = branch.mirror.database, count()
    with serving(branch.mirror, {**branch.environment, **BESIDE}) as site:
        until = time.monotonic() + seconds
        taken: list[float] = []
        sending = [_sending(site, events, number, until, taken) for number in range(SENDERS)]
        together([*sending, lambda: _read(site.browser(), pages, until)])
    times = Times(taken)
    yield Figure("steady_pages", round(next(pages) / seconds, 1), "pages/s", name)
    yield from times.figures("steady", name, with_p99=True)
    yield Figure("steady_max", round(max(taken), 3), "ms", name)


def _sending(
    site: Site, events: Sequence[Json], number: int, until: float, taken: list[float]
) -> Callable[[], None]:
    """Return what sends every so often, and counts from when each was to leave, not when it did."""
    pause = SENDERS / A_SECOND
    news = anew(events[number::SENDERS], STEADY_SECONDS * A_SECOND)

    def send() -> None:
        sender, due = Sender(site.port), time.monotonic() + number / A_SECOND
        while due < until:
            sealed = letter(next(news))
            time.sleep(max(0.0, due - time.monotonic()))
            sender.send(sealed)
            taken.append((time.monotonic() - due) * 1_000)
            due += pause
        sender.close()

    return send


def _read(browser: Browser, pages: "count[int]", until: float) -> None:
    while time.monotonic() < until:
        browser.get(READ[next(pages) % len(READ)])
    browser.close()
