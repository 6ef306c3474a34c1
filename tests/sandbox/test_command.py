"""Starting the practice Stripe from the command line."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from dashboard.sandbox.command import Recipe, open_state, sandbox
from tests.sandbox.asking import Asker


def test_a_file_is_taken_up_again(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    first = open_state(Recipe(3, 20), path)
    account = first.fact("account")
    made = first.counts()
    first.put({**first.get("account", account), "email": "changed@example.com"})  # type: ignore[dict-item]
    first.close()
    again = open_state(Recipe(3, 20), path)
    assert again.counts() == made
    kept = again.get("account", account)
    again.close()
    assert kept
    assert kept["email"] == "changed@example.com"


def test_a_file_with_another_world_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    open_state(Recipe(3, 20), path).close()
    with pytest.raises(click.ClickException, match="--seed 3 --payments 20"):
        open_state(Recipe(4, 20), path)


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    first = open_state(Recipe(3, 20), path)
    first.keep_fact("format", 1)
    first.close()
    with pytest.raises(click.ClickException, match="made by another version: remove it"):
        open_state(Recipe(3, 20), path)


def test_a_taken_port_is_told_plainly(ask: Asker) -> None:
    port = ask.url.rsplit(":", 1)[1]
    result = CliRunner().invoke(sandbox, ["--port", port, "--payments", "5"])
    assert result.exit_code == 1
    assert f"Port {port} cannot be used" in result.output


def test_it_starts_answers_and_stops_at_a_signal(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dashboard.sandbox", "--port", "0", "--payments", "5"]
    process = subprocess.Popen(
        [*command, "--refuse", "dispute", "--key", "rk_test_a"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert process.stdout
    with process.stdout as said:
        url = said.readline().split()[3]
        ask = Asker(url)
        assert ask.get("/v1/charges", key="rk_test_a")["object"] == "list"
        ask.refused("/v1/disputes", 403, key="rk_test_a")
        ask.refused("/v1/charges", 401, key="sk_test_b")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert "stopped" in said.read()
    assert list(tmp_path.iterdir()) == []
