"""Deliveries of our own making, signed as Stripe signs, timed and at a steady pace."""

import http.client
import threading
import time
from collections.abc import Iterator
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import orjson

from dashboard.sandbox.deliveries.signing import signature
from tests.soak.product import SECRET

numbers = count(1)


def customer_event(**more: Any) -> dict[str, Any]:
    """Return a new event about a new customer."""
    number = next(numbers)
    customer = {
        "id": f"cus_soak{number}",
        "object": "customer",
        "created": int(time.time()),
        "name": f"Buyer {number}",
        "email": f"buyer{number}@example.com",
    }
    return {
        "id": f"evt_soak{number}",
        "object": "event",
        "type": "customer.created",
        "api_version": "2026-10-28.endive",
        "created": int(time.time()),
        "livemode": False,
        "data": {"object": customer},
        **more,
    }


class Sender:
    """One connection to the address for webhooks; it is opened anew where it broke."""

    def __init__(self, url: str, timeout: float = 60) -> None:
        self._to = urlsplit(url)
        self._timeout = timeout
        self._connection: http.client.HTTPConnection | None = None

    def __del__(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def send(self, event: dict[str, Any], *, secret: str = SECRET, late: int = 0) -> int:
        """Deliver an event, signed so many seconds later than now; return the status, or 0."""
        body = orjson.dumps(event)
        headers = {"Stripe-Signature": signature(body, [secret], int(time.time()) + late)}
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(
                    self._to.hostname or "", self._to.port, timeout=self._timeout
                )
            self._connection.request("POST", self._to.path, body, headers)
            answer = self._connection.getresponse()
            self.answer = answer.read()
        except (OSError, http.client.HTTPException):
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            return 0
        return answer.status

    def insist(self, event: dict[str, Any], seconds: float = 60) -> bool:
        """Deliver an event again and again until it is taken, as Stripe would."""
        deadline = time.monotonic() + seconds
        while self.send(event) not in range(200, 300):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.2)
        return True


def steadily(url: str, per_second: int, seconds: float, threads: int = 4) -> dict[str, Any]:
    """Send so many events a second and return ids taken, seconds that each took, and statuses."""
    began = time.monotonic()
    beats: Iterator[int] = iter(range(int(per_second * seconds)))
    lock = threading.Lock()
    taken: list[str] = []
    took: list[float] = []
    refused: list[int] = []

    def work() -> None:
        sender = Sender(url)
        while True:
            with lock:
                beat = next(beats, None)
            if beat is None:
                return
            due_at = began + beat / per_second
            time.sleep(max(0.0, due_at - time.monotonic()))
            event = customer_event()
            started = time.perf_counter()
            status = sender.send(event)
            took.append(time.perf_counter() - started)
            (taken.append(event["id"]) if status == 200 else refused.append(status))

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return {"taken": taken, "took": sorted(took), "refused": refused}
