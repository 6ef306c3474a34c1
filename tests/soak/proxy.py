"""What stands between the product and the practice Stripe: it counts, and can be away."""

import http.client
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

PATIENCE_SECONDS = 90


@dataclass(frozen=True, slots=True)
class Call:
    """One request to Stripe, the moment at which it arrived (monotonic seconds) and its key."""

    at: float
    method: str
    path: str
    idempotency_key: str | None

    @property
    def endpoint(self) -> str:
        """The path without the ids in it."""
        parts = self.path.split("/")
        return "/".join(
            "id" if "_" in part and any(map(str.isdigit, part)) else part for part in parts
        )


@dataclass(slots=True)
class Proxy:
    """The proxy at ``url`` and all ``calls`` that it saw."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)

    def most_in_a_second(self) -> int:
        """Return the largest number of calls within any second."""
        return most_in_a_second([call.at for call in self.calls])

    def most_of_an_endpoint(self) -> int:
        """Return the same for the busiest endpoint."""
        by_endpoint: dict[str, list[float]] = {}
        for call in self.calls:
            by_endpoint.setdefault(call.endpoint, []).append(call.at)
        return max(map(most_in_a_second, by_endpoint.values()), default=0)

    def keyless_posts(self) -> Counter[str]:
        """Return the endpoints to which something was posted without an idempotency key."""
        return Counter(
            call.endpoint
            for call in self.calls
            if call.method == "POST" and not call.idempotency_key
        )


def most_in_a_second(moments: Sequence[float]) -> int:
    """Return how many of ``moments`` fall at most into one second, wherever it begins."""
    ordered = sorted(moments)
    most, first = 0, 0
    for last, moment in enumerate(ordered):
        while moment - ordered[first] >= 1:
            first += 1
        most = max(most, last - first + 1)
    return most


@contextmanager
def proxying(target: str, port: int = 0) -> Iterator[Proxy]:
    """Pass everything on to ``target`` until the end of the block; then the port is closed."""
    proxy = Proxy()
    to = urlsplit(target)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            key = self.headers.get("Idempotency-Key")
            proxy.calls.append(Call(time.monotonic(), self.command, urlsplit(self.path).path, key))
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            connection = http.client.HTTPConnection(
                to.hostname or "", to.port, timeout=PATIENCE_SECONDS
            )
            try:
                connection.request(self.command, self.path, body, dict(self.headers.items()))
                answer = connection.getresponse()
                self._pass_on(answer)
            except (OSError, http.client.HTTPException):
                self.close_connection = True
            finally:
                connection.close()

        do_POST = do_DELETE = do_GET  # noqa: N815

        def _pass_on(self, answer: http.client.HTTPResponse) -> None:
            """Pass an answer on as it comes, half of it where it breaks off."""
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                self.send_header(name, value)
            self.end_headers()
            with suppress(http.client.IncompleteRead):
                self.wfile.write(answer.read())
                return
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 128

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    server = Server(("127.0.0.1", port), Handler)
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
