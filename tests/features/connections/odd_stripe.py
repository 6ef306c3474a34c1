"""A Stripe that answers what a test wants it to, and counts every request of any kind."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import orjson


@dataclass
class OddStripe:
    """Answers by path, each a status and a body, and all requests: method, path and body."""

    answers: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    log: list[tuple[str, str, str]] = field(default_factory=list)
    url: str = ""


@contextmanager
def serving(server: OddStripe) -> Iterator[OddStripe]:
    """Serve until the end of the block; ``url`` says where."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            path = urlsplit(self.path).path
            server.log.append((self.command, path, body))
            status, told = server.answers.get(path, (404, {"error": {"message": "Nothing."}}))
            content = orjson.dumps(told)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = answer  # noqa: N815  (the names of http.server)

        def log_message(self, format: str, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
