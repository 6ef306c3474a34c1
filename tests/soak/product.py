"""The dashboard as it runs in production, in processes that can be killed."""

import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
import requests
from sqlalchemy import Engine

from dashboard.app import ROOT
from dashboard.bench.serving import free_port
from dashboard.core import db as database
from dashboard.store import passwords, users
from dashboard.store.roles import Role
from tests.clients import PASSWORD

KEY, SECRET = "sk_test_practice", "whsec_soak"
EMAIL = "soak@example.com"
PATIENCE_SECONDS = 60
Process = "subprocess.Popen[bytes]"


class Product:
    """Gunicorn and, where jobs run apart, a worker, over a database with all its tables.

    ``more`` is put into their environment; ``python_path`` is looked at before the product.
    """

    def __init__(
        self,
        engine: Engine,
        folder: Path,
        stripe: str,
        *,
        has_worker: bool = False,
        python_path: str = "",
        **more: str,
    ) -> None:
        self.engine = engine
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.hooks = f"{self.url}/api/v1/stripe/webhooks"
        self.log = folder / "product.log"
        self._browsers: list[requests.Session] = []
        self._folder = folder
        self._has_worker = has_worker
        self._environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, (python_path, str(ROOT)))),
            "ENVIRONMENT": "development",
            "SECRET_KEY": secrets.token_hex(),
            "DATABASE_URL": engine.url.render_as_string(hide_password=False),
            "STRIPE_SECRET_KEY": KEY,
            "STRIPE_API_BASE": stripe,
            "STRIPE_WEBHOOK_SECRET": SECRET,
            "JOBS": "worker" if has_worker else "web",
            "SYNC_EVERY_MINUTES": "0",
            **more,
        }
        self._web: subprocess.Popen[bytes] | None = None
        self._worker: subprocess.Popen[bytes] | None = None

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        """Run a command of the terminal to its end."""
        process = self.spawn(*arguments, output=subprocess.PIPE)
        out, words = process.communicate(timeout=PATIENCE_SECONDS * 5)
        return subprocess.CompletedProcess(arguments, process.returncode, out, words)

    def sync(self, *arguments: str) -> dict[str, Any]:
        """Sync once and return the outcome, after whatever sync the product has begun by itself."""
        told = self._sync(arguments)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while _is_refused(told) and time.monotonic() < deadline:
            time.sleep(1)
            told = self._sync(arguments)
        return told

    def _sync(self, arguments: Sequence[str]) -> dict[str, Any]:
        ended = self.run("sync", "--json", *arguments)
        lines = ended.stdout.splitlines()
        assert lines, ended.stderr
        told: dict[str, Any] = orjson.loads(lines[-1])
        return told

    def spawn(self, *arguments: str, output: int | None = None) -> "subprocess.Popen[bytes]":
        """Start a command of the terminal."""
        return self._start([sys.executable, "-m", "flask", "--app", "wsgi", *arguments], output)

    def start(self) -> None:
        """Start what is not running, and return when pages are answered."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start what is not running, and do not wait for it."""
        if self._web is None or self._web.poll() is not None:
            configuration = ["-c", str(ROOT / "deploy" / "gunicorn.conf.py")]
            bind = ["--bind", f"127.0.0.1:{self.port}"]
            command = [sys.executable, "-m", "gunicorn", *configuration, *bind, "wsgi:app"]
            self._web = self._start(command)
        if self._has_worker and (self._worker is None or self._worker.poll() is not None):
            self._worker = self.spawn("worker")

    def wait(self, path: str = "/login") -> None:
        """Return when a page is answered, whatever the answer."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with suppress(requests.RequestException):
                requests.get(self.url + path, timeout=5)
                return
            time.sleep(0.05)
        raise AssertionError(f"No answer:\n{self.log.read_text()[-3_000:]}")

    def kill_web(self) -> None:
        """Kill all that serves pages, without a word."""
        _kill(self._web)

    def kill_worker(self) -> None:
        """Kill the worker without a word."""
        _kill(self._worker)

    def kill_one(self, dice: random.Random) -> None:
        """Kill one of gunicorn's own workers, which it replaces by itself."""
        if self._web is None or self._web.poll() is not None:
            return
        file = Path(f"/proc/{self._web.pid}/task/{self._web.pid}/children")
        children = file.read_text().split()
        if children:
            with suppress(ProcessLookupError):
                os.kill(int(dice.choice(children)), signal.SIGKILL)

    def stop(self) -> None:
        """End everything as an operator would, or by force where that takes long."""
        for browser in self._browsers:
            browser.close()
        running = [one for one in (self._web, self._worker) if one and one.poll() is None]
        for process in running:
            process.terminate()
        for process in running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(25)
            _kill(process)

    def browser(self) -> requests.Session:
        """Return a browser in which an administrator is signed in."""
        with database.writing(self.engine) as db:
            if not users.every(db):
                users.create(db, EMAIL, Role.ADMIN, passwords.hashed(PASSWORD))
        session = requests.Session()
        self._browsers.append(session)
        form = session.get(f"{self.url}/login", timeout=PATIENCE_SECONDS).text
        token = form.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
        fields = {"csrf_token": token, "email": EMAIL, "password": PASSWORD}
        answer = session.post(f"{self.url}/login", fields, timeout=60, allow_redirects=False)
        assert answer.status_code == 303, answer.text
        return session

    def _start(self, command: list[str], output: int | None = None) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output or log,
                stderr=output or log,
                start_new_session=True,
            )


def _is_refused(told: Mapping[str, Any]) -> bool:
    """Say whether a sync was refused because another one runs."""
    return any("is running" in error for error in told["errors"])


def _kill(process: "subprocess.Popen[bytes] | None") -> None:
    if process is not None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def running(engine: Engine, folder: Path, stripe: str, **options: Any) -> Iterator[Product]:
    """Run the product over a mirror that was just filled, and stop it at the end."""
    product = Product(engine, folder, stripe, **options)
    told = product.sync()
    assert told["complete"], told
    product.start()
    try:
        yield product
    finally:
        product.stop()
