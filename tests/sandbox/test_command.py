"""Starting the practice Stripe from the command line."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
import stripe
from click.testing import CliRunner

from dashboard.sandbox.command import Recipe, open_state, open_states, register, sandbox
from tests.sandbox.asking import Asker
from tests.sandbox.deliveries.receiver import Receiver, slowly


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
    command += ["--accounts", "2", "--connected", "1"]
    command += ["--token-seconds", "60", "--redirect-uri", "http://a.example/"]
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
        assert len(ask.get("/v1/accounts", key="rk_test_a")["data"]) == 1
        settings = ask.session.get(f"{url}/_control/settings", timeout=5).json()
        assert (settings["token_seconds"], settings["redirect_uris"]) == (60, ["http://a.example/"])
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert "stopped" in said.read()
    assert list(tmp_path.iterdir()) == []


def test_events_are_delivered_where_the_command_line_says(tmp_path: Path) -> None:
    receiver = Receiver()
    command = [sys.executable, "-m", "dashboard.sandbox", "--port", "0", "--payments", "5"]
    process = subprocess.Popen(
        [*command, "--deliver-to", receiver.url, "--secret", "whsec_ours"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert process.stdout
    with process.stdout as said:
        url = said.readline().split()[3]
        ask = Asker(url)
        ask.post("/v1/customers", {"name": "Ada"})
        drained = ask.session.get(f"{url}/_control/drained?seconds=10", timeout=15).json()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert "whsec_ours" not in said.read()
    receiver.close()
    assert drained["drained"]
    (parcel,) = receiver.parcels
    stripe.Webhook.construct_event(parcel.body, parcel.signature, "whsec_ours")


def test_an_endpoint_of_the_command_line_is_registered_once(tmp_path: Path) -> None:
    states = open_states(Recipe(3, 20), tmp_path / "world.db", accounts=1)
    for secret in ("whsec_a", "whsec_b"):
        register(states, "http://127.0.0.1:9/hooks", secret)
    own, connected = states.values()
    assert own.counts()["webhook_endpoint"] == 2
    assert connected.counts()["webhook_endpoint"] == 0
    for state in states.values():
        state.close()


def test_what_was_on_its_way_at_a_kill_is_delivered_by_the_next_start(tmp_path: Path) -> None:
    receiver = Receiver()
    receiver.answer = slowly(30)
    command = [sys.executable, "-m", "dashboard.sandbox", "--port", "0", "--payments", "5"]
    command += ["--state", str(tmp_path / "world.db"), "--deliver-to", receiver.url]

    def started() -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [*command, "--secret", "whsec_ours"], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout
        return process, process.stdout.readline().split()[3]

    process, url = started()
    Asker(url).post("/v1/customers", {"name": "Ada"})
    while not receiver.parcels:
        time.sleep(0.02)
    process.kill()
    process.communicate()
    receiver.answer = lambda _: 200
    process, url = started()
    told = Asker(url).session.get(f"{url}/_control/drained?seconds=10", timeout=15).json()
    process.terminate()
    process.communicate()
    receiver.close()
    assert told["drained"]
    assert len({event["id"] for event in receiver.events}) == 1
    assert len(receiver.parcels) == 2
