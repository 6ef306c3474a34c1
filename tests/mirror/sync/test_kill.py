"""A sync that is killed goes on where its last commit was."""

import signal
import subprocess
import time

import orjson
import pytest

from tests.mirror.sync.conftest import Syncing, charges, start_sync
from tests.stripe_like import Json, StripeLike

CHARGES, INTENTS = "/v1/charges", "/v1/payment_intents"
KILLS = 2


def intents(count: int) -> list[Json]:
    return [
        {**charge, "id": charge["id"].replace("ch_", "pi_"), "object": "payment_intent"}
        for charge in charges(count)
    ]


def kill_after(process: subprocess.Popen[bytes], server: StripeLike, calls: int) -> None:
    while len(server.log) < calls:
        if process.poll() is not None:
            break
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def windows(server: StripeLike, path: str) -> int:
    """Return how many windows were read: one, where the machine is not too busy to be near."""
    return len({asked.params.get("created[lt]") for asked in server.calls(path)})


@pytest.mark.parametrize("seed", [1])
def test_a_killed_sync_repeats_at_most_a_page_of_each_kind(
    syncing: Syncing, stripe_like: StripeLike, seed: int
) -> None:
    stripe_like.lists |= {CHARGES: charges(6_000), INTENTS: intents(2_000)}
    for kill in range(KILLS):
        process = start_sync(syncing.engine, stripe_like)
        kill_after(process, stripe_like, len(stripe_like.log) + 20 + 7 * seed + kill)
    process = start_sync(syncing.engine, stripe_like)
    output, words = process.communicate()
    assert process.returncode == 0, words
    outcome = orjson.loads(output.splitlines()[-1])
    assert outcome["complete"]
    assert outcome["objects"]["charge"] == 6_000
    assert syncing.count("charge") == 6_000
    assert syncing.count("payment_intent") == 2_000
    for path in (CHARGES, INTENTS):
        assert stripe_like.repeats(path) <= KILLS * windows(stripe_like, path)
