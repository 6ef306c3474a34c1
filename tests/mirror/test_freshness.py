from dataclasses import replace

import pytest
from sqlalchemy import Engine, event

from dashboard.core import clock, db
from dashboard.mirror.freshness import Freshness, State, freshness
from dashboard.store import books, sync_runs
from dashboard.store.books import Book
from dashboard.store.sync_runs import KindState, KindStatus

HALF_AN_HOUR = 30 * 60


@pytest.fixture
def book(engine: Engine) -> Book:
    """An empty book."""
    with db.writing(engine) as connection:
        return books.open_book(connection, "acct_1", livemode=False)


def _ran(engine: Engine, book: Book, *, complete: bool, ago: int = 0) -> None:
    with db.writing(engine) as connection:
        run_id = sync_runs.start(connection, book)
        sync_runs.finish(connection, run_id, complete=complete, message=None)
        connection.execute(
            sync_runs.sync_runs.update()
            .where(sync_runs.sync_runs.c.id == run_id)
            .values(started_at=clock.seconds() - ago)
        )


def _state(engine: Engine, book: Book) -> State:
    with db.reading(engine) as connection:
        return freshness(connection, book, stale_after_seconds=HALF_AN_HOUR).state


def test_a_book_that_was_never_synced_says_so(engine: Engine, book: Book) -> None:
    assert _state(engine, book) is State.NEVER


def test_a_complete_run_is_fresh_and_grows_stale(engine: Engine, book: Book) -> None:
    _ran(engine, book, complete=True, ago=60)
    assert _state(engine, book) is State.OK
    _ran(engine, book, complete=True, ago=3_600)
    _ran(engine, book, complete=True, ago=3_600)
    with db.reading(engine) as connection:
        assert freshness(connection, book, stale_after_seconds=30).state is State.STALE


def test_an_incomplete_run_keeps_the_time_of_the_last_complete_one(
    engine: Engine, book: Book
) -> None:
    _ran(engine, book, complete=True, ago=600)
    _ran(engine, book, complete=False)
    with db.reading(engine) as connection:
        told = freshness(connection, book, stale_after_seconds=HALF_AN_HOUR)
    assert told.state is State.ERROR
    assert told.synced_at is not None
    assert 600 <= clock.seconds() - told.synced_at < 700
    assert "10 min ago" in told.text


def test_a_run_at_work_is_syncing_and_a_killed_one_is_not(engine: Engine, book: Book) -> None:
    with db.writing(engine) as connection:
        sync_runs.start(connection, book)
    assert _state(engine, book) is State.SYNCING
    with db.writing(engine) as connection:
        connection.execute(sync_runs.sync_runs.update().values(touched_at=1))
    assert _state(engine, book) is State.ERROR


def test_problems_are_told_by_kind_with_one_statement(engine: Engine, book: Book) -> None:
    _ran(engine, book, complete=False)
    refused = KindStatus("payout", KindState.REFUSED, message="No.")
    news = [refused, replace(refused, kind="charge", state=KindState.FILLED)]
    with db.writing(engine) as connection:
        sync_runs.save_statuses(connection, book, news)
    statements: list[str] = []
    with db.reading(engine) as connection:
        event.listen(connection, "before_cursor_execute", lambda *said: statements.append(said[2]))
        told = freshness(connection, book, stale_after_seconds=HALF_AN_HOUR)
    assert len([one for one in statements if one != "BEGIN"]) == 1
    assert told.problems_for(["charge", "payout"]) == ["Stripe refuses payouts to this key."]


def test_kinds_in_the_same_trouble_share_a_sentence() -> None:
    failed, refused = KindState.FAILED, KindState.REFUSED
    troubles = {"charge": failed, "balance": failed, "refund": failed, "payout": refused}
    told = Freshness(State.ERROR, None, "Never synced", troubles)
    assert told.problems_for(["charge", "payout"]) == [
        "Reading charges failed.",
        "Stripe refuses payouts to this key.",
    ]
    assert told.problems_for(troubles)[0] == "Reading charges, balance and refunds failed."
