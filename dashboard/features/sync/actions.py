"""Starting a sync from a page, in a process of its own."""

import os
import subprocess
import sys
import threading
from pathlib import Path

from pydantic import SecretStr

import dashboard
from dashboard.core.config import Settings
from dashboard.store.books import Book

ROOT = Path(dashboard.__file__).parent.parent


def start(settings: Settings, book: Book | None) -> None:
    """Start a sync of ``book``, or of what the key in the environment opens, and return at once.

    It is the command of the terminal: where one is running already, it ends without doing harm.
    """
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "sync", "--json"]
    if book is not None:
        command += ["--account", book.account_id]
    process = subprocess.Popen(  # noqa: S603  (our own command; the id comes from our own table)
        command,
        cwd=ROOT,
        env={**os.environ, **_environment(settings)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    # Somebody has to wait for it, or it stays in the table of processes for ever.
    threading.Thread(target=process.wait, name="sync-wait", daemon=True).start()


def _environment(settings: Settings) -> dict[str, str]:
    """Return the settings as the environment of another process that is to have the same."""
    return {
        name.upper(): value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for name, value in settings
        if value is not None
    }
