"""A real HTTP receiver of webhooks that keeps what came and answers as it is told."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Parcel:
    """One POST as it came."""

    body: bytes
    headers: dict[str, str]
    connection: int
    came_at: float = field(default_factory=time.time)

    @property
    def event(self) -> Any:
        return json.loads(self.body)

    @property
    def signature(self) -> str:
        return self.headers["Stripe-Signature"]


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of senders that have lost patience."""


class Receiver:
    """Listens at `url`; `answer` says the status of each parcel."""

    def __init__(self) -> None:
        self.parcels: list[Parcel] = []
        self.answer: Callable[[Parcel], int] = lambda _: 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                parcel = Parcel(self.rfile.read(length), dict(self.headers), self.client_address[1])
                receiver.parcels.append(parcel)
                self.send_response(receiver.answer(parcel))
                self.send_header("Location", receiver.url)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *args: Any) -> None:
                pass

        self._server = _Quiet(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/hooks"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def events(self) -> list[Any]:
        return [parcel.event for parcel in self.parcels]

    @property
    def types(self) -> Counter[str]:
        return Counter(event["type"] for event in self.events)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def slowly(seconds: float) -> Callable[[Parcel], int]:
    """Take every parcel, after a while."""

    def answer(_: Parcel) -> int:
        time.sleep(seconds)
        return 200

    return answer
