"""Deliveries as Stripe makes them: events of the practice world, signed, over kept connections."""

import socket
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import count, cycle, islice
from typing import Any

from dashboard.bench.mirrors import SEED
from dashboard.bench.practice import SIGNING_SECRET
from dashboard.bench.serving import PATIENCE_SECONDS
from dashboard.core import clock
from dashboard.core.errors import UnavailableError
from dashboard.gateway.signatures import sign
from dashboard.sandbox.deliveries.rendering import written
from dashboard.sandbox.shapes import Json
from dashboard.sandbox.world import generate

PATH = "/api/v1/stripe/webhooks"
LARGEST_ANSWER = 65_536

_numbers = count(1)


def events_of(payments: int) -> list[Json]:
    """Return what Stripe told of the last thirty days in the world of so many payments."""
    world = generate(SEED, payments, clock.seconds())
    things = (item[0] if isinstance(item, tuple) else item for item in world)
    return [thing for thing in things if thing["object"] == "event"]


def anew(events: Sequence[Json], most: int) -> Iterator[Json]:
    """Yield so many events that are new: ``events`` over and over, with other ids."""
    for event in islice(cycle(events), most):
        yield {**event, "id": f"evt_bench{time.time_ns():x}{next(_numbers):08d}"}


def later(events: Iterable[Json], first_at: int) -> list[Json]:
    """Return the events as if the first of them had happened at ``first_at`` (UTC seconds)."""
    told = sorted(events, key=lambda event: int(event["created"]))
    gap = first_at - int(told[0]["created"])
    return [{**event, "created": event["created"] + gap} for event in told]


def letter(event: Json, path: str = PATH) -> bytes:
    """Return the whole request that delivers an event, signed now."""
    body, at = written(event, livemode=False, account=None), clock.seconds()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*; q=0.5, application/xml\r\n"
        f"Content-Type: application/json; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        f"User-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)\r\n"
        f"Stripe-Signature: t={at},v1={sign(body, SIGNING_SECRET, at)}\r\n\r\n"
    )
    return head.encode() + body


class Sender:
    """Sends over one connection; what it adds to each time is next to nothing."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, sealed: bytes) -> None:
        """Deliver, and return once that is acknowledged.

        Raises:
            UnavailableError: it is not.
        """
        self._socket.sendall(sealed)
        answer = self._socket.recv(LARGEST_ANSWER)
        while not _is_whole(answer):
            more = self._socket.recv(LARGEST_ANSWER)
            if not more:
                break
            answer += more
        if not answer.startswith(b"HTTP/1.1 200"):
            raise UnavailableError(f"A delivery was answered: {answer[:80]!r}.")

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def _is_whole(answer: bytes) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return bool(found) and len(body) >= int(length or 0)


def rate(port: int, sealed: Iterable[bytes], senders: int) -> float:
    """Return how many a second are acknowledged to so many senders, each over its connection."""
    waiting = deque(sealed)
    total = len(waiting)
    began = time.perf_counter()
    together([lambda: _empty(port, waiting)] * senders)
    return total / (time.perf_counter() - began)


def _empty(port: int, waiting: deque[bytes]) -> None:
    sender = Sender(port)
    while waiting:
        try:
            sealed = waiting.popleft()
        except IndexError:
            break
        sender.send(sealed)
    sender.close()


def together(deeds: Sequence[Any]) -> None:
    """Do all at once, and return when all are done.

    Raises:
        Exception: what the first of them raised that failed.
    """
    failures: list[BaseException] = []

    def attempt(deed: Any) -> None:
        try:
            deed()
        except BaseException as error:  # noqa: BLE001  (raised again in the thread that waits)
            failures.append(error)

    threads = [threading.Thread(target=attempt, args=(deed,), daemon=True) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
