"""The threads that send deliveries to one endpoint over connections that are kept alive."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from urllib.parse import SplitResult, urlsplit

from dashboard.sandbox.deliveries.outbox import Delivery, Receipt
from dashboard.sandbox.deliveries.rendering import Letter

_LONGEST_ANSWER = 1_000_000

Job = tuple[int, Delivery, Letter]
"""The position of a delivery, the delivery and what is sent."""


@dataclass(slots=True)
class Senders:
    """Sends what is `put` to one endpoint, as many at a time as there are threads."""

    count: int
    timeout: float
    """How long an answer may take, in seconds."""
    clock: Callable[[], float]
    deliver: Callable[[Receipt], None]
    """Called with what became of each."""
    _jobs: SimpleQueue[Job | None] = field(default_factory=SimpleQueue)

    def start(self) -> None:
        """Begin to send."""
        for _ in range(self.count):
            threading.Thread(target=self._work, daemon=True, name="sender").start()

    def put(self, job: Job) -> None:
        """Send this as soon as a thread is free."""
        self._jobs.put(job)

    def stop(self) -> None:
        """End the threads once all is sent that was put."""
        for _ in range(self.count):
            self._jobs.put(None)

    def _work(self) -> None:
        line = Line(self.timeout)
        while job := self._jobs.get():
            self.deliver(self._send(line, *job))
        line.hang_up()

    def _send(self, line: Line, position: int, delivery: Delivery, letter: Letter) -> Receipt:
        sent_at = self.clock()
        began = time.monotonic()
        status, error = None, None
        try:
            status = line.send(letter, int(sent_at))
        except (OSError, http.client.HTTPException, ValueError) as problem:
            line.hang_up()
            error = f"{type(problem).__name__}: {problem}"
        return Receipt(position, delivery, sent_at, time.monotonic() - began, status, error)


class Line:
    """One connection, opened anew when the other side has closed it or the URL is another."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._to: tuple[str, str] | None = None
        self._connection: http.client.HTTPConnection | None = None

    def send(self, letter: Letter, at: int) -> int:
        """Send a letter; return the status of the answer.

        Raises OSError or http.client.HTTPException when there is none, ValueError for a URL that
        leads nowhere.
        """
        url = urlsplit(letter.url)
        if self._to != (url.scheme, url.netloc):
            self.hang_up()
        kept = self._connection is not None
        try:
            return self._exchange(url, letter, at)
        except (http.client.RemoteDisconnected, ConnectionError):
            self.hang_up()
            if not kept:
                raise
        return self._exchange(url, letter, at)

    def hang_up(self) -> None:
        """Close the connection if there is one."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def _exchange(self, url: SplitResult, letter: Letter, at: int) -> int:
        if self._connection is None:
            self._connection = self._open(url)
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        self._connection.request("POST", path, letter.body, letter.headers(at))
        answer = self._connection.getresponse()
        answer.read(_LONGEST_ANSWER)
        if not answer.isclosed():
            self.hang_up()
        return answer.status

    def _open(self, url: SplitResult) -> http.client.HTTPConnection:
        secure = url.scheme == "https"
        make = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        self._to = (url.scheme, url.netloc)
        return make(url.hostname or "", url.port, timeout=self._timeout)
