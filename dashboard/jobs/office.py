"""The office: what the rest of the house knows of jobs; it queues, rings, and starts workers."""

import atexit
import os
import secrets
import signal
import socket
import threading
from typing import Any

from sqlalchemy import Connection, Engine

from dashboard.core import db as database
from dashboard.core.config import JobsPlace, Settings
from dashboard.core.log import logger
from dashboard.jobs.courier import Courier
from dashboard.jobs.queue import Queue
from dashboard.jobs.runner import Runner
from dashboard.jobs.tasks import Pace, Schedule, Tasks
from dashboard.jobs.worker import Worker
from dashboard.store import jobs
from dashboard.store.books import Book

HANDS_IN_WEB = 3

log = logger("jobs")


class Office:
    """Queues jobs and rings bells; runs them too, in the processes that are to run them.

    Nothing is opened or started before it is needed, so it may be made before a process forks.
    """

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        tasks: Tasks,
        schedules: tuple[Schedule, ...] = (),
        pace: Pace | None = None,
    ) -> None:
        self.schedules = schedules
        self._engine = engine
        self._settings = settings
        self._tasks = tasks
        self._pace = pace or Pace()
        self._courier = Courier(engine, self._pace, self._queues)
        self._lock = threading.Lock()
        self._process = 0
        self._rung: set[str] = set()
        self._worker: Worker | None = None

    def queue(
        self,
        db: Connection,
        name: str,
        *,
        book: Book | None = None,
        key: str | None = None,
        **arguments: Any,
    ) -> int | None:
        """Keep a job in the transaction of ``db`` and return its id; it runs once that commits.

        ``None`` where one with the same ``key`` is queued or running already. The task gets
        ``book`` and the ``arguments``, which are kept as JSON and are no place for a secret.
        """
        book_id = book.id if book else None
        id = jobs.queue(db, name, book_id=book_id, key=key, arguments=arguments)
        self.call()
        return id

    def call(self) -> None:
        """Let the jobs that wait be run soon; without it they are in a few seconds."""
        if self._settings.jobs_run_in is not JobsPlace.NOWHERE:
            self._courier.call()

    def ring(self, name: str) -> None:
        """Let the task run soon, once after this moment at the least; it costs next to nothing.

        It is for work that is written down elsewhere: a ring may be lost.
        """
        if self._settings.jobs_run_in is JobsPlace.NOWHERE:
            self._rung.add(name)
        else:
            self._courier.ring(name)

    def start(self) -> None:
        """Begin to run jobs beside the pages of this process, where they are to be run there."""
        if self._settings.jobs_run_in is not JobsPlace.WEB or self._process == os.getpid():
            return
        with self._lock:
            if self._process == os.getpid():
                return
            self._process = os.getpid()
            self._worker = self._hire("web", HANDS_IN_WEB)
            self._worker.start()
        atexit.register(self.stop)

    def stop(self) -> None:
        """End what ``start`` began, and give back what is not done."""
        if self._worker is not None and self._process == os.getpid():
            self._worker.stop()
            self._worker = None

    def work(self, hands: int) -> None:
        """Run jobs until SIGTERM or SIGINT, ``hands`` at a time."""
        told_to_stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: told_to_stop.set())
        worker = self._hire("worker", hands)
        worker.start()
        told_to_stop.wait()
        worker.stop()

    def run_due(self) -> int:
        """Run all that is due in this thread, for tests and repairs; return how many that was."""
        runner = self._runner("here")
        count = 0
        while True:
            rung, self._rung = self._rung, set()
            with database.reading(self._engine) as db:
                due = jobs.due(db)
            if not rung and not due:
                return count
            for name in sorted(rung):
                runner.answer_once(name)
            for id in due:
                runner.run(id)
            count += len(rung) + len(due)

    def is_answering(self) -> bool:
        """Return whether the queue answers."""
        queues = self._queues()
        is_there = queues[0].size() is not None
        for queue in queues:
            queue.close()
        return is_there

    def _hire(self, place: str, hands: int) -> Worker:
        runner = self._runner(place)
        log.info("worker_started", worker=runner.worker)
        queues = self._queues(runner)
        return Worker(self._engine, runner, queues, self.schedules, self._pace, hands)

    def _runner(self, place: str) -> Runner:
        name = f"{place} {socket.gethostname()[:64]}:{os.getpid()}:{secrets.token_hex(3)}"
        return Runner(self._engine, self._settings, self._tasks, self._pace, name)

    def _queues(self, runner: Runner | None = None) -> tuple[Queue, Queue]:
        """Open the queue of jobs and that of bells; who only sends needs no ``runner``."""
        runner = runner or self._runner("courier")
        return (
            Queue(self._settings, self._engine, "job", runner.run),
            Queue(self._settings, self._engine, "ring", runner.answer),
        )
