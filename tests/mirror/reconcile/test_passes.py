"""A comparison goes on beside writers, in slices, through kills, and says what it could not see."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from dashboard.core import clock, db
from dashboard.core.errors import ConflictError
from dashboard.gateway.errors import KeyRefusedError
from dashboard.mirror.apply import apply
from dashboard.mirror.reconcile.run import GRACE_SECONDS
from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.lock import Deed, alone
from dashboard.store import checks
from dashboard.store.differences import What
from tests.mirror.reconcile.conftest import Mirror
from tests.mirror.sync.conftest import START, charges
from tests.stripe_like import KEY, Misfortune, StripeLike, serving

CHARGES = "/v1/charges"


@pytest.fixture
def stripe_like() -> Iterator[StripeLike]:
    """A server whose lists of every mirrored kind are empty."""
    server = StripeLike(
        singles={
            "/v1/account": {"id": "acct_like", "object": "account", "created": START},
            "/v1/balance": {"object": "balance", "available": [], "pending": []},
        },
        lists={kind.path: [] for kind in KINDS.values() if kind.path and not kind.single},
    )
    with serving(server) as running:
        yield running


@pytest.fixture
def like(mirror_of: Callable[[str], Mirror], stripe_like: StripeLike) -> Mirror:
    """A mirror of 730 charges, 250 of them of one second, and nothing else."""
    crowd = charges(250, start=START + 100_000, step=0)
    older, newer = charges(240), charges(240, start=START + 200_000)
    stripe_like.lists[CHARGES] = [*older, *crowd, *newer]
    made = mirror_of(stripe_like.url)
    made.sync()
    return made


def test_there_is_no_false_alarm_while_news_comes_in(mirror: Mirror) -> None:
    names = [mirror.some("customer"), mirror.some("product")]
    ended = threading.Event()

    def live() -> None:
        number = 0
        while not ended.is_set():
            number += 1
            for path, name in zip(("customers", "products"), names, strict=True):
                as_of = clock.seconds()
                told = mirror.post(f"/v1/{path}/{name}", **{"metadata[number]": str(number)})
                time.sleep(0.05)
                with db.writing(mirror.engine) as connection:
                    kind = KINDS[str(told["object"])]
                    apply(connection, mirror.book, kind, [told], seen_at=as_of)

    thread = threading.Thread(target=live)
    thread.start()
    try:
        outcomes = [mirror.reconcile(patience=0.5) for _ in range(3)]
    finally:
        ended.set()
        thread.join()
    found = {each.kind for outcome in outcomes for each in outcome.differences}
    assert found <= {"event"}


def test_many_objects_of_one_second_are_compared_over_the_edges_of_pages(
    like: Mirror, stripe_like: StripeLike
) -> None:
    outcome = like.reconcile()
    assert outcome.counts == dict.fromkeys(What, 0)
    assert outcome.objects["charge"] == 730
    gone = stripe_like.lists[CHARGES].pop(300)
    assert [each.id for each in like.reconcile().differences] == [gone["id"]]


def test_a_kind_that_stripe_refuses_stops_no_other(like: Mirror, stripe_like: StripeLike) -> None:
    name = like.lose("charge")
    stripe_like.meet = lambda asked: Misfortune(403) if "payouts" in asked.path else None
    outcome = like.reconcile()
    assert not outcome.complete
    assert [error.partition(":")[0] for error in outcome.errors] == ["payout"]
    assert [each.id for each in outcome.differences] == [name]
    assert outcome.sums
    with db.reading(like.engine) as connection:
        assert checks.standing(connection, like.book, dated=["charge"]).open_kinds == 1


def test_a_wrong_key_ends_the_comparison(like: Mirror, stripe_like: StripeLike) -> None:
    stripe_like.meet = lambda _asked: Misfortune(401)
    with pytest.raises(KeyRefusedError):
        like.reconcile()


def test_two_comparisons_of_a_book_are_not_run_at_once_but_a_sync_may_run(like: Mirror) -> None:
    with alone(like.engine, like.book, Deed.COMPARISON), pytest.raises(ConflictError):
        like.reconcile()
    with alone(like.engine, like.book):
        assert like.reconcile().complete


def test_slices_make_up_a_pass_and_then_rest(like: Mirror, stripe_like: StripeLike) -> None:
    name = like.lose("charge")
    slices = 0
    while not like.reconcile(calls=2).complete:
        slices += 1
        assert slices < 60
    assert slices > 2
    assert [each.id for each in like.open()] == [name]
    with db.reading(like.engine) as connection:
        kept = checks.kinds(connection, like.book)
    assert kept["charge"].objects == 730
    assert kept["charge"].oldest_at == START
    assert all(each.compared_at and not each.windows for each in kept.values())
    stripe_like.log.clear()
    assert like.reconcile(calls=2).complete
    assert stripe_like.log == []


def test_a_slice_passes_over_what_is_too_new_for_the_last_sync(
    like: Mirror, stripe_like: StripeLike
) -> None:
    fresh = charges(1, start=clock.seconds() - 5)
    changed = {**stripe_like.lists[CHARGES][100], "amount_refunded": 5}
    stripe_like.lists[CHARGES][100] = changed
    stripe_like.lists[CHARGES] += fresh
    told = {
        "id": "evt_1",
        "object": "event",
        "type": "charge.refunded",
        "created": clock.seconds(),
        "data": {"object": changed},
    }
    stripe_like.lists["/v1/events"] = [told]
    assert like.reconcile(calls=1_000, grace_seconds=GRACE_SECONDS).left == 0
    outcome = like.reconcile()
    assert {each.id for each in outcome.differences} == {changed["id"], fresh[0]["id"], "evt_1"}


def test_what_is_found_to_be_gone_is_no_longer_told(like: Mirror) -> None:
    name = like.lose("charge")
    like.reconcile()
    found = like.open()[0]
    like.reconcile()
    assert like.open()[0].found_at == found.found_at
    with db.writing(like.engine) as connection:
        told = like.reads.retrieve(f"{CHARGES}/{name}")
        apply(connection, like.book, KINDS["charge"], [told.body], seen_at=told.as_of)
    like.reconcile()
    assert like.open() == []


@pytest.mark.parametrize("kills", [3])
def test_a_killed_slice_goes_on_and_counts_nothing_twice(
    like: Mirror, stripe_like: StripeLike, kills: int
) -> None:
    name = like.lose("charge")
    stripe_like.latency = 0.05
    for kill in range(kills):
        process = _start(like)
        asked = len(stripe_like.log)
        while len(stripe_like.log) < asked + 4 + 3 * kill and process.poll() is None:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    stripe_like.latency = 0
    while not like.reconcile(calls=50).complete:
        pass
    with db.reading(like.engine) as connection:
        assert checks.kinds(connection, like.book)["charge"].objects == 730
    assert [each.id for each in like.open()] == [name]


def _start(like: Mirror) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "ENVIRONMENT": "test",
        "DATABASE_URL": like.engine.url.render_as_string(hide_password=False),
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_API_BASE": like.url,
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "reconcile", "--slice"]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
