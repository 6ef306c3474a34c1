"""The real server over loopback, and a signed-in browser that keeps its connection alive."""

import http.client
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from dashboard.bench.mirrors import Mirror
from dashboard.core import db as database
from dashboard.core.errors import ConflictError, UnavailableError
from dashboard.store import passwords, users
from dashboard.store.roles import Role

ROOT = Path(__file__).parents[2]
EMPTY_PATH = "/empty"
"""The page of ``site`` that shows nothing."""

NO_SETTINGS: Mapping[str, str] = {}
EMAIL = "bench@example.com"
PATIENCE_SECONDS = 60
STOPPING_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Site:
    """A running gunicorn: where it listens and the process that made its workers."""

    port: int
    process_id: int
    cookie: str

    def browser(self) -> "Browser":
        """Return a signed-in browser with a connection of its own."""
        return Browser(self.port, self.cookie)

    def workers(self) -> list[int]:
        """Return the ids of the worker processes."""
        file = Path(f"/proc/{self.process_id}/task/{self.process_id}/children")
        return [int(word) for word in file.read_text().split()]


class Browser:
    """Asks over one connection; what it adds to each time is next to nothing."""

    def __init__(self, port: int, cookie: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        self._headers = {"Cookie": cookie}

    def get(self, path: str, *statuses: int, **headers: str) -> bytes:
        """Return the body of a page; ``headers`` go with the browser's own.

        Raises:
            UnavailableError: the answer has another status than 200 or one of ``statuses``.
        """
        self._connection.request("GET", path, headers={**self._headers, **headers})
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status not in (200, *statuses):
            raise UnavailableError(f"{path} answered {answer.status}.")
        return body

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


@contextmanager
def serving(mirror: Mirror, settings: Mapping[str, str] = NO_SETTINGS) -> Iterator[Site]:
    """Serve a mirror with gunicorn, as in production, and sign a user in."""
    password = _make_user(mirror)
    port = free_port()
    bind = ["--bind", f"127.0.0.1:{port}"]
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", *bind]
    alone = {"ENVIRONMENT": "development", "JOBS": "nowhere"}
    environment = {"DATABASE_URL": mirror.url, **alone, **settings}
    environment["SECRET_KEY"] = secrets.token_hex()
    with process([*command, "dashboard.bench.site:app"], environment) as server:
        wait_for(f"http://127.0.0.1:{port}/login")
        yield Site(port, server.pid, _sign_in(port, password))


@contextmanager
def process(
    command: list[str], environment: Mapping[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run ``command`` in silence, and end it at the end."""
    with subprocess.Popen(  # noqa: S603
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        try:
            yield running
        finally:
            running.terminate()
            try:
                running.wait(STOPPING_SECONDS)
            except subprocess.TimeoutExpired:
                running.kill()


def wait_for(url: str) -> None:
    """Return once a server answers.

    Raises:
        UnavailableError: it does not.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            requests.get(url, timeout=5)
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise UnavailableError(f"Nothing answers at {url}.")


def free_port() -> int:
    """Return a port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _make_user(mirror: Mirror) -> str:
    """Give the bench's own user a new password and return it."""
    password = secrets.token_urlsafe()
    with database.writing(mirror.engine) as db:
        hashed = passwords.hashed(password)
        try:
            users.create(db, EMAIL, Role.ADMIN, hashed)
        except ConflictError:
            users.set_password(db, users.find(db, EMAIL).id, hashed)
    return password


def _sign_in(port: int, password: str) -> str:
    """Fill in the form as a person would; return the cookies that the server gave."""
    with requests.Session() as session:
        url = f"http://127.0.0.1:{port}/login"
        form = session.get(url, timeout=PATIENCE_SECONDS).text
        token = form.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
        fields = {"csrf_token": token, "email": EMAIL, "password": password}
        answer = session.post(url, fields, timeout=PATIENCE_SECONDS, allow_redirects=False)
        if answer.status_code != http.client.SEE_OTHER:
            raise UnavailableError(f"The bench cannot sign in: {answer.status_code}.")
        # Opening a page once writes what a session remembers, such as its CSRF token.
        session.get(f"http://127.0.0.1:{port}/", timeout=PATIENCE_SECONDS)
        return "; ".join(f"{each.name}={each.value}" for each in session.cookies)
