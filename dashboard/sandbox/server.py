"""The practice Stripe over HTTP, with faults that reach down to the socket.

The standard library's threading server: it keeps connections alive, runs in a thread of a test,
and hands over the socket that the faults need (werkzeug's closes every connection, gunicorn's
needs a process of its own).
"""

from __future__ import annotations

import contextlib
import gzip
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from dashboard.sandbox import control
from dashboard.sandbox.access import Access
from dashboard.sandbox.exchange import Answer, Request
from dashboard.sandbox.faults import Fault, FaultKind
from dashboard.sandbox.limiter import Limiter
from dashboard.sandbox.sandbox import Sandbox
from dashboard.sandbox.state import State

_SMALLEST_GZIPPED = 1_000
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A practice Stripe that answers at `url` until it is closed."""

    url: str
    sandbox: Sandbox
    _server: ThreadingHTTPServer
    _thread: threading.Thread

    def close(self) -> None:
        """Stop answering and delivering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self.sandbox.courier.close()


def serve(
    state: State | dict[str, State] | Sandbox,
    port: int = 0,
    *,
    access: Access | None = None,
    limiter: Limiter | None = None,
) -> RunningServer:
    """Serve a state, several by account id, or a whole sandbox, in a thread; port 0 picks one."""
    if isinstance(state, State):
        state = {str(state.fact("account") or "acct_practice"): state}
    if not isinstance(state, Sandbox):
        state = Sandbox(state, access or Access(), limiter or Limiter())
    server = make_server(state, "127.0.0.1", port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.daemon = True
    thread.start()
    state.courier.start()
    return RunningServer(f"http://127.0.0.1:{server.server_port}", state, server, thread)


def make_server(sandbox: Sandbox, host: str, port: int) -> ThreadingHTTPServer:
    """Return a server that is bound but does not answer yet.

    Raises OSError when the port is taken.
    """

    class Handler(_Handler):
        api = sandbox

    return _Server((host, port), Handler)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about clients that hang up; tell everything else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection: reads requests, strikes them with faults, writes answers."""

    api: Sandbox
    protocol_version = "HTTP/1.1"
    server_version = "PracticeStripe"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer any method."""
        request = self._request()
        if control.is_control(request.path):
            self._send(control.answer(self.api, request))
            return
        struck = self.api.faults.strike(request.method, request.path)
        for fault in struck:
            if fault.kind is FaultKind.LATENCY:
                time.sleep(fault.seconds)
        answer = self.api.answer(request, struck)
        spoilt = next((fault for fault in struck if fault.kind in _SPOILING), None)
        if spoilt is None:
            self._send(answer)
        else:
            self._spoil(answer, spoilt)

    do_POST = do_DELETE = do_PUT = do_PATCH = do_HEAD = do_GET  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing for each request: thousands come in a second."""

    def _request(self) -> Request:
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(length) if length else b""
        return Request(self.command, path, query, headers, body)

    def _send(self, answer: Answer) -> None:
        body = answer.body
        headers = {"Content-Type": answer.content_type, **answer.headers}
        if len(body) >= _SMALLEST_GZIPPED and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, 1)
            headers["Content-Encoding"] = "gzip"
        self._send_head(answer.status, headers, len(body))
        if self.command != "HEAD":
            self.wfile.write(body)

    def _send_head(self, status: int, headers: dict[str, str], length: int) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def _spoil(self, answer: Answer, fault: Fault) -> None:
        """Send what the fault leaves of the answer."""
        half = answer.body[: len(answer.body) // 2]
        if fault.kind is FaultKind.BAD_JSON:
            self._send(Answer(answer.status, half + b"<html>", answer.headers))
            return
        self.close_connection = True
        if fault.kind is FaultKind.TRUNCATE:
            headers = {"Content-Type": answer.content_type, **answer.headers}
            self._send_head(answer.status, headers, len(answer.body))
            self.wfile.write(half)
        else:
            self._reset()

    def _reset(self) -> None:
        """Close so that the client gets a reset instead of an end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        with contextlib.suppress(OSError):
            self.rfile.close()
            self.wfile.close()
            self.connection.close()


_SPOILING = {FaultKind.RESET, FaultKind.TRUNCATE, FaultKind.BAD_JSON}
