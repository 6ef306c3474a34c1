"""The application starts quickly, loads what it needs and refuses to start unsafely."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import Engine
from werkzeug.exceptions import MethodNotAllowed

from dashboard.app import ROOT
from dashboard.cli import GROUPS
from dashboard.core.config import Settings
from tests.clients import flask_command, signed_out

MODULES = "import json, sys, wsgi; print(json.dumps(sorted(sys.modules)))"


def outside(
    arguments: list[str], folder: Path, **settings: str
) -> "subprocess.CompletedProcess[str]":
    """Run a process that knows only these settings, in a folder without an ``.env``."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **settings}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_web_worker_starts_without_charts_stripe_or_sandbox(tmp_path: Path) -> None:
    started = outside(["-c", MODULES], tmp_path, ENVIRONMENT="development")
    heavy = ("plotly", "stripe", "dashboard.sandbox")
    assert not [name for name in json.loads(started.stdout) if name.startswith(heavy)]


def test_no_address_of_a_form_is_taken_for_the_id_of_an_object(app: Flask) -> None:
    """Who reloads the address of a form that was refused is not told of an unknown object."""
    addresses = {rule.rule for rule in app.url_map.iter_rules() if not rule.arguments}
    addressing = app.url_map.bind("localhost")
    for address in addresses - {"/"}:
        with suppress(MethodNotAllowed):
            _endpoint, arguments = addressing.match(address, method="GET")
            assert not arguments, address


@pytest.mark.parametrize(
    ("key", "words"), [("", "SECRET_KEY: is missing."), ("short", "is shorter than 32")]
)
def test_in_production_a_weak_secret_key_is_refused(tmp_path: Path, key: str, words: str) -> None:
    started = outside(["-c", "import wsgi"], tmp_path, ENVIRONMENT="production", SECRET_KEY=key)
    assert started.returncode
    assert words in started.stderr
    assert "secrets.token_hex()" in started.stderr


def test_on_ones_own_machine_a_key_is_made_up(
    make_app: Callable[[Settings], Flask], settings: Settings
) -> None:
    local = {"environment": "development", "secret_key": SecretStr("")}
    app = make_app(settings.model_copy(update=local))
    assert len(app.config["SECRET_KEY"]) == 64
    assert signed_out(app).get("/login").status_code == 200


def test_a_command_of_the_terminal_needs_no_secret_key(
    tmp_path: Path, sqlite_engine: Engine
) -> None:
    url = sqlite_engine.url.render_as_string()
    done = outside(["-m", "flask", "--app", "wsgi", "users", "list"], tmp_path, DATABASE_URL=url)
    assert (done.returncode, "There is nobody yet" in done.stdout) == (0, True)
    refused = outside(["-m", "flask", "--app", "wsgi", "run"], tmp_path, DATABASE_URL=url)
    assert refused.returncode != 0
    assert "SECRET_KEY: is missing." in refused.stderr


def test_a_database_without_tables_says_what_to_do(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'empty.sqlite'}"
    done = outside(["-m", "flask", "--app", "wsgi", "users", "list"], tmp_path, DATABASE_URL=url)
    assert done.returncode == 1
    assert "db upgrade" in done.stderr
    assert "Traceback" not in done.stderr


def test_only_commands_that_exist_are_listed(app: Flask) -> None:
    listed = set(app.test_cli_runner().invoke(flask_command(app), ["--help"]).output.split())
    assert "users" in listed
    rooms = {path.stem.replace("_", "-") for path in (ROOT / "dashboard" / "cli").glob("*.py")}
    assert listed & set(GROUPS) == rooms & set(GROUPS)
