"""Heavy jobs: a command of the terminal in a process of its own, so that pages stay quick."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import orjson
from pydantic import SecretStr

import dashboard
from dashboard.core.config import Settings

ROOT = Path(dashboard.__file__).parent.parent
STOPPING_SECONDS = 5


class StoppedError(Exception):
    """We ended the command because this process is to end."""


_children: "set[subprocess.Popen[str]]" = set()
_stopped: "set[subprocess.Popen[str]]" = set()
_lock = threading.Lock()


def run(settings: Settings, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run ``flask --app wsgi`` with these arguments and settings and return how it ended.

    Raises:
        StoppedError: ``stop_all`` ended it.
    """
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    with subprocess.Popen(  # noqa: S603  (our own command; its arguments come from our own tables)
        command,
        cwd=ROOT,
        env={**os.environ, **_environment(settings)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        with _lock:
            _children.add(process)
        try:
            output, _ = process.communicate()
        finally:
            with _lock:
                _children.discard(process)
    if process in _stopped:
        _stopped.discard(process)
        raise StoppedError
    return subprocess.CompletedProcess(command, process.returncode, output)


def reason_of(ended: "subprocess.CompletedProcess[str]") -> str:
    """Return what its lines of JSON say went wrong; of one that was killed there is none."""
    lines = [line for line in ended.stdout.splitlines() if line.startswith("{")]
    errors = [error for line in lines for error in orjson.loads(line)["errors"]]
    return " ".join(errors) or "The command ended in the middle."


def stop_all() -> None:
    """End all commands that run; each can be taken up again."""
    with _lock:
        running = list(_children)
        _stopped.update(running)
    for process in running:
        process.terminate()
    for process in running:
        try:
            process.wait(STOPPING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def _environment(settings: Settings) -> dict[str, str]:
    """Return the settings as the environment of another process that is to have the same."""
    return {
        name.upper(): value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for name, value in settings
        if value is not None
    }
