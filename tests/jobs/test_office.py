import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from dashboard.core import db as database
from dashboard.jobs.office import Office
from dashboard.store import jobs as store
from dashboard.store.jobs import State, jobs
from tests.jobs import crew
from tests.queues import Valkey

PATIENCE_SECONDS = 60


class Site:
    """An installation: its database, its queue, the file that jobs write, and its workers."""

    def __init__(self, engine: Engine, redis_url: str, folder: Path) -> None:
        self.engine = engine
        self.url = engine.url.render_as_string(hide_password=False)
        self.path = folder / "written"
        self.bells = folder / "bells"
        self._redis_url = redis_url
        self.office: Office = crew.office(
            engine, crew.settings_for(self.url, redis_url, str(self.bells))
        )
        self.workers: list[subprocess.Popen[str]] = []

    def hire(self) -> "subprocess.Popen[str]":
        """Start a worker and return it once it has shown itself."""
        arguments = [self.url, self._redis_url, str(self.bells)]
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.jobs.crew", *arguments],
            text=True,
            stderr=subprocess.PIPE,
        )
        self.workers.append(worker)
        assert worker.stderr
        assert "worker_started" in worker.stderr.readline()
        return worker

    def queue(self, name: str) -> int:
        with database.writing(self.engine) as db:
            id = self.office.queue(db, name, path=str(self.path))
        assert id is not None
        return id

    def state(self, id: int) -> tuple[State, int, str | None]:
        with database.reading(self.engine) as db:
            query = select(jobs.c.state, jobs.c.attempts, jobs.c.error).where(jobs.c.id == id)
            state, attempts, error = db.execute(query).one()
        return State(state), attempts, error

    def written(self) -> list[str]:
        return self.path.read_text().split() if self.path.exists() else []

    def tolled(self) -> list[str]:
        return self.bells.read_text().split() if self.bells.exists() else []

    def go(self) -> None:
        """Let the jobs that wait come to their end."""
        Path(f"{self.path}.go").touch()


def eventually(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "It did not come to that."
        time.sleep(0.02)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """SQLite with a queue in a file, then PostgreSQL with a queue in Valkey."""
    engine: Engine = request.getfixturevalue(f"{request.param}_engine")
    redis_url = request.getfixturevalue("valkey").url if request.param == "postgres" else ""
    site = Site(engine, redis_url, tmp_path)
    yield site
    for worker in site.workers:
        worker.kill()
        worker.communicate()


def test_a_job_runs_once_its_transaction_commits(site: Site) -> None:
    site.hire()
    with database.writing(site.engine) as db:
        id = site.office.queue(db, "note", path=str(site.path))
        time.sleep(0.3)
        assert site.written() == []
    assert id
    eventually(lambda: site.state(id)[0] is State.DONE)
    assert site.written() == ["done"]


def test_what_is_rolled_back_is_never_done(site: Site) -> None:
    site.hire()
    with site.engine.connect() as db, db.begin() as transaction:
        site.office.queue(db, "note", path=str(site.path), word="never")
        transaction.rollback()
    id = site.queue("note")
    eventually(lambda: site.state(id)[0] is State.DONE)
    assert site.written() == ["done"]


def test_a_killed_workers_job_is_taken_up_by_another(site: Site) -> None:
    first = site.hire()
    id = site.queue("wait")
    eventually(lambda: site.written() == ["began"])
    first.kill()
    site.go()
    site.hire()
    eventually(lambda: site.state(id)[0] is State.DONE)
    assert site.written() == ["began", "began", "ended"]
    assert site.state(id)[1] == 2


def test_a_job_that_takes_longer_than_silence_is_left_to_its_worker(site: Site) -> None:
    site.hire()
    site.hire()
    site.queue("wait")
    eventually(lambda: site.written() == ["began"])
    time.sleep(crew.PACE.silent + 1.5)
    site.go()
    eventually(lambda: "ended" in site.written())
    assert site.written() == ["began", "ended"]


def test_a_worker_that_is_told_to_stop_gives_back_what_it_cannot_finish(site: Site) -> None:
    worker = site.hire()
    id = site.queue("wait")
    eventually(lambda: site.written() == ["began"])
    worker.terminate()
    assert worker.wait(PATIENCE_SECONDS) == 0
    assert site.state(id)[:2] == (State.QUEUED, 0)
    site.go()
    site.hire()
    eventually(lambda: site.state(id)[0] is State.DONE)


def test_a_command_ends_with_its_worker_and_is_taken_up_again(site: Site) -> None:
    worker = site.hire()
    id = site.queue("serve")
    eventually(lambda: site.written() == ["began"])
    worker.terminate()
    assert worker.wait(PATIENCE_SECONDS) == 0
    state, attempts, error = site.state(id)
    assert (state, attempts, error) == (State.QUEUED, 0, None)


def test_a_failing_job_is_tried_again_then_given_up_and_the_button_tries_again(site: Site) -> None:
    site.hire()
    id = site.queue("refuse")
    eventually(lambda: site.state(id)[0] is State.FAILED)
    assert site.written() == ["tried"] * 3
    assert site.state(id)[2] == "Stripe does not take [secret]. Wait."
    site.go()
    with database.writing(site.engine) as db:
        store.retry(db, id)
    eventually(lambda: site.state(id)[0] is State.DONE)
    assert site.state(id)[2] is None


def test_two_workers_keep_a_schedule_once(site: Site) -> None:
    site.hire()
    site.hire()
    eventually(lambda: site.tolled() == ["in", "out"])
    time.sleep(0.5)
    with database.reading(site.engine) as db:
        assert len(list(db.execute(select(jobs.c.id).where(jobs.c.name == "rarely")))) == 1


def test_a_thousand_rings_cost_nothing_and_are_answered_one_after_the_other(site: Site) -> None:
    site.hire()
    eventually(lambda: site.tolled() == ["in", "out"])
    began = time.perf_counter()
    for _ in range(1_000):
        site.office.ring("toll")
    took = time.perf_counter() - began
    assert took < 0.2
    eventually(lambda: len(site.tolled()) >= 4)
    time.sleep(0.4)
    tolled = site.tolled()
    assert tolled == ["in", "out"] * (len(tolled) // 2)
    assert len(tolled) <= 10


def test_a_ring_while_the_task_runs_leads_to_another_run(site: Site) -> None:
    site.hire()
    eventually(lambda: site.tolled() == ["in", "out"])
    site.office.ring("toll")
    eventually(lambda: site.tolled()[2:] == ["in"])
    site.office.ring("toll")
    eventually(lambda: site.tolled()[2:] == ["in", "out", "in", "out"])


@pytest.fixture
def redis_site(sqlite_engine: Engine, valkey: Valkey, tmp_path: Path) -> Iterator[Site]:
    site = Site(sqlite_engine, valkey.url, tmp_path)
    yield site
    for worker in site.workers:
        worker.kill()
        worker.communicate()


def test_nothing_is_lost_while_redis_is_away_and_nobody_waits_for_it(
    redis_site: Site, valkey: Valkey
) -> None:
    redis_site.hire()
    valkey.stop()
    began = time.perf_counter()
    id = redis_site.queue("note")
    redis_site.office.ring("toll")
    assert time.perf_counter() - began < 0.5
    assert not redis_site.office.is_answering()
    assert redis_site.state(id)[0] is State.QUEUED
    valkey.start()
    eventually(lambda: redis_site.state(id)[0] is State.DONE)
    assert redis_site.written() == ["done"]


def test_a_redis_that_hangs_holds_nobody_up(sqlite_engine: Engine, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        site = Site(sqlite_engine, f"redis://127.0.0.1:{silent.getsockname()[1]}/0", tmp_path)
        began = time.perf_counter()
        for _ in range(100):
            site.queue("note")
            site.office.ring("toll")
        assert time.perf_counter() - began < 3
        began = time.perf_counter()
        assert not site.office.is_answering()
        assert time.perf_counter() - began < 5


def test_what_a_flushed_queue_forgot_is_done_all_the_same(redis_site: Site, valkey: Valkey) -> None:
    ids = [redis_site.queue("note") for _ in range(3)]
    eventually(lambda: all(_is_sent(redis_site, id) for id in ids))
    valkey.stop()
    valkey.start()
    redis_site.hire()
    eventually(lambda: all(redis_site.state(id)[0] is State.DONE for id in ids))
    assert redis_site.written() == ["done"] * 3


def test_what_goes_wrong_unexpectedly_is_told_without_its_words(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    site = Site(sqlite_engine, "", tmp_path)
    with database.writing(site.engine) as db:
        stumbling = site.office.queue(db, "stumble")
        unknown = site.office.queue(db, "unheard_of")
    assert stumbling
    assert unknown
    assert site.office.run_due() == 6
    assert site.state(stumbling)[0] is State.FAILED
    assert "RuntimeError" in str(site.state(stumbling)[2])
    assert "hunter2" not in str(site.state(stumbling)[2])
    assert "no task unheard_of" in str(site.state(unknown)[2])


def _is_sent(site: Site, id: int) -> bool:
    with database.reading(site.engine) as db:
        return db.scalar(select(jobs.c.sent_at).where(jobs.c.id == id)) is not None
