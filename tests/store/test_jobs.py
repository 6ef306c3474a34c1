import pytest
from sqlalchemy import Connection, select
from time_machine import Traveller

from dashboard.core.errors import ConflictError, NotFoundError
from dashboard.store import books, jobs
from dashboard.store.jobs import State
from tests.store.conftest import NOW


def queued(db: Connection, key: str | None = None) -> int:
    id = jobs.queue(db, "sync", key=key, arguments={"full": True})
    assert id is not None
    return id


def claimed(db: Connection, id: int, worker: str = "one") -> jobs.Job:
    job = jobs.claim(db, id, worker)
    assert job is not None
    return job


def state(db: Connection, id: int) -> State:
    return State(str(db.scalar(select(jobs.jobs.c.state).where(jobs.jobs.c.id == id))))


def failed(db: Connection, key: str | None = None) -> int:
    id = queued(db, key)
    jobs.fail(db, claimed(db, id), "It broke.", pauses=[])
    return id


def test_a_job_is_claimed_once_with_what_it_is_about(db: Connection) -> None:
    book = books.open_book(db, "acct_1", livemode=False)
    id = jobs.queue(db, "sync", book_id=book.id, arguments={"full": True})
    assert id
    job = claimed(db, id)
    assert (job.name, job.arguments, job.book_id) == ("sync", {"full": True}, book.id)
    assert jobs.claim(db, id, "two") is None


def test_of_one_key_only_one_is_queued_or_running(db: Connection) -> None:
    id = queued(db, "sync:1")
    assert jobs.queue(db, "sync", key="sync:1") is None
    job = claimed(db, id)
    assert jobs.queue(db, "sync", key="sync:1") is None
    assert jobs.queue(db, "sync", key="sync:2")
    jobs.finish(db, job)
    assert jobs.queue(db, "sync", key="sync:1")


def test_a_failed_job_waits_longer_each_time_and_is_then_given_up(
    db: Connection, clock: Traveller
) -> None:
    id = queued(db)
    for pause in (10, 60):
        jobs.fail(db, claimed(db, id), "It broke.", pauses=[10, 60])
        clock.shift(pause - 1)
        assert jobs.due(db) == []
        assert jobs.claim(db, id, "early") is None
        clock.shift(1)
        assert jobs.due(db) == [id]
        assert jobs.unsent(db) == [id]
    jobs.fail(db, claimed(db, id), "It broke.", pauses=[10, 60])
    assert state(db, id) is State.FAILED


def test_what_came_to_an_end_later_overtakes_what_failed(db: Connection) -> None:
    first = failed(db, "sync:1")
    other = failed(db, "sync:2")
    jobs.finish(db, claimed(db, queued(db, "sync:1")))
    assert state(db, first) is State.OVERTAKEN
    assert state(db, other) is State.FAILED


def test_only_a_failed_job_is_tried_again_and_not_beside_its_like(db: Connection) -> None:
    id = failed(db, "sync:1")
    with pytest.raises(NotFoundError):
        jobs.retry(db, id + 1)
    queued(db, "sync:1")
    with pytest.raises(ConflictError), db.begin_nested():
        jobs.retry(db, id)
    other = failed(db)
    jobs.retry(db, other)
    assert state(db, other) is State.QUEUED
    with pytest.raises(NotFoundError):
        jobs.retry(db, other)


def test_a_silent_workers_job_is_queued_again_and_its_end_no_longer_counts(
    db: Connection, clock: Traveller
) -> None:
    late = claimed(db, queued(db))
    alive = claimed(db, queued(db), "two")
    clock.shift(31)
    jobs.touch(db, [alive.id], "two")
    assert jobs.revive(db, silent_seconds=30, most_attempts=5) == 1
    assert jobs.due(db) == [late.id]
    job = claimed(db, late.id, "two")
    assert job.attempts == 2
    jobs.finish(db, late)
    assert state(db, late.id) is State.RUNNING
    jobs.finish(db, job)
    assert state(db, late.id) is State.DONE


def test_a_job_that_ends_its_worker_each_time_is_given_up(db: Connection, clock: Traveller) -> None:
    id = queued(db)
    for _ in range(3):
        claimed(db, id)
        clock.shift(31)
        jobs.revive(db, silent_seconds=30, most_attempts=3)
    assert state(db, id) is State.FAILED


def test_what_is_given_back_counts_as_not_begun(db: Connection) -> None:
    id = queued(db)
    jobs.note_sent(db, [id])
    claimed(db, id)
    assert jobs.give_back(db, "another") == 0
    assert jobs.give_back(db, "one") == 1
    assert jobs.unsent(db) == [id]
    assert claimed(db, id).attempts == 1


def test_what_the_queue_was_told_is_told_again_only_when_it_is_lost(
    db: Connection, clock: Traveller
) -> None:
    id = queued(db)
    assert jobs.unsent(db) == [id]
    jobs.note_sent(db, [id])
    assert jobs.unsent(db) == []
    clock.shift(11)
    assert jobs.unsent(db, lost_before=NOW + 1) == [id]
    assert jobs.unsent(db, lost_before=NOW) == []


def test_old_jobs_are_purged_failed_ones_later_open_ones_never(
    db: Connection, clock: Traveller
) -> None:
    done, bad, waiting = queued(db), failed(db), queued(db)
    jobs.finish(db, claimed(db, done))
    clock.shift(100)
    assert jobs.purge(db, done_seconds=99, failed_seconds=101) == 1
    clock.shift(100)
    assert jobs.purge(db, done_seconds=99, failed_seconds=101) == 1
    assert [state(db, waiting), jobs.due(db)] == [State.QUEUED, [waiting]]
    assert bad not in list(db.scalars(select(jobs.jobs.c.id)))
