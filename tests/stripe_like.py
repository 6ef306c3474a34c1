"""A tiny server that lists objects as Stripe does, slow, hostile or small, for tests."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

Json = dict[str, Any]
KEY = "sk_test_stripe_like"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: its path, its parameters and its headers."""

    path: str
    params: dict[str, str]
    headers: Mapping[str, str]


@dataclass(slots=True)
class Misfortune:
    """What goes wrong with a request: a status with a body, or a body cut short."""

    status: int = 500
    body: bytes = b'{"error": {"type": "api_error", "message": "Something went wrong."}}'
    announced: int | None = None


@dataclass(slots=True)
class StripeLike:
    """Lists by path and single objects by path, and the log of all that was asked."""

    lists: dict[str, list[Json]] = field(default_factory=dict)
    singles: dict[str, Json] = field(default_factory=dict)
    latency: float = 0.0
    meet: Callable[[Asked], Misfortune | None] = lambda _asked: None
    log: list[Asked] = field(default_factory=list)
    ignores: set[str] = field(default_factory=set)
    date: str = ""
    url: str = ""

    def calls(self, path: str) -> list[Asked]:
        """Return the requests to ``path``, in the order in which they came."""
        return [asked for asked in self.log if asked.path == path]

    def repeats(self, path: str) -> int:
        """Return how many requests to ``path`` had been asked before just so."""
        seen = Counter(tuple(sorted(asked.params.items())) for asked in self.calls(path))
        return sum(count - 1 for count in seen.values())

    def answer(self, asked: Asked) -> Json | None:
        """Return the object or the page that was asked for."""
        if asked.path in self.singles:
            return self.singles[asked.path]
        if asked.path in self.lists:
            return page(self.lists[asked.path], asked)
        parent, _, name = asked.path.rpartition("/")
        return next((one for one in self.lists.get(parent, ()) if one["id"] == name), None)


def page(objects: Sequence[Json], asked: Asked) -> Json:
    """Return a page, newest first."""
    params = asked.params
    low, high = int(params.get("created[gte]", 0)), int(params.get("created[lt]", 1 << 60))
    found = [one for one in objects if low <= one.get("created", 0) < high]
    found = [one for one in found if params.get("payout") in {None, one.get("_payout")}]
    found.sort(key=lambda one: (one.get("created", 0), one["id"]), reverse=True)
    names = [one["id"] for one in found]
    start = names.index(params["starting_after"]) + 1 if "starting_after" in params else 0
    limit = int(params.get("limit", 10))
    rest = found[start:]
    return {
        "object": "list",
        "url": asked.path,
        "has_more": len(rest) > limit,
        "data": rest[:limit],
    }


@contextmanager
def serving(server: StripeLike) -> Iterator[StripeLike]:
    """Serve until the end of the block; ``url`` says where."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            params = {k: v for k, v in parse_qsl(parts.query) if k not in server.ignores}
            asked = Asked(parts.path, params, dict(self.headers.items()))
            server.log.append(asked)
            time.sleep(server.latency)
            misfortune = server.meet(asked)
            if misfortune is not None:
                self._send(misfortune.status, misfortune.body, misfortune.announced)
                return
            found = server.answer(asked)
            if found is None:
                words = f"Unrecognized request URL (GET: {asked.path})."
                error = {"error": {"type": "invalid_request_error", "message": words}}
                self._send(404, orjson.dumps(error))
            else:
                self._send(200, orjson.dumps(found))

        def _send(self, status: int, body: bytes, announced: int | None = None) -> None:
            self.send_response_only(status)
            self.send_header("Date", server.date or self.date_time_string())
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(announced or len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
            if announced:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    http = Server(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
