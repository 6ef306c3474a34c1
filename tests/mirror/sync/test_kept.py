"""Pages are read ahead of the writer, and a killed run loses none of them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
from sqlalchemy import text

from dashboard.core import db
from dashboard.core.errors import ConflictError
from dashboard.mirror.sync.kept import keeping
from dashboard.mirror.sync.lock import alone
from tests.mirror.sync.conftest import Syncing, charges, start_sync
from tests.soak.eventually import eventually
from tests.stripe_like import StripeLike

CHARGES = "/v1/charges"
MANY = 6_000


@contextmanager
def _nobody_writes(syncing: Syncing) -> Iterator[None]:
    """Hold what a writer needs: the lock of the file, or the turn of the book."""
    book = syncing.book()
    with db.writing(syncing.engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": book.id})
        yield


def _wait_for_calls(server: StripeLike, least: int) -> None:
    deadline = time.monotonic() + 60
    while len(server.calls(CHARGES)) < least:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def _folder(syncing: Syncing) -> Path:
    with keeping(syncing.engine, syncing.book()) as kept:
        assert kept.folder is not None
        return kept.folder


def _kill_far_ahead(syncing: Syncing, server: StripeLike, ahead: int = 12) -> None:
    """Kill a run that went on reading while nothing could be stored."""
    server.lists[CHARGES] = charges(MANY)
    process = start_sync(syncing.engine, server)
    _wait_for_calls(server, 2)
    with _nobody_writes(syncing):
        _wait_for_calls(server, len(server.calls(CHARGES)) + ahead)
        time.sleep(0.5)
        process.kill()
        process.communicate()
    # PostgreSQL lets go of its lock once it hears that nobody is at the other end.
    assert eventually(lambda: not _is_running(syncing), 30)


def _is_running(syncing: Syncing) -> bool:
    try:
        with alone(syncing.engine, syncing.book()):
            return False
    except ConflictError:
        return True


def test_what_a_killed_run_had_read_is_stored_and_not_read_again(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    folder = _folder(syncing)
    _kill_far_ahead(syncing, stripe_like)
    assert len(list(folder.iterdir())) > 10
    # Reading ahead has an end.
    assert len(stripe_like.calls(CHARGES)) < MANY / 100
    outcome = syncing()
    assert outcome.complete
    assert outcome.objects["charge"] == syncing.count("charge") == MANY
    assert stripe_like.repeats(CHARGES) <= 1
    assert not folder.exists()


def test_a_torn_page_and_an_old_one_are_read_again(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    folder = _folder(syncing)
    _kill_far_ahead(syncing, stripe_like)
    *_rest, old, torn = sorted(folder.iterdir())
    torn.write_bytes(torn.read_bytes()[:-20])
    plan = orjson.loads(old.read_bytes().splitlines()[0])
    old.write_bytes(orjson.dumps(plan | {"as_of": plan["as_of"] - 86_400}) + b'\n{"data": []}')
    outcome = syncing()
    assert outcome.complete
    assert outcome.objects["charge"] == syncing.count("charge") == MANY
    assert 1 <= stripe_like.repeats(CHARGES) <= 3


def test_a_full_sync_reads_everything_again(syncing: Syncing, stripe_like: StripeLike) -> None:
    folder = _folder(syncing)
    _kill_far_ahead(syncing, stripe_like)
    stripe_like.log.clear()
    assert syncing(full=True).complete
    assert len(stripe_like.calls(CHARGES)) >= MANY / 100
    assert not folder.exists()


def test_where_no_page_can_be_kept_none_is_read_ahead(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    folder = _folder(syncing)
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("A file stands where the folder would be.")
    try:
        _kill_far_ahead(syncing, stripe_like, ahead=0)
        assert syncing().complete
        assert syncing.count("charge") == MANY
        assert stripe_like.repeats(CHARGES) <= 1
    finally:
        folder.unlink()


def test_only_the_owner_may_see_what_is_kept(syncing: Syncing) -> None:
    with keeping(syncing.engine, syncing.book()) as kept:
        assert kept.folder is not None
        assert kept.folder.stat().st_mode & 0o777 == 0o700
